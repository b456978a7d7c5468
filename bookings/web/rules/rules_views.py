"""The pages on which administrators choose the rules of the company, its buildings and rooms."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.access import get_building, get_room
from bookings.house_rules.choosing import Place, choose_rules, inherited_rules, own_rules
from bookings.models import Building, HouseRules, Room
from bookings.web.rules.rules_form import RulesForm, first_values
from tenants.access import admin_view
from tenants.errors import InvalidInput
from tenants.models import Company, Member


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def company_rules(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What holds everywhere, and the places that may choose otherwise."""
    return _page(request, member, member.company)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def building_rules(request: HttpRequest, member: Member, pk: int) -> HttpResponseBase:
    """What holds in a building."""
    return _page(request, member, get_building(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def room_rules(request: HttpRequest, member: Member, pk: int) -> HttpResponseBase:
    """What holds in a room."""
    return _page(request, member, get_room(pk))


def _page(request: HttpRequest, member: Member, place: Place) -> HttpResponseBase:
    own, inherited = own_rules(place), inherited_rules(place)
    form = RulesForm(
        request.POST if request.method == "POST" else None,
        initial=first_values(own, inherited, member.company),
        inherited=inherited,
        week_start=member.company.week_start,
    )
    if form.is_valid():
        try:
            choose_rules(place, form.values(), by=member)
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. What is booked already stays as it is."))
            return redirect(request.path)
    context = {"member": member, "form": form, "place": place, "level": _level(place)}
    if isinstance(place, Company):
        context["buildings"] = _places()
    return render(request, "bookings/rules.html", context, status=422 if form.errors else 200)


def _level(place: Place) -> str:
    return type(place).__name__.lower()


def _places() -> list[dict[str, Any]]:
    """Buildings with their rooms, and which have rules of their own."""
    ruled = HouseRules.objects.values_list("building_id", "room_id")
    buildings, rooms = ({row[side] for row in ruled} for side in (0, 1))
    ordered = Room.objects.select_related("building").order_by(
        "building__position", "building__name", "building_id", "position", "name"
    )
    return [
        {
            "building": building,
            "ruled": building.pk in buildings,
            "rooms": [{"room": room, "ruled": room.pk in rooms} for room in group],
        }
        for building, group in groupby(ordered, key=_building_of)
    ]


def _building_of(room: Room) -> Building:
    building: Building = room.building
    return building
