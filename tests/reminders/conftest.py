"""A company with a Slack workspace of its own, and the moves that reminder tests make."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import time_machine
from django.test import Client

from bookings.drafts import Actor
from bookings.models import Door, Occurrence
from reminders import index, planning, sending
from reminders.connections import connect
from reminders.models import CompanyReminders, Reminder, SlackChannel, SlackConnection
from standins.slack.demo import BOT_SCOPES
from tenants.models import Company
from tenants.scope import company_scope
from tests.conftest import Cast

OPERATOR = Actor(Door.OPERATOR)


@dataclass(frozen=True)
class Office:
    """A company, its people and rooms, and its channel in Slack."""

    cast: Cast
    slack: Any
    team: str
    channel: str
    token: str

    @property
    def company(self) -> Company:
        return self.cast.company

    def texts(self) -> list[str]:
        """What the channel shows, oldest first."""
        return [message["text"] for message in self.messages()]

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.slack.control.messages(self.channel, team_id=self.team)
        return found

    def told(self, slack_id: str) -> list[str]:
        """What a person was told in their direct messages, oldest first."""
        return [message["text"] for message in self.direct_messages(slack_id)]

    def direct_messages(self, slack_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.slack.control.messages(slack_id, team_id=self.team)
        return found

    def plan(self) -> None:
        planning.plan_company(self.company.pk)

    def reminders(self) -> list[Reminder]:
        with company_scope(self.company.pk):
            reminders = Reminder.objects.filter(kind__startswith="before:")
            return list(reminders.order_by("fire_at"))

    def reminder(self) -> Reminder:
        (reminder,) = self.reminders()
        return reminder

    def connection(self) -> SlackConnection:
        with company_scope(self.company.pk):
            found: SlackConnection = SlackConnection.objects.get()
            return found

    def channel_id(self) -> str:
        """What Slack's answer named the company's channel."""
        with company_scope(self.company.pk):
            return str(SlackChannel.objects.get().channel_id)

    def choose(self, **values: Any) -> None:
        """What the company wants to be told, and how."""
        with company_scope(self.company.pk):
            CompanyReminders.objects.update_or_create(company=self.company, defaults=values)

    def connect(self, **door: Any) -> None:
        with company_scope(self.company.pk):
            connect(by=OPERATOR, company=self.company, **door)

    def change(self, occurrence: Occurrence, **values: Any) -> None:
        """Writes what a service or Google would have written, without telling the planner."""
        with company_scope(self.company.pk):
            for name, value in values.items():
                setattr(occurrence, name, value)
            occurrence.save()


def open_office(cast: Cast, slack: Any, name: str) -> Office:
    workspace = slack.control.add_workspace(name)
    channel = slack.control.add_channel(workspace.id, "rooms")
    token = slack.control.add_token(workspace.id).value
    office = Office(cast, slack, workspace.id, channel.id, token)
    office.connect(bot_token=token, channel=channel.id)
    office.choose(direct=False)  # most tests look at the channel alone
    return office


@pytest.fixture
def office(seoul: Cast, slack: Any) -> Office:
    return open_office(seoul, slack, "Hangang")


@dataclass(frozen=True)
class People:
    """An office whose people are in Slack, and are told there instead of in the channel."""

    office: Office
    alice: str
    bob: str


@pytest.fixture
def people(office: Office) -> People:
    control, cast = office.slack.control, office.cast
    scopes = [*BOT_SCOPES, "im:history"]
    token = control.add_token(office.team, scopes=scopes).value
    office.connect(bot_token=token, channel=office.channel)
    office.choose(direct=True, in_channels=False)
    alice, bob = (control.add_user(office.team, one.email).id for one in (cast.alice, cast.bob))
    return People(office, alice, bob)


@pytest.fixture
def neighbour(stranger: Cast, slack: Any) -> Office:
    return open_office(stranger, slack, "Canary")


@pytest.fixture
def clock() -> Any:
    """The frozen clock; `.move_to(instant)`, `.shift(seconds)`."""
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


def tick() -> None:
    """What the tick's task does with what it claims, in this process."""
    for company_id, reminder_ids in index.claim(datetime.now(UTC)).reminders.items():
        sending.send_due(company_id, reminder_ids)


def sweep() -> None:
    """What the sweep's task does with what it finds, in this process."""
    for company_id, reminder_ids in sending.overdue().items():
        sending.send_due(company_id, reminder_ids)


def before(instant: datetime, **amount: float) -> datetime:
    return instant - timedelta(**amount)


BACK = "http://testserver/slack/oauth/callback"


@pytest.fixture
def slack_app(slack: Any) -> Any:
    """The stand-in, which sends people back to this server after an installation."""
    slack.control.configure(redirect_urls=[BACK])
    return slack


def consent(slack: Any, client: Client, team: str, decision: str = "allow") -> str:
    """An administrator's way through Slack's page; returns the path by which they come back."""
    asked = dict(parse_qsl(urlsplit(client.get("/slack/install")["Location"]).query))
    answer = httpx.post(
        slack.authorize_url, data={**asked, "team": team, "decision": decision, "user": "U1"}
    )
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    return f"{back.path}?{back.query}"
