"""Booking a room, once or by a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import claim, conflicts_of, lock_rooms
from bookings.drafts import Actor, Draft
from bookings.errors import InvalidRule, RoomTaken
from bookings.guests import invite
from bookings.models import Booking, Occurrence, Room
from bookings.new_booking import check_draft, unsaved_booking
from bookings.occurrences import check_open, new_occurrences, series_of
from bookings.recurrence import Place, expand, first_start
from tenants.models import Company


@dataclass(frozen=True)
class Booked:
    """A new booking with its dates, and the dates that were left out because the room is taken."""

    booking: Booking
    occurrences: list[Occurrence]
    skipped: list[Occurrence]


@transaction.atomic  # a caller that catches RoomTaken keeps nothing of the attempt
def create_booking(
    *, by: Actor, company: Company, room: Room, draft: Draft, skip_taken: bool = False
) -> Booked:
    """Books a room once or by a rule, up to the company's horizon.

    Raises InvalidInput, OutsideRules or InvalidRule when the draft cannot be booked, RoomTaken
    when a date is taken (with `skip_taken` only when all are), NotFound for a foreign room.
    """
    now = timezone.now()
    check_draft(draft, now, company.bookable_until)
    check_open(room)
    booking = unsaved_booking(room, draft, by, now)
    booking.horizon_until = company.bookable_until
    rows = new_occurrences(booking, _places(booking, draft, company.bookable_until), now)
    _check_apart(rows)
    lock_rooms([room.pk])
    booking.save(force_insert=True)
    for row in rows:
        row.booking = booking
    skipped = claim(rows)
    if skipped and (not skip_taken or len(skipped) == len(rows)):
        raise RoomTaken(conflicts_of(skipped))
    if skipped:
        _keep_skipped(booking, skipped)
    left_out = {row.public_id for row in skipped}
    made = [row for row in rows if row.public_id not in left_out]
    invite(booking, draft.attendees)
    history.record(booking, by, "created", after=history.snapshot(booking, made[0]))
    outbox.announce(booking)
    live.announce_rooms(company.pk, [room.pk], [row.starts_at for row in made])
    return Booked(booking, made, skipped)


def _check_apart(rows: Sequence[Occurrence]) -> None:
    """A series whose dates run into each other would lose every second one to itself."""
    in_order = sorted(rows, key=lambda row: row.block_from)
    for earlier, later in pairwise(in_order):
        if later.block_from < earlier.block_to:
            raise InvalidRule(_("The dates of this series overlap each other."))


def _places(booking: Booking, draft: Draft, until: datetime) -> Sequence[Place]:
    if not booking.is_series:
        return [Place(booking.dtstart_local, draft.starts_at, draft.ends_at)]
    series = series_of(booking)
    places = expand(series, draft.starts_at, until)
    if not places:
        raise InvalidRule(_("This rule has no date that can be booked."))
    booking.dtstart_local = first_start(series)
    return places


def _keep_skipped(booking: Booking, skipped: Sequence[Occurrence]) -> None:
    """Dates that were left out stay as tombstones, with the reason, and never come back alone."""
    for row in skipped:
        row.status = Occurrence.Status.CANCELLED
        row.reason = "skipped"
    Occurrence.objects.bulk_create(skipped)
    booking.exdates = sorted({*booking.exdates, *(row.original_start for row in skipped)})
    booking.save(update_fields=["exdates"])
