"""conversations.*: channels and direct messages, and what was said in them."""

import base64
import binascii
from typing import TypeVar

from standins.slack.errors import SlackError
from standins.slack.limits import RESTRICTED_HISTORY_ITEMS
from standins.slack.methods.call import Call, Method
from standins.slack.model import Channel, Json, Message

Item = TypeVar("Item")
FAMILIES = {
    "public_channel": "channels",
    "private_channel": "groups",
    "im": "im",
    "mpim": "mpim",
}
GROUP_SIZE = 8  # people of a group direct message, besides the app
MAX_ITEMS = 1000  # "under 1000"
DEFAULT_ITEMS = 100


def open_(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.open"""
    if call.optional("channel"):
        channel, existed = call.channel(), True
    else:
        channel, existed = _conversation_with(call, call.text("users").split(","))
    shown: Json = {"id": channel.id}
    if call.flag("return_im"):
        shown = channel.wire(call.workspace.bot_user_id)
    return {"channel": shown} | ({"no_op": True, "already_open": True} if existed else {})


def list_(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.list"""
    kinds = (call.optional("types") or "public_channel").split(",")
    for kind in kinds:
        if kind not in FAMILIES:
            raise SlackError("invalid_types")
        call.require_scope(f"{FAMILIES[kind]}:read")
    bot = call.workspace.bot_user_id
    channels = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds and _is_visible(channel, bot)
        if not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, cursor = _page(call, channels, _limit(call))
    shown = [channel.wire(bot) for channel in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def info(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    return {"channel": _readable(call, "read").wire(call.workspace.bot_user_id)}


def history(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.history

    Newest first; what one person alone may see is never in it.
    """
    channel = _readable(call, "history")
    if call.workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    limiter = call.standin.limiter
    limiter.spend_history(call.workspace.id, "conversations.history")
    limit = _limit(call)
    if limiter.restricted_history:
        limit = min(limit, RESTRICTED_HISTORY_ITEMS)
    page, cursor = _page(call, list(reversed(_between(call, channel))), limit)
    with_metadata = call.flag("include_all_metadata")
    shown = [message.wire(call.workspace.id, with_metadata=with_metadata) for message in page]
    more = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": shown, "has_more": bool(cursor), "pin_count": 0} | more


def _between(call: Call, channel: Channel) -> list[Message]:
    oldest, latest = call.optional("oldest") or "0", call.optional("latest") or "9" * 10
    edges = {oldest, latest} if call.flag("inclusive") else set()
    return [
        message
        for message in channel.messages
        if not message.ephemeral_to and message.thread_ts in ("", message.ts)
        if oldest < message.ts < latest or message.ts in edges
    ]


def _conversation_with(call: Call, user_ids: list[str]) -> tuple[Channel, bool]:
    if len(user_ids) > GROUP_SIZE:
        raise SlackError("too_many_users")
    users = [call.workspace.users.get(user_id.strip()) for user_id in user_ids]
    for user in users:
        if user is None or user.is_bot:
            raise SlackError("user_not_found")
        if user.deleted:
            raise SlackError("user_disabled")
    people = [user for user in users if user is not None]
    if len(people) == 1:
        call.require_scope("im:write")
        return call.store.direct_message(call.workspace, people[0])
    call.require_scope("mpim:write")
    return _group(call, sorted({user.id for user in people} | {call.workspace.bot_user_id}))


def _group(call: Call, members: list[str]) -> tuple[Channel, bool]:
    for channel in call.workspace.channels.values():
        if channel.is_mpim and sorted(channel.members) == members:
            return channel, True
    names = "--".join(call.workspace.users[member].name for member in members)
    name = f"mpdm-{names}-1"
    return call.store.add_channel(call.workspace, name, is_mpim=True, members=members), False


def _readable(call: Call, action: str) -> Channel:
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not _is_visible(channel, call.workspace.bot_user_id):
        raise SlackError("channel_not_found")
    call.require_scope(f"{FAMILIES[channel.kind]}:{action}")
    return channel


def _is_visible(channel: Channel, bot_user_id: str) -> bool:
    return channel.kind == "public_channel" or bot_user_id in channel.members


def _limit(call: Call) -> int:
    limit = call.number("limit", DEFAULT_ITEMS)
    if not 1 <= limit < MAX_ITEMS + 1:
        raise SlackError("invalid_limit")
    return limit


def _page(call: Call, items: list[Item], limit: int) -> tuple[list[Item], str]:
    """One page, and the cursor of the next (empty on the last)."""
    start = 0
    if call.optional("cursor"):
        try:
            start = int(base64.b64decode(call.optional("cursor"), validate=True))
        except (ValueError, binascii.Error):
            raise SlackError("invalid_cursor") from None
    end = start + limit
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return items[start:end], cursor


READ = tuple(f"{family}:read" for family in FAMILIES.values())
HISTORY = tuple(f"{family}:history" for family in FAMILIES.values())
WRITE = ("im:write", "mpim:write", "channels:manage", "groups:write")
METHODS = (
    Method("conversations.open", open_, scopes=WRITE),
    Method("conversations.list", list_, scopes=READ, tier=2, json_body=False),
    Method("conversations.info", info, scopes=READ, json_body=False),
    Method("conversations.history", history, scopes=HISTORY, json_body=False),
)
