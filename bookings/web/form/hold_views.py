"""Keeping the time in an open form for whoever fills it in, and giving it up."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.http import require_POST

from bookings.holding import hold as keep
from bookings.holding import release
from bookings.models import Hold, Occurrence
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.form.changing import ChangeForm, change_form
from bookings.web.form.forms import NewBookingForm
from bookings.web.form.look_at_change import PLACE, readable_place
from bookings.web.form.panels import all_rooms, changeable
from tenants.access import member_view
from tenants.errors import DomainError
from tenants.models import Member


@require_POST
@member_view
def hold(request: HttpRequest, member: Member) -> HttpResponse:
    """Keeps the time in the form of a new booking, and says until when."""
    form = NewBookingForm(request.POST, rooms=all_rooms())
    form.is_valid()
    return _answer(request, member, lambda: _of_new(form, member))


@member_view
def hold_edit(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Keeps the place to which a form moves its date; where it stays, it has that already."""
    occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = change_form(occurrence, all_rooms(), request.POST)
    return _answer(request, member, lambda: _of_change(form, occurrence, member))


@require_POST
@member_view
def give_up(_request: HttpRequest, member: Member) -> HttpResponse:
    """The form was closed without booking."""
    release(member)
    return HttpResponse(status=204)


def _answer(
    request: HttpRequest, member: Member, wanted: Callable[[], Hold | None]
) -> HttpResponse:
    """Says until when something is held. Nothing is where it cannot be, about which the form itself
    speaks: its look is asked for again when that changes."""
    try:
        with transaction.atomic():
            held = wanted()
    except DomainError:
        held = None
        release(member)  # of what was chosen before
    until = to_local(held.expires_at, ZoneInfo(held.room.zone_name)) if held else None
    answer = render(request, "bookings/hold.html", {"until": until})
    before = request.POST.get("held")
    if (held is None and before != "no") or (held and before == "no"):
        answer["HX-Trigger"] = "look-again"
    return answer


def _of_new(form: NewBookingForm, member: Member) -> Hold | None:
    if {"key", *PLACE} & form.errors.keys():
        return None
    typed = form.cleaned_data
    return keep(member=member, room=typed["room"], span=Span(*form.times()), form=typed["key"])


def _of_change(form: ChangeForm, occurrence: Occurrence, member: Member) -> Hold | None:
    changes, key = readable_place(form, occurrence), form.data.get("hold_key", "")[:100]
    if not changes:
        release(member, form=key)
        return None
    span = Span(
        changes.get("starts_at", occurrence.starts_at), changes.get("ends_at", occurrence.ends_at)
    )
    room = changes.get("room", occurrence.room)
    return keep(member=member, room=room, span=span, form=key, moving=occurrence)
