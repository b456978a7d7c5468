"""What a form shows when its room is taken: by whom, and what is free instead, one click away."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import ngettext

from bookings.alternatives import alternatives, near_times
from bookings.errors import RoomTaken, RuleBroken
from bookings.house_rules.words import span_words
from bookings.models import Occurrence, Room
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.form.date_lines import in_the_way
from bookings.web.form.forms import DateForm
from tenants.errors import DomainError
from tenants.models import Member

MOST_CONFLICTS = 5
TAKEN_OVER = ("room", "date", "start", "end_date", "end")


def taken_by(
    error: RoomTaken, room: Room, span: Span, member: Member, *, moving: Occurrence | None = None
) -> dict[str, Any]:
    """Who is in the way of a date, as far as the member may know, and what is free instead."""
    conflicts = in_the_way(error.conflicts[:MOST_CONFLICTS], member)
    offers = alternatives(
        company=member.company,
        room=room,
        spans=[span],
        besides=[moving.pk] if moving else [],
    )
    return {
        "conflicts": conflicts,
        "offers": [offer_of(offer.room, offer.span, span) for offer in offers],
    }


def allowed_instead(
    error: DomainError, form: DateForm, member: Member, *, moving: Occurrence | None = None
) -> dict[str, Any]:
    """What to offer where a rule of the room says no: the nearest times that it allows, if free."""
    if not isinstance(error, RuleBroken) or error.nearest is None:
        return {}
    besides = [moving.pk] if moving else []
    (times,) = near_times(member.company, [(error.room, error.nearest)], besides=besides)
    wanted = Span(*form.times())
    return {"offers": [offer_of(error.room, span, wanted) for span in times]}


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
    if changed["end_date"] == changed["date"]:
        changed["end_date"] = ""  # as the form has it
    return changed


def offer_of(room: Room, span: Span, wanted: Span) -> dict[str, str]:
    """A room and a time as a button of the form, with the day where it is not the `wanted` one."""
    times = span_words(span, ZoneInfo(room.zone_name), beside=wanted)
    return {"room": str(room), "times": times, "value": offer_value(room, span)}


def offer_value(room: Room, span: Span) -> str:
    """A room and a time as `with_offer` reads them."""
    zone = ZoneInfo(room.zone_name)
    start, end = to_local(span.starts_at, zone), to_local(span.ends_at, zone)
    return f"{room.pk} {start:%Y-%m-%d %H:%M} {end:%Y-%m-%d %H:%M}"
