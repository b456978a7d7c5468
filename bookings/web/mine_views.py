"""What a person has booked."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings.models import Occurrence
from bookings.overlaps import lacks_room, wanted_too
from bookings.recurrence.wall_clock import to_local
from bookings.web.day.looks import LACKS_ROOM
from bookings.web.days import day_name, span_name
from bookings.web.inputs import parsed
from bookings.web.repeats import repeats, rule_of, together
from tenants.access import member_view
from tenants.models import Member

MOST_SHOWN = 100  # bookings on a page
PAST = "past"


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
        "times": span_name(row.starts_at, row.ends_at, zone),
    }
