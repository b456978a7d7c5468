"""Timing, and the one form in which figures are printed."""

import json
import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

_FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def emit(bench: str, metric: str, value: float, unit: str, n: int) -> None:
    """Prints one figure."""
    figure = {"bench": bench, "metric": metric, "value": round(value, 3), "unit": unit, "n": n}
    print(json.dumps(figure), flush=True)


def timed(act: Callable[[], Any], *, clock: Callable[[], float] = time.perf_counter) -> float:
    """How long one call takes, in milliseconds."""
    started = clock()
    act()
    return (clock() - started) * 1000


def statements(act: Callable[[], Any]) -> int:
    """How many statements a call sends to the database, those that only frame others left out."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return sum(not query["sql"].startswith(_FRAMES) for query in queries)


def emit_times(bench: str, milliseconds: Sequence[float]) -> float:
    """Prints median and 95th percentile; returns the median in milliseconds."""
    p50 = median(milliseconds)
    p95 = quantiles(milliseconds, n=20)[18]
    emit(bench, "p50", p50, "ms", len(milliseconds))
    emit(bench, "p95", p95, "ms", len(milliseconds))
    return p50
