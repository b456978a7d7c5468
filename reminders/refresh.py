"""Bringing the index in Redis up to date with the rows in the database."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from reminders import index
from reminders.connections import usable_connection, waits_until
from reminders.models import Reminder
from reminders.preferences import of_company
from tenants.models import Company
from tenants.scope import company_scope

OPEN = (Reminder.State.SCHEDULED, Reminder.State.SENDING)


def refresh(company_id: int, reminder_ids: Sequence[int]) -> None:
    """Enters these reminders as they are now, after the transaction that changed them."""
    with company_scope(company_id):
        times = _times(Reminder.objects.filter(pk__in=reminder_ids))
    index.update(company_id, times, [key for key in reminder_ids if key not in times])


def refill(company_id: int) -> int:
    """Makes a company's part of the index anew; returns how many reminders it holds now."""
    with company_scope(company_id):
        times = _times(Reminder.objects.all())
    index.replace(company_id, times)
    return len(times)


def rebuild(companies: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Refills company by company, yields each with its number of reminders, and marks the end.

    It may die anywhere and be begun again, from the last company it told of or from the start.
    """
    for company_id in companies:
        yield company_id, refill(company_id)
    index.end_rebuild()


def company_ids(*, after: int = 0) -> list[int]:
    """All companies in the order of their ids, from behind `after`."""
    return list(Company.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True))


def _times(rows: QuerySet[Reminder]) -> dict[int, datetime]:
    """When to look at each of the next two days' open reminders.

    What is due already and cannot go (Slack cannot be used, and it is not for a person who gets a
    mail instead) stays out: looking would not help. The sweep finds it once Slack is mended.
    """
    now = timezone.now()
    connection = usable_connection()
    open_rows = rows.filter(state__in=OPEN).annotate(at=Greatest("fire_at", "lease_until"))
    soon = open_rows.filter(at__lt=now + index.HORIZON)
    if connection is None:
        mailed = Q(member__isnull=False, state=Reminder.State.SCHEDULED, company__suspended_at=None)
        soon = soon.filter(Q(at__gt=now) | (mailed if of_company().by_mail else Q(pk=None)))
        return dict(soon.values_list("pk", "at"))
    wait = waits_until(connection)
    return {key: max(at, wait or at) for key, at in soon.values_list("pk", "at")}
