"""The page where an administrator deals with what people who left have booked."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.access import get_occurrence
from bookings.drafts import Actor
from bookings.models import Door, Occurrence
from bookings.recurrence.wall_clock import to_local
from bookings.web.days import clock_span
from bookings.web.form.date_lines import short_day
from bookings.web.inputs import parsed
from bookings.web.repeats import repeats, rule_of
from calendars.directory.people import begin_reading_people
from calendars.handing_over import begin_handing_over
from calendars.leaving import Held, dates_held, hand_over, leavers, release
from calendars.long_work import last_done, latest
from calendars.models import DirectoryPerson, GoogleConnection
from calendars.work_kinds import HANDING_OVER, PEOPLE
from tenants.access import admin_view
from tenants.errors import DomainError, InvalidInput, NotFound
from tenants.models import Member


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def leaving(request: HttpRequest, member: Member) -> HttpResponse:
    """Who left, what they have booked, and giving it to somebody or calling it off."""
    if request.method == "POST":
        try:
            with transaction.atomic():  # a refusal leaves nothing behind
                _do(request, member)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("leaving")
    people = leavers()
    works = latest([PEOPLE, HANDING_OVER])
    context = {
        "member": member,
        "google": GoogleConnection.objects.first(),
        "reading": works.get(PEOPLE),
        "read_at": last_done(PEOPLE),
        "handing_over": works.get(HANDING_OVER),
        "people": [
            {"person": each.person, "count": each.count, "bookings": map(_line, each.bookings)}
            for each in people if each.count
        ],
        "others": [each.person for each in people if not each.count],
        "members": _receivers(),
    }  # fmt: skip
    return render(request, "calendars/leaving.html", context)


def _receivers() -> list[Member]:
    left = DirectoryPerson.objects.exclude(state=DirectoryPerson.State.ACTIVE)
    members = Member.objects.filter(active=True).exclude(email__in=left.values("email"))
    return list(members.order_by("name", "email"))


def _do(request: HttpRequest, member: Member) -> None:
    posted = request.POST
    if posted.get("act") == "read":
        begin_reading_people(member.company_id, by=member)
        return
    email = posted.get("person", "")
    left = DirectoryPerson.objects.exclude(state=DirectoryPerson.State.ACTIVE)
    if not left.filter(email=email).exists():
        raise NotFound
    gives = "hand_over" in posted or "hand_over_all" in posted
    to = _receiver(posted.get("to", "")) if gives else None
    if "hand_over_all" in posted or "release_all" in posted:
        begin_handing_over(member.company_id, email, to=to, by=member)
        return
    occurrence = _held_date(email, posted.get("hand_over") or posted.get("release") or "")
    actor = Actor(Door.WEB, member)
    title = occurrence.shown_title or _("(no title)")
    if to is not None:
        hand_over(by=actor, company=member.company, occurrence=occurrence, to=to)
        said = _("“%(title)s” is %(name)s's now.") % {"title": title, "name": to}
    else:
        release(by=actor, company=member.company, occurrence=occurrence)
        said = _("“%(title)s” is cancelled.") % {"title": title}
    messages.success(request, said)


def _receiver(typed: str) -> Member:
    found = [each for each in _receivers() if each.email == typed.strip().lower()]
    if not found:
        raise InvalidInput(_("Choose to whom: an active member, by the e-mail address."))
    return found[0]


def _held_date(email: str, typed: str) -> Occurrence:
    """A date that this person still holds: somebody may have been faster."""
    public_id = parsed(UUID, typed)
    if not dates_held([email]).filter(public_id=public_id).exists():
        raise NotFound(_("This booking is dealt with already."))
    return get_occurrence(public_id)


def _line(held: Held) -> dict[str, Any]:
    row = held.occurrence
    zone = ZoneInfo(row.room.zone_name)
    return {
        "id": row.public_id,
        "title": row.shown_title or _("(no title)"),
        "room": row.room,
        "day": short_day(to_local(row.starts_at, zone).date()),
        "times": clock_span(row.starts_at, row.ends_at, zone),
        "repeats": (rule_of(row.booking) or _("repeats")) if repeats(row.booking) else "",
        "dates": held.dates,
    }
