"""What a form shows when its room is taken: by whom, and what is free instead, one click away."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from bookings.access import may_see_details
from bookings.alternatives import Span, alternatives
from bookings.days import clock_span, day_name
from bookings.errors import RoomTaken
from bookings.forms import DateForm
from bookings.grid import title_for
from bookings.models import Occurrence, Room
from bookings.wall_clock import to_local
from tenants.models import Member

MOST_CONFLICTS = 5
TAKEN_OVER = ("room", "date", "start", "end_date", "end")


def conflict_context(
    form: DateForm, error: RoomTaken, member: Member, *, moving: Occurrence | None = None
) -> dict[str, Any]:
    """Who is in the way, as far as the member may know, and offers; of a single booking only."""
    form.add_error(None, error.message)
    conflicts = [_conflict(row, member) for row in error.conflicts[:MOST_CONFLICTS]]
    if form.cleaned_data.get("repeat"):
        return {"conflicts": conflicts}
    offers = alternatives(
        company=member.company,
        room=form.cleaned_data["room"],
        spans=[Span(*form.times())],
        besides=[moving.pk] if moving else [],
    )
    return {
        "conflicts": conflicts,
        "offers": [_offer(offer.room, offer.span) for offer in offers],
    }


def with_offer(data: QueryDict) -> QueryDict:
    """What was typed, with the offer that was clicked in the place of room and times."""
    offer = data.get("offer", "").split(" ")
    if len(offer) != len(TAKEN_OVER):
        return data
    changed = data.copy()
    del changed["offer"]
    for name, value in zip(TAKEN_OVER, offer, strict=True):
        changed[name] = value
    return changed


def _conflict(row: Occurrence, member: Member) -> dict[str, str]:
    zone = ZoneInfo(row.room.zone_name)
    known = may_see_details(member, row.booking)
    return {
        "title": title_for(member, row),
        "who": row.booking.organizer_email if known else "",
        "day": day_name(to_local(row.starts_at, zone).date()),
        "times": clock_span(row.starts_at, row.ends_at, zone),
    }


def _offer(room: Room, span: Span) -> dict[str, str]:
    zone = ZoneInfo(room.zone_name)
    start, end = to_local(span.starts_at, zone), to_local(span.ends_at, zone)
    return {
        "room": str(room),
        "times": clock_span(span.starts_at, span.ends_at, zone),
        "value": f"{room.pk} {start:%Y-%m-%d %H:%M} {end:%Y-%m-%d %H:%M}",
    }
