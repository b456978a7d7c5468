"""The pages on which administrators give rooms a display at the door, and take it back."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings.access import get_room
from bookings.display.links import display_in, link_of, make_display, switch_off
from bookings.models import Display, Room
from bookings.web.display.qr_codes import qr_code
from tenants.access import admin_view
from tenants.models import Member


@require_safe
@admin_view
def displays(request: HttpRequest, member: Member) -> HttpResponseBase:
    """All rooms, and which have a display."""
    shown = {display.room_id: display for display in Display.objects.all()}
    rooms = Room.objects.select_related("building", "floor").order_by(
        "building__position", "building__name", "building_id", "floor__position", "position", "name"
    )
    buildings = [
        (building, [{"room": room, "display": shown.get(room.pk)} for room in group])
        for building, group in groupby(rooms, key=_building_of)
    ]
    context = {"member": member, "buildings": buildings}
    return render(request, "bookings/displays.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def display_of(request: HttpRequest, member: Member, room_id: int) -> HttpResponseBase:
    """A room's display: its link and QR code, made or switched off with one press."""
    room = get_room(room_id)
    if request.method == "POST":
        if "off" in request.POST:
            switch_off(room, by=member)
            messages.success(request, _("Switched off. Its link opens nothing any more."))
            return redirect("displays")
        make_display(room=room, by=member)
        return redirect(request.path)
    display = display_in(room)
    if display is None:
        return redirect("displays")
    link = link_of(display)
    context = {
        "member": member,
        "room": room,
        "display": display,
        "link": link,
        "eink_link": f"{link}?eink=1",
        "code": qr_code(link),
    }
    answer = render(request, "bookings/display.html", context)
    answer["Cache-Control"] = "no-store"  # the link is a secret
    return answer


def _building_of(room: Room) -> str:
    return str(room.building)
