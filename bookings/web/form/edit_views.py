"""Changing a booking: the form, the question which dates are meant, and those that are taken."""

from typing import Any, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.access import get_occurrence
from bookings.drafts import Actor
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import change_booking, preview_change
from bookings.edits.lineage import parts_of
from bookings.edits.series_edits import Edited
from bookings.errors import Changed, RoomTaken
from bookings.holding import release
from bookings.leads import leads_words, usual_leads
from bookings.models import Door, Occurrence
from bookings.occurrences import version_tag
from bookings.web.form.changing import ChangeForm, change_form, changes_of
from bookings.web.form.date_choices import choices_of
from bookings.web.form.differences import as_seen, caught_up, differences
from bookings.web.form.look_ahead import fresh_labels, show_refusal
from bookings.web.form.look_at_change import look_at_change
from bookings.web.form.moved import BY_HAND, Seen, show_moved
from bookings.web.form.offers import dates_taken, with_offer
from bookings.web.form.panels import all_rooms, changeable, facts, zone_of
from bookings.web.form.scope_question import answers_to_change, change_lines, google_declines_change
from bookings.web.pages import panel, wants_panel
from tenants.access import member_view
from tenants.errors import DomainError, InvalidInput
from tenants.models import Member

NOT_CARRIED = {
    "csrfmiddlewaretoken", "scope", "choice", "skip_all", "back", "named_for", "held", "hold_key",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def edit(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """The form for a date or its series, and what it sends."""
    occurrence = changeable(public_id, member)
    typed = with_offer(request.POST) if request.method == "POST" else None
    form = change_form(occurrence, all_rooms(), typed)
    if not form.is_bound or "back" in request.POST:
        return _show_form(request, member, occurrence, form)
    if not form.is_valid():
        return _show_form(request, member, occurrence, form, status=422)
    if form.cleaned_data["version"] != version_tag(occurrence):
        return _show_outdated(request, member, public_id, form)
    try:
        return _answer(request, member, occurrence, form)
    except Changed:
        return _show_outdated(request, member, public_id, form)
    except DomainError as error:
        return _show_form(request, member, occurrence, form, status=error.status, refused=error)


@member_view
def look(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """What the form would do as it is filled in now: how often it repeats, and whether the date can
    be where it is moved; writes nothing."""
    occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = change_form(occurrence, all_rooms(), request.POST)
    context = {
        **_look_context(form, occurrence, member),
        "ask": request.path,
        "zone": zone_of(form, member),
    }
    return render(request, "bookings/look.html", context)


def _answer(
    request: HttpRequest, member: Member, occurrence: Occurrence, form: ChangeForm
) -> HttpResponse:
    """Asks what is still to be asked, then saves."""
    if not changes_of(form, occurrence):
        return redirect("booking", occurrence.public_id)
    scope = _scope(request, occurrence)
    if scope is None:
        return ask_scope(request, member, occurrence, form)
    if "skip_all" in request.POST:
        return _ask_dates(request, member, occurrence, form, scope)
    try:
        return _save(request, member, occurrence, form, scope)
    except RoomTaken as error:
        if scope == Scope.THIS:
            raise
        return _ask_dates(request, member, occurrence, form, scope, refused=error)


def _scope(request: HttpRequest, occurrence: Occurrence) -> Scope | None:
    """Which dates are meant; None if the person is still to be asked."""
    if not occurrence.booking.is_series:
        return Scope.ALL if request.POST.get("repeat") else Scope.THIS
    typed = request.POST.get("scope", "")
    if typed and typed not in Scope:
        raise InvalidInput(field="scope")
    return Scope(typed) if typed else None


def _save(
    request: HttpRequest, member: Member, occurrence: Occurrence, form: ChangeForm, scope: Scope
) -> HttpResponse:
    by_hand = BY_HAND in request.POST and wants_panel(request)
    choices = choices_of(request.POST.getlist("choice"))
    with transaction.atomic():
        seen = Seen.of(occurrence, scope) if by_hand else None
        edited = change_booking(
            by=Actor(Door.WEB, member, can_undo=by_hand),
            company=member.company,
            occurrence=occurrence,
            scope=scope,
            changes=changes_of(form, occurrence, scope),
            choices=choices,
            expected_version=form.cleaned_data["version"],
        )
        release(member, form=request.POST.get("hold_key", ""))
    if by_hand:
        return show_moved(request, member, edited, seen=None if choices else seen)
    return redirect(_landing(edited))


def _landing(edited: Edited) -> str:
    """The page of the date that was changed, or of the next one where it went with its place."""
    rows = Occurrence.objects.get_queryset().shown().order_by("starts_at")
    chosen = edited.occurrence
    story = parts_of(chosen.booking)
    row = (
        rows.filter(pk=chosen.pk).first()
        or rows.filter(booking__in=story, ends_at__gt=timezone.now()).first()
    )
    return reverse("booking", args=[row.public_id]) if row else reverse("bookings")


def ask_scope(
    request: HttpRequest, member: Member, occurrence: Occurrence, form: ChangeForm
) -> HttpResponse:
    """Asks which dates the changes of a valid form are meant for."""
    seen = as_seen(form, occurrence, all_rooms())
    context = {
        **facts(occurrence, member),
        "title": _("Which dates do you mean?"),
        "answers": answers_to_change(form, occurrence, member),
        "differences": differences(seen, form),
        "carried": _carried(form),
        **_holding(form, occurrence),
    }
    return panel(request, "bookings/panel_scope.html", member, context)


def _ask_dates(
    request: HttpRequest,
    member: Member,
    occurrence: Occurrence,
    form: ChangeForm,
    scope: Scope,
    *,
    refused: RoomTaken | None = None,
) -> HttpResponse:
    """Shows every date, those that are taken with what can be chosen for them."""
    preview = preview_change(
        by=Actor(Door.WEB, member),
        company=member.company,
        occurrence=occurrence,
        scope=scope,
        changes=changes_of(form, occurrence, scope),
    )
    lines = change_lines(
        preview,
        occurrence,
        member,
        chosen=request.POST.getlist("choice"),
        skip_all="skip_all" in request.POST,
    )
    context = {
        **facts(occurrence, member),
        "title": _("Some dates are taken"),
        "scope": scope,
        "lines": lines,
        "refusal": dates_taken(refused) if refused else "",
        "google_declines": refused is not None and google_declines_change(preview),
        "carried": _carried(form),
        **_holding(form, occurrence),
    }
    status = RoomTaken.status if refused else 200
    return panel(request, "bookings/panel_dates.html", member, context, status=status)


def _carried(form: ChangeForm) -> list[tuple[str, str]]:
    """What was typed, for the form behind a question."""
    typed = cast(QueryDict, form.data)
    return [
        (name, value)
        for name, values in typed.lists()
        if name not in NOT_CARRIED
        for value in values
    ]


def _show_outdated(
    request: HttpRequest, member: Member, public_id: UUID, form: ChangeForm
) -> HttpResponse:
    """What was typed on top of what somebody else made of the booking meanwhile."""
    current = get_occurrence(public_id)
    form, others = caught_up(form, current, all_rooms())
    return _show_form(
        request, member, current, form, status=Changed.status, outdated=True, differences=others
    )


def _show_form(
    request: HttpRequest,
    member: Member,
    occurrence: Occurrence,
    form: ChangeForm,
    *,
    status: int = 200,
    refused: DomainError | None = None,
    **more: Any,
) -> HttpResponse:
    context = {
        **_look_context(form, occurrence, member, refused=refused),
        **_holding(form, occurrence),
        "occurrence": occurrence,
        "ask": reverse("booking-edit-look", args=[occurrence.public_id]),
        "free_busy_url": reverse("booking-edit-free-busy", args=[occurrence.public_id]),
        "usual_reminders": leads_words(usual_leads(member.company)),
        "title": _("Change the booking"),
        "zone": zone_of(form, member),
        **more,
    }
    return panel(request, "bookings/panel_edit.html", member, context, status=status)


def _look_context(
    form: ChangeForm,
    occurrence: Occurrence,
    member: Member,
    *,
    refused: DomainError | None = None,
) -> dict[str, Any]:
    look = look_at_change(form, occurrence, member)
    if refused:
        show_refusal(form, refused, look)
    return {"form": form, "look": look, "refused": refused, "fresh_labels": fresh_labels(form)}


def _holding(form: ChangeForm, occurrence: Occurrence) -> dict[str, Any]:
    """What the form needs to hold the place to which it moves the date; see `hold_views`."""
    return {
        "hold_url": reverse("booking-edit-hold", args=[occurrence.public_id]),
        "hold_key": form.data.get("hold_key") or uuid4().hex,
    }
