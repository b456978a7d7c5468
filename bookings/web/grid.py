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
from bookings.web.closed_hours import ClosedHours, closed_hours
from bookings.web.days import Day, clock_span
from bookings.web.held_bars import HeldBar, held_bars
from bookings.web.looks import legend, looks_of
from bookings.web.places import STEP
from bookings.web.repeats import rule_of, together
from tenants.errors import NotFound
from tenants.models import Company, Member

MOST_LANES = 3  # bookings drawn one above the other where they overlap


@dataclass(frozen=True)
class AskedDay:
    """Which day is looked at, and when; of one building, or of all."""

    day: Day
    now: datetime
    building_id: int | None

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
    buildings: dict[int, str]  # to choose from
    building_id: int | None  # chosen
    legend: list[tuple[str, str]]
    passed: int
    is_today: bool
    opens: int  # the company's working hours; equal on a day off
    closes: int
    closed: ClosedHours


def day_grid(*, member: Member, asked: AskedDay) -> DayGrid:
    """The rooms of the member's company, or of one of its buildings, and who has them that day.

    Raises NotFound for a building that is not the company's.
    """
    day, building_id = asked.day, asked.building_id
    rooms = shown_rooms(asked.now, besides=member.pk)
    buildings = {room.building_id: room.building for room in rooms}
    if building_id is not None:
        if building_id not in buildings:
            raise NotFound
        rooms = [room for room in rooms if room.building_id == building_id]
    dates = shown_dates([room.pk for room in rooms], day.starts_at, day.ends_at)
    by_room: dict[int, list[ShownDate]] = defaultdict(list)
    for date in dates:
        by_room[date.room_id].append(date)
    closed = closed_hours(rooms, day)
    drawn = Drawn(member, day, hidden_dates(member, dates, rooms), together(dates), closed)
    rows = [_row(room, by_room[room.pk], drawn) for room in rooms]
    opens, closes = working_steps(member.company, day)
    return DayGrid(
        day=day,
        storeys=_storeys(rows),
        buildings=buildings if len(buildings) > 1 else {},
        building_id=building_id,
        legend=legend(_looks(rows, closed)),
        passed=asked.passed,
        is_today=asked.is_today,
        opens=opens,
        closes=closes,
        closed=closed,
    )


def _looks(rows: Iterable[Row], closed: ClosedHours) -> Iterator[str]:
    """What is on the screen, for the legend."""
    if closed.any:
        yield "closed"
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


def _row(room: ShownRoom, dates: Iterable[ShownDate], drawn: Drawn) -> Row:
    bars, lanes = bars_of(dates, drawn)
    zone = room.zone_name if room.zone_name != drawn.member.company.timezone else ""
    closed = drawn.closed.own.get(room.pk, ())
    return Row(room, bars, lanes, zone, closed, held_bars(room, drawn.day))


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
            times=clock_span(date.starts_at, date.ends_at, day.zone),
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
