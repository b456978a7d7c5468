"""Block Kit in small: texts that Slack shows as they are, within its limits.

https://docs.slack.dev/reference/block-kit
"""

from typing import Any

from django.conf import settings

Block = dict[str, Any]

HEADER_LIMIT = 150
TEXT_LIMIT = 3000
BUTTON_LIMIT = 75
OPTION_LIMIT = 75
MODAL_LIMIT = 24  # of a modal's title and of its buttons


def escape(words: str) -> str:
    """Words as Slack's mrkdwn shows them literally, so that a title cannot mention or link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(words: str, limit: int) -> str:
    """Words of at most so many characters."""
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def plain(words: str, limit: int = TEXT_LIMIT) -> Block:
    """Text that Slack shows as it is: no mentions, no links, no emoji codes."""
    return {"type": "plain_text", "text": cut(words, limit), "emoji": False}


def header(words: str) -> Block:
    return {"type": "header", "text": plain(words, HEADER_LIMIT)}


def section(words: str, button: Block | None = None) -> Block:
    return {"type": "section", "text": plain(words)} | ({"accessory": button} if button else {})


def context(words: str) -> Block:
    return {"type": "context", "elements": [plain(words)]}


def actions(*buttons: Block, block_id: str = "") -> Block:
    """A row of buttons; without an id of ours Slack makes one up."""
    named = {"block_id": block_id} if block_id else {}
    return {"type": "actions", "elements": list(buttons)} | named


def act(action: str, words: str, value: str, confirm: Block | None = None) -> Block:
    """A button that does something: the value names on what, and nothing else.

    After a colon the action may have a number, to be the only one of its kind in a message.
    """
    button = {
        "type": "button", "action_id": action, "text": plain(words, BUTTON_LIMIT), "value": value,
    }  # fmt: skip
    return button | ({"style": "danger", "confirm": confirm} if confirm else {})


def link(words: str, path: str, action: str = "open") -> Block:
    """A button that leads to a page; Slack tells of its being pressed, too."""
    return {
        "type": "button", "action_id": action, "text": plain(words, BUTTON_LIMIT),
        "url": f"{settings.PUBLIC_URL}{path}",
    }  # fmt: skip
