"""One day of a company's rooms, ready to be drawn, in a fixed number of queries.

Places are by the clock on the company's wall, so that a day of 23 or 25 hours keeps its hours
where people look for them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby

from django.utils.translation import gettext as _

from bookings.access import mark_hidden, may_see_details
from bookings.house_rules.reading import with_rules
from bookings.models import Building, Equipment, Floor, Occurrence, Room
from bookings.sync_state import SyncState, outbox_states
from bookings.web.closed_hours import ClosedHours, closed_hours
from bookings.web.days import Day, clock_span
from bookings.web.held_bars import HeldBar, held_bars, with_holds
from bookings.web.looks import in_words, legend, looks_of
from bookings.web.places import STEP
from bookings.web.repeats import rule_of, together
from tenants.errors import NotFound
from tenants.models import Company, Member

MOST_LANES = 3  # bookings drawn one above the other where they overlap


@dataclass(frozen=True, slots=True)
class Bar:
    """One booking on the time line, all text: a page may have thousands of them."""

    public_id: str
    title: str
    times: str
    classes: str  # its place and its look
    look: tuple[str, ...]
    words: str  # what the look says
    rule: str  # how it repeats
    series: str  # a name for its series where the page shows several dates of it


@dataclass(frozen=True, slots=True)
class Row:
    """One room and its day."""

    room: Room
    bars: list[Bar]
    lanes: int
    equipment: str
    zone: str  # only where it differs from the company's
    closed: Sequence[str] = ()  # its shades, where not all rooms have the same
    holds: Sequence[HeldBar] = ()


@dataclass(frozen=True, slots=True)
class Storey:
    """The rooms of one floor of one building."""

    building: Building
    floor: Floor | None
    rows: list[Row]


@dataclass(frozen=True)
class DayGrid:
    """All that the day page shows. Times in steps of five minutes after midnight."""

    day: Day
    storeys: list[Storey]
    buildings: list[Building]  # to choose from
    building: Building | None  # chosen
    legend: list[tuple[str, str]]
    passed: int
    is_today: bool
    opens: int  # the company's working hours; equal on a day off
    closes: int
    closed: ClosedHours


def day_grid(*, member: Member, day: Day, now: datetime, building_id: int | None = None) -> DayGrid:
    """The rooms of the member's company, or of one of its buildings, and who has them that day.

    Raises NotFound for a building that is not the company's.
    """
    found = with_rules(Room.objects.select_related("building", "floor"))
    rooms = list(
        with_holds(found, now, member).order_by(
            "building__position", "building__name", "floor__position", "floor__name",
            "position", "name",
        )
    )  # fmt: skip
    buildings = {room.building_id: room.building for room in rooms}
    if building_id is not None:
        if building_id not in buildings:
            raise NotFound
        rooms = [room for room in rooms if room.building_id == building_id]
    occurrences = occurrences_of(rooms, day)
    mark_hidden(member, occurrences, rooms)
    by_room: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        by_room[occurrence.room_id].append(occurrence)
    closed = closed_hours(rooms, day)
    drawn = _Drawn(member, day, outbox_states(occurrences), together(occurrences), closed)
    rows = [_row(room, by_room[room.pk], drawn) for room in rooms]
    opens, closes = _working_steps(member.company, day)
    return DayGrid(
        day=day,
        storeys=_storeys(rows),
        buildings=list(buildings.values()) if len(buildings) > 1 else [],
        building=buildings.get(building_id or 0),
        legend=legend(_looks(rows, closed)),
        passed=day.minute_of(now) // STEP,
        is_today=day.starts_at <= now < day.ends_at,
        opens=opens,
        closes=closes,
        closed=closed,
    )


def occurrences_of(rooms: Sequence[Room], day: Day) -> list[Occurrence]:
    """Every date that the calendars of these rooms show on a day, by start."""
    shown = (
        Occurrence.objects.get_queryset()
        .overlapping(day.starts_at, day.ends_at)
        .shown()
        .filter(room_id__in=[room.pk for room in rooms])
        .select_related("booking")
        .only(
            "public_id", "room_id", "starts_at", "ends_at", "status", "transparent",
            "room_response", "original_start", "title", "booking__title", "booking__visibility",
            "booking__organizer_id", "booking__split_from_id", "booking__rrule",
            "booking__rdates", "booking__opaque", "booking__dtstart_local", "booking__timezone",
            "booking__days", "override_mask",
        )
        .order_by("starts_at", "pk")
    )  # fmt: skip
    return list(shown)


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


@dataclass(frozen=True)
class _Drawn:
    """What the bars of a day have in common."""

    member: Member
    day: Day
    states: Mapping[int, SyncState]
    together: Mapping[int, str]
    closed: ClosedHours


def _row(room: Room, occurrences: Iterable[Occurrence], drawn: _Drawn) -> Row:
    day, company = drawn.day, drawn.member.company
    lanes: list[int] = []  # until which minute each is taken
    bars = []
    for row in occurrences:
        first = day.minute_of(row.starts_at)
        last = max(day.minute_of(row.ends_at), first + 1)  # clocks may go back in between
        lane = _free_lane(lanes, first, last)
        bars.append(_bar(row, drawn, first, last, lane))
    zone = room.zone_name if room.zone_name != company.timezone else ""
    closed = drawn.closed.own.get(room.pk, ())
    holds = held_bars(room, day)
    return Row(room, bars, max(len(lanes), 1), equipment_of(room), zone, closed, holds)


def _free_lane(lanes: list[int], first: int, last: int) -> int:
    """Takes the first lane that is free at a minute, and another if there is none."""
    for lane, taken_until in enumerate(lanes):
        if taken_until <= first:
            lanes[lane] = last
            return lane
    if len(lanes) < MOST_LANES:
        lanes.append(last)
    return len(lanes) - 1


def _bar(row: Occurrence, drawn: _Drawn, first: int, last: int, lane: int) -> Bar:
    looks = looks_of(row, drawn.member, drawn.states[row.pk])
    start = first // STEP
    lanes = [f"l{lane}"] if lane else []
    return Bar(
        public_id=str(row.public_id),
        title=title_for(drawn.member, row),
        times=clock_span(row.starts_at, row.ends_at, drawn.day.zone),
        classes=" ".join([f"s{start} w{-(-last // STEP) - start}", *looks, *lanes]),
        look=tuple(looks),
        words=in_words(looks),
        rule=rule_of(row.booking),
        series=drawn.together.get(row.booking_id, ""),
    )


def title_for(member: Member, row: Occurrence) -> str:
    """The title as this member may read it."""
    if not may_see_details(member, row):
        return _("Private")
    return row.shown_title or _("(no title)")


def equipment_of(room: Room) -> str:
    """What the room has, in words."""
    return Equipment.words(room.equipment)


def _working_steps(company: Company, day: Day) -> tuple[int, int]:
    if day.date.isoweekday() not in company.working_days:
        return 0, 0
    return _step(company.working_from), _step(company.working_until)


def _step(clock: time) -> int:
    return (clock.hour * 60 + clock.minute) // STEP
