"""One date of a booking: looking at it, calling it off, bringing it back."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings.access import get_occurrence, may_see_details
from bookings.claims import conflicts_of
from bookings.drafts import Actor
from bookings.edits.edit_modes import OUT_OF_RULE, SKIPPED, Scope
from bookings.edits.editing import cancel_booking
from bookings.edits.restoring import can_come_back, restore_occurrence
from bookings.edits.skipped import free_again
from bookings.errors import Changed, RoomTaken
from bookings.guests import guests_of
from bookings.leads import reminder_words
from bookings.models import Door, Occurrence
from bookings.occurrences import series_of, version_tag
from bookings.overlaps import lacks_room, overlap_of, wanted_too
from bookings.people import names_of
from bookings.recurrence.wall_clock import to_local
from bookings.recurrence.words import rule_words
from bookings.spans import Span
from bookings.sync_state import sync_states
from bookings.web.days import clock_span
from bookings.web.detail.story import story_of
from bookings.web.form.changing import change_form
from bookings.web.form.date_lines import in_the_way, short_day
from bookings.web.form.offers import offer_of
from bookings.web.form.panels import all_rooms, changeable, facts
from bookings.web.form.scope_question import answers_to_cancel
from bookings.web.pages import panel
from tenants.access import member_view
from tenants.errors import InvalidInput
from tenants.models import Member


@require_safe
@member_view
def detail(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """One date of a booking: what, where, when, how far on its way to Google, and its history."""
    return _show(request, member, get_occurrence(public_id))


@require_safe
@member_view
def organizer(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:  # noqa: ARG001  Django's name
    """Who booked it, as plain text, for its card on the day: thousands of bars cannot carry it.
    Empty where the member may not know."""
    occurrence = get_occurrence(public_id)
    booking = occurrence.booking
    who = booking.organizer or booking.organizer_email
    shown = str(who) if may_see_details(member, occurrence) else ""
    answer = HttpResponse(shown, content_type="text/plain; charset=utf-8")
    patch_cache_control(answer, private=True, max_age=60)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def cancel(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Asks which dates are meant before any is cancelled, and does it."""
    occurrence = changeable(public_id, member)
    if request.method != "POST":
        return _ask_to_cancel(request, member, occurrence)
    scope = request.POST.get("scope", Scope.THIS)
    if scope not in Scope:
        raise InvalidInput(field="scope")
    try:
        with transaction.atomic():
            cancel_booking(
                by=Actor(Door.WEB, member, can_undo=scope == Scope.THIS),
                company=member.company,
                occurrence=occurrence,
                scope=scope,
                expected_version=request.POST.get("version"),
            )
    except Changed as error:
        current = get_occurrence(public_id)
        return _ask_to_cancel(request, member, current, status=error.status, outdated=True)
    return redirect("booking", public_id)


@member_view
def restore(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """Brings a cancelled or skipped date back where it was, if its room is still free."""
    occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        with transaction.atomic():
            restore_occurrence(
                by=Actor(Door.WEB, member), company=member.company, occurrence=occurrence
            )
    except (RoomTaken, InvalidInput) as error:
        return _show(request, member, occurrence, status=error.status, refusal=error.message)
    return redirect("booking", public_id)


def _show(
    request: HttpRequest, member: Member, occurrence: Occurrence, *, status: int = 200, **more: Any
) -> HttpResponse:
    booking = occurrence.booking
    may_see = may_see_details(member, occurrence)
    may_change = Actor(Door.WEB, member).may_change(booking)
    cancelled = occurrence.status == Occurrence.Status.CANCELLED
    context = {
        **facts(occurrence, member),
        "may_see": may_see,
        **(_people(occurrence) if may_see else {}),
        "reminders": _own_reminders(occurrence),
        "rule": "" if booking.opaque else rule_words(series_of(booking)),
        "sync": sync_states([occurrence])[occurrence.pk],
        "story": story_of(occurrence) if may_see else [],
        "cancelled": cancelled,
        "why_cancelled": _why(occurrence) if cancelled else "",
        "lacking": _lacking(occurrence, member) if not cancelled and lacks_room(occurrence) else {},
        "wanted_too": in_the_way(_wanted_too(occurrence), member),
        "skipped": _skipped(occurrence) if may_see else [],
        "may_change": may_change,
        "may_restore": may_change and _is_free_again(occurrence),
        **more,
    }
    return panel(request, "bookings/panel_detail.html", member, context, status=status)


def _people(occurrence: Occurrence) -> dict[str, Any]:
    """Who organises a date and who is invited, by name as far as we know them."""
    booking, guests = occurrence.booking, guests_of(occurrence)
    nameless = [guest.email for guest in guests if not guest.name]
    names = names_of([*nameless, *([] if booking.organizer else [booking.organizer_email])])
    email = booking.organizer_email
    return {
        "organizer": str(booking.organizer or names.get(email.lower(), email)),
        "guests": [
            {"name": guest.name or names.get(guest.email.lower(), guest.email), "guest": guest}
            for guest in guests
        ],
    }


def _own_reminders(occurrence: Occurrence) -> str:
    leads = occurrence.shown_reminders
    return "" if leads is None else reminder_words(leads)


def _why(occurrence: Occurrence) -> str:
    return {
        SKIPPED: _("This date was skipped: the room was taken, or its rules did not allow it."),
        OUT_OF_RULE: _("The series does not take place on this date any more."),
    }.get(occurrence.reason, _("This booking was cancelled."))


def _lacking(occurrence: Occurrence, member: Member) -> dict[str, Any]:
    """What has the room of a date, and for who may change it what to take instead, in one click."""
    overlap = overlap_of(occurrence, member.company)
    wanted = Span(occurrence.starts_at, occurrence.ends_at)
    return {
        "conflicts": in_the_way(overlap.blockers, member),
        "offers": [offer_of(offer.room, offer.span, wanted) for offer in overlap.offers],
        "form": change_form(occurrence, all_rooms()),
    }


def _wanted_too(occurrence: Occurrence) -> list[Occurrence]:
    return wanted_too([occurrence]).get(occurrence.pk, [])


def _skipped(occurrence: Occurrence) -> list[dict[str, Any]]:
    """The other dates of the series to come that were left out, and whether they could be had."""
    rows = (
        occurrence.booking.occurrences.filter(
            status=Occurrence.Status.CANCELLED, reason=SKIPPED, starts_at__gt=timezone.now()
        )
        .exclude(pk=occurrence.pk)
        .select_related("room__building")
        .order_by("starts_at")
    )
    skipped = list(rows)
    free = {row.pk for row in free_again(occurrence.booking)} if skipped else set()
    return [_skipped_line(row, is_free=row.pk in free) for row in skipped]


def _skipped_line(row: Occurrence, *, is_free: bool) -> dict[str, Any]:
    zone = ZoneInfo(row.room.zone_name)
    return {
        "id": row.public_id,
        "day": short_day(to_local(row.starts_at, zone).date()),
        "times": clock_span(row.starts_at, row.ends_at, zone),
        "is_free": is_free,
    }


def _is_free_again(row: Occurrence) -> bool:
    """Whether a cancelled date could be booked where it was."""
    return can_come_back(row) and not conflicts_of([row], besides=[row.pk])


def _ask_to_cancel(
    request: HttpRequest, member: Member, occurrence: Occurrence, *, status: int = 200, **more: Any
) -> HttpResponse:
    shown = facts(occurrence, member)
    series = {"title": _("Cancel which events?")} if occurrence.booking.is_series else {}
    context = {
        **shown,
        **series,
        "meeting": shown["title"],
        "version": version_tag(occurrence),
        "answers": answers_to_cancel(occurrence, member),
        **more,
    }
    return panel(request, "bookings/panel_cancel.html", member, context, status=status)
