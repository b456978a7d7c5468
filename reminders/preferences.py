"""What a company and its people chose about reminders, and changing it."""

from collections.abc import Iterable
from datetime import time
from functools import partial
from typing import TypedDict

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, Occurrence, OutboxEntry, Participant
from bookings.outbox import deliver_again, nudge
from bookings.rules import LONGEST_LEAD, MOST_REMINDERS
from reminders.models import CompanyReminders, MemberReminders
from tenants.audit_log import note
from tenants.errors import InvalidInput
from tenants.models import Company, Member

CONSUMER = "reminders"


class Times(TypedDict):
    """On the receiver's clock. Quiet hours that begin when they end are none."""

    quiet_from: time | None
    quiet_until: time | None
    agenda_at: time | None


def of_company() -> CompanyReminders:
    """What the active company chose, or what it has without choosing."""
    return CompanyReminders.objects.first() or CompanyReminders()


def of_member(member: Member) -> MemberReminders:
    """What a person chose, or what they have without choosing."""
    return MemberReminders.objects.filter(member=member).first() or MemberReminders(member=member)


def choose_for_company(
    *, company: Company, leads: list[int], direct: bool, in_channels: bool, by_mail: bool,
    times: Times, by: Member | None = None,
) -> None:  # fmt: skip
    """Keeps a company's choice, and plans anew what it concerns. `leads` are minutes.

    Raises InvalidInput.
    """
    _check(times)
    kept, before = of_company(), company.reminder_leads
    company.reminder_leads = seconds(leads)
    company.save(update_fields=["reminder_leads"])
    chosen = {"direct": direct, "in_channels": in_channels, "by_mail": by_mail, **times}
    note(
        "reminders.changed",
        by=by,
        before={"leads": before, **{name: getattr(kept, name) for name in chosen}},
        after={"leads": company.reminder_leads, **chosen},
    )
    CompanyReminders.objects.update_or_create(company=company, defaults=chosen)
    plan_again(company.pk)


def choose_for_member(
    *, member: Member, as_organizer: bool, as_guest: bool, leads: list[int] | None,
    no_agenda: bool, times: Times,
) -> None:  # fmt: skip
    """Keeps a person's choice, and plans anew what it concerns. `leads` are minutes; what is
    None is as the company has it.

    Raises InvalidInput.
    """
    _check(times)
    own = None if leads is None else seconds(leads)
    MemberReminders.objects.update_or_create(
        member=member, company_id=member.company_id,
        defaults={
            "as_organizer": as_organizer, "as_guest": as_guest, "leads": own,
            "no_agenda": no_agenda, **times,
        },
    )  # fmt: skip
    plan_again(member.company_id, member)


def seconds(leads: Iterable[int]) -> list[int]:
    """Minutes before a start as they are kept; raises InvalidInput."""
    chosen = sorted(set(leads), reverse=True)
    if len(chosen) > MOST_REMINDERS or not all(1 <= lead <= LONGEST_LEAD for lead in chosen):
        raise InvalidInput(
            _("Choose at most five, each between a minute and four weeks."), field="leads"
        )
    return [lead * 60 for lead in chosen]


def plan_again(company_id: int, member: Member | None = None) -> None:
    """Has future dates planned anew in the background: all of a company, or one person's.

    An entry that somebody holds is being raised at this moment: it is planned anyway.
    """
    future = Occurrence.objects.filter(booking=OuterRef("pk"), starts_at__gt=timezone.now())
    bookings = Booking.objects.filter(Exists(future))
    if member is not None:
        invited = Participant.objects.filter(booking=OuterRef("pk"), email=member.email)
        bookings = bookings.filter(Q(organizer=member) | Exists(invited))
    entries = OutboxEntry.objects.filter(
        consumer=CONSUMER, original_start=None, booking__in=bookings
    )
    free = entries.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    deliver_again(OutboxEntry.objects.filter(pk__in=list(free)))
    for task in ("reminders.tasks.plan_company", "reminders.tasks.plan_agendas_of"):
        transaction.on_commit(partial(nudge, task, company_id, 0), robust=True)


def _check(times: Times) -> None:
    if (times["quiet_from"] is None) != (times["quiet_until"] is None):
        missing = "quiet_until" if times["quiet_until"] is None else "quiet_from"
        raise InvalidInput(_("Quiet hours have a beginning and an end."), field=missing)
