"""Block Kit's limits, as chat.postMessage enforces them."""

import pytest

from standins.slack.blocks import problems_of
from tests.standins.slack_case import Case

Block = dict[str, object]


def text(length: int, kind: str = "mrkdwn") -> Block:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1) -> Block:
    return {"type": "section", "text": text(length)}


def button(**changes: object) -> Block:
    return {"type": "button", "action_id": "a", "text": text(75, "plain_text"), **changes}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    "blocks",
    [
        [section(3000)],
        [{"type": "divider"}] * 50,
        [{"type": "section", "fields": [text(2000)] * 10}],
        [{"type": "header", "text": text(150, "plain_text")}],
        [{"type": "context", "elements": [text(1)] * 10}],
        [actions(*(button(action_id=str(n), value="v" * 2000) for n in range(25)))],
        [{"type": "markdown", "text": "x" * 12_000}],
        [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A"}],
        [{"type": "section", "text": text(1), "accessory": button(style="danger")}],
    ],
)
def test_within_the_limits(blocks: list[object]) -> None:
    assert problems_of(blocks) == []


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (section(3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        (section(0), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ({"type": "section"}, "missing required field: text or fields [json-pointer:/blocks/0]"),
        ({"type": "section", "text": "x"}, "must be an object [json-pointer:/blocks/0/text]"),
        (
            {"type": "section", "fields": [text(1)] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            {"type": "header", "text": text(1)},
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        (
            {"type": "header", "text": text(151, "plain_text")},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "context", "elements": [text(1)] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (
            actions(*(button(action_id=str(n)) for n in range(26))),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            actions(button(text=text(76, "plain_text"))),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button(value="x" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button(value=7)),
            "must be a string [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button(), button()),
            "action_id `a` already exists [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            {"type": "divider", "text": "x"},
            "invalid additional property: text [json-pointer:/blocks/0]",
        ),
        ({"type": "alert"}, "unsupported type: alert [json-pointer:/blocks/0/type]"),
        ({"text": "x"}, "missing required field: type [json-pointer:/blocks/0]"),
        (
            {"type": "divider", "block_id": "x" * 256},
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
    ],
)
def test_beyond_the_limits(block: Block, problem: str) -> None:
    assert problems_of([block]) == [problem]


def test_a_message_has_fifty_blocks() -> None:
    assert problems_of([{"type": "divider"}] * 51) == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]


def test_block_ids_are_unique() -> None:
    twice: list[object] = [{"type": "divider", "block_id": "a"}] * 2
    assert problems_of(twice) == ["block_id `a` already exists [json-pointer:/blocks/1/block_id]"]


def test_the_answer_says_what_is_wrong(slack: Case) -> None:
    answer = slack.refusal("chat.postMessage", channel=slack.channel.id, blocks=[section(3001)])
    problem = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [problem]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {problem}"]}
