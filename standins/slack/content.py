"""The content of a message as callers send it: text, blocks, attachments, metadata."""

import json
import re
from dataclasses import dataclass, field

from standins.slack import blocks as block_kit
from standins.slack.errors import SlackError
from standins.slack.model import Json
from standins.slack.store import new_id

TEXT_CHARACTERS = 40_000  # longer text is cut without an error
MARKDOWN_CHARACTERS = 12_000
ATTACHMENTS = 100
METADATA_CHARACTERS = 16_000
LOOSE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")
LOOSE_BRACKET = re.compile(r"<(?![@#!]|https?:|mailto:|tel:|slack:)([^>]*>?)")


@dataclass
class Content:
    """What a message shall say."""

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None


def read_content(arguments: Json) -> Content:
    """Check and normalise a message's arguments; raises SlackError with Slack's code."""
    markdown = arguments.get("markdown_text")
    if markdown and (arguments.get("text") or arguments.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if markdown and len(markdown) > MARKDOWN_CHARACTERS:
        raise SlackError("msg_too_long")
    content = Content(
        text=stored_text(str(arguments.get("text") or markdown or "")),
        blocks=[{"type": "markdown", "text": markdown}] if markdown else read_blocks(arguments),
        attachments=_read_attachments(arguments),
        metadata=_read_metadata(arguments),
    )
    if not (content.text.strip() or content.blocks or content.attachments):
        raise SlackError("no_text")
    return content


def stored_text(text: str) -> str:
    """The text as Slack keeps it: cut, with loose `&`, `<` turned into entities."""
    text = LOOSE_AMPERSAND.sub("&amp;", text[:TEXT_CHARACTERS])
    return LOOSE_BRACKET.sub(lambda found: "&lt;" + found[1].replace(">", "&gt;"), text)


def read_blocks(arguments: Json) -> list[Json]:
    """The checked blocks, each with a block_id; a JSON string counts as its value."""
    raw = _decoded(arguments.get("blocks"), "invalid_blocks_format")
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(block, dict) for block in raw):
        raise SlackError("invalid_blocks_format")
    refuse_invalid_blocks(block_kit.problems_of(raw))
    if block_kit.characters(raw) > block_kit.TOTAL_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return [with_ids(block) for block in raw]


def refuse_invalid_blocks(problems: list[str]) -> None:
    """Raise `invalid_blocks` as Slack words it, when there are problems."""
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise SlackError(
            "invalid_blocks", errors=problems, response_metadata={"messages": messages}
        )


def with_ids(block: Json) -> Json:
    """The block with the block_id and action_ids that Slack makes up when they are missing."""
    elements = block.get("elements", [])
    named = [
        {"action_id": new_id("")[:5], **element} if element.get("type") == "button" else element
        for element in elements
    ]
    return {"block_id": new_id("")[:5], **block} | ({"elements": named} if named else {})


def _read_attachments(arguments: Json) -> list[Json]:
    raw = _decoded(arguments.get("attachments"), "invalid_attachments")
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise SlackError("invalid_attachments")
    if len(raw) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return raw


def _read_metadata(arguments: Json) -> Json | None:
    raw = _decoded(arguments.get("metadata"), "invalid_metadata_format")
    if raw is None:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    payload = raw.get("event_payload")
    if not raw["event_type"] or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(raw)) > METADATA_CHARACTERS:
        raise SlackError("metadata_too_large")
    if not all(isinstance(value, str | int | float | bool) for value in payload.values()):
        raise SlackError("invalid_metadata_schema")
    return {"event_type": raw["event_type"], "event_payload": payload}


def _decoded(raw: object, error: str) -> object:
    """JSON values arrive as such in a JSON body, and as text in a form."""
    if not isinstance(raw, str):
        return raw
    if not raw:
        return None
    try:
        value: object = json.loads(raw)
    except ValueError:
        raise SlackError(error) from None
    return value
