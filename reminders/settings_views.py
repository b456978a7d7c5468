"""The pages on which a person, and an administrator for the company, choose what is told when."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.leads import leads_words, usual_leads
from reminders import preferences
from reminders.settings_forms import CompanyForm, MemberForm
from tenants.access import admin_view, member_view
from tenants.errors import InvalidInput
from tenants.models import Member


@require_http_methods(["GET", "POST"])
@member_view
def own(request: HttpRequest, member: Member) -> HttpResponseBase:
    """A person's own reminders."""
    initial = MemberForm.initial_of(preferences.of_member(member))
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            preferences.choose_for_member(member=member, **form.choice())
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. Reminders that wait are changed in a moment."))
            return redirect("reminders")
    chosen = preferences.of_company()
    usual = {
        "heading": _("Reminders"),
        "leads": leads_words(usual_leads(member.company)),
        "chosen": chosen,
    }
    return _page(request, member, form, "reminders/own.html", usual)


@require_http_methods(["GET", "POST"])
@admin_view
def company(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The reminders of a company."""
    initial = CompanyForm.initial_of(member.company, preferences.of_company())
    form = CompanyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            preferences.choose_for_company(company=member.company, by=member, **form.choice())
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. Reminders that wait are changed in a moment."))
            return redirect("company_reminders")
    heading = {"heading": _("Reminders of the company")}
    return _page(request, member, form, "reminders/company.html", heading)


def _page(
    request: HttpRequest, member: Member, form: Any, template: str, more: dict[str, Any]
) -> HttpResponseBase:
    context = {"form": form, "member": member, "company": member.company, **more}
    return render(request, template, context, status=422 if form.errors else 200)
