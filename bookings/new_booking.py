"""From a draft to a booking that can be saved."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bookings.drafts import Actor, Draft
from bookings.models import Booking, Room
from bookings.recurrence import (
    Place,
    Series,
    expand,
    first_start,
    parse_recurrence,
    place_at,
    to_local,
)
from bookings.rules import (
    check_attendees,
    check_details,
    check_length,
    check_reminders,
    check_words,
    check_zone,
)


def check_draft(draft: Draft) -> None:
    """Raises InvalidInput unless it can be booked at some time, by some rule."""
    check_words(draft.title, draft.description)
    check_attendees(draft.attendees)
    check_reminders(draft.reminders)
    check_zone(draft.timezone)
    check_details(vars(draft))
    check_length(draft.starts_at, draft.ends_at)


def wanted_series(draft: Draft) -> Series:
    """When a checked draft takes place; a start that is off its rule moves to the first that fits.

    Raises InvalidRule if the recurrence is not understood or never occurs.
    """
    start = to_local(draft.starts_at, ZoneInfo(draft.timezone))
    series = Series(
        dtstart_local=start,
        timezone=draft.timezone,
        duration=draft.ends_at - draft.starts_at,
        recurrence=parse_recurrence(draft.recurrence, draft.timezone, start=start.time()),
    )
    return replace(series, dtstart_local=first_start(series))


def wanted_places(draft: Draft, series: Series, until: datetime) -> list[Place]:
    """The places of a draft's series up to an instant; raises InvalidRule if there are too many."""
    if not series.recurrence:
        return [Place(series.dtstart_local, draft.starts_at, draft.ends_at)]
    # Of an hour that comes twice the series has the first, even if the draft means the second.
    first = min([series.dtstart_local, *series.recurrence.rdates])
    since = min(draft.starts_at, place_at(series, first).starts_at)
    return expand(series, since, until)


def unsaved_booking(room: Room, draft: Draft, series: Series, by: Actor, now: datetime) -> Booking:
    """The booking of a checked draft that takes place as `series` says."""
    recurrence = series.recurrence
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
        dtstart_local=series.dtstart_local,
        duration=series.duration,
        rrule=recurrence.rrule,
        rdates=list(recurrence.rdates),
        exdates=list(recurrence.exdates),
        created_at=now,
        updated_at=now,
    )
