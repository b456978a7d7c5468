"""The page where administrators see how their rooms' calendars are, and mend them."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings.drafts import Actor
from bookings.models import Door
from calendars import mending
from calendars.health import RoomHealth, health_of_rooms
from calendars.models import CalendarLink, GoogleConnection
from tenants.access import admin_view
from tenants.errors import NotFound
from tenants.models import Member

ROOMS_A_PAGE = 100


@require_safe
@admin_view
def health(request: HttpRequest, member: Member) -> HttpResponse:
    """Room by room: channel, last push and read, lag, what waits and what was refused."""
    rooms = health_of_rooms()
    troubled = [room for room in rooms if room.has_trouble]
    only_troubled = request.GET.get("show") == "trouble"
    words = request.GET.get("q", "").strip()
    shown = [room for room in (troubled if only_troubled else rooms) if _matches(room, words)]
    shown.sort(key=lambda room: (room.link_id is None, not room.has_trouble))  # keeps their order
    context = {
        "member": member,
        "google": GoogleConnection.objects.first(),
        "page": Paginator(shown, ROOMS_A_PAGE).get_page(request.GET.get("page")),
        "total": len(rooms),
        "troubled": len(troubled),
        "late": sum(room.is_late for room in rooms),
        "refused": sum(room.refused for room in rooms),
        "missed": sum(room.missed_pushes for room in rooms),
        "push_fails": any(room.push_fails for room in rooms),
        "only_troubled": only_troubled,
        "words": words,
        "query": request.GET.urlencode(),
    }
    return render(request, "calendars/health.html", context)


def _matches(room: RoomHealth, words: str) -> bool:
    text = f"{room.room} {room.building} {room.calendar_id}".casefold()
    return all(word in text for word in words.casefold().split())


def sync(request: HttpRequest, link_id: int) -> HttpResponseBase:
    """Reads and pushes one calendar now."""
    said = _("%(room)s is being read now.")
    return _act(request, link_id=link_id, act=mending.sync_now, said=said)


def renew(request: HttpRequest, link_id: int) -> HttpResponseBase:
    """Opens a new channel for one calendar."""
    said = _("%(room)s gets a new channel.")
    return _act(request, link_id=link_id, act=mending.renew, said=said)


def repair(request: HttpRequest, link_id: int) -> HttpResponseBase:
    """Begins one calendar afresh."""
    said = _("%(room)s is being read from the beginning. That may take a minute.")
    return _act(request, link_id=link_id, act=mending.repair, said=said)


@admin_view
def _act(
    request: HttpRequest,
    member: Member,
    *,
    link_id: int,
    act: Callable[[CalendarLink, Actor], None],
    said: Promise,
) -> HttpResponse:
    link = CalendarLink.objects.select_related("room").filter(pk=link_id).first()
    if link is None:
        raise NotFound
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act(link, Actor(Door.WEB, member))
    messages.success(request, str(said) % {"room": link.room.name})
    query = request.GET.urlencode()
    return redirect(f"{reverse('google_health')}{'?' if query else ''}{query}#room-{link.room_id}")
