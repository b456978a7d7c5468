"""Booking a room: the form, what it would do, and what it sends. Services decide."""

from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings.creating import create_booking
from bookings.drafts import Actor
from bookings.errors import RoomTaken
from bookings.holding import release
from bookings.idempotency import Answer, answer_once
from bookings.leads import leads_words, usual_leads
from bookings.models import Door
from bookings.web.form.forms import NewBookingForm
from bookings.web.form.look_ahead import chosen_for, look_context
from bookings.web.form.offers import dates_taken, with_offer
from bookings.web.form.panels import all_rooms, zone_of
from bookings.web.form.wishes import wished
from bookings.web.pages import panel
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
    except DomainError as error:
        if not isinstance(error, RoomTaken) or form.chosen_repeat() is None:
            return _show_new(request, member, form, status=error.status, refused=error)
        form.add_error(None, dates_taken(error))
        return _show_new(request, member, form, status=error.status)


@require_POST
@member_view
def look(request: HttpRequest, member: Member) -> HttpResponse:
    """What the booking form would do as it is filled in now; writes nothing."""
    form = NewBookingForm(request.POST, rooms=all_rooms())
    context = {**look_context(form, member), "ask": request.path, "zone": zone_of(form, member)}
    return render(request, "bookings/look.html", context)


def _show_new(
    request: HttpRequest,
    member: Member,
    form: NewBookingForm,
    *,
    status: int = 200,
    refused: DomainError | None = None,
) -> HttpResponse:
    context = {
        **look_context(form, member, refused=refused),
        "ask": reverse("booking-look"),
        "title": _("New booking"),
        "zone": zone_of(form, member),
        "hold_url": reverse("booking-hold"),
        "free_busy_url": reverse("booking-free-busy"),
        "usual_reminders": leads_words(usual_leads(member.company)),
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
