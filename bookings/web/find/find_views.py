"""Find a room: what is free, the best first; where nothing fits, what comes nearest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings.availability import (
    SHIFT,
    Kind,
    bookable,
    find_or_propose,
    search_scope,
    suiting_rooms,
)
from bookings.closed_days import closing_for
from bookings.common_slots import AHEAD, Gathering
from bookings.errors import SearchTooLong
from bookings.models import Equipment, Room
from bookings.people import Busy, Told, ask_calendars, busy_people, times_of, zones_of
from bookings.ranking import FreeRoom, Wish
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import Span
from bookings.web.days import clock_span, day_name
from bookings.web.find.find_form import FindForm, check_building
from bookings.web.form.wishes import booking_url
from tenants.access import stepwise_member_view
from tenants.errors import DomainError
from tenants.models import Company, Member
from tenants.scope import company_scope

MOST_SHOWN, MOST_COUNTED = 20, 1000
END_OF_SEARCH = "23:59"  # a search lies in one day


@require_safe
@stepwise_member_view
def find(request: HttpRequest, member: Member) -> HttpResponse:
    """The form and what it finds. People's calendars are asked outside of any transaction."""
    with company_scope(member.company_id):
        check_building(request.GET)
        form = FindForm(request.GET, member.company)
        wish = _wish_of(form, member)
    emails: Sequence[str] = form.cleaned_data.get("people", ()) if wish else ()
    told = ask_calendars(member.company_id, emails, _around(wish)) if wish and emails else {}
    try:
        with search_scope(member.company_id):
            return _page(request, member, form, wish, emails, told)
    except SearchTooLong as error:
        form.refuse(error)
    with company_scope(member.company_id):
        return _page(request, member, form, None, (), {})


@dataclass(frozen=True)
class Offer:
    """A time in a room, one click from being booked."""

    times: str
    url: str
    free_until: str = ""


def _wish_of(form: FindForm, member: Member) -> Wish | None:
    if not form.is_valid():
        return None
    try:
        return bookable(form.wish(), member.company, timezone.now())
    except DomainError as error:
        form.refuse(error)
        return None


def _around(wish: Wish) -> Span:
    """What has to be known of people: the time itself, and the days after it."""
    since, until = wish.window.starts_at, wish.window.ends_at
    return Span(since - SHIFT, max(until + SHIFT, since + AHEAD))


def _page(
    request: HttpRequest,
    member: Member,
    form: FindForm,
    wish: Wish | None,
    emails: Sequence[str],
    told: Told,
) -> HttpResponse:
    context: dict[str, Any] = {"member": member, "form": form, "asked": wish is not None}
    if wish is not None:
        people = busy_people(emails, _around(wish), told)
        wish = replace(wish, busy=times_of(people.values()))
        context["unknown"] = ", ".join(e for e, busy in people.items() if not busy.known)
        context |= _found(request, wish, member, ", ".join(emails))
        if people and not context["rooms"]:
            context["common"] = _common(request, wish, member, people)
    status = 422 if form.errors else 200
    return render(request, "bookings/find.html", context, status=status)


def _found(request: HttpRequest, wish: Wish, member: Member, people: str) -> dict[str, Any]:
    company = member.company
    found, near = find_or_propose(company=company, wish=wish, member=member, limit=MOST_COUNTED)
    context: dict[str, Any] = {
        "rooms": [_shown(free, wish, member, people) for free in found[:MOST_SHOWN]],
        "has_more": len(found) > MOST_SHOWN,
        "count": len(found),
        "day": day_name(to_local(wish.window.starts_at, ZoneInfo(company.timezone)).date()),
    }
    if not found:
        context["proposals"] = [
            (
                _heading(kind),
                [
                    {
                        "room": each.room,
                        "reasons": each.reasons,
                        "offer": _offer(each.room, each.span, member, people),
                    }
                    for each in group
                ],
            )
            for kind, group in groupby(near, key=lambda each: each.kind)
        ]
        context["largest"] = Room.objects.filter(state=Room.State.OPEN).aggregate(
            seats=Max("capacity")
        )["seats"]
        context["too_many"] = (context["largest"] or 0) < wish.seats
        if not near and (closing := closing_for(suiting_rooms(wish), wish)):
            context["closed"] = closing.why
            context["open_day"] = closing.opens and _open_day(request, closing.opens, wish, company)
    return context


def _open_day(request: HttpRequest, opens: Span, wish: Wish, company: Company) -> dict[str, str]:
    """The same search on the day that rooms open, at its own hours if they are open then."""
    zone = ZoneInfo(company.timezone)
    start, end = to_local(opens.starts_at, zone), to_local(opens.ends_at, zone)
    wished = [to_local(at, zone).time() for at in (wish.window.starts_at, wish.window.ends_at)]
    since, until = (to_instant(datetime.combine(start.date(), clock), zone) for clock in wished)
    query = request.GET.copy()
    query["date"] = f"{start:%Y-%m-%d}"
    if since < opens.starts_at or until > opens.ends_at:
        query["start"] = f"{start:%H:%M}"
        query["end"] = f"{end:%H:%M}" if end.date() == start.date() else END_OF_SEARCH
    return {"name": day_name(start.date()), "url": f"{reverse('find')}?{query.urlencode()}"}


def _common(
    request: HttpRequest, wish: Wish, member: Member, people: Mapping[str, Busy]
) -> list[dict[str, str]]:
    """When else all of them are free within a week, each a search for that time."""
    company, since = member.company, wish.window.starts_at
    zone, others = ZoneInfo(company.timezone), sorted({*zones_of(people).values()})
    gathering = Gathering(company=company, people=people, since=since, length=wish.length)
    found = []
    for slot in gathering.slots(Span(since, since + AHEAD), now=timezone.now()):
        if slot.span.ends_at <= wish.window.ends_at:
            continue  # it was asked for: what is missing is a room
        start, end = to_local(slot.span.starts_at, zone), to_local(slot.span.ends_at, zone)
        query = request.GET.copy()
        query["date"] = f"{start:%Y-%m-%d}"
        query["start"], query["end"] = f"{start:%H:%M}", f"{end:%H:%M}"
        query["length"] = str(wish.length // timedelta(minutes=1))
        elsewhere = (
            f"{clock_span(slot.span.starts_at, slot.span.ends_at, ZoneInfo(name))} {name}"
            for name in others
            if name != company.timezone
        )
        found.append(
            {
                "day": day_name(start.date()),
                "times": clock_span(slot.span.starts_at, slot.span.ends_at, zone),
                "elsewhere": ", ".join(elsewhere),
                "url": f"{reverse('find')}?{query.urlencode()}",
            }
        )
    return found


def _heading(kind: Kind) -> str:
    return {
        Kind.ROOM: _("Another room at that time"),
        Kind.TIME: _("Another time"),
        Kind.SHORTER: _("A shorter meeting"),
    }[kind]


def _shown(free: FreeRoom, wish: Wish, member: Member, people: str) -> dict[str, Any]:
    zone = ZoneInfo(free.room.zone_name)
    return {
        "room": free.room,
        "equipment": Equipment.words(free.room.equipment),
        "reasons": free.reasons,
        "offers": [
            replace(
                _offer(free.room, slot.span, member, people),
                free_until="" if wish.is_exact else f"{to_local(slot.gap.ends_at, zone):%H:%M}",
            )
            for slot in sorted(free.slots, key=lambda slot: slot.span.starts_at)
        ],
    }


def _offer(room: Room, span: Span, member: Member, people: str) -> Offer:
    times = clock_span(span.starts_at, span.ends_at, ZoneInfo(room.zone_name))
    return Offer(times, booking_url(room, span, member.company, attendees=people))
