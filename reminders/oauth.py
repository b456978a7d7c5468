"""What Slack grants: a code or a refresh token for a bot token, whose a token is, and its end.

https://docs.slack.dev/authentication/installing-with-oauth
https://docs.slack.dev/authentication/using-token-rotation
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.utils import timezone
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 8
SCOPES = (
    "chat:write",  # to post, to correct and to take back a message
    "chat:write.public",  # to post in a public channel without being invited there first
    "commands",  # /room
    "im:write",  # to write to a person
    "im:history",  # to see whether a direct message arrived, when Slack did not answer
    "channels:history",  # the same in a public channel
    "groups:history",  # the same in a private channel that Roomly was invited to
    "channels:read",  # to offer the public channels to choose from
    "groups:read",  # and the private ones that Roomly was invited to
    "users:read",  # who a person is: their time zone, whether they left
    "users:read.email",  # which member of the company a person in Slack is, and the other way
)
# The grant is gone, whoever asks; all else may be better next time, or is the operator's to mend.
LOST = {
    "invalid_refresh_token", "invalid_grant", "invalid_auth", "not_authed", "token_revoked",
    "token_expired", "account_inactive", "team_access_not_granted",
}  # fmt: skip


class GrantRefused(Exception):
    """Slack does not honour the grant; `code` is its word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """Whether Slack honours the grant is not known; `code` is its word, or the network's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Workspace:
    """Where a token is good: one workspace, or all of an organisation, whose id and name it has."""

    team_id: str = ""
    team_name: str = ""
    bot_user_id: str = ""
    is_organization: bool = False  # Enterprise Grid


@dataclass(frozen=True)
class Grant:
    """What an installation gave; `refresh_token` and `expires_at` where Slack rotates tokens."""

    bot_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None
    scopes: str
    workspace: Workspace


def authorize_url(state: str, redirect_uri: str) -> str:
    """The page on which a person allows Roomly into a workspace."""
    query = {
        "client_id": settings.SLACK_CLIENT_ID,
        "scope": ",".join(SCOPES),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{settings.SLACK_AUTHORIZE_URL}?{urlencode(query)}"


def redeem(code: str, redirect_uri: str) -> Grant:
    """The grant for a code, which lives ten minutes and works once."""
    return _access(code=code, redirect_uri=redirect_uri)


def renew(refresh_token: str) -> Grant:
    """The next token, and the next refresh token; the one given is used up."""
    return _access(grant_type="refresh_token", refresh_token=refresh_token)


def whose(bot_token: str) -> Workspace:
    """The workspace that a token is good for; none if Slack does not say."""
    try:
        with _errors():
            answer = _client(bot_token).auth_test()
    except (GrantRefused, NoAnswer) as error:
        logger.info("slack token without a workspace", code=error.code)
        return Workspace()
    whole = bool(answer.get("is_enterprise_install"))
    return _workspace(answer["team_id"], answer.get("team"), answer.get("user_id"), whole)


def revoke(bot_token: str) -> None:
    """Ends a token at Slack, as far as Slack lets us."""
    try:
        with _errors():
            _client(bot_token).auth_revoke()
    except (GrantRefused, NoAnswer) as error:
        logger.info("slack token not revoked", code=error.code)


def _access(**form: Any) -> Grant:
    with _errors():
        answer = _client().oauth_v2_access(
            client_id=settings.SLACK_CLIENT_ID, client_secret=settings.SLACK_CLIENT_SECRET, **form
        )
    if not answer.get("access_token"):
        raise NoAnswer("no_bot_token")
    whole = bool(answer.get("is_enterprise_install"))
    team = answer.get("team") or answer.get("enterprise") or {}
    life = answer.get("expires_in")
    return Grant(
        bot_token=answer["access_token"],
        refresh_token=answer.get("refresh_token") or "",
        expires_at=timezone.now() + timedelta(seconds=int(life)) if life else None,
        scopes=answer.get("scope") or "",
        workspace=_workspace(
            team.get("id"), team.get("name"), answer.get("bot_user_id"), whole
        ),
    )  # fmt: skip


def _workspace(team_id: Any, name: Any, bot_user_id: Any, whole: bool) -> Workspace:
    return Workspace(str(team_id or ""), str(name or "")[:150], str(bot_user_id or ""), whole)


def _client(bot_token: str = "") -> WebClient:
    return WebClient(
        token=bot_token or None,
        base_url=settings.SLACK_API_URL,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
    )


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        code = str(error.response.get("error") or "")[:60]
        if code in LOST:
            raise GrantRefused(code) from error
        raise NoAnswer(code or f"status {error.response.status_code}") from error
    except (OSError, HTTPException) as error:
        raise NoAnswer(f"network: {type(error).__name__}") from error
