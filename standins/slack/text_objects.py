"""The small rules that all of Block Kit shares: lengths, required fields, text objects."""

from collections.abc import Iterator

from standins.slack.model import Json

TEXT_KEYS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}


def complain(problems: list[str], sentence: str, at: str) -> None:
    """Add a sentence with the place it is about."""
    problems.append(f"{sentence} [json-pointer:{at}]")


def require(value: Json, key: str, at: str, problems: list[str]) -> bool:
    """Whether the field is there; complains when it is not."""
    if value.get(key) in (None, ""):
        complain(problems, f"missing required field: {key}", at)
        return False
    return True


def check_keys(value: Json, allowed: set[str], at: str, problems: list[str]) -> None:
    """Slack refuses properties that it does not know."""
    for key in value.keys() - allowed:
        complain(problems, f"invalid additional property: {key}", at)


def check_length(value: Json, key: str, limit: int, at: str, problems: list[str]) -> None:
    """A field, when present, is a string of at most `limit` characters."""
    if key not in value:
        return
    if not isinstance(value[key], str):
        complain(problems, "must be a string", f"{at}/{key}")
    elif len(value[key]) > limit:
        complain(problems, f"must be less than {limit + 1} characters", f"{at}/{key}")


def check_list(
    value: Json, key: str, limit: int, at: str, problems: list[str]
) -> Iterator[tuple[str, object]]:
    """The items with their places, after checking that there are 1 to `limit`."""
    items = value.get(key)
    place = f"{at}/{key}"
    if items is None:
        return complain(problems, f"missing required field: {key}", at)
    if not isinstance(items, list):
        return complain(problems, "must be an array", place)
    if not items:
        complain(problems, "no fewer than 1 items allowed", place)
    if len(items) > limit:
        complain(problems, f"no more than {limit} items allowed", place)
    for index, item in enumerate(items):
        yield f"{place}/{index}", item
    return None


def check_text(
    value: object, limit: int, at: str, problems: list[str], *, plain: bool = False
) -> None:
    """A text object of 1 to `limit` characters, where `plain` allows plain_text only."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(value, dict):
        return complain(problems, "must be an object", at)
    if value.get("type") not in kinds:
        return complain(problems, f"unsupported type: {value.get('type')}", f"{at}/type")
    check_keys(value, TEXT_KEYS[value["type"]], at, problems)
    text = value.get("text")
    if not isinstance(text, str):
        return complain(problems, "missing required field: text", at)
    if not text:
        return complain(problems, "must be more than 0 characters", f"{at}/text")
    return check_length(value, "text", limit, at, problems)
