"""The day of a company's rooms: the page, and its rooms alone."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.web.day.chips import chips_of
from bookings.web.day.day_filters import DayFilter
from bookings.web.day.day_tag import day_tag
from bookings.web.day.drawing import HOURS, draw_storeys
from bookings.web.day.grid import AskedDay, DayGrid, day_grid
from bookings.web.days import Day, day_name, today_of
from bookings.web.inputs import parsed_date
from bookings.web.pages import drawn_if_changed, kept_if_early
from tenants.access import member_view
from tenants.models import Member


@require_safe
@member_view
def day(request: HttpRequest, member: Member) -> HttpResponse:
    """The day view; a company without rooms gets its three first steps."""
    asked = _asked(request, member)
    grid = day_grid(member=member, asked=asked)
    if not grid.rooms:
        return render(request, "bookings/start.html", {"member": member})
    shown = sum(len(storey.rows) for storey in grid.storeys)
    context = {
        **_context(member, grid, asked),
        "title": day_name(asked.day.date),
        "chips": chips_of(asked.rooms, grid.rooms, shown, request.GET.get("date", "")),
        "kept": asked.rooms.pairs,
    }
    return kept_if_early(request, render(request, "bookings/day.html", context))


def _tag(request: HttpRequest, member: Member) -> str:
    return day_tag(member, _asked(request, member))


@require_safe
@drawn_if_changed(_tag)
def grid(request: HttpRequest, member: Member) -> HttpResponse:
    """The day's rooms alone, for a page that looks again; unchanged ones are not even read."""
    asked = _asked(request, member)
    context = _context(member, day_grid(member=member, asked=asked), asked)
    return render(request, "bookings/grid.html", context)


def _asked(request: HttpRequest, member: Member) -> AskedDay:
    now = timezone.now()
    typed = request.GET.get("date")
    shown = parsed_date(typed) if typed else today_of(member.company, now)
    return AskedDay(
        day=Day(shown, ZoneInfo(member.company.timezone)),
        now=now,
        rooms=DayFilter.of(request.GET),
    )


def _context(member: Member, grid: DayGrid, asked: AskedDay) -> dict[str, object]:
    return {
        "member": member,
        "grid": grid,
        "rows": draw_storeys(grid.storeys, grid.day),
        "hours": HOURS,
        "lacks_stars": asked.rooms.starred and not any(room.starred for room in grid.rooms),
        "query": asked.rooms.query(date=f"{grid.day.date}"),
    }
