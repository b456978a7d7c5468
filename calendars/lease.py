"""One worker at a time for each calendar, both directions, and no writing after losing it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q
from django.utils import timezone

from calendars.models import CalendarLink
from tenants.prepared import Prepared
from tenants.scope import company_scope

LIFE = timedelta(seconds=90)  # the hard time limit of a task

_HELD = Prepared[CalendarLink](
    lambda link_id, token: CalendarLink.objects.select_related("company", "room__building").filter(
        pk=link_id, lease_token=token
    ),
    -2,
    uuid4(),
)


class LeaseLost(Exception):
    """Somebody else works on this calendar now: what this worker found may be out of date."""


@dataclass(frozen=True)
class Lease:
    """The right to work on one calendar. `token` fences off whoever held it before."""

    company_id: int
    link_id: int
    token: UUID

    def read(self) -> CalendarLink:
        """The calendar with its company and room; raises LeaseLost."""
        with company_scope(self.company_id):
            link = _HELD.first(self.link_id, self.token)
        if link is None:
            raise LeaseLost
        return link

    def write(self, **values: Any) -> None:
        """Updates the link and keeps the lease; raises LeaseLost, which undoes the transaction.

        Call it last: the link's row comes after all others in the order of locks.
        """
        mine = CalendarLink.objects.filter(pk=self.link_id, lease_token=self.token)
        if not mine.update(lease_until=timezone.now() + LIFE, **values):
            raise LeaseLost

    def release(self) -> None:
        """Lets others work; does nothing if the lease is lost."""
        with company_scope(self.company_id):
            CalendarLink.objects.filter(pk=self.link_id, lease_token=self.token).update(
                lease_token=None, lease_until=None
            )


def take_lease(company_id: int, link_id: int) -> Lease | None:
    """The lease of an active calendar; None if somebody has it, or the company is suspended."""
    now, token = timezone.now(), uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    with company_scope(company_id):
        taken = CalendarLink.objects.filter(
            free, pk=link_id, state=CalendarLink.State.ACTIVE, company__suspended_at=None
        ).update(lease_token=token, lease_until=now + LIFE)
    return Lease(company_id, link_id, token) if taken else None
