"""The page where an administrator connects the company with Google Calendar."""

from dataclasses import asdict

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings.drafts import Actor
from bookings.models import Door
from calendars.audit.reader import READ_SCOPES, finish_reading
from calendars.audit.runs import begin_audit
from calendars.connect import (
    AnotherAccount,
    Errand,
    NotConnectable,
    authorize_url,
    disconnect_google,
    finish,
)
from calendars.declining import choose_policy
from calendars.directory.plan import directory_plan
from calendars.leaving import leavers
from calendars.long_work import latest
from calendars.models import GoogleConnection
from calendars.reading import read_again
from calendars.work_kinds import READING
from tenants.access import admin_view, company_of_session, member_of_session
from tenants.errors import InvalidInput, NotAllowed
from tenants.models import Company, Member
from tenants.scope import company_scope

ERRAND = "google_errand"  # session key


@require_GET
@admin_view
def overview(request: HttpRequest, member: Member) -> HttpResponse:
    """Whether the company is connected, and by whom."""
    context = {
        "google": GoogleConnection.objects.first(),
        "member": member,
        "room_changes": len(directory_plan(member.company).todo),
        "holders": sum(bool(leaver.count) for leaver in leavers()),
        "reading": latest([READING]).get(READING),
        "policies": Company.GoogleOverlaps.choices,
    }
    return render(request, "calendars/connection.html", context)


@require_POST
@admin_view
def overlaps(request: HttpRequest, member: Member) -> HttpResponse:
    """Chooses what becomes of events in Google that overlap."""
    try:
        choose_policy(member.company, request.POST.get("policy", ""), Actor(Door.WEB, member))
    except ValueError as error:
        raise InvalidInput(field="policy") from error
    messages.success(request, _("Saved."))
    return redirect("google_connection")


@require_POST
@admin_view
def begin(request: HttpRequest, member: Member) -> HttpResponseRedirect:
    """Sends the administrator to Google's consent page.

    `account` in the form is one that is meant although another was connected before.
    """
    account = request.POST.get("account", "")[:254]
    hint = account or _account_before() or member.email
    return to_consent(request, Errand.new(account=account), hint)


def to_consent(request: HttpRequest, errand: Errand, hint: str) -> HttpResponseRedirect:
    """The way to Google's consent page, from which the person comes back to `callback`."""
    request.session[ERRAND] = asdict(errand)
    url = authorize_url(errand, redirect_uri=_redirect_uri(), hint=hint)
    return HttpResponseRedirect(url)


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Comes back from Google with a code, or a refusal."""
    member = administrator(request)
    kept = request.session.pop(ERRAND, None)
    errand = Errand(**kept) if kept else None
    state = request.GET.get("state", "")
    if errand is None or not constant_time_compare(state, errand.state):
        raise NotConnectable(_("This page was opened out of turn. Start again from the settings."))
    if request.GET.get("error"):
        raise NotConnectable(_("Google was not connected, because the permission was not given."))
    code = request.GET.get("code", "")
    if tuple(errand.scopes) == READ_SCOPES:
        finish_reading(by=member, code=code, errand=errand, redirect_uri=_redirect_uri())
        begin_audit(member.company_id, by=member)
        return redirect("google_audit")
    try:
        finish(by=member, code=code, errand=errand, redirect_uri=_redirect_uri())
    except AnotherAccount as error:
        context = {"member": member, "error": error}
        with company_scope(member.company_id):
            return render(request, "calendars/another_account.html", context, status=error.status)
    messages.success(request, _("Google Calendar is connected."))
    return redirect("google_connection")


@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """Ends the connection."""
    member = administrator(request)
    disconnect_google(member.company_id, by=member)
    messages.success(request, _("Google Calendar is disconnected."))
    return redirect("google_connection")


@require_POST
@admin_view
def read_all_again(_request: HttpRequest, member: Member) -> HttpResponse:
    """Reads every calendar from the beginning, when somebody doubts that both sides are equal."""
    if GoogleConnection.objects.exists():
        read_again(member.company_id, by=member)
    return redirect("google_connection")


def administrator(request: HttpRequest) -> Member:
    """Who asks, without keeping a transaction open: Google is called next."""
    company_id = company_of_session(request)
    if company_id is None:
        raise NotAllowed
    with company_scope(company_id):
        member = member_of_session(request)
    if member is None or not member.is_admin:
        raise NotAllowed
    return member


def _account_before() -> str:
    google = GoogleConnection.objects.filter(kind=GoogleConnection.Kind.OAUTH).first()
    return google.account_email if google else ""


def _redirect_uri() -> str:
    return settings.PUBLIC_URL + reverse("google_connect_callback")
