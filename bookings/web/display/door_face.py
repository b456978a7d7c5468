"""What the display at a door says, in words for everybody who passes by."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.display.state import DoorState, Offer, state_of
from bookings.house_rules.reading import hushed_rooms
from bookings.models import Booking, Display, Equipment, Occurrence, Room
from bookings.occurrences import version_tag
from bookings.recurrence.wall_clock import to_local
from bookings.web.day.drawing import seats_of
from bookings.web.days import clock_span, day_name
from bookings.web.display.qr_codes import qr_code

MOST_LATER = 4  # meetings that are listed behind the next


def face_of(display: Display, now: datetime) -> dict[str, Any]:
    """The values of a display's page at an instant, by the clock at the door; two queries."""
    room: Any = display.room  # read with its clock
    zone, state = ZoneInfo(room.zone_name), state_of(room, display.company, now)
    is_hushed = bool(hushed_rooms([room]))
    later = [_meeting(row, zone, is_hushed=is_hushed) for row in state.later]
    current, local = state.current, to_local(now, zone)
    return {
        "made": f"{now.timestamp():.0f}",
        "room": room,
        "about": _about(room),
        "kind": _kind(room, state),
        "current": current and _meeting(current, zone, is_hushed=is_hushed),
        "next": later[0] if later else None,
        "later": later[1 : 1 + MOST_LATER],
        "free_until": _clock(state.free_until, zone),
        "opens_at": _clock(state.opens_at, zone),
        "kept_until": _clock(state.kept_until, zone),
        "ends_at": _clock(current.ends_at if current else None, zone),
        "bookable": _buttons(state.bookable, zone),
        "longer": _buttons(state.longer, zone),
        "end": _clock(state.end.ends_at if state.end else None, zone),
        "why_not": state.refusal,
        "seen": room.clock.version,
        "day": day_name(local.date()),
        "clock": f"{local:%H:%M}",
        "code": qr_code(settings.PUBLIC_URL + reverse("room-week", args=[room.pk])),
    }


def _kind(room: Room, state: DoorState) -> str:
    if state.current:
        return "taken"
    if room.state != Room.State.OPEN:
        return "shut"
    if not state.is_open:
        return "closed"
    if state.held:
        return "held"
    return "kept" if state.kept_until else "free"


def _about(room: Room) -> str:
    floor = room.floor.name if room.floor else ""
    equipment = Equipment.words(room.equipment)
    return " · ".join(filter(None, (str(room.building), floor, seats_of(room.capacity), equipment)))


def _clock(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{to_local(at, zone):%H:%M}" if at else ""


def _buttons(offers: Iterable[Offer], zone: ZoneInfo) -> list[dict[str, object]]:
    return [
        {"minutes": offer.minutes, "until": _clock(offer.span.ends_at, zone)} for offer in offers
    ]


def _meeting(row: Occurrence, zone: ZoneInfo, *, is_hushed: bool) -> dict[str, object]:
    visibility = row.booking.visibility
    is_private = visibility == Booking.Visibility.PRIVATE or (
        is_hushed and visibility == Booking.Visibility.DEFAULT
    )
    who = row.booking.organizer or row.booking.organizer_email
    return {
        "title": _("Private") if is_private else row.shown_title or _("(no title)"),
        "who": "" if is_private else str(who or ""),
        "times": clock_span(row.starts_at, row.ends_at, zone),
        "date": row.public_id,
        "version": version_tag(row),
    }
