"""The pages on which administrators keep the company's rooms."""

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings.access import get_room
from bookings.arranging import arrange_rooms, save_room
from bookings.models import Building, Equipment, Floor, Room
from bookings.web.day.drawing import seats_of
from bookings.web.rooms.rooms_form import ManyRoomsForm, RoomForm, first_values
from tenants.access import admin_view
from tenants.errors import InvalidInput, NotFound
from tenants.models import Member

LONGEST_ID = 10  # digits of a room's key


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def rooms(request: HttpRequest, member: Member) -> HttpResponseBase:
    """All rooms by building and floor; several that are ticked are changed alike."""
    form = ManyRoomsForm(request.POST if request.method == "POST" else None)
    ticked = _ticked(request)
    if form.is_bound and not ticked:
        form.add_error(None, _("Tick the rooms that are to be changed."))
    if form.is_valid():
        try:
            n = arrange_rooms(
                company=member.company, room_ids=ticked, what=form.arrangement(), by=member
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(
                request, ngettext("%(n)d room changed", "%(n)d rooms changed", n) % {"n": n}
            )
            return redirect("company-rooms")
    context = {"member": member, "form": form, "buildings": _by_place(ticked), **_known_places()}
    return render(request, "bookings/rooms.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def new_room(request: HttpRequest, member: Member) -> HttpResponseBase:
    """A room that there was not."""
    return _page(request, member, None)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def one_room(request: HttpRequest, member: Member, pk: int) -> HttpResponseBase:
    """What there is to say about a room."""
    return _page(request, member, get_room(pk))


def _page(request: HttpRequest, member: Member, room: Room | None) -> HttpResponseBase:
    form = RoomForm(
        request.POST if request.method == "POST" else None,
        initial=first_values(room) if room else None,
    )
    if form.is_valid():
        try:
            saved = save_room(
                company=member.company,
                room_id=room.pk if room else None,
                facts=form.facts(),
                by=member,
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("“%(room)s” is saved.") % {"room": saved})
            return redirect("company-rooms")
    context = {"member": member, "form": form, "room": room, **_known_places()}
    return render(request, "bookings/room_form.html", context, status=422 if form.errors else 200)


def _ticked(request: HttpRequest) -> set[int]:
    """The ids of rooms in a form; raises NotFound for what can be none."""
    ids = request.POST.getlist("room")
    if not all(each.isascii() and each.isdecimal() and len(each) <= LONGEST_ID for each in ids):
        raise NotFound
    return {int(each) for each in ids}


def _known_places() -> dict[str, Any]:
    """Names to choose from."""
    floors = Floor.objects.order_by("name").values_list("name", flat=True).distinct()
    return {
        "building_names": Building.objects.values_list("name", flat=True),
        "floor_names": floors,
    }


def _by_place(ticked: Collection[int]) -> list[dict[str, Any]]:
    """Buildings with their floors, and those with their rooms."""
    ordered = Room.objects.select_related("building", "floor").order_by(
        "building__position", "building__name", "building_id",
        "floor__position", "floor__name", "position", "name",
    )  # fmt: skip
    return [
        {"building": building, "floors": _by_floor(group, ticked)}
        for building, group in groupby(ordered, key=lambda room: room.building)
    ]


def _by_floor(rooms: Iterable[Room], ticked: Collection[int]) -> list[dict[str, Any]]:
    return [
        {"floor": floor, "rooms": [_line(room, room.pk in ticked) for room in group]}
        for floor, group in groupby(rooms, key=lambda room: room.floor)
    ]


def _line(room: Room, is_ticked: bool) -> dict[str, Any]:
    facts = (seats_of(room.capacity), Equipment.words(room.equipment))
    return {
        "room": room,
        "about": " · ".join(filter(None, facts)),
        "closed": room.state == Room.State.CLOSED,
        "ticked": is_ticked,
    }
