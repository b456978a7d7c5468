"""Incoming webhooks: plain `ok`, and refusals by body and status together."""

import urllib.parse
import urllib.request
from http.client import RemoteDisconnected
from urllib.error import HTTPError, URLError

import pytest
from slack_sdk.webhook import WebhookClient, WebhookResponse

from tests.standins.slack_case import Case


@pytest.fixture
def url(slack: Case) -> str:
    """A webhook into the channel."""
    return slack.server.control.add_webhook(slack.workspace.id, slack.channel.id)


def send(url: str, **content: object) -> WebhookResponse:
    return WebhookClient(url, retry_handlers=[]).send_dict(dict(content))


def test_a_message_arrives_and_ok_comes_back(slack: Case, url: str) -> None:
    answer = send(url, text="Soon", blocks=[{"type": "divider"}])
    assert (answer.status_code, answer.body) == (200, "ok")
    assert answer.headers["content-type"].startswith("text/plain")
    (message,) = slack.server.control.messages(slack.channel.id)
    assert message["text"] == "Soon"
    assert message["subtype"] == "bot_message"


def test_a_form_field_carries_the_payload(slack: Case, url: str) -> None:
    body = urllib.parse.urlencode({"payload": '{"text": "x"}'}).encode()
    with urllib.request.urlopen(url, data=body) as response:
        assert response.read() == b"ok"
    assert slack.server.control.messages(slack.channel.id)[0]["text"] == "x"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ],
)
def test_content_is_refused(url: str, content: dict[str, object], body: str) -> None:
    answer = send(url, **content)
    assert (answer.status_code, answer.body) == (400, body)


def test_a_body_that_is_no_object_is_refused(url: str) -> None:
    request = urllib.request.Request(url, data=b"[1]", headers={"Content-Type": "text/plain"})
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert (answer.code, answer.read()) == (400, b"invalid_payload")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("T0NOBODY00/B0000000000/x", 404, "no_team"),
        ("T0ACME0000/B0000000000/x", 404, "no_service"),
    ],
)
def test_an_unknown_url_is_refused(slack: Case, path: str, status: int, body: str) -> None:
    answer = send(f"{slack.server.url}/services/{path}", text="x")
    assert (answer.status_code, answer.body) == (status, body)


def test_a_wrong_secret_is_refused(url: str) -> None:
    answer = send(url[:-1] + "_", text="x")
    assert (answer.status_code, answer.body) == (403, "invalid_token")


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        ("no_active_hooks", 404),
        ("action_prohibited", 403),
        ("invalid_token", 403),
        ("team_disabled", 404),
    ],
)
def test_a_broken_hook_refuses(slack: Case, url: str, failure: str, status: int) -> None:
    slack.server.control.break_webhook(url, failure)
    answer = send(url, text="x")
    assert (answer.status_code, answer.body) == (status, failure)


def test_channels_end(slack: Case, url: str) -> None:
    control, team = slack.server.control, slack.workspace.id
    control.archive_channel(team, slack.channel.id)
    archived = send(url, text="x")
    assert (archived.status_code, archived.body) == (410, "channel_is_archived")
    control.delete_channel(team, slack.channel.id)
    deleted = send(url, text="x")
    assert (deleted.status_code, deleted.body) == (404, "channel_not_found")


def test_one_message_a_second(slack: Case, url: str) -> None:
    slack.server.control.limit_rates()
    answers = [send(url, text="x") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"


def test_faults(slack: Case, url: str) -> None:
    control = slack.server.control
    control.fault("webhook", "status", status=500)
    control.fault("webhook", "drop", after_effect=True)
    failed = send(url, text="x")
    assert (failed.status_code, failed.body) == (500, "rollup_error")
    with pytest.raises((RemoteDisconnected, ConnectionResetError, URLError)):
        send(url, text="x")
    assert len(control.messages(slack.channel.id)) == 1
    assert [entry["fault"] for entry in control.requests("webhook")] == ["status", "drop"]
