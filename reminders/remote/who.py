"""Who asks from Slack: a person of a workspace, by their confirmed address a member of its company.

Of that company and no other, whatever else the address is known for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bookings.drafts import Actor
from bookings.models import Door
from reminders import people
from reminders.connections import company_of_team, connection_of_company
from reminders.messages import Receiver
from reminders.models import SlackConnection
from reminders.remote.asked import Asked
from reminders.slack import SlackTrouble, Throttled
from tenants.errors import CompanySuspended
from tenants.models import Company, Member
from tenants.scope import company_scope

NOT_CONNECTED = gettext_noop("This Slack workspace is not connected to Roomly.")


class Stranger(Exception):
    """Nobody for whom something could be done; in words for the person."""


@dataclass(frozen=True)
class Asker:
    """A member who asks from their company's Slack."""

    member: Member  # with user and company
    connection: SlackConnection
    zone: ZoneInfo  # their own, as Slack knows it

    @property
    def company(self) -> Company:
        return self.member.company

    @property
    def by(self) -> Actor:
        return Actor(Door.SLACK, self.member)

    @property
    def reader(self) -> Receiver:
        """As the one who reads an answer."""
        return Receiver(language_of(self.member), self.zone.key, self.member)


@contextmanager
def asking(asked: Asked) -> Iterator[Asker]:
    """Who asks, in whose language the block then runs. Calls Slack, so never in a transaction.

    Raises Stranger, and SlackTrouble where Slack may tell later. Needs the worker's database role.
    """
    company_id = company_of_team(asked.team)
    if company_id is None:
        raise Stranger(in_all_languages(NOT_CONNECTED))
    with company_scope(company_id):
        connection = connection_of_company()
    if connection is None:  # since a moment ago
        raise Stranger(in_all_languages(NOT_CONNECTED))
    with translation.override(connection.company.language):
        if connection.company.suspended_at is not None:
            raise Stranger(str(CompanySuspended.message))
        member, zone = _member(connection, asked.user)
    with translation.override(language_of(member)):
        yield Asker(member, connection, zone)


def language_of(member: Member) -> str:
    """A member's own language, or their company's."""
    return str(member.user.language or member.company.language)


def in_all_languages(words: str) -> str:
    """A sentence for somebody of whom nothing is known."""
    lines = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            lines.append(_(words))
    return "\n".join(lines)


def _member(connection: SlackConnection, slack_id: str) -> tuple[Member, ZoneInfo]:
    company = connection.company
    try:
        person = people.person_of(company.pk, slack_id)
    except Throttled:
        raise
    except SlackTrouble as trouble:
        raise Stranger(_("Slack does not tell who you are. Please try again later.")) from trouble
    if person is not None:
        with company_scope(company.pk):
            member = people.member_of(person)
        if member is not None and member.user.is_active:
            return member, ZoneInfo(person.timezone or company.timezone)
    elif connection.state != SlackConnection.State.ACTIVE:
        raise Stranger(_("Slack does not tell who you are. Please try again later."))
    raise Stranger(
        _("You are not a member of %(company)s in Roomly. Sign in there once: %(address)s")
        % {"company": company.name, "address": settings.PUBLIC_URL}
    )
