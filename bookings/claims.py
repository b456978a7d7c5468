"""Taking a room: the mutex, the claim, and the sentence of the exclusion constraint.

Every writer locks the clocks of its rooms first, in ascending order. The exclusion constraint
stays the proof; the clocks only make writers queue instead of deadlock.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from psycopg.errors import ExclusionViolation, LockNotAvailable

from bookings.errors import Busy, RoomTaken
from bookings.models import NO_OVERLAP, Occurrence
from bookings.rules import LONGEST_BOOKING
from tenants.errors import NotFound
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

_CLAIM = """
    INSERT INTO bookings_occurrence
        (company_id, public_id, booking_id, room_id, original_start, starts_at, ends_at,
         block_from, block_to, status, reason, transparent, room_response, override_mask,
         version, updated_at)
    SELECT %(company)s, place.*, %(status)s, '', %(transparent)s, %(response)s, 0, 1, %(now)s
      FROM unnest(%(public_id)s::uuid[], %(booking)s::bigint[], %(room)s::int[],
                  %(original_start)s::timestamp[], %(starts_at)s::timestamptz[],
                  %(ends_at)s::timestamptz[], %(block_from)s::timestamptz[],
                  %(block_to)s::timestamptz[]) AS place
    ON CONFLICT DO NOTHING
    RETURNING public_id, id
"""

_PLACE_COLUMNS = (
    "public_id", "booking", "room", "original_start",
    "starts_at", "ends_at", "block_from", "block_to",
)  # fmt: skip


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


def claim(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Inserts dates that share status and flags; returns those whose room was already taken."""
    first = occurrences[0]
    columns = {name: [_value(row, name) for row in occurrences] for name in _PLACE_COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                **columns,
                "company": active_company_id(),
                "status": first.status,
                "transparent": first.transparent,
                "response": first.room_response,
                "now": first.updated_at,
            },
        )
        taken: dict[UUID, int] = dict(cursor.fetchall())
    for row in occurrences:
        row.pk = taken.get(row.public_id)
    return [row for row in occurrences if row.pk is None]


def _value(row: Occurrence, name: str) -> object:
    return getattr(row, f"{name}_id" if name in ("booking", "room") else name)


def conflicts_of(
    wanted: Sequence[Occurrence], *, besides: Collection[int] = ()
) -> list[Occurrence]:
    """The dates that hold a wanted room at a wanted time, leaving out the ids in `besides`."""
    clash = Q()
    for row in wanted:
        clash |= Q(
            room_id=row.room_id,
            starts_at__gt=row.block_from - LONGEST_BOOKING * 2,
            starts_at__lt=row.block_to + LONGEST_BOOKING,
            block_from__lt=row.block_to,
            block_to__gt=row.block_from,
        )
    blocking = Occurrence.objects.filter(clash, blocks=True).exclude(pk__in=besides)
    return list(blocking.select_related("booking", "room__building").order_by("starts_at"))


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
