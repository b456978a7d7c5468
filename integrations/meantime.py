"""What happened to a booking since a caller read it: the answer to an `If-Match` of yesterday."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from bookings.access import get_occurrence, may_see_details
from bookings.edits.lineage import parts_of
from bookings.models import BookingEvent, Occurrence
from bookings.recurrence import to_instant
from integrations.reading import read_bookings, shown
from tenants.models import Member

MOST = 50  # acts, the newest
_PRIVATE = ("title", "description", "organizer", "attendees", "reminders")
_RENAMED = {"starts_at": "start", "ends_at": "end", "rrule": "recurrence"}


def read_meantime(seen: Occurrence, version: str | None, viewer: Member | None) -> dict[str, Any]:
    """The booking as it is now, and the acts since the version that was seen, oldest first."""
    row = get_occurrence(seen.public_id)
    (current,) = read_bookings([row], viewer)
    known = (version or "").partition("-")[0]
    missed = row.booking.version - int(known) if known.isdecimal() else MOST
    events = (
        BookingEvent.objects.filter(booking__in=parts_of(row.booking))
        .select_related("member")
        .order_by("-id")[: min(max(missed, 1), MOST)]
    )
    return {
        "current": current,
        "changes": [
            read_act(event, ZoneInfo(row.booking.timezone), known=may_see_details(viewer, row))
            for event in reversed(events)
        ],
    }


def read_act(event: BookingEvent, zone: ZoneInfo, *, known: bool) -> dict[str, Any]:
    """An act with what it changed, its date in a zone; words and people only where they are known
    to whoever reads it."""
    who = event.member if known else None
    return {
        "at": event.at.astimezone(UTC).isoformat(),
        "by": {"email": who.email, "name": who.name} if who else None,
        "act": event.act,
        "date": shown(to_instant(event.original_start, zone), zone)
        if event.original_start
        else None,
        "before": _values(event.before, known=known),
        "after": _values(event.after, known=known),
    }


def _values(values: Mapping[str, Any], *, known: bool) -> dict[str, Any]:
    return {
        _RENAMED.get(name, name): value
        for name, value in values.items()
        if known or name not in _PRIVATE
    }
