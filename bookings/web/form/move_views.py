"""A booking moved or resized by hand on the day's time line, and put back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from bookings.access import get_room
from bookings.drafts import Actor, Changes
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import change_booking
from bookings.edits.rejoining import Whole, rejoin, untold_half
from bookings.errors import Changed
from bookings.models import Door, Occurrence, Room
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import Span
from bookings.web.days import clock_span
from bookings.web.form.changing import as_typed, change_form
from bookings.web.form.edit_views import ask_scope
from bookings.web.form.moved import BY_HAND, Seen, show_moved
from bookings.web.form.offers import offer_value, with_offer
from bookings.web.form.panels import all_rooms, changeable
from tenants.access import member_view
from tenants.errors import InvalidInput
from tenants.models import Member

A_WEEK = 7 * 24 * 60  # minutes


class MoveForm(forms.Form):
    """Where a date is carried: to a room, both ends by so many minutes on the wall, within a week.

    `seen` is where the page showed it: its room, date and times on the company's wall, or, in the
    week of a room, on that room's.
    """

    room = forms.IntegerField()
    start_by = forms.IntegerField(min_value=-A_WEEK, max_value=A_WEEK)
    end_by = forms.IntegerField(min_value=-A_WEEK, max_value=A_WEEK)
    seen = forms.CharField(max_length=60)


class UndoForm(forms.Form):
    """Where a date was, as the instants it had, and which version of it is put back."""

    room = forms.IntegerField()
    starts_at = forms.DateTimeField()
    ends_at = forms.DateTimeField()
    scope = forms.ChoiceField(choices=Scope.choices)
    version = forms.CharField(max_length=30)
    cut = forms.CharField(required=False)  # what the series was that was cut in two


@member_view
def move(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Moves a date as it was dragged; a series is first asked which dates are meant."""
    occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = _read(MoveForm(request.POST))
    room = get_room(asked["room"])
    zone = _zone_of_page(asked["seen"], occurrence, member)
    starts_at = _shifted(occurrence.starts_at, asked["start_by"], zone)
    ends_at = _shifted(occurrence.ends_at, asked["end_by"], zone)
    if occurrence.booking.is_series:
        return _ask(request, member, occurrence, room, Span(starts_at, ends_at))
    seen = Seen.of(occurrence, Scope.THIS)
    edited = change_booking(
        by=Actor(Door.WEB, member, can_undo=True),
        company=member.company,
        occurrence=occurrence,
        changes=_changes(occurrence, room, starts_at, ends_at),
    )
    return show_moved(request, member, edited, seen=seen)


@member_view
def put_back(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Takes a move back by an ordinary edit, and joins what it had cut; refused where somebody has
    changed it meanwhile."""
    occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = _read(UndoForm(request.POST))
    whole = Whole.read(asked["cut"]) if asked["cut"] else None
    with transaction.atomic():
        half = untold_half(whole, occurrence.booking) if whole else None
        edited = change_booking(
            by=Actor(Door.WEB, member),
            company=member.company,
            occurrence=occurrence,
            scope=asked["scope"],
            changes=_changes(
                occurrence, get_room(asked["room"]), asked["starts_at"], asked["ends_at"]
            ),
            expected_version=asked["version"],
        )
        if whole and half:
            rejoin(half, whole, moved=edited.occurrence.booking)
    return show_moved(request, member, edited, seen=None)


def _zone_of_page(seen: str, occurrence: Occurrence, member: Member) -> ZoneInfo:
    """By whose clock a page showed a date; raises Changed where it is not there any more."""
    for name in (member.company.timezone, occurrence.room.zone_name):
        if seen == seen_as(occurrence, ZoneInfo(name)):
            return ZoneInfo(name)
    raise Changed


def _shifted(instant: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """So much later by the clock on the wall, also where the clocks change in between."""
    if not minutes:
        return instant
    return to_instant(to_local(instant, zone) + timedelta(minutes=minutes), zone)


def seen_as(occurrence: Occurrence, zone: ZoneInfo) -> str:
    """A date as a page shows it by the clock of a zone, in one line."""
    day = to_local(occurrence.starts_at, zone).date()
    times = clock_span(occurrence.starts_at, occurrence.ends_at, zone)
    return f"{occurrence.room_id} {day} {times}"


def _read(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise InvalidInput(field=next(iter(form.errors)))
    return form.cleaned_data


def _changes(occurrence: Occurrence, room: Room, starts_at: datetime, ends_at: datetime) -> Changes:
    """What differs; a whole booking keeps the clock of its room."""
    changes = Changes(starts_at=starts_at, ends_at=ends_at)
    if room.pk != occurrence.room_id:
        changes["room"] = room
        if not occurrence.booking.is_series:
            changes["timezone"] = room.zone_name
    return changes


def _ask(
    request: HttpRequest, member: Member, occurrence: Occurrence, room: Room, span: Span
) -> HttpResponse:
    """The question of the edit form, filled in by the drag."""
    rooms = all_rooms()
    typed = as_typed(change_form(occurrence, rooms))
    typed["offer"], typed[BY_HAND] = offer_value(room, span), "1"
    form = change_form(occurrence, rooms, with_offer(typed))
    if not form.is_valid():
        raise InvalidInput(field=next(iter(form.errors)))
    answer = ask_scope(request, member, occurrence, form)
    answer["HX-Retarget"] = "#panel"
    answer["HX-Trigger"] = "panel-wanted"
    return answer
