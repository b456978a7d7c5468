"""chat.*: posting, changing and deleting messages."""

from standins.slack.content import Content, read_content
from standins.slack.errors import SlackError
from standins.slack.methods.call import Call, Method
from standins.slack.model import Channel, Json, Message

UPDATE_CHARACTERS = 4000
PARTS = ("text", "blocks", "attachments", "markdown_text")


def post_message(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = _channel_to_post(call)
    content = read_content(call.arguments)
    thread_ts = _thread(call, channel)
    call.standin.limiter.spend_post(call.workspace.id, channel.id)
    message = call.store.post(channel, _authored(call, content))
    message.thread_ts = thread_ts
    return {"channel": channel.id, "ts": message.ts, "message": message.wire(call.workspace.id)}


def post_ephemeral(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    channel = _channel_to_post(call)
    user = call.workspace.users.get(call.text("user"))
    if user is None or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = _authored(call, read_content(call.arguments))
    message.ephemeral_to = user.id
    return {"message_ts": call.store.post(channel, message).ts}


def update(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.update

    New text without blocks removes the blocks; metadata stays unless it is given.
    """
    channel, message = _own_message(call, "cant_update_message")
    if len(call.optional("text")) > UPDATE_CHARACTERS:
        raise SlackError("msg_too_long")
    content = read_content(call.arguments)
    if any(call.arguments.get(part) is not None for part in PARTS):
        message.text, message.blocks = content.text, content.blocks
        message.attachments = content.attachments
    if call.arguments.get("metadata") is not None:
        message.metadata = content.metadata
    message.edited_ts = f"{call.standin.clock.now():.6f}"
    shown = message.wire(call.workspace.id)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    channel, message = _own_message(call, "cant_delete_message")
    channel.messages.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def _channel_to_post(call: Call) -> Channel:
    channel = call.channel()
    is_member = call.workspace.bot_user_id in channel.members
    if not is_member and channel.kind != "public_channel":
        raise SlackError("channel_not_found")
    if not is_member and "chat:write.public" not in call.token.scopes:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.im_user and not call.standin.settings.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def _thread(call: Call, channel: Channel) -> str:
    """The parent's time stamp; Slack wants the parent, never a reply."""
    ts = call.optional("thread_ts")
    parent = channel.find(ts)
    if ts and (parent is None or parent.thread_ts not in ("", ts)):
        raise SlackError("invalid_thread_ts" if parent is None else "cannot_reply_to_message")
    return ts


def _authored(call: Call, content: Content) -> Message:
    return Message(
        ts="",
        text=content.text,
        user_id=call.workspace.bot_user_id,
        bot_id=call.workspace.bot_id,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
    )


def _own_message(call: Call, refusal: str) -> tuple[Channel, Message]:
    channel, ts = call.channel(), call.text("ts")
    message = channel.find(ts)
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    if message.bot_id != call.workspace.bot_id or not message.user_id:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel, message


METHODS = (
    Method("chat.postMessage", post_message, scopes=("chat:write",), tier=4),
    Method("chat.postEphemeral", post_ephemeral, scopes=("chat:write",), tier=4),
    Method("chat.update", update, scopes=("chat:write",)),
    Method("chat.delete", delete, scopes=("chat:write",)),
)
