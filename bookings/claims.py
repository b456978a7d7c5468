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

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from psycopg.errors import ExclusionViolation, LockNotAvailable

from bookings.errors import Busy, Clash, RoomTaken
from bookings.many import AT_ONCE, insert_under, insert_values
from bookings.models import NO_OVERLAP, Booking, Occurrence
from bookings.rules import LONGEST_BOOKING
from tenants.errors import NotFound
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
    SELECT room_id, block_from, block_to FROM bookings_occurrence
     WHERE id IN ({_WITHIN}) ORDER BY block_from
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
            cursor.execute(_LOCK, [active_company_id(), list(room_ids)])
            found = cursor.rowcount
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    if found != len(set(room_ids)):
        raise NotFound


_FREE = "ON CONFLICT DO NOTHING RETURNING booking_id, public_id, id"


def claim(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Inserts dates together; returns those whose room was already taken."""
    return _placed(occurrences, insert_values(Occurrence, [*map(vars, occurrences)], _FREE))


def claim_new(booking: Booking, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Inserts an unsaved booking with its dates; returns those whose room was already taken.

    If all of them are, the booking has no key, and the caller takes everything back.
    """
    first, more = occurrences[:AT_ONCE], occurrences[AT_ONCE:]
    returned = insert_under(booking, Occurrence, "booking_id", [*map(vars, first)], _FREE)
    if returned:
        booking.pk, booking._state.adding = returned[0][0], False
    for row in occurrences:
        row.booking = booking
    return [*_placed(first, returned), *(claim(more) if returned and more else more)]


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
    """What blocks any of these windows, as room and time in order, without the ids in `besides`."""
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS_WITHIN, _within(windows, besides))
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


def clashes_of(wanted: Sequence[Occurrence], *, besides: Collection[int] = ()) -> list[Clash]:
    """Each wanted date whose room is taken, with what holds it, in one query."""
    by_room: dict[int, list[Occurrence]] = defaultdict(list)
    for row in conflicts_of(wanted, besides=besides):
        by_room[row.room_id].append(row)
    clashes = [Clash(row, _in_the_way(row, by_room[row.room_id])) for row in wanted]
    return [clash for clash in clashes if clash.conflicts]


def _in_the_way(wanted: Occurrence, taken: Sequence[Occurrence]) -> list[Occurrence]:
    """Dates of one room never overlap, so in their order the ends are in order, too."""
    found = bisect_right(taken, wanted.block_from, key=lambda row: row.block_to)
    return list(takewhile(lambda row: row.block_from < wanted.block_to, taken[found:]))


def room_taken(clashes: Sequence[Clash]) -> RoomTaken:
    """The refusal of dates whose room is taken."""
    conflicts = {row.pk: row for clash in clashes for row in clash.conflicts}
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
