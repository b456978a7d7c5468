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
from bookings.many import insert_values
from bookings.models import NO_OVERLAP, Booking, Hold, Occurrence
from bookings.recurrence.wall_clock import to_local
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

# One look at each room, however many spans of it are asked about. OFFSET keeps the planner from
# joining the other way round: it cannot know how few rooms there are.
_WITHIN = """
    SELECT taken.id
      FROM (SELECT room_id, range_agg(tstzrange(since, until)) AS spans,
                   min(since) - %s AS since, max(until) + %s AS until
              FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[])
                   AS span (room_id, since, until)
             GROUP BY room_id) AS want
     CROSS JOIN LATERAL (
         SELECT id FROM bookings_occurrence
          WHERE room_id = want.room_id AND blocks
            AND starts_at > want.since AND starts_at < want.until
            AND tstzrange(block_from, block_to) && want.spans
         OFFSET 0
     ) AS taken
"""
# What somebody else holds is refused by the very statement that takes a place.
_UNHELD = """
    WHERE NOT EXISTS (
        SELECT FROM bookings_hold AS hold
         WHERE hold.room_id = wanted.room_id AND hold.expires_at > %s
           AND hold.member_id IS DISTINCT FROM %s
           AND hold.block_from < wanted.block_to AND hold.block_to > wanted.block_from)
"""
_SLACK = LONGEST_BOOKING * 2  # how far from its block a date may start: its length and a buffer


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


def claim(occurrences: Sequence[Occurrence], *, by: Actor | None = None) -> list[Occurrence]:
    """Inserts dates together; returns those whose room was already taken, or is held for somebody
    else than whoever acts; without an actor holds do not count."""
    free = "ON CONFLICT DO NOTHING RETURNING public_id, id"
    heeded = [timezone.now(), by.member.pk if by.member else None] if by else []
    rows = [vars(row) for row in occurrences]
    ending = f"{_UNHELD} {free}" if by else free
    placed = dict(insert_values(Occurrence, rows, ending, heeded))
    for row in occurrences:
        row.pk = placed.get(row.public_id)
    return [row for row in occurrences if row.pk is None]


def blocking_within(
    windows: Iterable[Window], *, besides: Collection[int] = ()
) -> QuerySet[Occurrence]:
    """The dates that block any of these windows, leaving out the ids in `besides`."""
    rooms, since, until = [], [], []
    for window in windows:
        rooms.append(window.room_id)
        since.append(window.since)
        until.append(window.until)
    inside = RawSQL(_WITHIN, [_SLACK, _SLACK, rooms, since, until])  # noqa: S611  constant text
    rows: QuerySet[Occurrence] = Occurrence.objects.filter(pk__in=inside)
    return rows.exclude(pk__in=besides) if besides else rows


def conflicts_of(
    wanted: Sequence[Occurrence], *, besides: Collection[int] = ()
) -> list[Occurrence]:
    """The dates that hold a wanted room at a wanted time, leaving out the ids in `besides`."""
    windows = [Window(row.room_id, row.block_from, row.block_to) for row in wanted]
    blocking = blocking_within(windows, besides=besides)
    return list(blocking.select_related("booking", "room__building").order_by("starts_at"))


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
