"""The page on which administrators see what happened in the company, and its table.

They see titles here as on the page of each booking, where nothing is hidden from them.
"""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.models import BookingEvent
from bookings.web.audit_log.audit_log_form import LogForm
from bookings.web.audit_log.log_words import lines_of, table_of
from bookings.web.audit_log.reading import Place, addresses, newest
from bookings.web.days import today_of
from bookings.web.spreadsheets import spreadsheet
from tenants.access import admin_view
from tenants.errors import NotFound
from tenants.models import Member

A_PAGE = 50
MOST_EXPORTED = 10_000


@require_safe
@admin_view
def audit_log(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The newest lines that the filters let through, or those before a place, so many a page."""
    form = LogForm(request.GET)
    context: dict[str, Any] = {
        "member": member,
        "form": form,
        "filters": _filters(request.GET).urlencode(),
        "is_first": not request.GET.get("before"),
        "most_exported": MOST_EXPORTED,
    }
    if not form.is_valid():
        return render(request, "bookings/audit_log.html", context, status=422)
    before = request.GET.get("before", "")
    zone = ZoneInfo(member.company.timezone)
    found = newest(
        form.wish(zone), before=Place.parsed(before) if before else None, most=A_PAGE + 1
    )
    shown = found[:A_PAGE]
    events = [item for item in shown if isinstance(item, BookingEvent)]
    context["lines"] = lines_of(shown, zone, addresses(events) if events else None)
    context["older"] = str(Place.of(shown[-1])) if len(found) > A_PAGE else ""
    return render(request, "bookings/audit_log.html", context)


@require_safe
@admin_view
def audit_log_table(request: HttpRequest, member: Member) -> HttpResponseBase:
    """All that the filters let through, the newest first, as far as a spreadsheet is of use."""
    form = LogForm(request.GET)
    if not form.is_valid():
        raise NotFound
    zone = ZoneInfo(member.company.timezone)
    lines = lines_of(newest(form.wish(zone), most=MOST_EXPORTED), zone)
    today = today_of(member.company, timezone.now())
    return spreadsheet(f"roomly-audit-log-{today}", table_of(lines))


def _filters(query: QueryDict) -> QueryDict:
    """What is filtered by, without the place."""
    filters = query.copy()
    for name in [name for name, value in query.items() if name == "before" or not value]:
        del filters[name]
    return filters
