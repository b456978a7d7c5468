"""First values of the booking form from a URL: a room, a day and times."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from bookings.access import get_room
from bookings.models import Room
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import Span, next_mark
from bookings.web.days import today_of
from bookings.web.form.repeat_fields import repeat_values
from bookings.web.inputs import END_OF_DAY, parsed, parsed_date
from tenants.models import Company

DEFAULT_LENGTH = timedelta(minutes=30)


def wished(query: Mapping[str, str], company: Company) -> dict[str, Any]:
    """The form's first values, on the clock of the room where one is named. Times in the URL are of
    the company's wall, or of that room's with `clock=room`, as in its week.

    Raises NotFound for a room of another company, InvalidInput for what is no date or time.
    """
    company_zone = ZoneInfo(company.timezone)
    room = get_room(parsed(int, query["room"])) if "room" in query else None
    zone = ZoneInfo(room.zone_name) if room else company_zone
    meant = zone if query.get("clock") == "room" else company_zone
    starts_at = _start(query, company, meant)
    start, end = to_local(starts_at, zone), to_local(_end(query, starts_at, meant), zone)
    return {
        "key": uuid4().hex,
        "room": room.pk if room else None,
        "date": start.date(),
        "start": start.time(),
        "end": end.time(),
        "end_date": end.date() if end.date() != start.date() else None,
        "attendees": query.get("attendees", ""),
        **repeat_values(None, start.date()),
    }


def booking_url(room: Room, span: Span, company: Company, *, attendees: str = "") -> str:
    """The booking form, filled with a room and a time."""
    zone = ZoneInfo(company.timezone)
    start, end = to_local(span.starts_at, zone), to_local(span.ends_at, zone)
    query = {
        "room": room.pk,
        "date": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
    }
    if end.date() != start.date():
        query["end_date"] = f"{end:%Y-%m-%d}"
    if attendees:
        query["attendees"] = attendees
    return f"{reverse('booking-new')}?{urlencode(query)}"


def _start(query: Mapping[str, str], company: Company, zone: ZoneInfo) -> datetime:
    today = today_of(company, timezone.now())
    day = parsed_date(query["date"]) if "date" in query else today
    if "start" in query:
        return to_instant(datetime.combine(day, _clock(query["start"])), zone)
    opening = to_instant(datetime.combine(day, company.working_from), zone)
    return max(opening, next_mark(timezone.now())) if day == today else opening


def _end(query: Mapping[str, str], starts_at: datetime, zone: ZoneInfo) -> datetime:
    day = to_local(starts_at, zone).date()
    if "end_date" in query:
        day = parsed_date(query["end_date"])
    if "end" not in query:
        return starts_at + DEFAULT_LENGTH
    if query["end"] == END_OF_DAY:
        return to_instant(datetime.combine(day + timedelta(days=1), time()), zone)
    return to_instant(datetime.combine(day, _clock(query["end"])), zone)


def _clock(typed: str) -> time:
    return parsed(time.fromisoformat, typed).replace(tzinfo=None)
