"""Several days of one room, by the clock on its wall, in one query."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  a field has its name
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.access import hidden_dates
from bookings.recurrence.wall_clock import to_local
from bookings.shown import ShownDate, ShownRoom, shown_dates
from bookings.web.day.closed_hours import ClosedHours, closed_hours
from bookings.web.day.grid import AskedDay, Bar, Drawn, bars_of, working_steps
from bookings.web.day.held_bars import HeldBar, held_bars
from bookings.web.day.places import STEP, STEPS
from bookings.web.days import Day
from bookings.web.repeats import together
from tenants.models import Member

ONE_DAY = timedelta(days=1)
QUARTER = 15 // STEP
HALF_HOUR = 30 // STEP


@dataclass(frozen=True)
class RoomDay:
    """One day of a room. Times in steps of five minutes after midnight."""

    asked: AskedDay
    bars: list[Bar]
    lanes: int
    taken: list[tuple[int, int]]  # from when to when, also by bookings beyond those
    opens: int  # the company's working hours; equal on a day off
    closes: int
    closed: ClosedHours
    holds: list[HeldBar]  # of others

    @property
    def day(self) -> Day:
        return self.asked.day

    @property
    def more(self) -> int:
        """How many bookings there are beyond the bars."""
        return len(self.taken) - len(self.bars)

    def free_half_hours(self) -> Iterator[int]:
        """Where half hours begin that nobody has; the quarter that is running counts."""
        running = self.asked.passed // QUARTER * QUARTER
        for start in range(0, STEPS, HALF_HOUR):
            if start >= running and not any(
                begin < start + HALF_HOUR and start < end for begin, end in self.taken
            ):
                yield start

    def first_free(self) -> int | None:
        """The first of them within working hours, if there is one, else of the day."""
        free = self.free_half_hours()
        working = (start for start in free if self.opens <= start < self.closes)
        return next(working, next(self.free_half_hours(), None))


def room_days(
    *,
    member: Member,
    room: ShownRoom,
    dates: Sequence[Date],
    now: datetime,
    most: int | None = None,
) -> list[RoomDay]:
    """Who has a room on dates that follow each other: all bookings of a day, or the first so many.

    What ends on another day is on both.
    """
    zone = ZoneInfo(room.zone_name)
    days = [Day(date, zone) for date in dates]
    found = shown_dates([room.pk], days[0].starts_at, days[-1].ends_at)
    names, hidden = together(found), hidden_dates(member, found, [room])
    by_day = _by_day(found, zone)

    def room_day(day: Day) -> RoomDay:
        all_day = by_day[day.date]
        closed = closed_hours([room], day)
        bars, lanes = bars_of(all_day, Drawn(member, day, hidden, names, closed))
        taken = [(bar.start, bar.start + bar.width) for bar in bars]
        hours, held = working_steps(member.company, day), held_bars(room, day)
        return RoomDay(AskedDay(day, now), bars[:most], lanes, taken, *hours, closed, held)

    return [*map(room_day, days)]


def _by_day(found: Sequence[ShownDate], zone: ZoneInfo) -> dict[Date, list[ShownDate]]:
    by_day: dict[Date, list[ShownDate]] = defaultdict(list)
    for shown in found:
        day = to_local(shown.starts_at, zone).date()
        last = to_local(shown.ends_at - datetime.resolution, zone).date()
        while day <= last:
            by_day[day].append(shown)
            day += ONE_DAY
    return by_day
