"""What a form shows when its room is taken: by whom, and what is free instead, one click away."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import ngettext

from bookings.alternatives import alternatives, near_times
from bookings.errors import RoomTaken, RuleBroken
from bookings.models import Occurrence, Room
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.date_lines import in_the_way
from bookings.web.days import clock_span
from bookings.web.forms import DateForm
from tenants.errors import DomainError
from tenants.models import Member

MOST_CONFLICTS = 5
TAKEN_OVER = ("room", "date", "start", "end_date", "end")


def conflict_context(
    form: DateForm, error: RoomTaken, member: Member, *, moving: Occurrence | None = None
) -> dict[str, Any]:
    """Who is in the way, as far as the member may know, and offers; of a single booking only."""
    form.add_error(None, error.message)
    conflicts = [in_the_way(row, member) for row in error.conflicts[:MOST_CONFLICTS]]
    offers = alternatives(
        company=member.company,
        room=form.cleaned_data["room"],
        spans=[Span(*form.times())],
        besides=[moving.pk] if moving else [],
    )
    return {
        "conflicts": conflicts,
        "offers": [offer_of(offer.room, offer.span) for offer in offers],
    }


def allowed_instead(
    error: DomainError, member: Member, *, moving: Occurrence | None = None
) -> dict[str, Any]:
    """What to offer where a rule of the room says no: the nearest times that it allows, if free."""
    if not isinstance(error, RuleBroken) or error.nearest is None:
        return {}
    besides = [moving.pk] if moving else []
    (times,) = near_times(member.company, [(error.room, error.nearest)], besides=besides)
    return {"offers": [offer_of(error.room, span) for span in times]}


def dates_taken(error: RoomTaken) -> str:
    """What to say where dates of a series are taken: that there is something to choose."""
    dates = len(error.clashes)
    words = ngettext(
        "%(n)d date is taken. Choose what becomes of it.",
        "%(n)d dates are taken. Choose what becomes of each of them.",
        dates,
    )
    return words % {"n": dates}


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


def offer_of(room: Room, span: Span) -> dict[str, str]:
    """A room and a time as a button of the form; `with_offer` reads its value."""
    zone = ZoneInfo(room.zone_name)
    start, end = to_local(span.starts_at, zone), to_local(span.ends_at, zone)
    return {
        "room": str(room),
        "times": clock_span(span.starts_at, span.ends_at, zone),
        "value": f"{room.pk} {start:%Y-%m-%d %H:%M} {end:%Y-%m-%d %H:%M}",
    }
