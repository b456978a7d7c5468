"""Who may call what: tokens, scopes, rate limits, the request log, and faults."""

import json
import time
import urllib.request
from http.client import RemoteDisconnected
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError

from tests.standins.slack_case import Case


def test_a_token_knows_its_workspace(slack: Case) -> None:
    answer = slack.client.auth_test()
    assert answer["team_id"] == slack.workspace.id
    assert answer["user_id"] == slack.workspace.bot_user_id
    assert "chat:write" in answer.headers["x-oauth-scopes"]


def test_a_bad_token_is_refused(slack: Case) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        slack.client_with("xoxb-wrong").auth_test()
    with pytest.raises(SlackApiError, match="not_authed"):
        slack.client_with("").auth_test()


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "token_expired"])
def test_a_token_ends(slack: Case, error: str) -> None:
    slack.server.control.revoke_token(slack.token, error)
    assert slack.error_of("chat.postMessage", channel=slack.channel.id, text="x") == error


def test_auth_revoke_ends_the_token(slack: Case) -> None:
    assert slack.client.auth_revoke(test=True)["revoked"] is False
    assert slack.client.auth_revoke()["revoked"] is True
    assert slack.error_of("auth.test") == "token_revoked"


def test_a_token_expires_by_the_clock(slack: Case) -> None:
    token = slack.server.control.add_token(slack.workspace.id, expires_in=43_200).value
    client = slack.client_with(token)
    assert client.auth_test()["ok"]
    slack.server.control.advance(43_200)
    with pytest.raises(SlackApiError, match="token_expired"):
        client.auth_test()


def test_a_missing_scope_is_named(slack: Case) -> None:
    token = slack.server.control.add_token(slack.workspace.id, scopes=["users:read"]).value
    with pytest.raises(SlackApiError) as caught:
        slack.client_with(token).chat_postMessage(channel=slack.channel.id, text="x")
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert caught.value.response["provided"] == "users:read"


def test_an_unknown_method_and_a_missing_charset(slack: Case) -> None:
    assert slack.error_of("chat.shout") == "unknown_method"
    request = urllib.request.Request(
        f"{slack.server.api_url}auth.test",
        data=b"{}",
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {slack.token}"},
    )
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["warning"] == "missing_charset"


def test_one_message_a_second_and_channel(slack: Case) -> None:
    control = slack.server.control
    control.limit_rates()
    other = control.add_channel(slack.workspace.id, "other")
    for _ in range(3):
        slack.client.chat_postMessage(channel=slack.channel.id, text="burst")
    with pytest.raises(SlackApiError) as caught:
        slack.client.chat_postMessage(channel=slack.channel.id, text="over")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert int(caught.value.response.headers["retry-after"]) == 1
    assert slack.client.chat_postMessage(channel=other.id, text="elsewhere")["ok"]
    control.advance(1)
    assert slack.client.chat_postMessage(channel=slack.channel.id, text="later")["ok"]


def test_tiers_limit_methods(slack: Case) -> None:
    slack.server.control.limit_rates()
    for _ in range(20):
        slack.client.conversations_list()
    with pytest.raises(SlackApiError) as caught:
        slack.client.conversations_list()
    assert int(caught.value.response.headers["retry-after"]) == 3


@pytest.mark.parametrize(
    ("details", "status", "error"),
    [
        ({"kind": "status", "status": 429, "retry_after": 30}, 429, "ratelimited"),
        ({"kind": "status", "status": 500}, 500, "internal_error"),
        ({"kind": "status", "status": 503}, 503, "service_unavailable"),
        ({"kind": "error"}, 200, "fatal_error"),
        ({"kind": "error", "error": "invalid_auth"}, 200, "invalid_auth"),
    ],
)
def test_a_fault_happens_once(
    slack: Case, details: dict[str, object], status: int, error: str
) -> None:
    slack.server.control.fault("chat.postMessage", **details)  # type: ignore[arg-type]
    with pytest.raises(SlackApiError) as caught:
        slack.client.chat_postMessage(channel=slack.channel.id, text="x")
    assert caught.value.response.status_code == status
    assert caught.value.response["error"] == error
    assert caught.value.response.headers.get("retry-after") == ("30" if status == 429 else None)
    assert slack.client.chat_postMessage(channel=slack.channel.id, text="x")["ok"]
    assert len(slack.server.control.messages(slack.channel.id)) == 1


@pytest.mark.parametrize(("after_effect", "messages"), [(False, 0), (True, 1)])
def test_a_connection_drops_before_or_after_the_effect(
    slack: Case, after_effect: bool, messages: int
) -> None:
    slack.server.control.fault("chat.postMessage", "drop", after_effect=after_effect)
    with pytest.raises((RemoteDisconnected, ConnectionResetError, URLError)):
        slack.client.chat_postMessage(channel=slack.channel.id, text="x")
    assert len(slack.server.control.messages(slack.channel.id)) == messages


def test_latency(slack: Case) -> None:
    slack.server.control.fault("*", "latency", seconds=0.05)
    started = time.perf_counter()
    assert slack.client.auth_test()["ok"]
    assert time.perf_counter() - started >= 0.05


def test_the_log_tells_every_call(slack: Case) -> None:
    slack.client.chat_postMessage(channel=slack.channel.id, text="x")
    (entry,) = slack.server.control.requests("chat.postMessage")
    assert entry["token"] == slack.token
    assert entry["arguments"]["text"] == "x"
    assert entry["status"] == 200
    assert '"ok":true' in entry["answer"]


def test_reset_is_quick(slack: Case) -> None:
    started = time.perf_counter()
    slack.server.control.reset()
    assert time.perf_counter() - started < 0.005
    assert slack.error_of("auth.test") == "invalid_auth"
