"""How much the rooms are used, for administrators: a page, and its tables for spreadsheets."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.usage.figures import Period, Usage, usage_of
from bookings.usage.reading import meetings_within, used_rooms
from bookings.web.days import today_of
from bookings.web.spreadsheets import spreadsheet
from bookings.web.usage.usage_form import PeriodForm, last_month, this_month
from bookings.web.usage.usage_tables import TABLES, ahead_lines, heat_map, hours_words, room_lines
from tenants.access import admin_view
from tenants.errors import NotFound
from tenants.models import Member

MOST = 5  # rooms among the busiest, and among the least used
LAST, OWN = "last", "own"  # periods besides this month


@dataclass(frozen=True)
class Asked:
    """What a report is about; without a period where the form says why."""

    when: str
    form: PeriodForm
    period: Period | None


@require_safe
@admin_view
def usage(request: HttpRequest, member: Member) -> HttpResponseBase:
    """When rooms are used, which are, and how long ahead they are booked; in two queries."""
    asked = _asked(request, member)
    context = {"member": member, "asked": asked}
    if asked.period is None:
        return render(request, "bookings/usage.html", context, status=422)
    report = _report(member, asked.period)
    lines = room_lines(report)
    context |= {
        "report": report,
        "booked": hours_words(report.all.booked),
        "outside": hours_words(report.all.outside),
        "heat_map": heat_map(report),
        "busiest": lines[:MOST],
        "least_used": lines[MOST:][: -MOST - 1 : -1],
        "rooms": lines,
        "ahead": ahead_lines(report),
        "query": request.GET.urlencode(),
    }
    return render(request, "bookings/usage.html", context)


@require_safe
@admin_view
def table(request: HttpRequest, member: Member) -> HttpResponseBase:
    """One of the page's tables with all of its numbers."""
    name, asked = request.GET.get("table", ""), _asked(request, member)
    if name not in TABLES or asked.period is None:
        raise NotFound
    rows = TABLES[name](_report(member, asked.period))
    return spreadsheet(f"roomly-{name}-{asked.period.first}-{asked.period.last}", rows)


def _asked(request: HttpRequest, member: Member) -> Asked:
    today = today_of(member.company, timezone.now())
    when = request.GET.get("when", "")
    if when == OWN:
        form = PeriodForm(request.GET)
        return Asked(when, form, form.period() if form.is_valid() else None)
    period = last_month(today) if when == LAST else this_month(today)
    form = PeriodForm(initial={"first": period.first, "last": period.last})
    return Asked(when, form, period)


def _report(member: Member, period: Period) -> Usage:
    rooms = used_rooms(member.company, member, timezone.now())
    if not rooms:
        return Usage()
    return usage_of(rooms, meetings_within(period.around(rooms)), period)
