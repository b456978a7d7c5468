"""What Slack announces is done once, by the worker, for the company whose workspace it is."""

import base64
import json
import time
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from kombu.exceptions import OperationalError
from slack_sdk.signature import SignatureVerifier

from reminders import installations
from reminders import slack as slack_calls
from reminders.connections import company_of_team, mark_broken
from reminders.models import SlackConnection
from reminders.tasks import end_installation
from tenants.models import AdminNotice, AuditEntry
from tenants.scope import company_scope
from tests.conftest import Cast, become, sign_in
from tests.reminders.conftest import consent

pytestmark = pytest.mark.worker
UNINSTALLED = {"type": "app_uninstalled"}


@pytest.fixture
def team(seoul: Cast, slack_app: Any, clock: Any) -> str:
    """The workspace of a company that installed Roomly a minute ago."""
    workspace = slack_app.control.add_workspace("Hangang")
    browser = sign_in(seoul.admin)
    browser.get(consent(slack_app, browser, workspace.id))
    clock.shift(60)
    return str(workspace.id)


def send(body: Any, *, secret: str = "demo-signing-secret", **headers: str) -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=text)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature), **headers}
    return Client(enforce_csrf_checks=True).post(
        "/slack/events", text, content_type="application/json", headers=headers
    )


def event(team: str, what: Any, *, number: str = "Ev1", at: int | None = None) -> dict[str, Any]:
    return {
        "type": "event_callback", "team_id": team, "event_id": number, "event": what,
        "event_time": int(time.time()) if at is None else at,
    }  # fmt: skip


def work(redis: Any) -> int:
    """Does what was handed to the worker; returns how much it was."""
    messages = [json.loads(text) for text in redis.lrange("notify", 0, -1)]
    redis.delete("notify")
    for message in messages:
        assert message["headers"]["task"] == "reminders.tasks.end_installation"
        arguments, *_rest = json.loads(base64.b64decode(message["body"]))
        end_installation(*arguments)
    return len(messages)


def door_of(cast: Cast) -> SlackConnection:
    with company_scope(cast.company.pk):
        found: SlackConnection = SlackConnection.objects.get()
        return found


def test_slack_may_prove_that_the_url_is_ours() -> None:
    asked = {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "deprecated"}
    answer = send(asked)
    assert (answer.status_code, answer.content) == (200, b"3eZbrw1aB")
    assert answer["Content-Type"].startswith("text/plain")
    assert send(asked, secret="forged").status_code == 401


def test_an_uninstalled_workspace_is_told_and_free_for_another_company(
    seoul: Cast, stranger: Cast, team: str, redis: Any, slack_app: Any
) -> None:
    assert send(event(team, UNINSTALLED)).status_code == 200
    assert work(redis) == 1
    door = door_of(seoul)
    assert (door.state, door.error, door.team_id) == ("broken", "app_uninstalled", "")
    with company_scope(seoul.company.pk):
        assert AdminNotice.objects.get(ended_at=None).kind == "slack_broken"
        noted = AuditEntry.objects.get(act="slack.removed")
        assert (noted.door, noted.member_id) == ("slack", None)
        mark_broken(door, "token_revoked")  # by a worker that had read it before
    assert door_of(seoul).error == "app_uninstalled"
    page = sign_in(seoul.admin).get("/settings/slack/").content.decode()
    assert "removed Roomly from your Slack workspace" in page
    theirs = sign_in(stranger.admin)
    theirs.get(consent(slack_app, theirs, team))
    assert company_of_team(team) == stranger.company.pk


def test_an_event_is_taken_once_however_often_slack_sends_it(team: str, redis: Any) -> None:
    body = event(team, UNINSTALLED)
    assert send(body).status_code == 200
    retry = json.dumps(body, indent=1).encode()  # signed anew
    assert send(retry, **{"X-Slack-Retry-Num": "1"}).status_code == 200
    assert work(redis) == 1


def test_revoked_tokens_count_if_ours_is_among_them(seoul: Cast, team: str, redis: Any) -> None:
    bot = door_of(seoul).bot_user_id
    others: list[Any] = [{"oauth": [bot], "bot": []}, {"bot": ["U0OTHER"]}, {"bot": "x"}, [], None]
    for number, tokens in enumerate(others):
        revoked = {"type": "tokens_revoked", "tokens": tokens}
        assert send(event(team, revoked, number=f"Ev{number}")).status_code == 200
        work(redis)
        assert door_of(seoul).state == "active"
    send(event(team, {"type": "tokens_revoked", "tokens": {"bot": [bot]}}, number="Ev9"))
    work(redis)
    assert (door_of(seoul).state, door_of(seoul).error) == ("broken", "token_revoked")
    assert door_of(seoul).team_id == team


def test_late_news_of_the_last_installation_ends_not_this_one(
    seoul: Cast, team: str, slack_app: Any, clock: Any, redis: Any
) -> None:
    at = int(time.time())
    clock.shift(1)
    browser = sign_in(seoul.admin)
    browser.get(consent(slack_app, browser, team))
    bots = [door_of(seoul).bot_user_id]
    send(event(team, {"type": "tokens_revoked", "tokens": {"bot": bots}}, number="Ev1", at=at))
    send(event(team, UNINSTALLED, number="Ev2", at=at))
    assert work(redis) == 2
    assert door_of(seoul).state == "active"
    slack_calls.channels(door_of(seoul))


@pytest.mark.parametrize(
    "body",
    [
        b"not json", b"[]", {}, {"type": "app_rate_limited"}, {"type": "event_callback"},
        {"type": "event_callback", "team_id": ["T"], "event": UNINSTALLED, "event_time": 1},
        {"type": "event_callback", "team_id": "T", "event": [], "event_time": 1},
        {"type": "event_callback", "team_id": "T", "event": UNINSTALLED, "event_time": "soon"},
        {"type": "event_callback", "team_id": "T", "event": UNINSTALLED, "event_time": 10**30},
        {"type": "event_callback", "team_id": "T", "event": {"type": "app_home_opened"},
         "event_time": 1},
    ],
)  # fmt: skip
def test_what_concerns_nobody_or_makes_no_sense_does_nothing(body: Any, redis: Any) -> None:
    assert send(body).status_code in (200, 401)
    assert work(redis) == 0


def test_an_unknown_workspace_is_nobodys(seoul: Cast, team: str) -> None:
    installations.end_of_installation("T0UNKNOWN", int(time.time()), None)
    installations.end_of_installation("", int(time.time()), None)
    assert door_of(seoul).state == "active"


def test_without_a_way_to_a_worker_slack_is_asked_to_come_again(
    team: str, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any, **_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(end_installation, "apply_async", away)
    assert send(event(team, UNINSTALLED)).status_code == 503
    monkeypatch.undo()
    assert send(event(team, UNINSTALLED)).status_code == 200
    assert work(redis) == 1


def test_only_the_worker_learns_whose_workspace_it_is(seoul: Cast, team: str) -> None:
    assert company_of_team(team) == seoul.company.pk
    become("roomly_app")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        company_of_team(team)
