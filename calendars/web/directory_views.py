"""The page where an administrator takes rooms over from Google's directory."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings.rooms import RoomChange
from calendars.directory.plan import (
    adopt,
    directory_plan,
    follow_by_itself,
    follows_by_itself,
)
from calendars.directory.rooms import begin_reading_rooms
from calendars.directory.words import field_label, shown
from calendars.links import follow_rooms
from calendars.long_work import last_done, latest
from calendars.models import DirectoryRoom, GoogleConnection
from calendars.reading import begin_reading
from calendars.work_kinds import ROOMS
from tenants.access import admin_view
from tenants.errors import DomainError
from tenants.models import Member


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def import_rooms(request: HttpRequest, member: Member) -> HttpResponse:
    """What the directory would change, and doing it."""
    if request.method == "POST":
        try:
            with transaction.atomic():  # a refusal leaves nothing behind
                _do(request, member)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("import_rooms")
    work = latest([ROOMS]).get(ROOMS)
    plan = directory_plan(member.company)
    context = {
        "member": member,
        "google": GoogleConnection.objects.first(),
        "work": work,
        "known": DirectoryRoom.objects.exists(),
        "read_at": last_done(ROOMS),
        "plan": plan,
        "new": _lines(plan.new),
        "changed": _lines(plan.changed),
        "gone": [
            {"line": {"key": each.known.resource_id, "room": each.room}, "bookings": each.bookings}
            for each in plan.gone
        ],
        "faults": [(plan.names[key], reasons) for key, reasons in plan.faults.items()],
        "by_itself": follows_by_itself(member.company),
    }
    return render(request, "calendars/import_rooms.html", context)


def _do(request: HttpRequest, member: Member) -> None:
    act = request.POST.get("act")
    if act == "read":
        begin_reading_rooms(member.company_id, by=member)
    elif act == "adopt":
        _adopt(request, member)
    elif act == "setting":
        follow_by_itself(member.company, request.POST.get("by_itself") == "yes", by=member)
        messages.success(request, _("Saved."))


def _adopt(request: HttpRequest, member: Member) -> None:
    only = set(request.POST.getlist("take"))
    done = adopt(member.company, tag=request.POST.get("tag", ""), only=only, by=member)
    if done.new and follow_rooms(member.company_id):
        begin_reading(member.company_id, by=member)
    said = [
        ngettext("%(n)d new room", "%(n)d new rooms", done.new) % {"n": done.new},
        ngettext("%(n)d room changed", "%(n)d rooms changed", done.changed) % {"n": done.changed},
        ngettext("%(n)d room closed", "%(n)d rooms closed", done.closed) % {"n": done.closed},
    ]
    messages.success(request, " · ".join(said))


def _lines(changes: Mapping[str, RoomChange]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "room": change.room,
            "equipment": shown(change.room.equipment),
            "differences": [
                (field_label(name), shown(old), shown(new))
                for name, (old, new) in change.differences.items()
            ],
        }
        for key, change in changes.items()
    ]
