"""A person's star for a room."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from bookings.access import get_room
from bookings.favourites import star as give_star
from bookings.web.pages import wants_panel
from tenants.access import member_view
from tenants.models import Member


@member_view
def star(request: HttpRequest, member: Member, room_id: int) -> HttpResponse:
    """Gives or takes a star; a page without scripts goes back to the day."""
    room = get_room(room_id)  # first of all, so that a foreign one is a 404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    give_star(member, room, starred=request.POST.get("starred") == "1")
    return HttpResponse(status=204) if wants_panel(request) else redirect("day")
