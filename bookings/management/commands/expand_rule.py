"""manage.py expand_rule"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from bookings.recurrence import Series, expand, first_start, parse_recurrence
from tenants.errors import DomainError
from tenants.zones import validate_zone

MOST_STARTS = 100_000  # unlike a booking, a question may reach over centuries


class Command(BaseCommand):
    help = (
        'Reads JSON lines {"id", "dtstart" (local, without offset), "timezone", "recurrence":'
        ' [...], "from", "to" (UTC)} from standard input and prints {"id", "starts": [UTC, ...]}'
        ' or {"id", "error"} for each, by the code that books.'
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for line in getattr(sys.stdin, "buffer", sys.stdin):  # bytes: one bad line ends no other
            if line.strip():
                self.stdout.write(json.dumps(_answer(line)))


def _answer(line: bytes | str) -> dict[str, Any]:
    """The answer to one line; whatever is wrong with it is one sentence."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": "This line is not JSON."}
    if not isinstance(asked, dict):
        return {"id": None, "error": "This line is not a JSON object."}
    try:
        return {"id": asked.get("id"), "starts": _starts(asked)}
    except ValidationError as error:
        return {"id": asked.get("id"), "error": " ".join(error.messages)}
    except (ValueError, OverflowError, DomainError) as error:
        return {"id": asked.get("id"), "error": str(error)}


def _starts(asked: dict[str, Any]) -> list[str]:
    zone, lines = _text(asked, "timezone"), _lines(asked)
    validate_zone(zone)
    dtstart = _moment(asked, "dtstart")
    if dtstart.tzinfo is not None:
        raise ValueError("dtstart is a local time, without an offset.")
    all_day = len(asked["dtstart"]) <= len("2026-12-01")
    series = Series(
        dtstart_local=dtstart,
        timezone=zone,
        duration=timedelta(days=1),  # has no part in the starts
        recurrence=parse_recurrence(lines, zone, start=dtstart.time(), all_day=all_day),
        days=1 if all_day else None,
    )
    first_start(series)  # refuses a rule that never occurs
    places = expand(series, _instant(asked, "from"), _instant(asked, "to"), most=MOST_STARTS)
    return [f"{place.starts_at:%Y-%m-%dT%H:%M:%SZ}" for place in places]


def _text(asked: dict[str, Any], name: str) -> str:
    text = asked.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is {'missing' if text is None else 'not a text'}.")
    return text


def _lines(asked: dict[str, Any]) -> list[str]:
    lines = asked.get("recurrence")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError(f"recurrence is {'missing' if lines is None else 'not a list of lines'}.")
    return lines


def _moment(asked: dict[str, Any], name: str) -> datetime:
    text = _text(asked, name)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name} is not a time: {text[:40]!r}.") from error


def _instant(asked: dict[str, Any], name: str) -> datetime:
    moment = _moment(asked, name)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
