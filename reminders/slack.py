"""Speaking to Slack, through slack_sdk: one call, one answer, one typed error.

`oauth.py` speaks about tokens, this module about all else.

Retries of the SDK are off: it would post again after a dropped connection, when nobody can know
whether the first message arrived.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import URLError

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient, WebhookResponse

from reminders.messages import MARK, Message
from reminders.models import SlackConnection
from reminders.oauth import GrantRefused, NoAnswer
from reminders.tokens import good_token

TIMEOUT_SECONDS = 8
MOST_MESSAGES = 200  # of a channel's history to look through
CHANNELS_A_PAGE, MOST_PAGES = 999, 10
DEFAULT_PAUSE = 30  # seconds, where Slack names none
CODE = re.compile(r"[a-z_]{3,60}")

# https://docs.slack.dev/reference/methods/chat.postMessage#errors
OURS_TO_MEND = {
    "no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format",
    "invalid_arguments", "metadata_too_large", "invalid_metadata_format",
    "invalid_metadata_schema", "too_many_attachments", "invalid_payload",
}  # fmt: skip
ADMINS_TO_MEND = {
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive",
    "missing_scope", "no_permission", "not_allowed_token_type", "org_login_required",
    "ekm_access_denied", "access_denied", "accesslimited", "team_access_not_granted",
    "two_factor_setup_required", "enterprise_is_restricted",
}  # fmt: skip
CHANNELS_TO_MEND = {
    "channel_not_found", "not_in_channel", "is_archived", "messages_tab_disabled",
    "cannot_reply_to_message", "restricted_action", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
}  # fmt: skip
GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}  # cannot be corrected
PERHAPS_DONE = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
PAUSE = {"ratelimited", "rate_limited", "message_limit_exceeded"}


class Receipt(NamedTuple):
    """Where a message is in Slack; both empty after an incoming webhook, which does not tell."""

    channel: str
    ts: str  # a name, not a number


class ListedChannel(NamedTuple):
    """A channel that can be chosen; its name without #."""

    id: str
    name: str


class SlackTrouble(Exception):
    """A message did not get through; `code` is Slack's word for it, or the network's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Throttled(SlackTrouble):
    """Nothing was posted; Slack wants quiet for `seconds`."""

    def __init__(self, code: str, seconds: int) -> None:
        super().__init__(code)
        self.seconds = seconds


class Broken(SlackTrouble):
    """Nothing was posted, nor will it be until an administrator mends the connection."""


class ChannelBroken(SlackTrouble):
    """Nothing was posted, nor will it be to this channel until somebody mends that."""


class Rejected(SlackTrouble):
    """Nothing was posted: Slack cannot take this message, whatever the connection."""


class NotSent(SlackTrouble):
    """Nothing was posted; another try may work."""


class InDoubt(SlackTrouble):
    """The message may have been posted, or may not."""


class CannotLook(SlackTrouble):
    """The channel's messages cannot be read, so nobody can tell what was posted."""


def post(connection: SlackConnection, channel: str, message: Message) -> Receipt:
    """Posts a message through a company's door; raises SlackTrouble, never retries.

    `channel` is the id or #name of a channel, or a person's id; an incoming webhook has its own.
    """
    if connection.webhook_url:
        return _post_to_webhook(connection.webhook_url, message)
    with errors():
        answer = client(connection).chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata=message.metadata or None,
            unfurl_links=False,
            unfurl_media=False,
        )
    return Receipt(str(answer["channel"]), str(answer["ts"]))


def find(
    connection: SlackConnection, channel: str, mark: dict[str, str], since: datetime
) -> Receipt | None:
    """The message with this mark among those posted to a channel since an instant, or None.

    Raises CannotLook where reading is not permitted or not complete, Throttled or NotSent where
    it may be tried again.
    """
    if connection.webhook_url:
        raise CannotLook("incoming_webhook")
    try:
        with errors():
            answer = client(connection).conversations_history(
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                limit=MOST_MESSAGES,
                include_all_metadata=True,
            )
    except InDoubt as trouble:
        raise NotSent(trouble.code) from trouble
    except (Broken, ChannelBroken, Rejected) as trouble:
        raise CannotLook(trouble.code) from trouble
    for message in answer["messages"]:
        metadata = message.get("metadata") or {}
        if (metadata.get("event_type"), metadata.get("event_payload")) == (MARK, mark):
            return Receipt(channel, str(message["ts"]))
    if answer.get("has_more"):
        raise CannotLook("too_many_messages")
    return None


def channels(connection: SlackConnection) -> list[ListedChannel]:
    """The channels that a token may post to: public ones, and private ones that Roomly is in.

    Those of a very large workspace not all. Raises SlackTrouble.
    """
    try:
        return _channels(connection, "public_channel,private_channel")
    except Broken as trouble:
        if trouble.code != "missing_scope":
            raise
        return _channels(connection, "public_channel")


def _channels(connection: SlackConnection, kinds: str) -> list[ListedChannel]:
    found: list[ListedChannel] = []
    slack, cursor = client(connection), None
    for _page in range(MOST_PAGES):
        with errors():
            answer = slack.conversations_list(
                types=kinds, exclude_archived=True, limit=CHANNELS_A_PAGE, cursor=cursor
            )
        found += [ListedChannel(row["id"], row["name"]) for row in answer["channels"]]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return sorted(found, key=lambda channel: channel.name)


def update(connection: SlackConnection, channel: str, ts: str, message: Message) -> None:
    """Has a message of ours say something else; raises SlackTrouble. Its mark stays."""
    with errors():
        client(connection).chat_update(
            channel=channel, ts=ts, text=message.text, blocks=message.blocks
        )


def respond(url: str, message: Message, *, replace: bool = False) -> None:
    """Answers by a request's response URL: only to who asked, or in the place of what they saw.

    Raises SlackTrouble. https://docs.slack.dev/interactivity/handling-user-interaction
    """
    webhook = WebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    with errors():
        answer = webhook.send(
            text=message.text,
            blocks=message.blocks,
            response_type="ephemeral",
            replace_original=replace,
        )
    if answer.status_code != 200:
        raise _trouble_of_webhook(answer)


def open_view(connection: SlackConnection, trigger: str, view: dict[str, Any]) -> None:
    """Shows a modal to who caused the trigger, within three seconds of it; raises SlackTrouble."""
    with errors():
        client(connection).views_open(trigger_id=trigger, view=view)


def client(connection: SlackConnection) -> WebClient:
    """A client that calls once with a company's token, which it renews where Slack rotates tokens.

    To be used inside `errors()`, outside any transaction.
    """
    return _Client(connection)


class _Client(WebClient):
    """Calls a second time only where Slack called the token expired, and so did nothing."""

    def __init__(self, connection: SlackConnection) -> None:
        super().__init__(
            base_url=settings.SLACK_API_URL, timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        self._connection = connection

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        self.token = good_token(self._connection)
        try:
            return super().api_call(api_method, **arguments)
        except SlackApiError as error:
            if error.response.get("error") != "token_expired":
                raise
            self.token = good_token(self._connection, refused=self.token)
            return super().api_call(api_method, **arguments)


def _post_to_webhook(url: str, message: Message) -> Receipt:
    webhook = WebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    with errors():
        answer = webhook.send(
            text=message.text, blocks=message.blocks, unfurl_links=False, unfurl_media=False
        )
    if (answer.status_code, answer.body) != (200, "ok"):
        raise _trouble_of_webhook(answer)
    return Receipt("", "")


@contextmanager
def errors() -> Iterator[None]:
    """Translates what the SDK and urllib raise into SlackTrouble.

    urllib wraps in URLError what happens until the request has left, and only that: such a
    request was not read to its end by anybody.
    """
    try:
        yield
    except SlackApiError as error:
        raise _trouble_of_api(error) from error
    except GrantRefused as error:
        raise Broken(error.code) from error
    except NoAnswer as error:
        raise NotSent(error.code) from error
    except URLError as error:
        raise NotSent(f"network: {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise InDoubt(f"network: {type(error).__name__}") from error


def _trouble_of_api(error: SlackApiError) -> SlackTrouble:
    answer: Any = error.response
    code = str(answer.get("error") or "")
    if answer.status_code == 429 or code in PAUSE:
        return Throttled(code, _pause(answer.headers))
    if answer.status_code >= 500 or code in PERHAPS_DONE or not CODE.fullmatch(code):
        return InDoubt(code if CODE.fullmatch(code) else f"status {answer.status_code}")
    if code in ADMINS_TO_MEND:
        return Broken(code)
    if code in CHANNELS_TO_MEND:
        return ChannelBroken(code)
    return Rejected(code) if code in OURS_TO_MEND | GONE else NotSent(code)


def _trouble_of_webhook(answer: WebhookResponse) -> SlackTrouble:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors"""
    code = answer.body if CODE.fullmatch(answer.body) else f"status {answer.status_code}"
    if answer.status_code == 429:
        return Throttled(code, _pause(answer.headers))
    if answer.status_code == 503:
        return NotSent(code)  # RFC 9110, 15.6.4: not able to handle the request
    if answer.status_code >= 500 or answer.status_code == 200:
        return InDoubt(code)
    return Rejected(code) if code in OURS_TO_MEND else Broken(code)


def _pause(headers: Any) -> int:
    """Seconds of Retry-After (RFC 9110, 10.2.3), between one second and an hour."""
    value = str(headers.get("Retry-After", ""))
    return min(max(int(value), 1), 3600) if value.isdigit() else DEFAULT_PAUSE
