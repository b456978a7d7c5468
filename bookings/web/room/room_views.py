"""The week and the month of one room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  a field has its name
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.models import Equipment
from bookings.recurrence.wall_clock import to_local
from bookings.shown import ShownRoom, shown_rooms
from bookings.web.day.day_tag import room_tag
from bookings.web.day.drawing import HOURS, seats_of
from bookings.web.day.grid import shades
from bookings.web.day.looks import legend
from bookings.web.day.rule_hints import rule_hints
from bookings.web.days import month_name, next_month, week_name, week_of, weeks_of_month
from bookings.web.inputs import parsed_date
from bookings.web.pages import drawn_if_changed, kept_if_early, wants_panel
from bookings.web.room.room_days import RoomDay, room_days
from bookings.web.room.room_drawing import draw_month, draw_week
from tenants.errors import NotFound
from tenants.models import Member

ONE_WEEK = timedelta(days=7)
FIRST_FEW = 3  # bookings of a day that a month shows


@dataclass(frozen=True)
class Shown:
    """Which dates are looked at, and what is beside them."""

    title: str
    dates: list[Date]
    before: Date
    after: Date


def _tag(request: HttpRequest, member: Member, *_: Any, **__: Any) -> str | None:
    """Of the days of the room in the path; a whole page holds more, and has none."""
    if not wants_panel(request):
        return None
    return room_tag(member, timezone.now(), request.path, request.GET.get("date"))


@require_safe
@drawn_if_changed(_tag)
def week(request: HttpRequest, member: Member, room_id: int) -> HttpResponse:
    """Seven days of a room, with a way to the booking form from each free half hour."""
    room, day, now = _asked(request, member, room_id)
    dates = week_of(day)
    shown = Shown(week_name(dates), dates, dates[0] - ONE_WEEK, dates[0] + ONE_WEEK)
    days = room_days(member=member, room=room, dates=dates, now=now)
    context = _context(member, room, day, shown, days)
    drawn = draw_week(days, room, member.company)
    looks = legend((*_looks(days), *_around(days)))
    hints = rule_hints([room], ZoneInfo(room.zone_name)).common
    context |= {"kind": "week", "hours": HOURS, "days": drawn, "legend": looks, "hints": hints}
    return kept_if_early(request, render(request, "bookings/week.html", context))


@require_safe
@drawn_if_changed(_tag)
def month(request: HttpRequest, member: Member, room_id: int) -> HttpResponse:
    """A month of a room in whole weeks: the first few bookings of each day."""
    room, day, now = _asked(request, member, room_id)
    before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    shown = Shown(month_name(day), weeks_of_month(day), before, next_month(day))
    days = room_days(member=member, room=room, dates=shown.dates, now=now, most=FIRST_FEW)
    context = _context(member, room, day, shown, days)
    drawn = draw_month(days, room, member.company, day.month)
    context |= {"kind": "month", "days": drawn, "legend": legend(_looks(days))}
    return kept_if_early(request, render(request, "bookings/month.html", context))


def _asked(request: HttpRequest, member: Member, room_id: int) -> tuple[ShownRoom, Date, datetime]:
    """The room, the day that is looked at on its wall, and now."""
    now = timezone.now()
    rooms = shown_rooms(now, member=member.pk, only=room_id)
    if not rooms:
        raise NotFound
    typed = request.GET.get("date")
    return rooms[0], parsed_date(typed) if typed else _today(rooms[0], now), now


def _today(room: ShownRoom, now: datetime) -> Date:
    return to_local(now, ZoneInfo(room.zone_name)).date()


def _context(
    member: Member, room: ShownRoom, day: Date, shown: Shown, days: list[RoomDay]
) -> dict[str, object]:
    facts = (room.building, room.floor, seats_of(room.capacity), Equipment.words(room.equipment))
    return {
        "member": member,
        "room": room,
        "about": " ·\u00a0".join(filter(None, facts)),
        "zone": room.zone_name if room.zone_name != member.company.timezone else "",
        "date": day,
        "shown": shown,
        "has_today": any(each.asked.is_today for each in days),
        "utc_dates": " ".join(
            sorted({date for each in days for date in each.day.utc_dates.split()})
        ),
    }


def _looks(days: Iterable[RoomDay]) -> Iterator[str]:
    """The looks of the bookings that are shown."""
    return (look for each in days for bar in each.bars for look in bar.look)


def _around(days: Iterable[RoomDay]) -> Iterator[str]:
    """The looks of what a week shows beside bookings."""
    for each in days:
        yield from shades(each.closed, (each.opens, each.closes))
        if each.holds:
            yield "held"
