"""Block Kit's rules (https://docs.slack.dev/reference/block-kit): what Slack refuses, and why.

Each function appends sentences as Slack's own, with a JSON pointer, to `problems`.
"""

from collections.abc import Callable

from standins.slack.elements import (
    ACTION_ELEMENTS,
    CONTEXT_ELEMENTS,
    INPUT_ELEMENTS,
    SECTION_ELEMENTS,
    check_element,
)
from standins.slack.model import Json
from standins.slack.text_objects import (
    check_keys,
    check_length,
    check_list,
    check_text,
    complain,
    require,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_CHARACTERS = 12_000  # over all markdown blocks of a payload
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 10_000
TOTAL_CHARACTERS = 13_200  # measured by others; then msg_blocks_too_long


def problems_of(
    blocks: list[object], *, limit: int = MESSAGE_BLOCKS, at: str = "/blocks"
) -> list[str]:
    """Why Slack would answer `invalid_blocks`; empty when it would not."""
    problems: list[str] = []
    if len(blocks) > limit:
        complain(problems, f"no more than {limit} items allowed", at)
    for index, block in enumerate(blocks):
        _check_block(block, f"{at}/{index}", problems)
    _check_block_ids(blocks, at, problems)
    markdown = sum(
        len(str(b.get("text", "")))
        for b in blocks
        if isinstance(b, dict) and b.get("type") == "markdown"
    )
    if markdown > MARKDOWN_CHARACTERS:
        complain(
            problems, f"markdown text must be less than {MARKDOWN_CHARACTERS + 1} characters", at
        )
    return problems


def characters(value: object) -> int:
    """The characters of every `text` anywhere inside."""
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(characters(item) for item in value.values())


def _check_block(block: object, at: str, problems: list[str]) -> None:
    if not isinstance(block, dict):
        return complain(problems, "must be an object", at)
    kind = block.get("type")
    if kind is None:
        return complain(problems, "missing required field: type", at)
    if kind in OPAQUE_BLOCKS:
        return None
    if kind not in CHECKS:
        return complain(problems, f"unsupported type: {kind}", f"{at}/type")
    keys, check = CHECKS[kind]
    check_keys(block, keys | {"type", "block_id"}, at, problems)
    check_length(block, "block_id", 255, at, problems)
    check(block, at, problems)
    return None


def _check_block_ids(blocks: list[object], at: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str) and block_id:
            if block_id in seen:
                complain(
                    problems, f"block_id `{block_id}` already exists", f"{at}/{index}/block_id"
                )
            seen.add(block_id)


def _section(block: Json, at: str, problems: list[str]) -> None:
    if "text" not in block and "fields" not in block:
        complain(problems, "missing required field: text or fields", at)
    if "text" in block:
        check_text(block["text"], 3000, f"{at}/text", problems)
    if "fields" in block:
        for place, item in check_list(block, "fields", 10, at, problems):
            check_text(item, 2000, place, problems)
    if "accessory" in block:
        check_element(block["accessory"], SECTION_ELEMENTS, f"{at}/accessory", problems)


def _header(block: Json, at: str, problems: list[str]) -> None:
    if require(block, "text", at, problems):
        check_text(block["text"], 150, f"{at}/text", problems, plain=True)


def _context(block: Json, at: str, problems: list[str]) -> None:
    for place, item in check_list(block, "elements", 10, at, problems):
        if isinstance(item, dict) and item.get("type") == "image":
            check_element(item, CONTEXT_ELEMENTS, place, problems)
        else:
            check_text(item, 3000, place, problems)


def _actions(block: Json, at: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for place, item in check_list(block, "elements", 25, at, problems):
        check_element(item, ACTION_ELEMENTS, place, problems)
        action_id = item.get("action_id") if isinstance(item, dict) else None
        if action_id and action_id in seen:
            complain(problems, f"action_id `{action_id}` already exists", f"{place}/action_id")
        seen.add(str(action_id))


def _image(block: Json, at: str, problems: list[str]) -> None:
    if "slack_file" not in block:
        require(block, "image_url", at, problems)
    check_length(block, "image_url", 3000, at, problems)
    if require(block, "alt_text", at, problems):
        check_length(block, "alt_text", 2000, at, problems)
    if "title" in block:
        check_text(block["title"], 2000, f"{at}/title", problems, plain=True)


def _input(block: Json, at: str, problems: list[str]) -> None:
    if require(block, "label", at, problems):
        check_text(block["label"], 2000, f"{at}/label", problems, plain=True)
    if "hint" in block:
        check_text(block["hint"], 2000, f"{at}/hint", problems, plain=True)
    if require(block, "element", at, problems):
        check_element(block["element"], INPUT_ELEMENTS, f"{at}/element", problems)


def _markdown(block: Json, at: str, problems: list[str]) -> None:
    if require(block, "text", at, problems):
        check_length(block, "text", MARKDOWN_CHARACTERS, at, problems)


def _table(block: Json, at: str, problems: list[str]) -> None:
    for place, row in check_list(block, "rows", TABLE_ROWS, at, problems):
        if not isinstance(row, list):
            complain(problems, "must be an array", place)
        elif len(row) > TABLE_COLUMNS:
            complain(problems, f"no more than {TABLE_COLUMNS} items allowed", place)
    if characters(block) > TABLE_CHARACTERS:
        complain(problems, f"must be less than {TABLE_CHARACTERS + 1} characters", at)


def _divider(block: Json, at: str, problems: list[str]) -> None:
    """A divider has nothing to check."""


Check = Callable[[Json, str, list[str]], None]
CHECKS: dict[str, tuple[set[str], Check]] = {
    "section": ({"text", "fields", "accessory", "expand"}, _section),
    "header": ({"text", "level"}, _header),
    "context": ({"elements"}, _context),
    "actions": ({"elements"}, _actions),
    "image": ({"image_url", "slack_file", "alt_text", "title"}, _image),
    "input": ({"label", "hint", "element", "optional", "dispatch_action"}, _input),
    "markdown": ({"text"}, _markdown),
    "table": ({"rows", "column_settings"}, _table),
    "divider": (set(), _divider),
}
OPAQUE_BLOCKS = {"rich_text", "video", "file", "context_actions"}  # accepted, never looked into
