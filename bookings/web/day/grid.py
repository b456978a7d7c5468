"""One day of a company's rooms, ready to be drawn, in a fixed number of queries.

Places are by the clock on the company's wall, so that a day of 23 or 25 hours keeps its hours
where people look for them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from bookings.access import hidden_dates, may_see_details
from bookings.models import Occurrence
from bookings.shown import ShownDate, ShownRoom, shown_dates, shown_rooms
from bookings.web.day.closed_hours import ClosedHours, closed_hours
from bookings.web.day.day_filters import ALL_ROOMS, DayFilter
from bookings.web.day.held_bars import HeldBar, held_bars
from bookings.web.day.looks import legend, looks_of
from bookings.web.day.places import STEP, STEPS
from bookings.web.day.rule_hints import rule_hints
from bookings.web.days import Day, span_name
from bookings.web.repeats import rule_of, together
from tenants.models import Company, Member

MOST_LANES = 3  # bookings drawn one above the other where they overlap


@dataclass(frozen=True)
class AskedDay:
    """Which day is looked at, and when; of which rooms."""

    day: Day
    now: datetime
    rooms: DayFilter = ALL_ROOMS

    @property
    def passed(self) -> int:
        """How many steps of the day are over."""
        return self.day.minute_of(self.now) // STEP

    @property
    def is_today(self) -> bool:
        return self.day.starts_at <= self.now < self.day.ends_at


class Bar(NamedTuple):
    """One booking on the time line, all text: a page may have thousands of them."""

    public_id: str
    title: str
    times: str
    start: int  # steps after midnight
    width: int  # in steps
    lane: int
    look: tuple[str, ...]
    rule: str  # how it repeats
    series: str  # a name for its series where the page shows several dates of it


class Row(NamedTuple):
    """One room and its day."""

    room: ShownRoom
    bars: list[Bar]
    lanes: int
    zone: str  # only where it differs from the company's
    closed: Sequence[str] = ()  # its shades, where not all rooms have the same
    holds: Sequence[HeldBar] = ()
    hints: str = ""  # what its rules say, where not all rooms have the same


class Storey(NamedTuple):
    """The rooms of one floor of one building."""

    building: str
    floor: str | None
    rows: list[Row]


@dataclass(frozen=True)
class DayGrid:
    """All that the day page shows. Times in steps of five minutes after midnight."""

    day: Day
    storeys: list[Storey]
    rooms: list[ShownRoom]  # of the company, to choose from
    legend: list[tuple[str, str]]
    passed: int
    is_today: bool
    opens: int  # the company's working hours; equal on a day off
    closes: int
    closed: ClosedHours
    hints: str  # what the rules of all rooms say


def day_grid(*, member: Member, asked: AskedDay) -> DayGrid:
    """The rooms of the member's company that are asked for, and who has them that day.

    Raises NotFound for a building or floor that is not the company's.
    """
    day, limits = asked.day, {"now": asked.now, "until": member.company.bookable_until}
    all_rooms = shown_rooms(asked.now, member=member.pk)
    rooms = asked.rooms.of_kind(asked.rooms.of_places(all_rooms), day, **limits)
    dates = shown_dates([room.pk for room in rooms], day.starts_at, day.ends_at)
    rooms = asked.rooms.of_free(rooms, dates, day, **limits)
    by_room: dict[int, list[ShownDate]] = defaultdict(list)
    for date in dates:
        by_room[date.room_id].append(date)
    closed = closed_hours(rooms, day)
    drawn = Drawn(member, day, hidden_dates(member, dates, rooms), together(dates), closed)
    hints = rule_hints(rooms, day.zone)
    rows = [_row(room, by_room[room.pk], drawn, hints.own.get(room.pk, "")) for room in rooms]
    opens, closes = working_steps(member.company, day)
    return DayGrid(
        day=day,
        storeys=_storeys(rows),
        rooms=all_rooms,
        legend=legend((*shades(closed, (opens, closes)), *_looks(rows))),
        passed=asked.passed,
        is_today=asked.is_today,
        opens=opens,
        closes=closes,
        closed=closed,
        hints=hints.common,
    )


def shades(closed: ClosedHours, working: tuple[int, int]) -> Iterator[str]:
    """The looks of the hours of a day: where rooms have none those of work are told apart."""
    if closed.any:
        yield "closed"
    if not closed.ruled and working != (0, STEPS):
        yield "off"


def _looks(rows: Iterable[Row]) -> Iterator[str]:
    """The looks of what is in the rooms, for the legend."""
    for row in rows:
        yield from ("held" for _hold in row.holds)
        for bar in row.bars:
            yield from bar.look


def _storeys(rows: Iterable[Row]) -> list[Storey]:
    storeys = []
    for _floor, group in groupby(rows, key=lambda row: (row.room.building_id, row.room.floor_id)):
        members = list(group)
        room = members[0].room
        storeys.append(Storey(room.building, room.floor, members))
    return storeys


class Drawn(NamedTuple):
    """What the bars of a day have in common."""

    member: Member
    day: Day
    hidden: Collection[UUID | str]  # the ids of the dates whose titles the member may not read
    together: Mapping[int, str]
    closed: ClosedHours


def _row(room: ShownRoom, dates: Iterable[ShownDate], drawn: Drawn, hints: str) -> Row:
    bars, lanes = bars_of(dates, drawn)
    zone = room.zone_name if room.zone_name != drawn.member.company.timezone else ""
    closed = drawn.closed.own.get(room.pk, ())
    return Row(room, bars, lanes, zone, closed, held_bars(room, drawn.day), hints)


def bars_of(dates: Iterable[ShownDate], drawn: Drawn) -> tuple[list[Bar], int]:
    """The bookings of one room's day, by start, and how many lanes they take."""
    day, member = drawn.day, drawn.member
    lanes: list[int] = []  # until which minute each is taken
    bars = []
    for date in dates:
        first = day.minute_of(date.starts_at)
        last = max(day.minute_of(date.ends_at), first + 1)  # clocks may go back in between
        start = first // STEP
        bar = Bar(
            public_id=date.public_id,
            title=_title(date, hidden=date.public_id in drawn.hidden),
            times=span_name(date.starts_at, date.ends_at, day.zone),
            start=start,
            width=-(-last // STEP) - start,
            lane=_free_lane(lanes, first, last),
            look=looks_of(date, member),
            rule=rule_of(date.booking),
            series=drawn.together.get(date.booking_id, ""),
        )
        bars.append(bar)
    return bars, max(len(lanes), 1)


def _free_lane(lanes: list[int], first: int, last: int) -> int:
    """Takes the first lane that is free at a minute, and another if there is none."""
    for lane, taken_until in enumerate(lanes):
        if taken_until <= first:
            lanes[lane] = last
            return lane
    if len(lanes) < MOST_LANES:
        lanes.append(last)
    return len(lanes) - 1


def title_for(member: Member, row: Occurrence) -> str:
    """The title as this member may read it."""
    return _title(row, hidden=not may_see_details(member, row))


def _title(row: Occurrence | ShownDate, *, hidden: bool) -> str:
    if hidden:
        return _("Private")
    return row.shown_title or _("(no title)")


def working_steps(company: Company, day: Day) -> tuple[int, int]:
    """When the company opens and closes that day; equal on a day off."""
    if day.date.isoweekday() not in company.working_days:
        return 0, 0
    return _step(company.working_from), _step(company.working_until)


def _step(clock: time) -> int:
    return (clock.hour * 60 + clock.minute) // STEP
