"""The dates of a series on their way to the places that Google gives it, by the same rule book
as for people (`bookings.edits.edit_modes`): what somebody moved stays where it was put, what
somebody cancelled stays cancelled, and what is over is not rewritten.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from bookings.edits.edit_modes import (
    OUT_OF_RULE,
    Fit,
    drop_all_own,
    fit_onto,
    is_cancelled,
    settle_in,
)
from bookings.mirroring.placing import Placing
from bookings.models import Booking, Occurrence, Participant
from bookings.occurrences import OWN, series_of
from bookings.recurrence import Place, Series, place_at
from bookings.recurrence.edits import Shift
from bookings.recurrence.retracing import places_near, shift_onto

CANCELLED = Occurrence.Status.CANCELLED

_UNKEY = """
    UPDATE bookings_occurrence SET original_start = original_start + interval '3000 years'
     WHERE company_id = %s AND id = ANY(%s::bigint[])
"""
_STATE = (
    "booking_id", "room_id", "original_start", "starts_at", "ends_at", "status", "reason",
    "override_mask", *OWN, "transparent", "room_response",
)  # fmt: skip


class MirroredDates:
    """Writes dates in one transaction; the rooms are locked already."""

    def __init__(self, placing: Placing, company_id: int, now: datetime) -> None:
        self._placing, self._company_id, self._now = placing, company_id, now

    def to_come(self, series: Series, rows: Iterable[Occurrence]) -> list[Occurrence]:
        """The dates that an edit of their series reaches: neither they nor their places began."""
        return [
            row for row in rows
            if row.starts_at >= self._now
            or place_at(series, row.original_start).starts_at >= self._now
        ]  # fmt: skip

    def follow(
        self, booking: Booking, rows: Sequence[Occurrence], begin: datetime, until: datetime
    ) -> Fit:
        """Takes these dates, whose series began at `begin`, to their places in a booking as it is
        now: its own, or a part that was cut off the series."""
        keys = [row.original_start for row in rows]
        shift = shift_onto(keys, begin, series_of(booking), self._now, until)
        return self.follow_shifted(booking, rows, shift, until)

    def follow_shifted(
        self, booking: Booking, rows: Sequence[Occurrence], shift: Shift, until: datetime
    ) -> Fit:
        """The same where it is known how they moved."""
        keys = [shift(row.original_start) for row in rows]
        places = places_near(series_of(booking), keys, self._now, until)
        return self._take(booking, rows, shift, places, until)

    def follow_listed(
        self, booking: Booking, rows: Sequence[Occurrence], by: Shift, places: Sequence[Place]
    ) -> Fit:
        """The same where the places are known one by one."""
        named = {place.original_start: place for place in places}
        last = max((place.ends_at for place in places), default=self._now)
        return self._take(booking, rows, by, named, last)

    def _take(
        self,
        booking: Booking,
        rows: Sequence[Occurrence],
        shift: Shift,
        places: Mapping[datetime, Place],
        until: datetime,
    ) -> Fit:
        mine = booking.occurrences.exclude(pk__in=[row.pk for row in rows])
        others = set(mine.values_list("original_start", flat=True))
        free = {key: place for key, place in places.items() if key not in others}
        found = fit_onto(free, booking.exdates, shift, rows, until)
        if shift:
            self._unkey(rows)
        taken = {place.original_start for place in (*(p for _row, p in found.kept), *found.new)}
        # Rows are written one by one, so those that leave keys go before those that take them.
        for row in found.gone:
            self._leave(row, booking, taken, unkeyed=bool(shift))
        for row, place in found.kept:
            self._settle(row, place, booking, unkeyed=bool(shift))
        return found

    def _unkey(self, rows: Collection[Occurrence]) -> None:
        """Takes the keys of dates out of each other's way."""
        with connection.cursor() as cursor:
            cursor.execute(_UNKEY, [self._company_id, [row.pk for row in rows]])

    def _leave(
        self, row: Occurrence, booking: Booking, taken: Collection[datetime], *, unkeyed: bool
    ) -> None:
        """A date has no place any more. If another takes over its key, it has no identity left."""
        if row.booking_id == booking.pk and row.original_start in taken:
            self._placing.forget(row)
            row.delete()
        elif row.status != CANCELLED:
            row.status, row.reason = CANCELLED, OUT_OF_RULE
            self._placing.write(row)
        elif unkeyed:
            row.save(update_fields=["original_start"])

    def _settle(self, row: Occurrence, place: Place, booking: Booking, *, unkeyed: bool) -> None:
        before = state(row)
        if row.booking_id != booking.pk:
            Participant.objects.filter(occurrence=row).update(booking=booking)
        row.booking = booking
        if not booking.is_series:  # it is all of the booking, as Google has it
            drop_all_own(row)
            Participant.objects.filter(occurrence=row).delete()
        settle_in(row, place, booking.room)
        after = state(row)
        moved = any(before[name] != after[name] for name in ("room_id", "starts_at", "ends_at"))
        unplaced = row.status == Occurrence.Status.CONFLICTED or before["status"] != row.status
        if not is_cancelled(row) and (moved or unplaced):
            self._placing.touched(row)
            self._placing.park(row)
        elif before != after:
            self._placing.write(row)
        elif unkeyed:
            row.save(update_fields=["original_start"])


def state(row: Occurrence) -> dict[str, Any]:
    """What an edit may change of a date."""
    return {name: getattr(row, name) for name in _STATE}


def revive(rows: Iterable[Occurrence]) -> None:
    """Dates that went with the end of their series keep what they had of their own; not saved."""
    for row in rows:
        if row.status == CANCELLED and row.reason == OUT_OF_RULE:
            row.status, row.reason = Occurrence.Status.CONFLICTED, ""


def come_back(rows: Iterable[Occurrence]) -> None:
    """Dates that were cancelled with their whole series are there again as it says; not saved."""
    for row in rows:
        if row.status == CANCELLED:
            row.reason = OUT_OF_RULE
