"""What a request of Slack's asks, read out of its wire form. No queries."""

import hashlib
import json
import re
from dataclasses import asdict, astuple, dataclass
from typing import Any

from django.http import QueryDict

ID = re.compile(r"[A-Z0-9]{2,40}")  # of a workspace, a person, a channel
LONGEST = 3000  # characters of any value that is passed on


class Malformed(ValueError):
    """Nothing that Slack sends."""


@dataclass(frozen=True)
class Asked:
    """Who asks in which workspace, and where the answer goes."""

    team: str
    user: str
    response_url: str  # for half an hour, five times
    trigger: str  # opens one modal, within three seconds

    @property
    def identity(self) -> str:
        """Names this request and no other, however often it is delivered."""
        return _digest(astuple(self))

    def passed_on(self) -> dict[str, str]:
        """As a task takes it."""
        return asdict(self)


@dataclass(frozen=True)
class Command(Asked):
    """`/room` with the words after it."""

    text: str


@dataclass(frozen=True)
class Press(Asked):
    """A button of a message that somebody pressed."""

    action: str  # what the button does; a button's own number after a colon is left out
    value: str
    block: str  # the block that it stands in, which is another one after each update
    channel: str
    message: str  # the time stamp that names it
    seen_by: str  # "one": an answer that only this person sees; "all"

    @property
    def intent(self) -> str:
        """Names what the person wants of what they saw: a double click wants one thing."""
        seen = (self.team, self.user, self.channel, self.message, self.block)
        return _digest((*seen, self.action, self.value))

    @property
    def is_private(self) -> bool:
        """Whether nobody else sees the message: an answer, or a direct message."""
        return self.seen_by == "one" or is_direct(self.channel)


def is_direct(channel: str) -> bool:
    """Whether a channel is the app's direct messages with one person."""
    return channel.startswith("D")


def command_in(fields: QueryDict) -> Command:
    """A slash command; raises Malformed.

    https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling
    """
    return Command(
        team=id_in(fields.get("team_id") or fields.get("enterprise_id")),
        user=id_in(fields.get("user_id")),
        response_url=_text(fields.get("response_url")),
        trigger=_text(fields.get("trigger_id", "")),
        text=_text(fields.get("text", "")),
    )


def payload_in(fields: QueryDict) -> dict[str, Any]:
    """The JSON of an interaction; raises Malformed."""
    try:
        payload = json.loads(fields.get("payload", ""))
        json.dumps(payload, ensure_ascii=False).encode()  # no half of a surrogate pair
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(payload, dict) or not isinstance(payload.get("type"), str):
        raise Malformed
    return payload


def person_in(payload: dict[str, Any]) -> tuple[str, str]:
    """Workspace and person of an interaction; raises Malformed.

    A guest from another workspace, in a channel that two share, is that one's. Only an organisation
    that has the app as a whole names no workspace, and then itself.
    """
    user = _part(payload, "user")
    where = payload.get("team") or payload.get("enterprise") or {}
    team = user.get("team_id") or (where.get("id") if isinstance(where, dict) else None)
    return id_in(team), id_in(user.get("id"))


def press_in(payload: dict[str, Any]) -> Press | None:
    """The button that was pressed in a message, None for one elsewhere; raises Malformed.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    team, user = person_in(payload)
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise Malformed
    shown = _shown_in(payload)
    if shown is None:
        return None
    action = actions[0]
    return Press(
        team=team,
        user=user,
        response_url=_text(payload.get("response_url", "")),
        trigger=_text(payload.get("trigger_id", "")),
        action=_text(action.get("action_id")).partition(":")[0],
        value=_text(action.get("value", "")),
        block=_text(action.get("block_id", "")),
        channel=id_in(shown.get("channel_id")),
        message=_text(shown.get("message_ts")),
        seen_by="one" if shown.get("is_ephemeral") else "all",
    )


def _shown_in(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The message with a button, by its container or else by itself; None where it is a form."""
    if "container" not in payload:
        channel, message = _part(payload, "channel"), _part(payload, "message")
        return {"channel_id": channel.get("id"), "message_ts": message.get("ts")}
    container = _part(payload, "container")
    return container if container.get("type") == "message" else None


def _part(payload: dict[str, Any], name: str) -> dict[str, Any]:
    part = payload.get(name)
    if not isinstance(part, dict):
        raise Malformed(name)
    return part


def id_in(value: object) -> str:
    """An id as Slack makes them; raises Malformed."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise Malformed
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Malformed
    return value


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()
