"""What an action costs in CPU, of the application and the database together, at one client.

Beside it the bars, which other booking systems set on the same data (`half_a_year`).
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.bench.half_a_year import fill
from tests.bench.installation import gather_statistics, make_company, page_queries
from tests.bench.measure import emit
from tests.bench.processes import parent_of, seconds_of, tree_of
from tests.bench.programs import api_client, browser

RUNS = 100
WARM = 5
REPORT_DAYS = 32


def run(base: str) -> None:
    """Through HTTP, one request after another."""
    today = timezone.now().astimezone(factories.SEOUL)
    day = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    member = make_company("half-a-year.example")
    rooms = fill(member, day)
    gather_statistics()
    path = f"/?date={day:%Y-%m-%d}"
    first, last = (day + timedelta(days=days) for days in (-REPORT_DAYS, -1))
    month = f"when=own&first={first:%Y-%m-%d}&last={last:%Y-%m-%d}"  # of 3,600 rows
    pages = {
        ("day of 50 rooms", 20.0, 4): path,
        ("day of 10 rooms", 10.0, 4): f"{path}&building={rooms[0].building_id}",
        ("week of a room", 15.0, 4): f"/rooms/{rooms[0].pk}/?date={day:%Y-%m-%d}",
        ("a month's report", 100.0, 3): f"/settings/usage/?{month}",
        ("month of a room", 15.0, 4): f"/rooms/{rooms[0].pk}/month/?date={day:%Y-%m-%d}",
    }
    with browser(member, base) as client:
        for (name, bar, queries), page in pages.items():
            _cost(name, bar, partial(_get, client, page), httpx.codes.OK)
            emit(f"cost.{name}", "statements", page_queries(member, page), "statements", 1)
            emit(f"cost.{name}", "statements_bar", queries, "statements", 1)
        again = {"If-None-Match": client.get(f"/grid/{path[1:]}").headers["ETag"]}
        _cost(
            "day of 50 rooms, unchanged", 2.0,
            lambda number: client.get(f"/grid/{path[1:]}", headers=again),
            httpx.codes.NOT_MODIFIED,
        )  # fmt: skip
    with api_client(member, base) as client:

        def find(number: int, hour: int) -> httpx.Response:
            times = _times(day + timedelta(days=number % 50, hours=hour))
            asked = {name: times[name] for name in ("start", "end")}
            return client.get("/api/v1/availability", params=asked)

        name = "which of 50 rooms are free"  # all of them from noon on, none at ten
        _cost(name, 15.0, lambda number: find(number, 11 + number % 8), httpx.codes.OK)
        name = "none of 50 rooms is free, and what is near"
        _cost(name, 15.0, lambda number: find(number, 10), httpx.codes.OK)

        def book(number: int, hour: int, **more: Any) -> httpx.Response:
            body = {"room": rooms[number % len(rooms)].pk, "title": "Cost", **more}
            start = day + timedelta(days=100 + number // len(rooms), hours=hour)
            return client.post("/api/v1/bookings", json=body | _times(start))

        _cost("create", 10.0, lambda number: book(number, 9), httpx.codes.CREATED)
        _cost("refused create", 8.0, lambda number: book(number, 9), httpx.codes.CONFLICT)
        weekly = ["RRULE:FREQ=WEEKLY;COUNT=52"]
        _cost(
            "series of 52", 30.0,
            lambda number: book(number % 50, 10 + number // 50, recurrence=weekly),
            httpx.codes.CREATED,
        )  # fmt: skip


def _get(client: httpx.Client, page: str, _number: int) -> httpx.Response:
    return client.get(page)


def _times(start: datetime) -> dict[str, str]:
    end = start + timedelta(minutes=30)
    return {"start": start.isoformat(), "end": end.isoformat(), "timezone": "Asia/Seoul"}


def _cost(name: str, bar: float, act: Callable[[int], httpx.Response], expected: int) -> None:
    for number in range(WARM):
        assert act(number).status_code == expected
    before = _cpu()
    for number in range(WARM, WARM + RUNS):
        assert act(number).status_code == expected
    each = (_cpu() - before) * 1000 / RUNS
    emit(f"cost.{name}", "cpu", each, "ms", RUNS)
    emit(f"cost.{name}", "of_its_bar", each / bar, "ratio", RUNS)


def _cpu() -> float:
    """Seconds that the web processes and the database's processes have had so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    database = parent_of(backend)
    return sum(map(seconds_of, {*tree_of(database), *tree_of(os.getpid())} - {os.getpid()}))
