"""How rooms and bookings read back. Values only, in the words of the public contract."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookings.access import mark_hidden, may_see_details
from bookings.drafts import Choice
from bookings.errors import Clash, RuleBroken
from bookings.guests import guests_of_dates
from bookings.models import Booking, Occurrence, Participant, Room
from bookings.occurrences import version_tag
from bookings.recurrence import Recurrence, portable_lines, recurrence_lines, to_instant
from bookings.spans import Span
from bookings.sync_state import SyncState, sync_states
from tenants.models import Member


def read_room(room: Room) -> dict[str, Any]:
    """A room, with the names by which it can be filtered."""
    return {
        "id": room.pk,
        "name": room.name,
        "building": room.building.name,
        "building_id": room.building_id,
        "floor": room.floor.name if room.floor else None,
        "floor_id": room.floor_id,
        "capacity": room.capacity,
        "equipment": room.equipment,
        "timezone": room.zone_name,
        "calendar_id": room.google_calendar_id or None,
        "state": room.state,
    }


def read_bookings(rows: Sequence[Occurrence], viewer: Member | None) -> list[dict[str, Any]]:
    """Dates as this viewer may see them, in five queries at most however many they are."""
    states, guests = sync_states(rows), guests_of_dates(rows)
    mark_hidden(viewer, rows)
    return [read_booking(row, states[row.pk], guests[row.pk], viewer) for row in rows]


def read_booking(
    row: Occurrence, sync: SyncState, guests: Iterable[Participant], viewer: Member | None
) -> dict[str, Any]:
    """One date of a booking. What is private keeps its time and place, and loses its words."""
    booking = row.booking
    zone = ZoneInfo(booking.timezone)
    open_to_viewer = may_see_details(viewer, row)
    return {
        "id": row.public_id,
        "series_id": booking.public_id if booking.is_series else None,
        "original_start": shown(to_instant(row.original_start, zone), zone),
        "room": row.room_id,
        "start": shown(row.starts_at, zone),
        "end": shown(row.ends_at, zone),
        "timezone": booking.timezone,
        "recurrence": _recurrence(booking),
        "visibility": booking.visibility,
        "status": row.status,
        "reason": row.reason or None,
        "sync": sync.state,
        "etag": etag_of(row),
        "updated_at": max(row.updated_at, booking.updated_at).astimezone(UTC).isoformat(),
        **(_details(row, sync, guests) if open_to_viewer else MASKED),
    }


def read_clashes(
    clashes: Sequence[Clash], choices: Sequence[Choice], viewer: Member | None
) -> list[dict[str, Any]]:
    """What is in the way, and of which date; that one is named as a choice would name it."""
    mark_hidden(viewer, [row for clash in clashes for row in clash.conflicts])
    chosen = {choice.starts_at: choice.start for choice in choices if choice.starts_at}
    return [
        {
            **read_conflict(row, viewer),
            "date": shown(chosen.get(clash.wanted.starts_at, clash.wanted.starts_at), zone),
        }
        for clash in clashes
        for zone in [ZoneInfo(clash.wanted.booking.timezone)]
        for row in clash.conflicts
    ]


def read_conflict(row: Occurrence, viewer: Member | None) -> dict[str, Any]:
    """A date that is in somebody's way."""
    zone = ZoneInfo(row.booking.timezone)
    masked = not may_see_details(viewer, row)
    return {
        "id": row.public_id,
        "room": row.room_id,
        "start": shown(row.starts_at, zone),
        "end": shown(row.ends_at, zone),
        "title": None if masked else row.shown_title,
        "visibility": row.booking.visibility,
        "held_until": shown(row.hold_expires_at, zone) if row.hold_expires_at else None,
    }


def read_alternative(room: Room, span: Span) -> dict[str, Any]:
    """A room and a time that are free, on the room's wall."""
    zone = ZoneInfo(room.zone_name)
    return {
        "room": room.pk,
        "room_name": room.name,
        "start": shown(span.starts_at, zone),
        "end": shown(span.ends_at, zone),
    }


def read_broken(broken: RuleBroken) -> dict[str, Any]:
    """Which rule says no, whose it is, and the nearest time that it allows."""
    owner = broken.owner
    return {
        "rule": broken.rule,
        "owner": {"level": owner.level, "id": owner.id, "name": owner.name or None},
        "alternatives": [read_alternative(broken.room, broken.nearest)] if broken.nearest else [],
    }


def read_dates(rows: Iterable[Occurrence]) -> list[dict[str, Any]]:
    """Dates of a series that do not take place, or no more."""
    return [
        {"start": shown(row.starts_at, zone), "end": shown(row.ends_at, zone)}
        for row in rows
        for zone in [ZoneInfo(row.booking.timezone)]
    ]


def etag_of(row: Occurrence) -> str:
    """The version of a date, as an entity tag (RFC 9110, section 8.8.3)."""
    return f'"{version_tag(row)}"'


def _recurrence(booking: Booking) -> list[str]:
    """The rule as it was given; the other dates name their zone, so that anybody can read them."""
    dates = Recurrence("", tuple(booking.rdates), tuple(booking.exdates))
    rule = recurrence_lines(Recurrence(booking.rrule))
    return [*rule, *portable_lines(dates, booking.timezone, all_day=booking.all_day)]


def _details(row: Occurrence, sync: SyncState, guests: Iterable[Participant]) -> dict[str, Any]:
    booking = row.booking
    return {
        "title": row.shown_title,
        "description": row.shown_description,
        "attendees": [
            {
                "email": guest.email,
                "name": guest.name,
                "optional": guest.optional,
                "response": guest.response,
            }
            for guest in guests
        ],
        "organizer": _organizer(row),
        "video": booking.video,
        "video_url": booking.video_url or None,
        "reminders": row.shown_reminders,
        "external_reference": booking.external_reference or None,
        "metadata": row.shown_metadata,
        "google_event_id": sync.google_event_id or None,
        "html_link": sync.html_link or None,
    }


MASKED: Mapping[str, Any] = {  # instead of what is private
    "title": None,
    "description": None,
    "attendees": [],
    "organizer": None,
    "video": False,
    "video_url": None,
    "reminders": None,
    "external_reference": None,
    "metadata": {},
    "google_event_id": None,
    "html_link": None,
}


def _organizer(row: Occurrence) -> dict[str, str] | None:
    organizer = row.organizer or row.booking.organizer
    if organizer:
        return {"email": organizer.email, "name": organizer.name}
    email = row.booking.organizer_email
    return {"email": email, "name": ""} if email else None


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339, with the offset of a zone."""
    return instant.astimezone(zone).isoformat()
