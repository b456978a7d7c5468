"""When people are busy: by what is booked here, and by their own calendars.

Who can read those (the calendars app, which this one does not import) is named by
`settings.FREE_BUSY`. Calendars are asked outside of any transaction, bookings within the company's
scope:

    told = ask_calendars(company_id, emails, window)
    with company_scope(company_id):
        people = busy_people(emails, window, told)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from bookings.guests import guests_of_dates
from bookings.models import Booking, Occurrence, Participant
from bookings.spans import Span
from tenants.models import Member

MOST_COLLEAGUES = 5  # that are suggested
MOST_PEOPLE = 50  # whose calendars are looked at together

Told = Mapping[str, Sequence[Span] | None]


@dataclass(frozen=True)
class Busy:
    """When a person is busy. If their calendar is not `known`, they may be at other times, too."""

    spans: Sequence[Span]
    known: bool


def ask_calendars(company_id: int, emails: Collection[str], window: Span) -> Told:
    """The busy times of people (addresses in lower case) by their own calendars; None: unknown.

    Takes at most about a second. Never call it inside a transaction.
    """
    if not emails:
        return {}
    return cast(Told, import_string(settings.FREE_BUSY)(company_id, emails, window))


def busy_people(emails: Collection[str], window: Span, told: Told) -> dict[str, Busy]:
    """When each of these people is busy within a window, in two queries."""
    booked = _booked(emails, window) if emails else {}
    return {
        email: Busy([*booked.get(email, ()), *(told.get(email) or ())], told.get(email) is not None)
        for email in emails
    }


def names_of(emails: Iterable[str]) -> dict[str, str]:
    """The names of those addresses (in lower case) that are members', by address; in one query, in
    none without addresses."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    members = Member.objects.filter(email__in=wanted).exclude(name="")
    return dict(members.values_list("email", "name"))


def colleagues_like(text: str, *, besides: Collection[str]) -> list[Member]:
    """A few active members in whose names a text is, or with which their addresses begin; without
    those whose addresses (in lower case) are known already."""
    alike = Q(name__icontains=text) | Q(email__istartswith=text)
    members: QuerySet[Member] = Member.objects.filter(alike, active=True).exclude(email__in=besides)
    return list(members.order_by("name", "email")[:MOST_COLLEAGUES]) if text else []


def times_of(people: Iterable[Busy]) -> list[Span]:
    """All times at which any of these people is busy."""
    return [span for busy in people for span in busy.spans]


def zones_of(emails: Collection[str]) -> dict[str, str]:
    """The zones in which people meet: of the room that each of them booked last."""
    booked = (
        Booking.objects.filter(organizer__email__in=emails)
        .select_related("organizer", "room__building")
        .order_by("organizer", "-pk")
        .distinct("organizer")
    )
    return {booking.organizer.email: booking.room.zone_name for booking in booked if emails}


def _booked(emails: Collection[str], window: Span) -> dict[str, list[Span]]:
    """What people organise, and what they are invited to and have not declined."""
    invited = Participant.objects.filter(booking=OuterRef("booking"), email__in=emails)
    organised = Q(booking__organizer_email__in=emails) | Q(organizer__email__in=emails)
    rows = list(
        Occurrence.objects.get_queryset()
        .overlapping(window.starts_at, window.ends_at)
        .shown()
        .filter(organised | Exists(invited), transparent=False)
        .select_related("booking", "organizer")
    )
    guests = guests_of_dates(rows)
    found: dict[str, list[Span]] = {}
    for row in rows:
        coming = {
            guest.email.lower()
            for guest in guests[row.pk]
            if guest.response != Participant.Response.DECLINED
        }
        coming.add(row.organizer.email if row.organizer else row.booking.organizer_email.lower())
        for email in coming.intersection(emails):
            found.setdefault(email, []).append(Span(row.starts_at, row.ends_at))
    return found
