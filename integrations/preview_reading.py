"""How a preview reads: what a body would book, in the words of the public contract."""

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from bookings.edits.choosing import is_left_out
from bookings.preview import BookingPreview, DatePreview, State
from bookings.recurrence import to_instant
from bookings.spans import Span
from integrations.reading import read_alternative, read_conflict, read_dates, shown
from tenants.models import Member


def read_preview(
    preview: BookingPreview, viewer: Member | None, *, skip_taken: bool
) -> dict[str, Any]:
    """A preview as this viewer may see it."""
    zone = ZoneInfo(preview.dates[0].occurrence.booking.timezone)
    states = Counter(date.state for date in preview.dates)
    skipped = [date.occurrence for date in preview.dates if _is_skipped(date, skip_taken)]
    return {
        "occurrences": [_read_date(date, viewer) for date in preview.dates],
        "counts": {
            "occurrences": len(preview.dates),
            **{state.value: states[state] for state in State},
        },
        "skipped": read_dates(skipped),
        "recurrence_words": preview.words,
        "start_moved": shown(preview.start_moved, zone) if preview.start_moved else None,
        "google_would_decline": preview.google_declines,
        "rooms": [
            {"room": each.room.pk, "room_name": each.room.name, "free": each.free}
            for each in preview.rooms
        ],
    }


def _is_skipped(date: DatePreview, skip_taken: bool) -> bool:
    own = bool(date.occurrence.override_mask)
    taken = date.can_be_moved and not own
    return is_left_out(date.occurrence) or (skip_taken and taken)


def _read_date(date: DatePreview, viewer: Member | None) -> dict[str, Any]:
    row = date.occurrence
    zone = ZoneInfo(row.booking.timezone)
    span = Span(row.starts_at, row.ends_at)
    return {
        "original_start": shown(to_instant(row.original_start, zone), zone),
        "start": shown(row.starts_at, zone),
        "end": shown(row.ends_at, zone),
        "room": row.room_id,
        "status": date.state,
        "free": date.state == State.FREE,
        "reason": date.reason or None,
        "left_out": is_left_out(row),
        "moved_by_clock": date.moved_by_clock,
        "hour_differs": date.hour_differs,
        "conflicts": [read_conflict(other, viewer) for other in date.conflicts],
        "alternatives": [
            *(read_alternative(room, span) for room in date.rooms),
            *(read_alternative(row.room, other) for other in date.times),
        ],
    }
