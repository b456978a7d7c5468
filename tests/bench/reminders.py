"""Where reminders wait: the claim behind a sorted set a company, measured on a real Redis.

Three layouts hold the same reminders, spread over the next day:

    single    one sorted set with all companies' reminders
    apart     a sorted set a company, each asked in turn
    indexed   a sorted set a company, and one of companies by their earliest: Roomly's own

Each is asked for what one company has to send, for what all have to, and what nothing due costs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Protocol

from django.conf import settings
from redis import Redis

from bookings.live import redis_client
from reminders import index
from tests.bench.measure import emit, emit_times, timed

SIZES = ((100, 1_000), (1_000, 1_000), (10_000, 100))
A_DAY = 24 * 3600.0
CHUNK = 5_000
RUNS = 5
BEGIN = datetime(2026, 12, 1, tzinfo=UTC)
LATER = BEGIN + timedelta(days=1)


class Layout(Protocol):
    """A way to keep reminders; a reminder is its company, its number, and when it is due."""

    name: str

    def fill(self, redis: Any, reminders: list[tuple[int, int, float]]) -> None:
        """Enters reminders, in one go."""

    def due_of(self, redis: Any, company: int, at: float) -> list[str]:
        """What one company has to send."""

    def due(self, redis: Any, companies: int, at: float) -> int:
        """How much all companies have to send; looked at, not taken."""


class Single:
    name = "single"

    def fill(self, redis: Any, reminders: list[tuple[int, int, float]]) -> None:
        redis.zadd("bench:all", {f"{company}:{number}": at for company, number, at in reminders})

    def due_of(self, redis: Any, company: int, at: float) -> list[str]:
        mine = f"{company}:"
        return [each for each in redis.zrangebyscore("bench:all", 0, at) if each.startswith(mine)]

    def due(self, redis: Any, companies: int, at: float) -> int:
        return len(redis.zrangebyscore("bench:all", 0, at))


class Apart:
    name = "apart"

    def fill(self, redis: Any, reminders: list[tuple[int, int, float]]) -> None:
        pipeline = redis.pipeline(transaction=False)
        for company, number, at in reminders:
            pipeline.zadd(f"bench:{company}", {str(number): at})
        pipeline.execute()

    def due_of(self, redis: Any, company: int, at: float) -> list[str]:
        found: list[str] = redis.zrangebyscore(f"bench:{company}", 0, at)
        return found

    def due(self, redis: Any, companies: int, at: float) -> int:
        return sum(len(self.due_of(redis, company, at)) for company in range(companies))


class Indexed(Apart):
    name = "indexed"

    def fill(self, redis: Any, reminders: list[tuple[int, int, float]]) -> None:
        pipeline = redis.pipeline(transaction=False)
        for company, number, at in reminders:
            pipeline.zadd(f"bench:{company}", {str(number): at})
            pipeline.zadd("bench:due", {str(company): at}, lt=True)
        pipeline.execute()

    def due(self, redis: Any, companies: int, at: float) -> int:
        touched = redis.zrangebyscore("bench:due", 0, at)
        return sum(len(self.due_of(redis, int(company), at)) for company in touched)


def run(_base: str) -> None:
    """In this process; the database plays no part."""
    _claim_all()
    _tick()
    # Patient: a million answers take longer than a page would wait.
    redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    for companies, each in SIZES:
        single = 0.0
        for layout in (Single(), Apart(), Indexed()):
            took = _ask(redis, layout, companies, each)
            single = single or took
            name = f"reminders.{layout.name}.{companies}x{each}"
            emit(name, "one_company_to_single", single / took, "times faster", RUNS)


def _ask(redis: Any, layout: Layout, companies: int, each: int) -> float:
    """All figures of a layout at a size; returns the time to find what one company has, in ms."""
    redis.execute_command("FLUSHDB", "SYNC")  # or what was there is freed while memory is measured
    name = f"reminders.{layout.name}.{companies}x{each}"
    before = redis.info("memory")["used_memory"]
    reminders = reminders_of(companies, each)
    while chunk := list(islice(reminders, CHUNK)):
        layout.fill(redis, chunk)
    emit(name, "memory", (redis.info("memory")["used_memory"] - before) / 2**20, "MiB", 1)
    middle, nothing = companies // 2, -1.0
    assert len(layout.due_of(redis, middle, A_DAY)) == each
    found = [timed(lambda: layout.due_of(redis, middle, A_DAY)) for _ in range(RUNS)]
    one = emit_times(f"{name}.one_company", found)
    for question, at in (("all_of_a_minute", 60.0), ("nothing_due", nothing)):
        times = [timed(partial(layout.due, redis, companies, at)) for _ in range(RUNS)]
        emit(f"{name}.{question}", "p50", sorted(times)[RUNS // 2], "ms", RUNS)
    return one


def reminders_of(companies: int, each: int) -> Iterator[tuple[int, int, float]]:
    """Every company's reminders, evenly over a day, no two companies' at the same second."""
    for company in range(companies):
        for number in range(each):
            yield company, number, A_DAY * (number + company / companies) / each


def _tick() -> None:
    """What a tick with nothing due costs, however many companies wait for tomorrow."""
    redis = redis_client()
    for companies, _each in SIZES:
        redis.flushdb()
        for company in range(1, companies + 1):
            index.replace(company, {company: LATER})
        index.claim(BEGIN)
        redis.config_resetstat()
        times = [timed(lambda: index.claim(BEGIN)) for _ in range(RUNS)]
        asked = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
        emit_times(f"reminders.tick_with_nothing_due.{companies}", times)
        emit(
            f"reminders.tick_with_nothing_due.{companies}", "round_trips", asked / RUNS, "calls",
            RUNS,
        )  # fmt: skip


def _claim_all() -> None:
    """10,000 reminders of 1,000 companies that are due at once, claimed by one worker."""
    redis_client().flushdb()
    for company in range(1, 1_001):
        index.replace(company, {company * 10 + number: BEGIN for number in range(10)})
    claimed, ticks = 0, 0

    def claim() -> None:
        nonlocal claimed, ticks
        while taken := index.claim(LATER).reminders:
            claimed += sum(map(len, taken.values()))
            ticks += 1

    took = timed(claim)
    assert claimed == 10_000
    emit("reminders.claim_10000_of_1000", "wall", took, "ms", ticks)
    emit("reminders.claim_10000_of_1000", "of_its_bar", took / 2_000, "ratio", ticks)
