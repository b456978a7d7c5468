"""Fixtures of the Slack stand-in's tests: one server for all, a fresh workspace for each."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from standins.slack.model import Channel, User, Workspace
from standins.slack.server import Serving, serve
from tests.standins.slack_app import SlackApp, run_app


@dataclass
class Case:
    """A workspace with one person, one channel, and the app in it."""

    server: Serving
    workspace: Workspace
    channel: Channel
    user: User
    token: str
    client: WebClient

    def client_with(self, token: str) -> WebClient:
        """A client that never retries by itself."""
        return WebClient(token, base_url=self.server.api_url, retry_handlers=[])

    def refusal(self, method: str, **arguments: object) -> dict[str, object]:
        """The whole answer of a JSON call that Slack refuses."""
        with pytest.raises(SlackApiError) as caught:
            self.client.api_call(method, json=arguments)
        return dict(caught.value.response.data)

    def error_of(self, method: str, **arguments: object) -> object:
        """The error code of a JSON call that Slack refuses."""
        return self.refusal(method, **arguments)["error"]


@pytest.fixture(scope="session")
def slack_server() -> Iterator[Serving]:
    """The stand-in, served once for all tests."""
    with serve() as server:
        yield server


@pytest.fixture(scope="session")
def slack_app() -> Iterator[SlackApp]:
    """The app that the stand-in calls."""
    with run_app() as app:
        yield app


@pytest.fixture
def app(slack_app: SlackApp, slack: Case) -> SlackApp:
    """The app with nothing seen yet, known to the stand-in."""
    slack_app.seen.clear()
    slack_app.answers.clear()
    slack.server.control.configure(app_url=slack_app.url)
    return slack_app


@pytest.fixture
def slack(slack_server: Serving) -> Case:
    """A fresh workspace."""
    control = slack_server.control
    control.reset()
    workspace = control.add_workspace("Acme", id="T0ACME0000")
    user = control.add_user(workspace.id, "mina@acme.example", "Mina Lee")
    channel = control.add_channel(workspace.id, "rooms")
    token = control.add_token(workspace.id).value
    client = WebClient(token, base_url=slack_server.api_url, retry_handlers=[])
    return Case(slack_server, workspace, channel, user, token, client)
