"""Rooms that are free for a wish, the best first; and what comes nearest where none is.

    find_rooms(company=…, wish=Wish(window=Span(since, until), length=…, seats=6), member=…)

Three statements, however many rooms and days. What is offered is free at this moment; booking it
checks again, under the room's lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled

from bookings.errors import SearchTooLong
from bookings.free_gaps import free_gaps, working_hours
from bookings.house_rules.reading import with_rules
from bookings.models import Room
from bookings.ranking import (
    FreeRoom,
    Habits,
    Place,
    Wish,
    lacks,
    missing_equipment,
    order_of,
    ranked,
    rated,
    shifted,
    shortened,
)
from bookings.rules import check_length, check_times
from bookings.spans import MARK, Span, round_to_mark
from tenants.errors import InvalidInput
from tenants.models import Company, Member
from tenants.planned import execute_planned
from tenants.prepared import Prepared
from tenants.scope import company_scope

SEARCH_TIMEOUT = "2s"  # of a statement, as PostgreSQL writes it
LONGEST_WINDOW = timedelta(days=14)
MOST_FOUND = 50
MOST_SLOTS = 3  # times in one room
MOST_NEAR = 3  # of each kind
SHIFT = timedelta(hours=2)
HABIT = timedelta(days=30)  # how long a room is remembered
MOST_OWN = 30

_OWN = """
    SELECT date.starts_at, date.ends_at, date.room_id, room.building_id, room.floor_id,
           floor.position
      FROM bookings_occurrence AS date
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
      JOIN bookings_room AS room ON room.id = date.room_id
      LEFT JOIN bookings_floor AS floor ON floor.id = room.floor_id
     WHERE date.company_id = %s AND booking.organizer_id = %s AND date.blocks
       AND date.starts_at > %s AND date.starts_at < %s
     ORDER BY date.starts_at DESC LIMIT %s
"""


class Kind(StrEnum):
    """In which way a proposal is not what was asked for."""

    ROOM = "room"
    TIME = "time"
    SHORTER = "shorter"


@dataclass(frozen=True)
class Proposal:
    """A room and a time that are free, and how they differ from the wish, in words."""

    kind: Kind
    room: Room
    span: Span
    reasons: Sequence[str]


@contextmanager
def search_scope(company_id: int) -> Iterator[None]:
    """A company's scope to search in, which takes the database from others for a short while only:
    raises SearchTooLong where a statement took longer than that."""
    try:
        with company_scope(company_id, statement_timeout=SEARCH_TIMEOUT):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooLong from error
        raise


def find_rooms(
    *, company: Company, wish: Wish, member: Member | None = None, limit: int = MOST_FOUND
) -> list[FreeRoom]:
    """Rooms that have what is asked and are free, the best first.

    Raises OutsideRules or InvalidInput where nobody could book that, whatever the rooms.
    """
    wish = bookable(wish, company, timezone.now())
    return _found(company, wish, _ground_of(wish, member))[:limit]


def nearest(*, company: Company, wish: Wish, member: Member | None = None) -> list[Proposal]:
    """What comes nearest to a wish that nothing fits, each to be booked as it is.

    First other rooms at that time, then other times (up to two hours off) in rooms that have what
    is asked, then a shorter meeting there.
    """
    wish = bookable(wish, company, timezone.now())
    return _near(company, wish, _ground_of(wish, member))


def find_or_propose(
    *, company: Company, wish: Wish, member: Member | None = None, limit: int = MOST_FOUND
) -> tuple[list[FreeRoom], list[Proposal]]:
    """What `find_rooms` finds; where that is nothing, what `nearest` proposes, with one statement
    more."""
    wish = bookable(wish, company, timezone.now())
    ground = _ground_of(wish, member)
    found = _found(company, wish, ground)[:limit]
    return found, [] if found else _near(company, wish, ground)


def suiting_rooms(wish: Wish) -> list[Room]:
    """The rooms that have what is asked, free or not, with their rules; one query."""
    return [room for room in _open_rooms(wish.seats) if _fits(room, wish)]


@dataclass(frozen=True)
class _Ground:
    """What is known before any time is looked at: rooms with enough seats, and who asks."""

    rooms: Sequence[Room]
    habits: Habits


def _ground_of(wish: Wish, member: Member | None) -> _Ground:
    return _Ground(_open_rooms(wish.seats), habits_of(member, wish.window))


def _found(company: Company, wish: Wish, ground: _Ground) -> list[FreeRoom]:
    rooms = [room for room in ground.rooms if _fits(room, wish)]
    hours = _hours(company, rooms, wish)
    gaps = free_gaps(rooms, hours, length=wish.length, without=wish.busy)
    found = (rated(r, gaps.get(r.pk, ()), wish, ground.habits, most=MOST_SLOTS) for r in rooms)
    return ranked(free for free in found if free)


def _near(company: Company, wish: Wish, ground: _Ground) -> list[Proposal]:
    now, rooms, habits = timezone.now(), ground.rooms, ground.habits
    near = Span(wish.window.starts_at - SHIFT, wish.window.ends_at + SHIFT)
    around = _to_come(near, wish, company, now)
    hours = {
        zone: [*_at_work(company, zone, around, wish.length), wish.window]
        for zone in {room.zone_name for room in rooms}
    }
    shortest = min(MARK, wish.length)
    gaps = free_gaps(rooms, hours, length=shortest, without=wish.busy)
    fitting = [room for room in rooms if _fits(room, wish)]
    others = [room for room in rooms if not _fits(room, wish)]
    return [
        *_other_rooms(others, gaps, wish, habits),
        *_other_times(fitting, gaps, wish, habits),
        *_shorter(fitting, gaps, wish),
    ]


def bookable(wish: Wish, company: Company, now: datetime) -> Wish:
    """The wish without what is over or too far off; raises OutsideRules or InvalidInput where
    nothing is left of it."""
    window = wish.window
    latest = window.ends_at - wish.length
    check_length(window.starts_at, min(window.ends_at, window.starts_at + wish.length))
    if latest < window.starts_at:
        raise InvalidInput(_("This time is shorter than the meeting."), field="end")
    check_window(Span(window.starts_at, latest))
    check_times(
        starts_at=max(window.starts_at, min(latest, now)),
        ends_at=window.ends_at,
        now=now,
        until=company.bookable_until,
    )
    return wish if wish.is_exact else replace(wish, window=_to_come(window, wish, company, now))


def check_window(window: Span) -> None:
    """Raises InvalidInput unless so much time can be searched at once."""
    if window.length > LONGEST_WINDOW:
        raise InvalidInput(_("At most 14 days can be searched at once."), field="end")


def _to_come(window: Span, wish: Wish, company: Company, now: datetime) -> Span:
    """What is left of a window; a wish for this very minute is not put off to the next quarter."""
    begin = wish.window.starts_at if wish.any_hour else round_to_mark(now)
    since = max(window.starts_at, begin)
    return Span(since, min(window.ends_at, company.bookable_until + wish.length))


def habits_of(member: Member | None, window: Span) -> Habits:
    """Where a member was last, and what they have booked around a time; one query."""
    if member is None:
        return Habits()
    since, until = window.starts_at - HABIT, window.ends_at + MARK
    with connection.cursor() as cursor:
        execute_planned(cursor, _OWN, [member.company_id, member.pk, since, until, MOST_OWN])
        rows = cursor.fetchall()
    before = (place for since, _until, *place in rows if since <= window.starts_at)
    last = next(before, rows[-1][2:] if rows else None)
    own = {Span(*row[:2]) for row in rows if row[1] > window.starts_at - MARK}
    return Habits(Place(*last) if last else None, sorted(own, key=lambda span: span.starts_at))


_OPEN_ROOMS = Prepared[Room](
    lambda seats: with_rules(Room.objects.select_related("building", "floor")).filter(
        state=Room.State.OPEN, capacity__gte=seats
    ),
    101,
)


def _open_rooms(seats: int) -> list[Room]:
    return _OPEN_ROOMS.all(seats)


def _fits(room: Room, wish: Wish) -> bool:
    here = wish.building_id in (None, room.building_id)
    return here and not missing_equipment(room, wish)


def _hours(company: Company, rooms: Iterable[Room], wish: Wish) -> Mapping[str, Sequence[Span]]:
    """When to look, by zone: exactly then, at any hour, or while people work."""
    zones = {room.zone_name for room in rooms}
    if wish.is_exact or wish.any_hour:
        return {zone: [wish.window] for zone in zones}
    return {zone: _at_work(company, zone, wish.window, wish.length) for zone in zones}


def _at_work(company: Company, zone: str, window: Span, length: timedelta) -> list[Span]:
    """The working hours of a window; all of it where a meeting does not fit into them."""
    hours = working_hours(company, zone, window)
    return hours if any(span.length >= length for span in hours) else [window]


def _other_rooms(
    rooms: Iterable[Room], gaps: Mapping[int, Sequence[Span]], wish: Wish, habits: Habits
) -> list[Proposal]:
    found = []
    for room in rooms:
        inside = [part for gap in gaps.get(room.pk, ()) if (part := _common(gap, wish.window))]
        if free := rated(room, inside, wish, habits, most=1):
            found.append(free)
    return [
        Proposal(Kind.ROOM, free.room, free.slots[0].span, [*lacks(free.room, wish), *free.reasons])
        for free in ranked(found)[:MOST_NEAR]
    ]


def _other_times(
    rooms: Iterable[Room], gaps: Mapping[int, Sequence[Span]], wish: Wish, habits: Habits
) -> list[Proposal]:
    """The nearest times, each in the room that suits best."""
    by_time: dict[Span, list[FreeRoom]] = defaultdict(list)
    for room in rooms:
        for gap in gaps.get(room.pk, ()):
            if free := rated(room, [gap], wish, habits, most=1):
                by_time[free.slots[0].span].append(free)
    times = sorted(by_time, key=lambda span: (abs(_shift(span, wish)), span.starts_at))
    return [
        Proposal(Kind.TIME, free.room, span, [shifted(_shift(span, wish)), *free.reasons])
        for span in times[:MOST_NEAR]
        for free in ranked(by_time[span])[:1]
    ]


def _shift(span: Span, wish: Wish) -> timedelta:
    """How far a time is outside of what was asked for; negative: before it."""
    earlier = span.starts_at - wish.window.starts_at
    later = span.ends_at - wish.window.ends_at
    return earlier if earlier < timedelta() else max(later, timedelta())


def _shorter(
    rooms: Iterable[Room], gaps: Mapping[int, Sequence[Span]], wish: Wish
) -> list[Proposal]:
    """The longest times that are left of the window, one a room."""
    found = []
    for room in rooms:
        parts = (_common(gap, wish.window) for gap in gaps.get(room.pk, ()))
        usable = [part for part in parts if part and MARK <= part.length < wish.length]
        if usable:
            found.append((room, max(usable, key=lambda part: part.length)))
    found.sort(key=lambda each: (-each[1].length, order_of(each[0])))
    return [
        Proposal(Kind.SHORTER, room, span, [shortened(span.length, wish.length)])
        for room, span in found[:MOST_NEAR]
    ]


def _common(one: Span, other: Span) -> Span | None:
    both = Span(max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at))
    return both if both.starts_at < both.ends_at else None
