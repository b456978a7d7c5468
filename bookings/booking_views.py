"""Booking a room, and what can be done to a booking. Services decide; this translates."""

from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.access import get_occurrence, get_room, may_see_details
from bookings.changing import caught_up, change_form, changes_of
from bookings.creating import create_booking
from bookings.days import clock_span, day_name
from bookings.drafts import Actor
from bookings.edit_modes import Scope
from bookings.editing import cancel_booking, change_occurrence
from bookings.errors import Changed, RoomTaken
from bookings.forms import DateForm, NewBookingForm
from bookings.grid import title_for
from bookings.idempotency import Answer, answer_once
from bookings.look_ahead import chosen_for, look_context
from bookings.models import Door, Occurrence, Room
from bookings.occurrences import series_of, version_tag
from bookings.offers import conflict_context, dates_taken, with_offer
from bookings.pages import panel
from bookings.rule_words import rule_words
from bookings.story import story_of
from bookings.sync_state import sync_states
from bookings.wall_clock import to_local
from bookings.wishes import wished
from tenants.access import member_view
from tenants.errors import DomainError, InvalidInput, NotAllowed
from tenants.models import Member

NEVER_BESIDE_A_FIELD = (403, 404)
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
        _beside_the_field(form, error)
        return _show_new(request, member, form, status=error.status)


@require_POST
@member_view
def look(request: HttpRequest, member: Member) -> HttpResponse:
    """What the booking form would do as it is filled in now; writes nothing."""
    form = NewBookingForm(request.POST, rooms=all_rooms())
    context = {**look_context(form, member), "ask": request.path}
    return render(request, "bookings/look.html", context)


@require_safe
@member_view
def detail(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """One date of a booking: what, where, when, how far on its way to Google, and its history."""
    occurrence = get_occurrence(public_id)
    may_see = may_see_details(member, occurrence.booking)
    cancelled = occurrence.status == Occurrence.Status.CANCELLED
    context = {
        **_facts(occurrence, member),
        "may_see": may_see,
        "guests": list(occurrence.booking.participants.all()) if may_see else [],
        "rule": "" if occurrence.booking.opaque else rule_words(series_of(occurrence.booking)),
        "sync": sync_states([occurrence])[occurrence.pk],
        "story": story_of(occurrence) if may_see else [],
        "cancelled": cancelled,
        "may_change": not cancelled and Actor(Door.WEB, member).may_change(occurrence.booking),
    }
    return panel(request, "bookings/panel_detail.html", member, context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def edit(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """The form for one date, and what it sends."""
    occurrence = _changeable(public_id, member)
    rooms = all_rooms()
    typed = with_offer(request.POST) if request.method == "POST" else None
    form = change_form(occurrence, rooms, typed)
    if not form.is_bound:
        return _show_edit(request, member, occurrence, form)
    if not form.is_valid():
        return _show_edit(request, member, occurrence, form, status=422)
    try:
        with transaction.atomic():
            change_occurrence(
                by=Actor(Door.WEB, member),
                company=member.company,
                occurrence=occurrence,
                changes=changes_of(form),
                expected_version=form.cleaned_data["version"],
            )
        return redirect("booking", public_id)
    except Changed:
        current = get_occurrence(public_id)
        form, differences = caught_up(form, current, rooms)
        more = {"outdated": True, "differences": differences}
        return _show_edit(request, member, current, form, status=Changed.status, **more)
    except RoomTaken as error:
        more = conflict_context(form, error, member, moving=occurrence)
        return _show_edit(request, member, occurrence, form, status=error.status, **more)
    except DomainError as error:
        _beside_the_field(form, error)
        return _show_edit(request, member, occurrence, form, status=error.status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def cancel(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Asks before a date or its whole series is cancelled, and does it."""
    occurrence = _changeable(public_id, member)
    if request.method != "POST":
        context = {**_facts(occurrence, member), "version": version_tag(occurrence)}
        return panel(request, "bookings/panel_cancel.html", member, context)
    by = Actor(Door.WEB, member)
    scope = request.POST.get("scope", "this")
    if scope not in Scope:
        raise InvalidInput(field="scope")
    cancel_booking(
        by=by,
        company=member.company,
        occurrence=occurrence,
        scope=scope,
        expected_version=request.POST.get("version"),
    )
    return redirect("booking", public_id)


def all_rooms() -> list[Room]:
    """Every room of the company, for a select."""
    return list(Room.objects.select_related("building"))


def _changeable(public_id: UUID, member: Member) -> Occurrence:
    """A date that this member may change; raises NotFound or NotAllowed."""
    occurrence = get_occurrence(public_id)
    if not Actor(Door.WEB, member).may_change(occurrence.booking):
        raise NotAllowed
    return occurrence


def _facts(occurrence: Occurrence, member: Member) -> dict[str, Any]:
    """What every panel about a booking shows: title, day and times on the room's wall."""
    zone = ZoneInfo(occurrence.room.zone_name)
    return {
        "occurrence": occurrence,
        "title": title_for(member, occurrence),
        "day": day_name(to_local(occurrence.starts_at, zone).date()),
        "times": clock_span(occurrence.starts_at, occurrence.ends_at, zone),
        "zone": _foreign_zone(occurrence.room, member),
        "back_to": to_local(occurrence.starts_at, ZoneInfo(member.company.timezone)).date(),
    }


def _foreign_zone(room: Room, member: Member) -> str:
    """The room's zone where it is not the company's."""
    return "" if room.zone_name == member.company.timezone else room.zone_name


def _show_new(
    request: HttpRequest,
    member: Member,
    form: NewBookingForm,
    *,
    status: int = 200,
    refused: bool = False,
) -> HttpResponse:
    context = {
        **look_context(form, member, refused=refused),
        "ask": reverse("booking-look"),
        "title": _("New booking"),
        "zone": _zone_of(form, member),
    }
    return panel(request, "bookings/panel_new.html", member, context, status=status)


def _show_edit(
    request: HttpRequest,
    member: Member,
    occurrence: Occurrence,
    form: DateForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "occurrence": occurrence,
        "title": _("Change the booking"),
        "zone": _zone_of(form, member),
        **more,
    }
    return panel(request, "bookings/panel_edit.html", member, context, status=status)


def _zone_of(form: DateForm, member: Member) -> str:
    """The zone in which the form's times are meant, where it is not the company's."""
    chosen = str(form["room"].value() or "")
    return _foreign_zone(get_room(int(chosen)), member) if chosen.isdecimal() else ""


def _beside_the_field(form: DateForm, error: DomainError) -> None:
    """Shows a refusal in the form; what is none of the person's business stays a page."""
    if error.status in NEVER_BESIDE_A_FIELD:
        raise error
    form.refuse(error)


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
        return Answer(201, {"id": str(booked.occurrences[0].public_id)})

    with transaction.atomic():  # a refusal leaves nothing behind
        answer = answer_once(
            actor=f"member:{member.pk}",
            key=f"form:{form.cleaned_data['key']}:{content}",
            request_hash=content,
            act=book,
        )
    return str(answer.body["id"])
