"""Short-lived permissions: authorization codes, trigger ids, response URLs."""

import secrets
from dataclasses import dataclass, field

from standins.slack.clock import Clock
from standins.slack.errors import SlackError

CODE_SECONDS = 600
TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 1800
RESPONSE_URL_POSTS = 5


@dataclass
class Code:
    """What a person has allowed on the install page."""

    team_id: str
    user_id: str
    scopes: list[str]
    redirect_uri: str
    channel_id: str  # of the incoming webhook; empty without that scope
    issued_at: float
    code_challenge: str = ""


@dataclass
class Trigger:
    """Lets the app open one modal for a person."""

    team_id: str
    user_id: str
    issued_at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Lets the app answer where an interaction or a command came from."""

    team_id: str
    channel_id: str
    user_id: str
    message_ts: str  # empty after a command
    issued_at: float
    posts: int = 0


@dataclass
class Grants:
    """All of them, by their secret."""

    clock: Clock
    codes: dict[str, Code] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)

    def add_code(self, code: Code) -> str:
        """The value for the redirect."""
        value = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.codes[value] = code
        return value

    def take_code(self, value: str) -> Code:
        """Use a code up; raises `invalid_code` for one unknown, used or expired."""
        code = self.codes.pop(value, None)
        if code is None or self.clock.now() - code.issued_at > CODE_SECONDS:
            raise SlackError("invalid_code")
        return code

    def add_trigger(self, team_id: str, user_id: str) -> str:
        """A trigger_id."""
        value = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[value] = Trigger(team_id, user_id, self.clock.now())
        return value

    def use_trigger(self, value: str, team_id: str) -> Trigger:
        """Use a trigger_id up, within 3 seconds."""
        trigger = self.triggers.get(value)
        if trigger is None or trigger.team_id != team_id:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock.now() - trigger.issued_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def add_response_url(
        self, team_id: str, channel_id: str, user_id: str, message_ts: str = ""
    ) -> str:
        """The path of a new response URL, below /actions/."""
        path = f"{team_id}/{secrets.randbelow(10**12)}/{secrets.token_hex(12)}"
        self.response_urls[path] = ResponseUrl(
            team_id, channel_id, user_id, message_ts, self.clock.now()
        )
        return path

    def use_response_url(self, path: str) -> ResponseUrl:
        """Count one post; raises `expired_url` or `used_url`."""
        grant = self.response_urls.get(path)
        if grant is None or self.clock.now() - grant.issued_at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if grant.posts >= RESPONSE_URL_POSTS:
            raise SlackError("used_url")
        grant.posts += 1
        return grant
