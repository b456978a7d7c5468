"""The install page, codes, and rotating tokens."""

import base64
import hashlib
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.standins.slack_app import SlackApp
from tests.standins.slack_case import Case

CLIENT = {"client_id": "roomly-demo", "client_secret": "roomly-demo-secret"}


class Stay(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the test."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Do not follow."""


@dataclass
class Visitor:
    """A person at the install page."""

    slack: Case
    asked: dict[str, str]

    def look(self) -> str:
        """The page."""
        query = urlencode(self.asked | {"team": self.slack.workspace.id})
        with urllib.request.urlopen(f"{self.slack.server.authorize_url}?{query}") as response:
            return str(response.read().decode())

    def decide(self, decision: str) -> dict[str, str]:
        """Press Allow or Cancel; the query of the redirect."""
        slack = self.slack
        answers = {"team": slack.workspace.id, "user": slack.user.id, "channel": slack.channel.id}
        body = urlencode(self.asked | answers | {"decision": decision}).encode()
        with pytest.raises(HTTPError) as caught:
            urllib.request.build_opener(Stay).open(slack.server.authorize_url, data=body)
        with caught.value as redirect:
            target = urlsplit(redirect.headers["location"])
        assert f"{target.scheme}://{target.netloc}{target.path}" == self.asked["redirect_uri"]
        return {name: values[0] for name, values in parse_qs(target.query).items()}


@pytest.fixture
def visitor(slack: Case, app: SlackApp) -> Visitor:
    """Somebody whom the app has sent to the install page."""
    asked = {
        "client_id": "roomly-demo",
        "scope": "chat:write,incoming-webhook,users:read",
        "redirect_uri": f"{app.url}/slack/oauth/callback",
        "state": "s t&te",
    }
    return Visitor(slack, asked)


def exchange(visitor: Visitor, code: str, **changes: Any) -> dict[str, Any]:
    anonymous = WebClient(base_url=visitor.slack.server.api_url, retry_handlers=[])
    arguments = CLIENT | {"code": code, "redirect_uri": visitor.asked["redirect_uri"]} | changes
    answer: dict[str, Any] = anonymous.oauth_v2_access(**arguments).data  # type: ignore[assignment]
    return answer


def test_the_page_shows_scopes_and_channels(visitor: Visitor) -> None:
    page = visitor.look()
    assert "chat:write" in page
    assert "#rooms" in page


def test_the_workspace_is_asked_for_first(visitor: Visitor) -> None:
    url = f"{visitor.slack.server.authorize_url}?{urlencode(visitor.asked)}"
    with urllib.request.urlopen(url) as response:
        assert f"team={visitor.slack.workspace.id}" in response.read().decode()


def test_allow_gives_a_token_and_a_webhook(visitor: Visitor) -> None:
    answer = visitor.decide("allow")
    assert answer["state"] == "s t&te"
    granted = exchange(visitor, answer["code"])
    slack = visitor.slack
    assert granted["team"] == {"id": slack.workspace.id, "name": "Acme"}
    assert granted["authed_user"] == {"id": slack.user.id}
    assert granted["is_enterprise_install"] is False
    assert slack.client_with(granted["access_token"]).auth_test()["ok"]
    assert granted["incoming_webhook"]["channel_id"] == slack.channel.id
    assert WebhookClient(granted["incoming_webhook"]["url"]).send(text="x").body == "ok"


def test_a_code_works_once(visitor: Visitor) -> None:
    code = visitor.decide("allow")["code"]
    exchange(visitor, code)
    with pytest.raises(SlackApiError, match="invalid_code"):
        exchange(visitor, code)


def test_a_code_lives_ten_minutes(visitor: Visitor) -> None:
    code = visitor.decide("allow")["code"]
    visitor.slack.server.control.advance(601)
    with pytest.raises(SlackApiError, match="invalid_code"):
        exchange(visitor, code)


def test_cancel_says_so(visitor: Visitor) -> None:
    assert visitor.decide("cancel") == {"error": "access_denied", "state": "s t&te"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "x"}, "invalid_client_id"),
        ({"client_secret": "x"}, "bad_client_secret"),
        ({"redirect_uri": "http://127.0.0.1/other"}, "bad_redirect_uri"),
        ({"code": "x"}, "invalid_code"),
        ({"grant_type": "x"}, "invalid_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(visitor: Visitor, changes: dict[str, str], error: str) -> None:
    code = visitor.decide("allow")["code"]
    with pytest.raises(SlackApiError, match=error):
        exchange(visitor, **({"code": code} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "x"},
        {"scope": ""},
        {"redirect_uri": "http://elsewhere.example/slack/oauth/callback"},
    ],
)
def test_a_wrong_link_stops_at_slack(visitor: Visitor, changes: dict[str, str]) -> None:
    visitor.asked |= changes
    with pytest.raises(HTTPError) as caught:
        visitor.look()
    with caught.value as answer:
        assert answer.code == 400


def test_pkce(visitor: Visitor) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    visitor.asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    with pytest.raises(SlackApiError, match="invalid_code_verifier"):
        exchange(visitor, visitor.decide("allow")["code"])
    assert exchange(visitor, visitor.decide("allow")["code"], code_verifier=verifier)["ok"]


def test_rotating_tokens(visitor: Visitor) -> None:
    slack = visitor.slack
    slack.server.control.configure(token_rotation=True)
    granted = exchange(visitor, visitor.decide("allow")["code"])
    assert granted["access_token"].startswith("xoxe.xoxb-1-")
    assert granted["expires_in"] == 43_200
    slack.server.control.advance(43_201)
    with pytest.raises(SlackApiError, match="token_expired"):
        slack.client_with(granted["access_token"]).auth_test()
    refresh = {"code": "", "grant_type": "refresh_token"}
    used = granted["refresh_token"]
    fresh = exchange(visitor, **refresh, refresh_token=used)
    assert slack.client_with(fresh["access_token"]).auth_test()["ok"]
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        exchange(visitor, **refresh, refresh_token=used)


def test_an_old_token_is_moved_over_once(slack: Case) -> None:
    anonymous = WebClient(base_url=slack.server.api_url, retry_handlers=[])
    arguments = CLIENT | {"token": slack.token}
    with pytest.raises(SlackApiError, match="token_rotation_not_enabled"):
        anonymous.api_call("oauth.v2.exchange", data=arguments)
    slack.server.control.configure(token_rotation=True)
    assert anonymous.api_call("oauth.v2.exchange", data=arguments)["refresh_token"]


def test_a_second_install_keeps_the_token(visitor: Visitor) -> None:
    first = exchange(visitor, visitor.decide("allow")["code"])
    second = exchange(visitor, visitor.decide("allow")["code"])
    assert first["access_token"] == second["access_token"]
    assert first["incoming_webhook"]["url"] != second["incoming_webhook"]["url"]
