"""Block Kit in small: texts that Slack shows as they are, within its limits.

https://docs.slack.dev/reference/block-kit
"""

from typing import Any

from django.conf import settings

from reminders.messages import Message, escape

Block = dict[str, Any]

SECTION_LIMIT = 3000
BUTTON_LIMIT = 75
TITLE_LIMIT = 24  # of a modal, and of its buttons
OPTION_LIMIT = 75
FALLBACK_LIMIT = 3000


def plain(words: str, limit: int = SECTION_LIMIT) -> Block:
    """Text without mentions, links or emoji codes, cut to a length; never empty."""
    words = words.strip() or "–"
    shown = words if len(words) <= limit else f"{words[: limit - 1]}…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def section(words: str, button: Block | None = None) -> Block:
    return {"type": "section", "text": plain(words)} | ({"accessory": button} if button else {})


def context(*words: str) -> Block:
    return {"type": "context", "elements": [plain(each) for each in words if each]}


def actions(*buttons: Block, block_id: str = "") -> Block:
    return {"type": "actions", "elements": list(buttons)} | (
        {"block_id": block_id} if block_id else {}
    )


def button(words: str, action: str, value: str, *, style: str = "") -> Block:
    """`action` says what it does; after a colon it may have a number, to be the only such one."""
    return {
        "type": "button", "action_id": action, "value": value, "text": plain(words, BUTTON_LIMIT),
    } | ({"style": style} if style else {})  # fmt: skip


def link(words: str, path: str, action: str = "open") -> Block:
    """A button that leads to a page; Slack tells of its being pressed, too."""
    return {
        "type": "button", "action_id": action, "text": plain(words, BUTTON_LIMIT),
        "url": f"{settings.PUBLIC_URL}{path}",
    }  # fmt: skip


def message(*blocks: Block) -> Message:
    """A message of blocks, with what they say as its fallback."""
    words = "\n".join(
        part["text"]
        for block in blocks
        for part in (block.get("text"), *(block.get("elements") or ()))
        if part and part.get("type") == "plain_text"
    )
    return Message(text=escape(words[:FALLBACK_LIMIT]), blocks=list(blocks))


def words_alone(words: str) -> Message:
    return message(section(words))
