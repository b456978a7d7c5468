"""Whether the people of an open form are free at its time.

The form asks for it after everything else, because Google may have to be asked: outside of any
transaction, by the same way and out of the same minute's memory as the search for a room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from bookings.drafts import Attendee
from bookings.guests import guests_of
from bookings.models import Occurrence, Participant
from bookings.people import MOST_PEOPLE, ask_calendars, busy_people, names_of
from bookings.recurrence.wall_clock import to_local
from bookings.rules import check_attendees, check_length
from bookings.spans import Span
from bookings.web.days import clock_span
from bookings.web.form.date_lines import short_day
from bookings.web.form.forms import SingleForm, attendees_in
from bookings.web.form.look_at_change import PLACE
from bookings.web.form.panels import changeable
from bookings.web.form.strips import Strips
from tenants.access import stepwise_member_view
from tenants.errors import DomainError
from tenants.models import Member
from tenants.scope import company_scope


@dataclass(frozen=True)
class Asked:
    """Of whom it is asked, and on which strips."""

    people: Sequence[Attendee]
    strips: Strips


@require_POST
@stepwise_member_view
def of_new(request: HttpRequest, member: Member) -> HttpResponse:
    """The people in the form of a new booking."""
    with company_scope(member.company_id):
        asked = _asked(request.POST, member)
    return _answer(request, member, asked)


@stepwise_member_view
def of_change(request: HttpRequest, member: Member, public_id: UUID) -> HttpResponse:
    """The people in the form of a change; the booking itself keeps nobody from coming to it."""
    with company_scope(member.company_id):
        occurrence = changeable(public_id, member)  # first of all, so that a foreign one is a 404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        asked = _asked(request.POST, member, occurrence)
    return _answer(request, member, asked)


def _asked(data: QueryDict, member: Member, moving: Occurrence | None = None) -> Asked | None:
    """What a form asks, as far as it can be read; nothing without people or a time.

    Raises NotFound for a room of another company.
    """
    people = list({guest.email: guest for guest in _people(data)}.values())
    form = SingleForm(data, rooms=())
    form.is_valid()
    if not people or PLACE & form.errors.keys():
        return None
    try:
        chosen = Span(*form.times())
        check_length(chosen.starts_at, chosen.ends_at)
    except DomainError:  # the look of the form says so
        return None
    strips = Strips(
        chosen=chosen,
        company=member.company,
        zone=ZoneInfo(form.cleaned_data["room"].zone_name),
        own=Span(moving.starts_at, moving.ends_at) if moving else None,
        invited=_coming(moving) if moving else (),
    )
    return Asked(people, strips)


def _people(data: QueryDict) -> Sequence[Attendee]:
    """Those whose addresses can be right; of the others the look of the form speaks."""
    found = []
    for guest in attendees_in(data.get("attendees", "")):
        try:
            check_attendees([guest])
        except DomainError:
            continue
        found.append(guest)
    return found


def _coming(occurrence: Occurrence) -> Sequence[str]:
    """Who has a date in their calendar: its organiser, and its guests who have not declined."""
    declined = Participant.Response.DECLINED
    guests = [g.email.lower() for g in guests_of(occurrence) if g.response != declined]
    return [*guests, occurrence.booking.organizer_email.lower()]


def _answer(request: HttpRequest, member: Member, asked: Asked | None) -> HttpResponse:
    """Asks the calendars between two transactions; says nothing where nothing was asked."""
    if asked is None:
        return HttpResponse()
    people, strips = asked.people[:MOST_PEOPLE], asked.strips
    emails = [person.email for person in people]
    told = ask_calendars(member.company_id, emails, strips.whole_days)
    with company_scope(member.company_id):
        busy = busy_people(emails, strips.whole_days, told)
        names = names_of(emails)
    drawn = [
        strips.strip(
            person.email, names.get(person.email) or person.name or person.email, busy[person.email]
        )
        for person in people
    ]
    context = {
        "strips": strips,
        "people": drawn,
        "not_asked": len(asked.people) - len(people),
        "day": short_day(to_local(strips.chosen.starts_at, strips.zone).date()),
        "times": clock_span(strips.chosen.starts_at, strips.chosen.ends_at, strips.zone),
        "some_known": any(each.known for each in busy.values()),
        "all_known": all(each.known for each in busy.values()),
    }
    return render(request, "bookings/form_free_busy.html", context)
