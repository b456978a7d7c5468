"""What the panels about a booking have in common."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bookings.access import get_occurrence, get_room
from bookings.drafts import Actor
from bookings.models import Door, Occurrence, Room
from bookings.recurrence.wall_clock import to_local
from bookings.web.day.grid import title_for
from bookings.web.days import day_name, span_name
from bookings.web.form.forms import DateForm
from tenants.errors import NotAllowed
from tenants.models import Member


def all_rooms() -> list[Room]:
    """Every room of the company, for a select."""
    return list(Room.objects.select_related("building"))


def changeable(public_id: UUID, member: Member) -> Occurrence:
    """A date that this member may change; raises NotFound or NotAllowed."""
    occurrence = get_occurrence(public_id)
    if not Actor(Door.WEB, member).may_change(occurrence.booking):
        raise NotAllowed
    return occurrence


def facts(occurrence: Occurrence, member: Member) -> dict[str, Any]:
    """What every panel about a booking shows: title, day and times on the room's wall."""
    zone = ZoneInfo(occurrence.room.zone_name)
    return {
        "occurrence": occurrence,
        "title": title_for(member, occurrence),
        "day": day_name(to_local(occurrence.starts_at, zone).date()),
        "times": span_name(occurrence.starts_at, occurrence.ends_at, zone),
        "zone": foreign_zone(occurrence.room, member),
        "back_to": to_local(occurrence.starts_at, ZoneInfo(member.company.timezone)).date(),
    }


def foreign_zone(room: Room, member: Member) -> str:
    """The room's zone where it is not the company's."""
    return "" if room.zone_name == member.company.timezone else room.zone_name


def zone_of(form: DateForm, member: Member) -> str:
    """The zone in which the form's times are meant, where it is not the company's."""
    if form.is_bound and "room" in getattr(form, "cleaned_data", {}):
        return foreign_zone(form.cleaned_data["room"], member)  # it was read already
    chosen = str(form["room"].value() or "")
    return foreign_zone(get_room(int(chosen)), member) if chosen.isdecimal() else ""
