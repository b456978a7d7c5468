"""Answers as messages: blocks, with what they say as their fallback."""

from reminders.blocks import TEXT_LIMIT, Block, cut, escape, section
from reminders.messages import Message


def message(*blocks: Block) -> Message:
    """A message whose fallback is all that its texts say."""
    said = [
        part["text"]
        for block in blocks
        for part in (block.get("text"), *block.get("elements", ()))
        if part and part["type"] == "plain_text"
    ]
    return Message(text=escape(cut("\n".join(said), TEXT_LIMIT)), blocks=list(blocks))


def words_alone(words: str) -> Message:
    return message(section(words))
