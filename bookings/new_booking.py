"""From a draft to a booking that can be saved."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bookings.drafts import Actor, Draft
from bookings.models import Booking, Room
from bookings.recurrence import parse_recurrence, to_local
from bookings.rules import (
    check_attendees,
    check_details,
    check_reminders,
    check_times,
    check_words,
    check_zone,
)


def check_draft(draft: Draft, now: datetime, until: datetime) -> None:
    """Raises InvalidInput or OutsideRules unless all of it but its recurrence can be booked."""
    check_words(draft.title, draft.description)
    check_attendees(draft.attendees)
    check_reminders(draft.reminders)
    check_zone(draft.timezone)
    check_details(vars(draft))
    check_times(starts_at=draft.starts_at, ends_at=draft.ends_at, now=now, until=until)


def unsaved_booking(room: Room, draft: Draft, by: Actor, now: datetime) -> Booking:
    """The booking of a checked draft; raises InvalidRule if its recurrence is not understood."""
    recurrence = parse_recurrence(draft.recurrence, draft.timezone)
    organizer = draft.organizer or by.member
    return Booking(
        company_id=room.company_id,
        room=room,
        organizer=organizer,
        organizer_email=organizer.email if organizer else "",
        title=draft.title.strip(),
        description=draft.description,
        visibility=draft.visibility,
        video=draft.video,
        metadata=dict(draft.metadata),
        external_reference=draft.external_reference,
        reminders=None if draft.reminders is None else list(draft.reminders),
        timezone=draft.timezone,
        dtstart_local=to_local(draft.starts_at, ZoneInfo(draft.timezone)),
        duration=draft.ends_at - draft.starts_at,
        rrule=recurrence.rrule,
        rdates=list(recurrence.rdates),
        exdates=list(recurrence.exdates),
        created_at=now,
        updated_at=now,
    )
