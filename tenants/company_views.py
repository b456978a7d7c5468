"""The page of a company: its name, its place, how its pages look; and that look itself."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from tenants.accent import OWN, in_dark, is_colour, is_readable, sheet
from tenants.access import admin_view, member_view
from tenants.company_forms import AccentForm, CompanyForm, LogoForm, accent_of, facts_of
from tenants.errors import InvalidInput, NotFound
from tenants.logos import TOO_LARGE
from tenants.look import (
    FOR_EVER,
    AccentUnreadable,
    choose_accent,
    keep_logo,
    logo_png,
    remove_logo,
)
from tenants.models import Company, Member
from tenants.services import change_company

Refused = dict[str, Any]  # what the page shows of a form that was refused; empty: it was not


@cache_control(public=True, max_age=FOR_EVER, immutable=True)
@require_safe
def look(_request: HttpRequest, accent: str) -> HttpResponse:
    """The sheet of an accent. It follows from the colour alone: it tells nothing of a company."""
    colour = f"#{accent}"
    if not (is_colour(colour) and is_readable(colour)):
        raise NotFound
    return HttpResponse(sheet(colour), content_type="text/css")


@cache_control(private=True, max_age=FOR_EVER, immutable=True)
@require_safe
@member_view
def logo(_request: HttpRequest, _member: Member, digest: str) -> HttpResponseBase:
    """The logo of the member's company."""
    return HttpResponse(logo_png(digest), content_type="image/png")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def company(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Three forms, of which `act` names the one that is sent: facts, accent, logo (or no_logo)."""
    if request.method != "POST":
        return _page(request, member)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise InvalidInput(field="act")
    refused = act(request, member)
    if refused:
        return _page(request, member, **refused)
    kept = Company.objects.get(pk=member.company_id)
    translation.activate(member.user.language or kept.language)
    messages.success(request, _("Saved."))
    return redirect("company")


def _facts(request: HttpRequest, member: Member) -> Refused:
    form = CompanyForm(request.POST)
    if form.is_valid():
        try:
            change_company(**form.cleaned_data, by=member)
        except InvalidInput as error:
            form.refuse(error)
    return {"form": form} if form.errors else {}


def _accent(request: HttpRequest, member: Member) -> Refused:
    """A colour that could not be read is refused with the nearest that can."""
    form, offered = AccentForm(request.POST), ""
    if form.is_valid():
        try:
            choose_accent(form.cleaned_data["accent"], by=member)
        except AccentUnreadable as error:
            offered = error.nearest
            form.refuse(error)
        except InvalidInput as error:
            form.refuse(error)
    return {"accent": form, "offered": offered} if form.errors else {}


def _logo(request: HttpRequest, member: Member) -> Refused:
    if _was_read_past(request):
        return {"logo": LogoForm(), "logo_refused": TOO_LARGE}
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            keep_logo(form.cleaned_data["logo"].read(), by=member)
        except InvalidInput as error:
            form.refuse(error)
    return {"logo": form} if form.errors else {}


def _no_logo(_request: HttpRequest, member: Member) -> Refused:
    remove_logo(by=member)
    return {}


_ACTS = {"facts": _facts, "accent": _accent, "logo": _logo, "no_logo": _no_logo}


def _was_read_past(request: HttpRequest) -> bool:
    """Whether the file is too large to be looked at, see settings.FILE_UPLOAD_HANDLERS."""
    return int(request.META.get("CONTENT_LENGTH") or 0) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def _page(request: HttpRequest, member: Member, **refused: Any) -> HttpResponse:
    """All three forms, one of them as it was refused."""
    kept = member.company
    shown = refused.get("offered") or kept.accent or OWN
    context = {
        "member": member,
        "form": CompanyForm(initial=facts_of(kept)),
        "accent": AccentForm(initial=accent_of(kept)),
        "logo": LogoForm(),
        "light": shown,
        "dark": in_dark(shown),
        **refused,
    }
    return render(request, "tenants/company.html", context, status=422 if refused else 200)
