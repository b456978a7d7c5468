"""A workspace whose people press, type and send forms, and a worker who does what was put off."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from celery import current_app
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from reminders.models import SlackConnection
from tenants.models import Member
from tenants.scope import company_scope
from tests.reminders.conftest import Office

QUEUE = "interactive"


@dataclass(frozen=True)
class Workspace:
    """An office with the people of its company in Slack, and what they do there."""

    office: Office
    people: dict[str, str]  # ids in Slack by name
    redis: Redis

    @property
    def control(self) -> Any:
        return self.office.slack.control

    def types(self, line: str, who: str = "alice") -> Any:
        """Types a command in the channel and lets the worker answer; returns Slack's reply."""
        reply = self.control.command(self.office.team, self.office.channel, self.people[who], line)
        assert (reply.status, reply.body) == (200, ""), "acknowledged with nothing"
        self.work()
        return reply

    def presses(self, message: dict[str, Any], action: str, who: str = "alice") -> None:
        """Presses a button of a message and lets the worker do it."""
        self.presses_twice(message, action, who, times=1)

    def presses_twice(
        self, message: dict[str, Any], action: str, who: str = "alice", *, times: int = 2
    ) -> None:
        """Presses before anything has been done about the first press."""
        for _time in range(times):
            reply = self.control.click(
                self.office.team, self.office.channel, message["ts"], action, self.people[who]
            )
            assert (reply.status, reply.body) == (200, "")
        self.work()

    def tasks(self) -> list[tuple[str, list[Any]]]:
        """What was put off, with its arguments, taken from the broker."""
        found = []
        while raw := self.redis.lpop(QUEUE):
            message = json.loads(str(raw))
            arguments, _named, _more = json.loads(base64.b64decode(message["body"]))
            found.append((message["headers"]["task"], arguments))
        return [each for each in found if each[0].startswith("reminders.tasks.answer_slack")]

    def work(self) -> None:
        """Does what was put off, in this process."""
        for name, arguments in self.tasks():
            current_app.tasks[name](*arguments)

    def posts(self, message: Any) -> dict[str, Any]:
        """Posts a message into the channel as the app; returns it."""
        from reminders import slack  # noqa: PLC0415

        slack.post(self.office.connection(), self.office.channel, message)
        return self.office.messages()[-1]

    def last(self) -> dict[str, Any]:
        return self.office.messages()[-1]

    def says(self, message: dict[str, Any] | None = None) -> str:
        """All words of a message, by default of the last one."""
        return words_of(message or self.last())

    def modal(self, who: str = "alice") -> Any:
        """The newest view that a person sees."""
        return self.control.views(self.office.team, self.people[who])[-1]


def words_of(message: dict[str, Any]) -> str:
    """All words of a message's or a form's blocks, one line each."""
    found: list[str] = []

    def look(part: Any) -> None:
        if isinstance(part, list):
            for each in part:
                look(each)
        elif isinstance(part, dict):
            if part.get("type") == "plain_text":
                found.append(part["text"])
            for each in part.values():
                look(each)

    look(message["blocks"])
    return "\n".join(found)


def actions_of(message: dict[str, Any]) -> list[str]:
    """The buttons of a message."""
    return [
        element["action_id"]
        for block in message["blocks"]
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if element.get("type") == "button"
    ]


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """Where Slack reaches the app."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


def join(office: Office, redis: Redis, app_url: str) -> Workspace:
    """Puts a company's people into its workspace, which is installed there."""
    control, cast = office.slack.control, office.cast
    control.configure(app_url=app_url)
    people = {
        name: control.add_user(office.team, member.email).id
        for name, member in (("admin", cast.admin), ("alice", cast.alice), ("bob", cast.bob))
    }
    with company_scope(office.company.pk):
        SlackConnection.objects.update(team_id=office.team)
    current_app.loader.import_default_modules()
    return Workspace(office, people, redis)


@pytest.fixture
def workspace(office: Office, redis: Redis, app_url: str) -> Workspace:
    return join(office, redis, app_url)


@pytest.fixture
def strangers(neighbour: Office, redis: Redis, app_url: str) -> Workspace:
    return join(neighbour, redis, app_url)


def speaks(member: Member, language: str) -> None:
    member.user.language = language
    member.user.save()
