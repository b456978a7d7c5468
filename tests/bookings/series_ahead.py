"""Series under extension, as the tests of the horizon see them."""

from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from bookings.models import Booking, BookingEvent, Occurrence, OutboxEntry
from tenants.models import Company
from tenants.scope import company_scope
from tests.conftest import Cast

WEEKLY = ("RRULE:FREQ=WEEKLY;BYDAY=WE",)
DAILY = ("RRULE:FREQ=DAILY",)


def later(**by: float) -> Any:
    """The clock, so much later."""
    return time_machine.travel(timezone.now() + timedelta(**by), tick=False)


def promise(cast: Cast) -> datetime:
    return Company.objects.get(pk=cast.company.pk).bookable_until


def refreshed(cast: Cast) -> Cast:
    """The company as somebody sees it who has just come in."""
    cast.company.refresh_from_db()
    cast.alice.company.refresh_from_db()
    return cast


def dates(cast: Cast, booking: Booking, **only: Any) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.filter(booking=booking, **only).order_by("original_start")
        return list(rows.select_related("booking"))


def keys(rows: list[Occurrence]) -> list[datetime]:
    return [row.original_start for row in rows]


def stored(cast: Cast, booking: Booking) -> Booking:
    with company_scope(cast.company.pk):
        found: Booking = Booking.objects.get(pk=booking.pk)
    return found


def acts(cast: Cast, booking: Booking) -> list[tuple[str, datetime | None]]:
    """What the history tells after the beginning."""
    with company_scope(cast.company.pk):
        told = BookingEvent.objects.filter(booking=booking).exclude(act="created")
        return list(told.values_list("act", "original_start"))


def waiting(cast: Cast, booking: Booking) -> set[str]:
    """Who has yet to hear of a booking."""
    with company_scope(cast.company.pk):
        entries = OutboxEntry.objects.filter(booking=booking)
        return {entry.consumer for entry in entries if entry.is_pending}


def all_heard(cast: Cast) -> None:
    """Every listener is up to date."""
    with company_scope(cast.company.pk):
        for entry in OutboxEntry.objects.all():
            entry.acked_v = entry.desired_v
            entry.save()
