"""The history of a booking: who did what, by which door, and the values around it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from bookings.drafts import Actor
from bookings.guests import Invited, guests_of
from bookings.many import insert_values
from bookings.models import Booking, BookingEvent, Occurrence


def snapshot(
    booking: Booking, occurrence: Occurrence, people: Iterable[Invited] | None = None
) -> dict[str, Any]:
    """The values of a booking at one of its dates that a person would recognise.

    `people` are its guests, where they are known already.
    """
    if people is None:
        people = guests_of(occurrence)
    return {
        "title": occurrence.shown_title,
        "description": occurrence.shown_description,
        "organizer": booking.organizer_email,
        "room": occurrence.room_id,
        "starts_at": occurrence.starts_at.isoformat(),
        "ends_at": occurrence.ends_at.isoformat(),
        "rrule": booking.rrule,
        "status": occurrence.status,
        "attendees": [person.email for person in people],
        "reminders": occurrence.shown_reminders,
    }


def reach(scope: str, chosen: Occurrence) -> dict[str, str]:
    """How far an edit of a series reached, and from which of its dates: wherever that is put since,
    it keeps its public id."""
    return {"scope": scope, "chosen": str(chosen.public_id)}


def record(
    booking: Booking,
    by: Actor,
    act: str,
    *,
    subject: datetime | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Adds one line, keeping only the values that differ."""
    values = line(booking, by, act, subject=subject, before=before, after=after)
    insert_values(BookingEvent, [values])


def line(
    booking: Booking,
    by: Actor,
    act: str,
    *,
    subject: datetime | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of one line, with the values that differ."""
    before, after = before or {}, after or {}
    return {
        "company_id": booking.company_id,
        "booking_id": booking.pk,
        "original_start": subject,
        "at": timezone.now(),
        "member_id": by.member.pk if by.member else None,
        "door": by.door,
        "act": act,
        "before": {name: old for name, old in before.items() if after.get(name) != old},
        "after": {name: new for name, new in after.items() if before.get(name) != new},
    }
