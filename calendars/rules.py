"""Which of Google's recurrence rules Roomly understands, and what to do about the others."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from bookings.errors import InvalidRule
from bookings.mirroring.mirror import LISTED_AHEAD, LOOK_BACK
from bookings.models import Occurrence
from bookings.recurrence import Series, expand
from calendars.content import Item, original_start_of, recurrence_of, when_of
from calendars.errors import GoogleRefused, NotThere
from calendars.grants import GoogleAccess
from calendars.models import CalendarLink, GoogleCopy
from tenants.models import Company


def is_plain(item: Item, zone: str, company: Company) -> bool:
    """Whether our expansion of a series gives the dates that Google's gives.

    Not if the rule is one that we do not know, has too many dates, or does not name its start,
    which Google lists nevertheless.
    """
    if not item.get("recurrence"):
        return True
    when = when_of(item, zone)
    length = when.ends_at - when.starts_at
    try:
        recurrence = recurrence_of(item["recurrence"], when)
        series = Series(when.start_local, when.timezone, length, recurrence, when.days)
        expand(series, timezone.now() - LOOK_BACK, company.bookable_until)
        ruled = replace(series, recurrence=replace(recurrence, exdates=()))
        return bool(expand(ruled, when.starts_at, when.starts_at + timedelta(seconds=1)))
    except (InvalidRule, OverflowError):
        return False


def can_be_expanded(item: Item, zone: str, company: Company) -> bool:
    """Whether the dates of an event are known: by its rule, or as Google listed them."""
    return "places" in item or is_plain(item, zone, company)


def explained(access: GoogleAccess, link: CalendarLink, item: Item) -> Item:
    """The event; of a series that we cannot expand, with its dates as Google lists them.

    Calls Google, so not inside a transaction. `link` comes with its company and room.
    """
    company, zone = link.company, link.room.zone_name
    if item.get("status") == "cancelled" or is_plain(item, zone, company):
        return item
    since, until = timezone.now() - LOOK_BACK, company.bookable_until + LISTED_AHEAD
    try:
        instances = access(
            lambda google: google.instances(
                link.google_calendar_id, item["id"], since=since, until=until
            )
        )
    except (NotThere, GoogleRefused):
        instances = []  # then its first date is all that is known
    return {**item, "places": places_of(instances, zone)}


def listed_too_short(link: CalendarLink) -> QuerySet[GoogleCopy]:
    """The series of a calendar whose dates only Google knows, and that have to be listed again.

    That is so long before people may book past the last listing, and while any date is to come.
    """
    return GoogleCopy.objects.filter(
        Exists(Occurrence.objects.filter(booking=OuterRef("booking"), ends_at__gt=timezone.now())),
        link=link,
        original_start=None,
        dirty=False,
        booking__opaque=True,
        booking__horizon_until__lt=link.company.bookable_until + LISTED_AHEAD / 2,
    ).exclude(base__status="cancelled")


def places_of(instances: list[Item], zone: str) -> list[dict[str, str]]:
    """The dates of a series as Google listed them, in a form that can be stored."""
    places = []
    for instance in instances:
        if "start" not in instance or "originalStartTime" not in instance:
            continue
        when = when_of(instance, zone)
        key: datetime = original_start_of(instance, when.timezone)
        places.append(
            {
                "key": key.isoformat(),
                "start": when.starts_at.isoformat(),
                "end": when.ends_at.isoformat(),
            }
        )
    return places
