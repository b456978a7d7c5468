"""Control over HTTP, demonstration data, and a state that survives a restart."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from standins.slack.server import serve
from tests.standins.slack_case import Case


def control(url: str, command: str, /, **arguments: object) -> Any:
    request = urllib.request.Request(
        f"{url}/control/{command}", data=json.dumps(arguments).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["result"]


@contextmanager
def process(*options: str, end_with: signal.Signals) -> Iterator[str]:
    """The stand-in as a process; its URL."""
    command = [sys.executable, "-m", "standins.slack", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as run:
        assert run.stdout is not None
        try:
            yield run.stdout.readline().split()[-1].rstrip("/")
        finally:
            run.send_signal(end_with)
            assert run.wait(10) == 0


def test_control_over_http(slack: Case) -> None:
    url = slack.server.url
    workspace = control(url, "add_workspace", name="Other")
    channel = control(url, "add_channel", team_id=workspace["id"], name="rooms")
    token = control(url, "add_token", team_id=workspace["id"])
    slack.client_with(token["value"]).chat_postMessage(channel=channel["id"], text="x")
    assert control(url, "messages", channel_id=channel["id"])[0]["text"] == "x"
    control(url, "fault", method="auth.test", kind="status", status=503)
    assert [entry["method"] for entry in control(url, "requests")] == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("name", "arguments", "status"),
    [
        ("nonsense", {}, 404),
        ("_channel", {}, 404),
        ("fault", {"method": "*", "kind": "nonsense"}, 400),
        ("fault", {"colour": "red"}, 400),
        ("configure", {"nonsense": 1}, 400),
        ("archive_channel", {"team_id": "T0", "channel_id": "C0"}, 400),
    ],
)
def test_control_refuses(slack: Case, name: str, arguments: dict[str, object], status: int) -> None:
    with pytest.raises(HTTPError) as caught:
        control(slack.server.url, name, **arguments)
    with caught.value as answer:
        assert answer.code == status
        assert json.load(answer)["error"]


def test_demonstration_data() -> None:
    with serve(demo=True) as server:
        for domain, channel in (("hangang", "C0HANGANG0"), ("hudson", "C0HUDSON00")):
            client = WebClient(f"xoxb-demo-{domain}", base_url=server.api_url)
            assert client.chat_postMessage(channel=channel, text="x")["ok"]
        team = client.auth_test()["team_id"]
        hook = f"{server.url}/services/{team}/B0HUDSON00/demo-hudson"
        assert WebhookClient(hook).send(text="y").body == "ok"
        assert client.users_lookupByEmail(email="alex@hudson.example")["ok"]
        server.control.reset()
        assert server.control.messages("C0HUDSON00") == []
        assert client.auth_test()["ok"]


@pytest.mark.parametrize("end_with", [signal.SIGINT, signal.SIGTERM])
def test_a_second_run_keeps_its_messages(tmp_path: Path, end_with: signal.Signals) -> None:
    options = ("--demo", "--state", str(tmp_path / "deep" / "slack.json"))
    with process(*options, end_with=end_with) as url:
        client = WebClient("xoxb-demo-hangang", base_url=f"{url}/api/")
        sent = client.chat_postMessage(channel="#rooms", text="still here")
    with process(*options, end_with=end_with) as url:
        (message,) = control(url, "messages", channel_id="C0HANGANG0")
        client = WebClient("xoxb-demo-hangang", base_url=f"{url}/api/")
        client.chat_update(channel="C0HANGANG0", ts=sent["ts"], text="and mine to change")
    assert message["text"] == "still here"
