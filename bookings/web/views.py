"""The day of a company's rooms, and what a person has booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings.models import Occurrence
from bookings.overlaps import lacks_room, wanted_too
from bookings.recurrence.wall_clock import to_local
from bookings.web.day_tag import day_tag
from bookings.web.days import Day, clock_span, day_name, today_of
from bookings.web.drawing import HOURS, draw_storeys
from bookings.web.grid import AskedDay, DayGrid, day_grid
from bookings.web.looks import LACKS_ROOM
from bookings.web.repeats import repeats, rule_of, together
from bookings.web.wishes import parsed, parsed_date
from tenants.access import member_view
from tenants.models import Member

MOST_SHOWN = 100  # of a person's bookings on a page
PAST = "past"


@require_safe
@member_view
def day(request: HttpRequest, member: Member) -> HttpResponse:
    """The day view; a company without rooms gets its three first steps."""
    asked = _asked(request, member)
    grid = day_grid(member=member, asked=asked)
    if not grid.storeys:
        return render(request, "bookings/start.html", {"member": member, "steps": first_steps()})
    context = _context(member, grid)
    return render(request, "bookings/day.html", {**context, "title": day_name(asked.day.date)})


@require_safe
@member_view
def grid(request: HttpRequest, member: Member) -> HttpResponse:
    """The day's rooms alone, for a page that looks again; unchanged ones are not even read."""
    asked = _asked(request, member)
    tag = day_tag(member, asked)
    unchanged: HttpResponse | None = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    context = _context(member, day_grid(member=member, asked=asked))
    answer = render(request, "bookings/grid.html", context)
    answer["ETag"] = tag
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@require_safe
@member_view
def my_bookings(request: HttpRequest, member: Member) -> HttpResponse:
    """What the person has booked, by day: from now on, what needs a room first; or the past."""
    mine = Occurrence.objects.get_queryset().shown().filter(booking__organizer=member)
    mine = mine.select_related("booking", "room__building")
    if request.GET.get("when") == PAST:
        return _my_past(request, member, mine)
    rows = mine.filter(ends_at__gt=timezone.now()).order_by(LACKS_ROOM.desc(), "starts_at")
    rows = rows[:MOST_SHOWN]
    names, wanted = together(rows), wanted_too(rows)
    todo, upcoming = (
        [_shown(row, names, wanted) for row in rows if lacks_room(row) == lacking]
        for lacking in (True, False)
    )
    context = {"member": member, "todo": todo, "upcoming": upcoming}
    return render(request, "bookings/mine.html", context)


def _my_past(request: HttpRequest, member: Member, mine: QuerySet[Occurrence]) -> HttpResponse:
    """What is over, the latest first, so many a page."""
    page = max(parsed(int, request.GET.get("page", "1")), 1)
    begin = (page - 1) * MOST_SHOWN
    over = mine.filter(ends_at__lte=timezone.now()).order_by("-starts_at", "-pk")
    found = list(over[begin : begin + MOST_SHOWN + 1])
    rows = found[:MOST_SHOWN]
    names = together(rows)
    context = {
        "member": member,
        "past": [_shown(row, names, {}) for row in rows],
        "later": page - 1,
        "earlier": page + 1 if len(found) > MOST_SHOWN else 0,
    }
    return render(request, "bookings/mine_past.html", context)


def _shown(
    row: Occurrence, names: Mapping[int, str], wanted: Mapping[int, list[Occurrence]]
) -> dict[str, object]:
    zone = ZoneInfo(row.room.zone_name)
    return {
        "series": names.get(row.booking_id, ""),
        "repeats": (rule_of(row.booking) or _("repeats")) if repeats(row.booking) else "",
        "id": row.public_id,
        "is_wanted": row.pk in wanted,
        "title": row.shown_title or _("(no title)"),
        "room": row.room,
        "day": day_name(to_local(row.starts_at, zone).date()),
        "times": clock_span(row.starts_at, row.ends_at, zone),
    }


def _asked(request: HttpRequest, member: Member) -> AskedDay:
    now = timezone.now()
    typed, building = request.GET.get("date"), request.GET.get("building")
    shown = parsed_date(typed) if typed else today_of(member.company, now)
    return AskedDay(
        day=Day(shown, ZoneInfo(member.company.timezone)),
        now=now,
        building_id=parsed(int, building) if building else None,
    )


def _context(member: Member, grid: DayGrid) -> dict[str, object]:
    building = f"&building={grid.building_id}" if grid.building_id else ""
    return {
        "member": member,
        "grid": grid,
        "rows": draw_storeys(grid.storeys, grid.day),
        "hours": HOURS,
        "query": f"date={grid.day.date}{building}",
    }


@dataclass(frozen=True)
class Step:
    """Something to do before a company can book; `url` is empty where no page does it."""

    title: str
    text: str
    url: str


def first_steps() -> list[Step]:
    """What an empty company does first."""
    return [
        Step(
            _("Connect Google Calendar"),
            _("Your Google Workspace's administrator allows Roomly to keep the rooms' calendars."),
            _page("google_connection"),
        ),
        Step(
            _("Bring in your rooms"),
            _("Take them over from your Google directory; they then appear here."),
            _page("import_rooms"),
        ),
        Step(
            _("Invite Slack"),
            _("Reminders then reach people where they talk."),
            _page("slack"),
        ),
    ]


def _page(name: str) -> str:
    """The address of a page that another app may have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
