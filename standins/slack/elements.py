"""Interactive elements of Block Kit: where each may stand, and the limits of the common ones."""

from standins.slack.model import Json
from standins.slack.text_objects import (
    check_keys,
    check_length,
    check_list,
    check_text,
    complain,
    require,
)

SELECTS = {
    f"{prefix}{kind}_select"
    for prefix in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
}
PICKERS = {"datepicker", "timepicker", "datetimepicker"}
CHOICES = {"checkboxes", "radio_buttons"}
ACTION_ELEMENTS = SELECTS | PICKERS | CHOICES | {"button", "overflow", "workflow_button"}
SECTION_ELEMENTS = ACTION_ELEMENTS | {"image"}
CONTEXT_ELEMENTS = {"image"}
INPUT_ELEMENTS = (
    SELECTS
    | PICKERS
    | CHOICES
    | {
        "plain_text_input",
        "rich_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
    }
)
BUTTON_KEYS = {
    "type",
    "text",
    "action_id",
    "url",
    "value",
    "style",
    "confirm",
    "accessibility_label",
}
BUTTON_STYLES = ("primary", "danger")


def check_element(value: object, allowed: set[str], at: str, problems: list[str]) -> None:
    """An element of a kind that may stand in this place, within its limits."""
    if not isinstance(value, dict):
        return complain(problems, "must be an object", at)
    kind = value.get("type")
    if kind not in allowed:
        return complain(problems, f"unsupported type: {kind}", f"{at}/type")
    check_length(value, "action_id", 255, at, problems)
    if kind == "button":
        _check_button(value, at, problems)
    elif kind == "image":
        _check_image(value, at, problems)
    elif "options" in value:
        _check_options(value, at, problems)
    return None


def _check_button(value: Json, at: str, problems: list[str]) -> None:
    check_keys(value, BUTTON_KEYS, at, problems)
    if require(value, "text", at, problems):
        check_text(value["text"], 75, f"{at}/text", problems, plain=True)
    check_length(value, "value", 2000, at, problems)
    check_length(value, "url", 3000, at, problems)
    if "style" in value and value["style"] not in BUTTON_STYLES:
        complain(problems, f"must be one of {', '.join(BUTTON_STYLES)}", f"{at}/style")


def _check_image(value: Json, at: str, problems: list[str]) -> None:
    if "slack_file" not in value:
        require(value, "image_url", at, problems)
    check_length(value, "image_url", 3000, at, problems)
    if require(value, "alt_text", at, problems):
        check_length(value, "alt_text", 2000, at, problems)


def _check_options(value: Json, at: str, problems: list[str]) -> None:
    for place, item in check_list(value, "options", 100, at, problems):
        if not isinstance(item, dict):
            complain(problems, "must be an object", place)
        elif require(item, "text", place, problems):
            check_text(item["text"], 75, f"{place}/text", problems)
            check_length(item, "value", 150, place, problems)
