"""How far the two sides are apart in time, noted where it arises.

A link keeps how long its last changes took, in seconds, the newest first: `lags_in` from Google's
`updated` to our taking over, `lags_out` from the booking to Google's answer. What still waits is
known from `behind_since` and from the outbox.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, Value, When
from django.db.models.expressions import RawSQL

from calendars import content
from calendars.models import GoogleCopy

KEPT = 100


def lags_of(copies: Iterable[GoogleCopy], now: datetime) -> list[int]:
    """How old the changes are that were listed just now, by Google's clock against ours."""
    times = (content.updated_of(copy.raw) for copy in copies)
    return [seconds_between(changed, now) for changed in times if changed][:KEPT]


def seconds_between(since: datetime, now: datetime) -> int:
    """Whole seconds, none where clocks disagree about the order."""
    return max(0, int((now - since).total_seconds()))


def with_lags(column: str, lags: Sequence[int]) -> Any:
    """A link's column (`lags_in` or `lags_out`) with these in front, to be written with its row."""
    return RawSQL(f"(%s::int[] || {column})[:{KEPT}]", [list(lags)])  # noqa: S611  our names


def still_behind(generation: int, started: datetime) -> Any:
    """`behind_since` after a reading that began at an instant, knowing of this generation."""
    told_since = When(generation__gt=generation, then=Value(started))
    return Case(told_since, default=None, output_field=DateTimeField())


def percentile(lags: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile of some lags; None if there are none."""
    ordered = sorted(lags)
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
