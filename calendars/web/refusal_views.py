"""Where people decide about deliveries that Google refused."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings.drafts import Actor
from bookings.models import Door, Room
from bookings.web.inputs import parsed
from calendars import refusals
from calendars.errors import GoogleError
from tenants.access import admin_view, company_of_session, member_of_session, to_sign_in
from tenants.errors import DomainError, InvalidInput, NotAllowed
from tenants.models import Member
from tenants.scope import company_scope

SAID: dict[str, Promise] = {
    "retry": _("Google is asked once more."),
    "take": _("The booking is now what Google has."),
    "overwrite": _("Google gets what Roomly has."),
    "forget": _("Both sides stay as they are."),
}


@require_safe
@admin_view
def refused(request: HttpRequest, member: Member) -> HttpResponse:
    """What Google refused, of the company or of one room, the oldest first."""
    entries = refusals.refused_entries()
    room = None
    if request.GET.get("room"):
        room = Room.objects.filter(pk=parsed(int, request.GET["room"])).first()
        entries = entries.filter(booking__room=room)
    context = {
        "member": member,
        "room": room,
        "deliveries": refusals.described(entries.order_by("first_pending_at")[: refusals.MOST]),
        "total": entries.count(),
    }
    return render(request, "calendars/refused.html", context)


def decide(request: HttpRequest, entry_id: int) -> HttpResponseBase:
    """Does what a person decided about one delivery.

    Google may be called in between, so this view opens the company's scope by itself.
    """
    company_id = company_of_session(request)
    if company_id is None:
        return to_sign_in(request)
    with company_scope(company_id):
        member = member_of_session(request)
        if member is None:
            raise NotAllowed
        entry = refusals.get_refused(entry_id)
        by = Actor(Door.WEB, member)
        if not by.may_change(entry.booking):
            raise NotAllowed
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act = request.POST.get("act", "")
    if act not in SAID:
        raise InvalidInput(field="act")
    try:
        _carry_out(act, company_id, entry_id, by)
    except GoogleError:
        messages.error(request, _("Google cannot be asked at the moment. Try again later."))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, str(SAID[act]))
    if request.POST.get("from") == "list":
        return redirect("google_refused")
    return redirect("booking", parsed(UUID, request.POST.get("date", "")))


def _carry_out(act: str, company_id: int, entry_id: int, by: Actor) -> None:
    match act:
        case "take":
            refusals.take_googles_version(company_id, entry_id, by)
        case "overwrite":
            refusals.overwrite_google(company_id, entry_id, by)
        case _:
            with company_scope(company_id):
                entry = refusals.get_refused(entry_id)
                act_now = refusals.try_again if act == "retry" else refusals.leave_as_is
                act_now(entry, by)
