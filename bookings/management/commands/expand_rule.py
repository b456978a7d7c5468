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
        for line in sys.stdin:
            if line.strip():
                self.stdout.write(json.dumps(_answer(line), ensure_ascii=False))


def _answer(line: str) -> dict[str, Any]:
    asked: Any = None
    try:
        asked = json.loads(line)
        starts = _starts(asked)
    except KeyError as error:
        return {"id": asked.get("id"), "error": f"{error.args[0]} is missing"}
    except ValidationError as error:
        return {"id": asked.get("id"), "error": " ".join(error.messages)}
    except (ValueError, TypeError, OverflowError, DomainError) as error:
        return {"id": asked.get("id") if isinstance(asked, dict) else None, "error": str(error)}
    return {"id": asked.get("id"), "starts": starts}


def _starts(asked: dict[str, Any]) -> list[str]:
    validate_zone(asked["timezone"])
    dtstart = datetime.fromisoformat(asked["dtstart"])
    if dtstart.tzinfo is not None:
        raise ValueError("dtstart is a local time, without an offset")
    all_day = len(asked["dtstart"]) == len("2026-12-01")
    series = Series(
        dtstart_local=dtstart,
        timezone=asked["timezone"],
        duration=timedelta(days=1),  # has no part in the starts
        recurrence=parse_recurrence(
            asked["recurrence"], asked["timezone"], start=dtstart.time(), all_day=all_day
        ),
        days=1 if all_day else None,
    )
    first_start(series)  # refuses a rule that never occurs
    places = expand(series, _utc(asked["from"]), _utc(asked["to"]), most=MOST_STARTS)
    return [f"{place.starts_at:%Y-%m-%dT%H:%M:%SZ}" for place in places]


def _utc(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
