"""Taking a room: the mutex, the claim, and the sentence of the exclusion constraint.

Every writer locks the clocks of its rooms first, in ascending order. The exclusion constraint
stays the proof; the clocks only make writers queue instead of deadlock.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import ExclusionViolation, LockNotAvailable

from bookings.drafts import Actor
from bookings.errors import Busy, Clash, RoomTaken
from bookings.many import AT_ONCE, insert_under, insert_values
from bookings.models import NO_OVERLAP, Booking, Hold, Occurrence
from bookings.recurrence.wall_clock import to_local
from bookings.rules import LONGEST_BOOKING
from tenants.errors import NotFound
from tenants.planned import execute_planned
from tenants.prepared import Prepared
from tenants.scope import active_company_id

_LOCK = """
    WITH locked AS (
        SELECT room_id FROM bookings_roomclock
         WHERE company_id = %s AND room_id = ANY(%s::int[])
         ORDER BY room_id FOR NO KEY UPDATE
    )
    UPDATE bookings_roomclock AS clock SET version = version + 1
      FROM locked WHERE clock.room_id = locked.room_id
"""

# How far from its block a date may start: its length and a buffer.
_SLACK = f"interval '{LONGEST_BOOKING.days * 2} days'"

# One look at each room, however many spans of it are asked about. OFFSET keeps the planner from
# joining the other way round: it cannot know how few rooms there are.
_WITHIN = f"""
    SELECT taken.id
      FROM (SELECT room_id, range_agg(tstzrange(since, until)) AS spans,
                   min(since) - {_SLACK} AS since, max(until) + {_SLACK} AS until
              FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[])
                   AS span (room_id, since, until)
             GROUP BY room_id) AS want
     CROSS JOIN LATERAL (
         SELECT id FROM bookings_occurrence
          WHERE room_id = want.room_id AND blocks
            AND starts_at > want.since AND starts_at < want.until
            AND tstzrange(block_from, block_to) && want.spans
            AND NOT id = ANY(%s::bigint[])
         OFFSET 0
     ) AS taken
"""  # noqa: S608  constant text

_BLOCKS_WITHIN = f"""
    SELECT room_id, block_from, block_to FROM bookings_occurrence WHERE id IN ({_WITHIN})
     UNION ALL
    SELECT room_id, block_from, block_to FROM bookings_hold
     WHERE room_id = ANY(%s::int[]) AND expires_at > %s AND block_from < %s AND block_to > %s
     ORDER BY block_from
"""  # noqa: S608  constant text

_FREE = "ON CONFLICT DO NOTHING RETURNING booking_id, public_id, id"

# What somebody else holds is refused by the very statement that takes a place.
_UNHELD = f"""
    WHERE NOT EXISTS (
        SELECT FROM bookings_hold AS hold
         WHERE hold.room_id = wanted.room_id AND hold.expires_at > %s
           AND hold.member_id IS DISTINCT FROM %s
           AND hold.block_from < wanted.block_to AND hold.block_to > wanted.block_from)
    {_FREE}
"""  # noqa: S608  constant text


@dataclass(frozen=True)
class Window:
    """A room between two instants, the second excluded."""

    room_id: int
    since: datetime
    until: datetime


def lock_rooms(room_ids: Collection[int]) -> None:
    """Makes this transaction the only writer of these rooms, and raises their versions.

    Raises NotFound if a room is not the active company's, Busy if the queue is too long.
    """
    try:
        with connection.cursor() as cursor:
            execute_planned(cursor, _LOCK, [active_company_id(), list(room_ids)])
            found = cursor.rowcount
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    if found != len(set(room_ids)):
        raise NotFound


def claim(occurrences: Sequence[Occurrence], *, by: Actor | None = None) -> list[Occurrence]:
    """Inserts dates together; returns those whose room was already taken, or is held for somebody
    else than whoever acts; without an actor holds do not count."""
    ending = _unheld(by) if by else (_FREE, ())
    return _placed(occurrences, insert_values(Occurrence, [*map(vars, occurrences)], *ending))


def claim_new(
    booking: Booking, occurrences: Sequence[Occurrence], *, by: Actor
) -> list[Occurrence]:
    """Inserts an unsaved booking with its dates; returns those whose room was already taken, or is
    held for somebody else than whoever acts.

    If all of them are, the booking has no key, and the caller takes everything back.
    """
    first, more = occurrences[:AT_ONCE], occurrences[AT_ONCE:]
    rows = [*map(vars, first)]
    returned = insert_under(booking, Occurrence, "booking_id", rows, *_unheld(by))
    if returned:
        booking.pk, booking._state.adding = returned[0][0], False
    for row in occurrences:
        row.booking = booking
    return [*_placed(first, returned), *(claim(more, by=by) if returned and more else more)]


def _unheld(by: Actor) -> tuple[str, list[Any]]:
    """The ending of an INSERT that takes only what nobody else holds, and its parameters."""
    return _UNHELD, [timezone.now(), by.member.pk if by.member else None]


def _placed(
    occurrences: Sequence[Occurrence], returned: Iterable[tuple[Any, ...]]
) -> list[Occurrence]:
    """Gives those that were inserted their keys; returns the others."""
    keys = {public_id: pk for _booking_id, public_id, pk in returned}
    for row in occurrences:
        row.pk = keys.get(row.public_id)
    return [row for row in occurrences if row.pk is None]


def blocks_within(
    windows: Sequence[Window], *, besides: Collection[int] = ()
) -> list[tuple[int, datetime, datetime]]:
    """What blocks any of these windows, or is held around them, as room and time in order; without
    the dates whose ids are in `besides`."""
    rooms, since, until, _besides = within = _within(windows, besides)
    held = [rooms, timezone.now(), max(until), min(since)]
    with connection.cursor() as cursor:
        execute_planned(cursor, _BLOCKS_WITHIN, [*within, *held])
        found: list[tuple[int, datetime, datetime]] = cursor.fetchall()
    return found


def conflicts_of(
    wanted: Sequence[Occurrence], *, besides: Collection[int] = ()
) -> list[Occurrence]:
    """The dates that hold a wanted room at a wanted time, leaving out the ids in `besides`."""
    windows = [Window(row.room_id, row.block_from, row.block_to) for row in wanted]
    return _CONFLICTS.all(*_within(windows, besides))


def _within(windows: Sequence[Window], besides: Collection[int]) -> list[Any]:
    """The parameters of _WITHIN."""
    return [
        [window.room_id for window in windows],
        [window.since for window in windows],
        [window.until for window in windows],
        list(besides),
    ]


def _conflicts(*within: Any) -> QuerySet[Occurrence]:
    inside = RawSQL(_WITHIN, within)  # noqa: S611  constant text
    rows: QuerySet[Occurrence] = Occurrence.objects.filter(pk__in=inside)
    return rows.select_related("booking", "room__building").order_by("starts_at")


_CONFLICTS = Prepared(
    _conflicts, *([example] for example in ("rooms", "since", "until", "besides"))
)


def clashes_of(
    wanted: Sequence[Occurrence], *, besides: Collection[int] = (), by: Actor | None = None
) -> list[Clash]:
    """Each wanted date whose room is taken, with what has it, in one query; with an actor also
    those that nobody has and that are held for somebody else, in two."""
    by_room: dict[int, list[Occurrence]] = defaultdict(list)
    for row in conflicts_of(wanted, besides=besides):
        by_room[row.room_id].append(row)
    clashes = [Clash(row, _in_the_way(row, by_room[row.room_id])) for row in wanted]
    free = [clash for clash in clashes if not clash.conflicts]
    held = held_for_others([clash.wanted for clash in free], by) if by and free else {}
    for clash in free:
        clash.conflicts.extend(held.get(clash.wanted.public_id, ()))
    return [clash for clash in clashes if clash.conflicts]


def held_for_others(wanted: Sequence[Occurrence], by: Actor) -> dict[UUID, list[Occurrence]]:
    """Holds of others that are in the way of wanted dates, as dates, by the public ids of those."""
    holds = (
        Hold.objects.filter(
            room__in={row.room_id for row in wanted},
            block_from__lt=max(row.block_to for row in wanted),
            block_to__gt=min(row.block_from for row in wanted),
            expires_at__gt=timezone.now(),
        )
        .exclude(member=by.member)
        .select_related("member", "room__building")
        .order_by("starts_at")
    )
    found: dict[UUID, list[Occurrence]] = defaultdict(list)
    for hold in holds:
        for row in wanted:
            touches = hold.block_from < row.block_to and hold.block_to > row.block_from
            if hold.room_id == row.room_id and touches:
                found[row.public_id].append(as_date(hold))
    return found


def as_date(hold: Hold) -> Occurrence:
    """A hold as what is in somebody's way; not stored."""
    room, member = hold.room, hold.member
    until = to_local(hold.expires_at, ZoneInfo(room.zone_name))
    words = {"name": str(member), "time": f"{until:%H:%M}"}
    booking = Booking(
        company_id=hold.company_id,
        public_id=hold.public_id,
        organizer=member,
        organizer_email=member.email,
        title=_("%(name)s is booking this: held until %(time)s") % words,
        visibility=Booking.Visibility.PUBLIC,
        timezone=room.zone_name,
    )
    return Occurrence(
        company_id=hold.company_id,
        public_id=hold.public_id,
        booking=booking,
        room=room,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        block_from=hold.block_from,
        block_to=hold.block_to,
        status=Occurrence.Status.HELD,
        hold_expires_at=hold.expires_at,
    )


def _in_the_way(wanted: Occurrence, taken: Sequence[Occurrence]) -> list[Occurrence]:
    """Dates of one room never overlap, so in their order the ends are in order, too."""
    found = bisect_right(taken, wanted.block_from, key=lambda row: row.block_to)
    return list(takewhile(lambda row: row.block_from < wanted.block_to, taken[found:]))


def room_taken(clashes: Sequence[Clash]) -> RoomTaken:
    """The refusal of dates whose room is taken."""
    conflicts = {row.public_id: row for clash in clashes for row in clash.conflicts}
    return RoomTaken(list(conflicts.values()), clashes)


@contextmanager
def constraint_speaks() -> Iterator[None]:
    """Turns the exclusion constraint's refusal into RoomTaken, leaving the transaction usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, ExclusionViolation) and cause.diag.constraint_name == NO_OVERLAP:
            raise RoomTaken([]) from error
        raise


def next_versions(occurrences: Sequence[Occurrence], at: datetime) -> None:
    """Marks rows as changed at an instant."""
    for row in occurrences:
        row.version += 1
        row.updated_at = at
