"""How far the dates of series reach, and the promise that hangs on it.

`Company.bookable_until` is the promise: up to there every series has its dates, so nobody books
past it, and an endless series never meets a younger booking that it did not see. It moves only
after every series of the company has been extended (`bookings.extending`).
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from bookings.models import Booking
from tenants.models import Company
from tenants.planned import execute_planned
from tenants.scope import company_scope

A_DAY = timedelta(days=1)

_HOLD = "SELECT bookable_until FROM tenants_company WHERE id = %s FOR SHARE"


def hold_promise(company_id: int) -> datetime:
    """The promise to a company, which stays where it is until the transaction ends.

    For whoever makes the dates of a series: a promise that moved before they commit would leave
    out a series that it could not see. They make dates up to here, or further, and store the
    instant as the series' `horizon_until`.
    """
    with connection.cursor() as cursor:
        execute_planned(cursor, _HOLD, [company_id])
        promised: datetime = cursor.fetchone()[0]
    return promised


def reach(booking: Booking) -> datetime:
    """How far the dates of a series have to be made by a transaction that plans them anew."""
    promised = hold_promise(booking.company_id)
    return max(promised, booking.horizon_until or promised)


def behind(target: datetime) -> QuerySet[Booking]:
    """The series of the active company that have yet to be extended up to an instant.

    Opaque ones are not among them: only Google knows their dates (see `calendars.pull`).
    """
    return Booking.objects.filter(horizon_until__lt=target, opaque=False)


def due_companies() -> list[int]:
    """The companies whose promise is a day or more behind its target."""
    now = timezone.now()
    return [
        company.pk
        for company in Company.objects.filter(suspended_at=None).order_by("bookable_until", "pk")
        if company.bookable_until <= company.horizon_target(now) - A_DAY
    ]


def move_promise(company_id: int, target: datetime) -> bool:
    """Lets people book up to an instant; False, and nothing done, while a series is behind it."""
    with company_scope(company_id):
        # Waits for whoever is making a series at this moment; the next look sees what they made.
        company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
        if behind(target).exists():
            return False
        company.bookable_until = max(company.bookable_until, target)
        company.save(update_fields=["bookable_until"])
        return True
