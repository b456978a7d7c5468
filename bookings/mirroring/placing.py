"""Release before claim: dates give up their places first, and are placed once all have.

So two dates that swap places, in whichever order they are read, never show a false conflict.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from bookings import live
from bookings.claims import claim
from bookings.models import Booking, Occurrence

_CONFLICTED = Occurrence.Status.CONFLICTED

# The room's mutex is held, so nobody can take the place between the look and the claim.
_PLACE = """
    UPDATE bookings_occurrence AS wanted SET status = %(status)s, reason = ''
     WHERE wanted.id = %(id)s AND wanted.status = 'conflicted'
       AND (wanted.transparent OR wanted.room_response = 'declined' OR NOT EXISTS (
            SELECT FROM bookings_occurrence AS other
             WHERE other.room_id = wanted.room_id AND other.blocks AND other.id <> wanted.id
               AND other.starts_at > wanted.block_from - interval '62 days'
               AND other.starts_at < wanted.block_to + interval '31 days'
               AND other.block_from < wanted.block_to AND other.block_to > wanted.block_from))
"""


class Placing:
    """The dates of one transaction that still need their places. The rooms are locked already."""

    def __init__(self, company_id: int, now: datetime) -> None:
        self._company_id = company_id
        self._now = now
        self._parked: dict[int, Occurrence] = {}
        self._new: dict[tuple[int, datetime], Occurrence] = {}
        self._rooms: set[int] = set()
        self._days: set[datetime] = set()

    def touched(self, row: Occurrence) -> None:
        """Remembers that open pages have to look at a date again."""
        self._rooms.add(row.room_id)
        self._days.add(row.starts_at)

    def write(self, row: Occurrence) -> None:
        """Saves a date that keeps its place, or gave it up for good."""
        self._new.pop(_key(row), None)
        row.version += 1
        row.updated_at = self._now
        row.save()
        self.touched(row)
        if row.status != _CONFLICTED:
            self._parked.pop(row.pk, None)

    def park(self, row: Occurrence) -> None:
        """Saves a date without a place; `settle` finds it one."""
        row.status, row.reason = _CONFLICTED, ""
        self.write(row)
        self._parked[row.pk] = row

    def forget(self, row: Occurrence) -> None:
        """Nothing is to be done any more for a date that is about to be deleted."""
        self._parked.pop(row.pk, None)
        self.touched(row)

    def add(self, rows: Iterable[Occurrence]) -> None:
        """Takes new, unsaved dates; `settle` writes them."""
        for row in rows:
            self._new[_key(row)] = row
            self.touched(row)

    def added(self, booking: Booking, original_start: datetime) -> Occurrence | None:
        """A new date that `settle` has yet to write."""
        return self._new.get((booking.pk, original_start))

    def settle(self) -> list[Occurrence]:
        """Places what can be placed; returns the dates that remain in conflict."""
        left = [row for row in self._parked.values() if not place(row)]
        left += self._claim(list(self._new.values()))
        if self._rooms:
            live.announce_rooms(self._company_id, self._rooms, self._days)
        return left

    def _claim(self, rows: list[Occurrence]) -> list[Occurrence]:
        for row in rows:
            row.status = standing(row)
        refused = claim(rows)
        for row in refused:
            row.status = _CONFLICTED
        Occurrence.objects.bulk_create(refused)
        return refused


def standing(row: Occurrence) -> Occurrence.Status:
    """The status of a date that has its place: a room that has not answered is not sure of it."""
    waiting = row.room_response == Occurrence.RoomResponse.NEEDS_ACTION
    return Occurrence.Status.PENDING if waiting else Occurrence.Status.CONFIRMED


def place(row: Occurrence) -> bool:
    """Gives a conflicting date its place if nobody else has it now."""
    status = standing(row)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"id": row.pk, "status": status})
        if not cursor.rowcount:
            return False
    row.status = status
    return True


def _key(row: Occurrence) -> tuple[int, datetime]:
    return row.booking_id, row.original_start
