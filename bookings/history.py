"""The history of a booking: who did what, by which door, and the values around it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bookings.drafts import Actor
from bookings.guests import guests_of
from bookings.models import Booking, BookingEvent, Occurrence, Participant


def snapshot(
    booking: Booking, occurrence: Occurrence, people: Sequence[Participant] | None = None
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
    line(booking, by, act, subject=subject, before=before, after=after).save()


def line(
    booking: Booking,
    by: Actor,
    act: str,
    *,
    subject: datetime | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> BookingEvent:
    """One line, not saved yet, with the values that differ."""
    before, after = before or {}, after or {}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return BookingEvent(
        company_id=booking.company_id,
        booking_id=booking.pk,
        original_start=subject,
        member_id=by.member.pk if by.member else None,
        door=by.door,
        act=act,
        before={name: value for name, value in before.items() if name in changed},
        after={name: value for name, value in after.items() if name in changed},
    )
