"""Booking a room: the form, what it would do, and what it sends. Services decide."""

from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings.creating import create_booking
from bookings.drafts import Actor
from bookings.errors import RoomTaken
from bookings.holding import hold as keep
from bookings.holding import release
from bookings.idempotency import Answer, answer_once
from bookings.models import Door, Hold
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.forms import NewBookingForm
from bookings.web.look_ahead import chosen_for, look_context
from bookings.web.offers import allowed_instead, dates_taken, with_offer
from bookings.web.pages import panel
from bookings.web.panels import all_rooms, beside_the_field, zone_of
from bookings.web.wishes import wished
from tenants.access import member_view
from tenants.errors import DomainError
from tenants.models import Member

LOOKS = {"look", "skip_all"}  # buttons that ask what would happen


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def new(request: HttpRequest, member: Member) -> HttpResponse:
    """The booking form, and what it sends."""
    rooms = all_rooms()
    if request.method != "POST":
        form = NewBookingForm(rooms=rooms, initial=wished(request.GET.dict(), member.company))
        return _show_new(request, member, form)
    form = NewBookingForm(with_offer(request.POST), rooms=rooms)
    if LOOKS & set(request.POST):
        return _show_new(request, member, form)
    if not form.is_valid():
        return _show_new(request, member, form, status=422)
    try:
        return redirect("booking", _book_once(request, member, form))
    except RoomTaken as error:
        repeats = form.chosen_repeat() is not None
        form.add_error(None, dates_taken(error) if repeats else error.message)
        return _show_new(request, member, form, status=error.status, refused=True)
    except DomainError as error:
        more = {} if form.chosen_repeat() else allowed_instead(error, member)
        beside_the_field(form, error)
        return _show_new(request, member, form, status=error.status, **more)


@require_POST
@member_view
def look(request: HttpRequest, member: Member) -> HttpResponse:
    """What the booking form would do as it is filled in now; writes nothing."""
    form = NewBookingForm(request.POST, rooms=all_rooms())
    context = {**look_context(form, member), "ask": request.path}
    return render(request, "bookings/look.html", context)


@require_POST
@member_view
def hold(request: HttpRequest, member: Member) -> HttpResponse:
    """Keeps the time in an open form for its person, and says until when."""
    form = NewBookingForm(request.POST, rooms=all_rooms())
    held = _hold(form, member)
    until = to_local(held.expires_at, ZoneInfo(held.room.zone_name)) if held else None
    answer = render(request, "bookings/hold.html", {"until": until})
    before = request.POST.get("held")
    if (held is None and before != "no") or (held and before == "no"):
        answer["HX-Trigger"] = "look-again"  # the look says why, or does not any more
    return answer


@require_POST
@member_view
def give_up(_request: HttpRequest, member: Member) -> HttpResponse:
    """The form was closed without booking."""
    release(member)
    return HttpResponse(status=204)


def _hold(form: NewBookingForm, member: Member) -> Hold | None:
    """What is held for a form; nothing where it cannot be, about which the form itself speaks."""
    form.is_valid()
    if any(name in form.errors for name in ("key", "room", "date", "start", "end", "end_date")):
        return None
    try:
        with transaction.atomic():
            typed = form.cleaned_data
            span = Span(*form.times())
            return keep(member=member, room=typed["room"], span=span, form=typed["key"])
    except DomainError:
        release(member)  # of what was chosen before
        return None


def _show_new(
    request: HttpRequest,
    member: Member,
    form: NewBookingForm,
    *,
    status: int = 200,
    refused: bool = False,
    **more: Any,
) -> HttpResponse:
    context = {
        **look_context(form, member, refused=refused),
        "ask": reverse("booking-look"),
        "title": _("New booking"),
        "zone": zone_of(form, member),
        **more,
    }
    return panel(request, "bookings/panel_new.html", member, context, status=status)


def _book_once(request: HttpRequest, member: Member, form: NewBookingForm) -> str:
    """Books, or finds what the same form has booked before; the id of the first date."""
    # The content is part of the key: who goes back and changes the form wants another booking.
    content = sha256(request.POST.urlencode().encode()).hexdigest()

    def book() -> Answer:
        draft = form.draft()
        booked = create_booking(
            by=Actor(Door.WEB, member),
            company=member.company,
            room=form.cleaned_data["room"],
            draft=draft,
            choices=chosen_for(form, draft, member.company),
        )
        release(member)
        return Answer(201, {"id": str(booked.occurrences[0].public_id)})

    with transaction.atomic():  # a refusal leaves nothing behind
        answer = answer_once(
            actor=f"member:{member.pk}",
            key=f"form:{form.cleaned_data['key']}:{content}",
            request_hash=content,
            act=book,
        )
    return str(answer.body["id"])
