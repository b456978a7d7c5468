"""The day view: 50 rooms, and 500 rooms with 10 bookings each."""

import httpx

from tests.bench.installation import (
    fill_day,
    make_company,
    make_rooms,
    page_queries,
    tomorrow_at_eight,
)
from tests.bench.measure import emit, emit_times, timed
from tests.bench.programs import browser

SIZES = {"50x5": (50, 5), "500x10": (500, 10)}
RUNS = 30


def run(base: str) -> None:
    """Through HTTP; the queries are counted in this process."""
    day = tomorrow_at_eight()
    path = f"/?date={day:%Y-%m-%d}"
    for name, (rooms, per_room) in SIZES.items():
        member = make_company(f"day-{name}.example")
        fill_day(member, make_rooms(member.company, rooms), per_room=per_room, start=day)
        with browser(member, base) as client:
            sizes = _sizes(client, path)
            emit_times(f"day.{name}", [timed(lambda: client.get(path)) for _ in range(RUNS)])
        for metric, size in sizes.items():
            emit(f"day.{name}", metric, size, "bytes", 1)
        emit(f"day.{name}", "queries", page_queries(member, path), "queries", 1)


def _sizes(client: httpx.Client, path: str) -> dict[str, int]:
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        sent = sum(len(chunk) for chunk in answer.iter_raw())
    return {"sent": sent, "html": len(client.get(path).content)}
