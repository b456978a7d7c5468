"""What comes to Slack's addresses: only what Slack sends is taken, for the right company only."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from slack_sdk.signature import SignatureVerifier

from bookings.models import Occurrence
from reminders.models import SlackConnection
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.remote.conftest import Workspace

pytestmark = pytest.mark.worker

COMMAND = {
    "team_id": "T0TEAM", "user_id": "U0USER", "text": "now", "trigger_id": "1.2",
    "response_url": "https://hooks.slack.com/actions/x",
}  # fmt: skip
PRESS = {
    "type": "block_actions", "team": {"id": "T0TEAM"}, "user": {"id": "U0USER"},
    "container": {"type": "message", "channel_id": "C0ROOMS", "message_ts": "1.2"},
    "actions": [{"action_id": "give_up", "value": "x", "block_id": "b"}],
}  # fmt: skip


def send(path: str, body: str, *, signed: bool = True) -> Any:
    """A request to the app; its answer."""
    stamp = str(int(time.time()))
    signature = SignatureVerifier(settings.SLACK_SIGNING_SECRET).generate_signature(
        timestamp=stamp, body=body
    )
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or ""}
    return Client().post(
        f"/slack/{path}", body, content_type="application/x-www-form-urlencoded",
        headers=headers if signed else {},
    )  # fmt: skip


def queued(redis: Any) -> int:
    return int(redis.llen("interactive"))


def payload(value: Any) -> str:
    return urlencode({"payload": value if isinstance(value, str) else json.dumps(value)})


def test_what_is_asked_is_put_off_without_a_query(redis: Any) -> None:
    """This test has no database."""
    assert send("commands", urlencode(COMMAND)).status_code == 200
    assert send("interactions", payload(PRESS)).status_code == 200
    assert queued(redis) == 2


@pytest.mark.parametrize(
    ("path", "body"), [("commands", urlencode(COMMAND)), ("interactions", payload(PRESS))]
)
def test_what_is_not_signed_is_not_done(path: str, body: str, redis: Any) -> None:
    assert send(path, body, signed=False).status_code == 401
    assert send(path, body).status_code == 200
    assert send(path, body).status_code == 401, "a replay"
    assert queued(redis) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("commands", ""),
        ("commands", "\x00"),
        ("commands", urlencode(COMMAND | {"team_id": ""})),
        ("commands", urlencode(COMMAND | {"team_id": "T' OR 1=1"})),
        ("commands", urlencode(COMMAND | {"user_id": "U0\x00"})),
        ("commands", urlencode(COMMAND | {"text": "x" * 4000})),
        ("commands", urlencode({k: v for k, v in COMMAND.items() if k != "response_url"})),
        ("interactions", ""),
        ("interactions", payload("")),
        ("interactions", payload("{")),
        ("interactions", payload("[" * 100_000)),
        ("interactions", payload("[]")),
        ("interactions", payload('"block_actions"')),
        ("interactions", payload({"type": 1})),
        ("interactions", payload(PRESS | {"team": None})),
        ("interactions", payload(PRESS | {"user": {"id": ["U0USER"]}})),
        ("interactions", payload(PRESS | {"actions": []})),
        ("interactions", payload(PRESS | {"actions": ["give_up"]})),
        ("interactions", payload(PRESS | {"actions": [{"action_id": None}]})),
        ("interactions", payload(PRESS | {"container": {"type": "message"}})),
        ("interactions", payload(PRESS | {"note": "\ud800"})),
        ("interactions", payload({**PRESS, "type": "view_submission"})),
        ("interactions", payload({**PRESS, "type": "view_submission", "view": []})),
        ("interactions", payload(
            {**PRESS, "type": "view_submission", "view": {"callback_id": "book_room"}})),
    ],
)  # fmt: skip
def test_what_slack_does_not_send_is_refused(path: str, body: str, redis: Any) -> None:
    assert send(path, body).status_code == 401
    assert queued(redis) == 0


def test_a_press_without_a_container_names_its_message_otherwise(redis: Any) -> None:
    named = {"channel": {"id": "C0ROOMS"}, "message": {"ts": "1.2"}}
    bare = {key: value for key, value in PRESS.items() if key != "container"}
    assert send("interactions", payload(bare | named)).status_code == 200
    assert send("interactions", payload(bare | {"channel": named["channel"]})).status_code == 401
    assert queued(redis) == 1


@pytest.mark.parametrize("kind", ["shortcut", "view_closed", "something_new"])
def test_what_is_not_for_us_is_acknowledged(kind: str, redis: Any) -> None:
    assert send("interactions", payload(PRESS | {"type": kind})).status_code == 200
    pressed = PRESS | {"container": {"type": "view", "view_id": "V1"}}
    assert send("interactions", payload(pressed)).status_code == 200
    assert queued(redis) == 0


def test_slack_looks_at_the_certificate(redis: Any) -> None:
    assert send("commands", "ssl_check=1&token=x").status_code == 200
    assert Client().get("/slack/commands?ssl_check=1&token=x").status_code == 200
    assert Client().get("/slack/commands").status_code == 405
    assert Client().get("/slack/interactions").status_code == 405
    assert queued(redis) == 0


def test_an_unknown_workspace_is_told_so_in_both_languages(workspace: Workspace) -> None:
    with company_scope(workspace.office.company.pk):
        SlackConnection.objects.update(team_id="T0ANOTHER")
    workspace.types("/room now")
    assert workspace.says() == (
        "이 Slack 워크스페이스는 Roomly에 연결되어 있지 않습니다.\n"
        "This Slack workspace is not connected to Roomly."
    )


def test_a_whole_organisation_is_no_workspace(workspace: Workspace) -> None:
    """Enterprise Grid: what an organisation has as a whole is refused when it is installed."""
    back = f"{workspace.office.slack.url}/actions/none"
    of_all = {"enterprise_id": "E0HAN", "is_enterprise_install": "true", "response_url": back}
    assert send("commands", urlencode(COMMAND | of_all | {"team_id": ""})).status_code == 200
    pressed = PRESS | {"team": None, "enterprise": {"id": "E0HAN"}, "response_url": back}
    assert send("interactions", payload(pressed)).status_code == 200
    workspace.work()
    said = workspace.control.requests("response_url")
    assert ["not connected" in str(each) for each in said] == [True, True]


def test_who_is_in_slack_but_not_in_the_company(workspace: Workspace) -> None:
    office = workspace.office
    workspace.people["guest"] = workspace.control.add_user(office.team, "guest@else.example").id
    workspace.types("/room now", who="guest")
    assert workspace.says() == (
        "You are not a member of Hangang in Roomly. Sign in there once: http://testserver"
    )


def test_whose_address_belongs_to_another_company(
    workspace: Workspace, strangers: Workspace
) -> None:
    """An address counts in the workspace's own company alone, whoever has it elsewhere."""
    theirs = strangers.office.cast
    make_booking(theirs.alice, theirs.room, start=at(10), title="Secret plan")
    workspace.people["spy"] = workspace.control.add_user(
        workspace.office.team, theirs.alice.email
    ).id
    workspace.types("/room mine", who="spy")
    assert "You are not a member of Hangang" in workspace.says()


@pytest.mark.parametrize("change", ["left", "user", "deleted", "hidden", "bot"])
def test_who_left_can_do_nothing(workspace: Workspace, change: str) -> None:
    cast, users = workspace.office.cast, workspace.control._standin.store.workspaces
    meeting = make_booking(cast.alice, cast.room, start=at(10))
    workspace.types("/room mine", who="admin")
    user = users[workspace.office.team].users[workspace.people["alice"]]
    if change == "left":
        with company_scope(cast.company.pk):
            cast.alice.active = False
            cast.alice.save()
    elif change == "user":
        cast.alice.user.is_active = False
        cast.alice.user.save()
    else:
        user.deleted, user.email_hidden, user.is_bot = (
            change == "deleted", change == "hidden", change == "bot",
        )  # fmt: skip
    workspace.types("/room mine")
    assert "You are not a member of Hangang" in workspace.says()
    assert str(meeting.public_id) not in str(workspace.last())


def test_a_suspended_company_does_nothing(workspace: Workspace, clock: Any) -> None:
    cast = workspace.office.cast
    meeting = make_booking(cast.alice, cast.room, start=at(10))
    workspace.types("/room mine")
    shown = workspace.last()
    cast.company.suspended_at = at(9, day=1)
    cast.company.save()
    workspace.presses(shown, "give_up:1")
    assert "switched off" in workspace.says()
    with company_scope(cast.company.pk):
        assert Occurrence.objects.get(pk=meeting.pk).status == "confirmed"


def test_a_connection_that_slack_revoked_is_said_to_be(workspace: Workspace) -> None:
    workspace.control.revoke_token(workspace.office.token)
    workspace.types("/room now")
    assert workspace.says() == "Slack does not tell who you are. Please try again later."


def test_a_response_url_that_is_not_slacks_is_not_called(workspace: Workspace) -> None:
    asked = COMMAND | {
        "team_id": workspace.office.team, "user_id": workspace.people["alice"],
        "response_url": "http://169.254.169.254/latest/meta-data",
    }  # fmt: skip
    assert send("commands", urlencode(asked)).status_code == 200
    workspace.work()  # would raise, as the tests may not call there
    assert workspace.control.requests("response_url") == []
