"""How long before a booking people are reminded of it, in minutes."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.house_rules.words import length_words
from tenants.models import Company


def usual_leads(company: Company) -> list[int]:
    """When a company reminds where a booking says nothing; less than a minute counts as one."""
    return [-(-lead // 60) for lead in company.reminder_leads]


def lead_words(lead: int) -> str:
    """“10 min”, “1 day”; “at the start”."""
    return length_words(timedelta(minutes=lead)) if lead else _("at the start")


def leads_words(leads: Iterable[int]) -> str:
    """“1 day, 10 min”: the earliest first; empty without any."""
    return ", ".join(map(lead_words, sorted(leads, reverse=True)))


def reminder_words(leads: Iterable[int] | None) -> str:
    """What a booking says of its reminders: “1 day before, 10 min before”, or another answer."""
    if leads is None:
        return pgettext("reminders", "As usual")
    words = [_before(lead) for lead in sorted(leads, reverse=True)]
    return ", ".join(words) or pgettext("reminders", "None")


def _before(lead: int) -> str:
    return _("%(lead)s before") % {"lead": lead_words(lead)} if lead else lead_words(lead)
