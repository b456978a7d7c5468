"""Bringing a cancelled or skipped date back."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import clashes_of, lock_rooms, next_versions, room_taken
from bookings.drafts import Actor
from bookings.edits.asking import check_version, locked_date
from bookings.errors import OutsideRules
from bookings.house_rules.checking import refusal_of
from bookings.models import Booking, Occurrence, Room
from bookings.occurrences import series_of, version_tag
from bookings.recurrence.edits import has_place
from bookings.spans import Span
from tenants.errors import InvalidInput
from tenants.models import Company


def restore_occurrence(
    *, by: Actor, company: Company, occurrence: Occurrence, expected_version: str | None = None
) -> Occurrence:
    """Brings a cancelled or skipped date back where it was; raises RoomTaken if that is taken.

    Of a series, only a date that its rule still names. Restoring twice changes nothing.
    """
    now = timezone.now()
    lock_rooms([occurrence.room_id])
    row = locked_date(occurrence, by, None, gone_is_fine=True)
    if row.status != Occurrence.Status.CANCELLED:
        return row
    check_version(version_tag(row), expected_version)
    booking = row.booking
    if row.ends_at <= now:
        raise OutsideRules(_("This date is over."))
    if booking.is_series and not _names(booking, row.original_start):
        raise InvalidInput(_("The series has no such date any more. Book it by itself."))
    span, until = Span(row.starts_at, row.ends_at), company.bookable_until
    if broken := refusal_of(row.room, span, now=now, until=until, keeps_start=True):
        raise broken
    row.status, row.reason = Occurrence.Status.CONFIRMED, ""
    if clashes := clashes_of([row], besides=[row.pk], by=by):
        raise room_taken(clashes)
    _bring_back(booking, row, by, now)
    live.announce_rooms(company.pk, [row.room_id], [row.starts_at])
    return row


def can_come_back(row: Occurrence) -> bool:
    """Whether a cancelled date could be brought back, if its room is still free then."""
    booking = row.booking
    return bool(
        row.status == Occurrence.Status.CANCELLED
        and row.ends_at > timezone.now()
        and row.room.state == Room.State.OPEN
        and (not booking.is_series or _names(booking, row.original_start))
    )


def _bring_back(booking: Booking, row: Occurrence, by: Actor, now: datetime) -> None:
    subject = row.original_start if booking.is_series else None
    subjects = {subject}
    if booking.is_series:
        others = booking.occurrences.exclude(pk=row.pk)
        called_off = not others.exclude(status=Occurrence.Status.CANCELLED).exists()
        if called_off or row.original_start in booking.exdates:
            subjects.add(None)
        # If all had been called off, the others are taken out of the rule that comes back.
        gone = others.values_list("original_start", flat=True) if called_off else ()
        booking.exdates = sorted({*booking.exdates, *gone} - {row.original_start})
        booking.horizon_until = booking.horizon_until or now  # it may bring further dates again
    next_versions([row], now)
    row.save()
    booking.version += 1
    booking.updated_at = now
    booking.save(update_fields=["exdates", "horizon_until", "version", "updated_at"])
    history.record(booking, by, "restored", subject=subject, after=history.snapshot(booking, row))
    outbox.announce(booking, sorted(subjects, key=lambda each: each is not None))


def _names(booking: Booking, original_start: datetime) -> bool:
    """Whether the rule of a series has this date; of a rule that only Google knows, it may."""
    return booking.opaque or has_place(series_of(booking), original_start)
