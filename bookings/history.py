"""The history of a booking: who did what, by which door, and the values around it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bookings.drafts import Actor
from bookings.guests import guests_of
from bookings.models import Booking, BookingEvent, Occurrence


def snapshot(booking: Booking, occurrence: Occurrence) -> dict[str, Any]:
    """The values of a booking at one of its dates that a person would recognise."""
    return {
        "title": occurrence.shown_title,
        "description": occurrence.shown_description,
        "organizer": booking.organizer_email,
        "room": occurrence.room_id,
        "starts_at": occurrence.starts_at.isoformat(),
        "ends_at": occurrence.ends_at.isoformat(),
        "rrule": booking.rrule,
        "status": occurrence.status,
        "attendees": [person.email for person in guests_of(occurrence)],
        "reminders": occurrence.shown_reminders,
    }


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
    before, after = before or {}, after or {}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    BookingEvent.objects.create(
        company_id=booking.company_id,
        booking=booking,
        original_start=subject,
        member=by.member,
        door=by.door,
        act=act,
        before={name: value for name, value in before.items() if name in changed},
        after={name: value for name, value in after.items() if name in changed},
    )
