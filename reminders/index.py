"""The index of what is due, in Redis: fast, and allowed to be empty, stale or wrong.

    reminders:pending:<company id>   sorted set   reminder id, score = when to look at it
    reminders:due                    sorted set   company id, score = its earliest reminder
    reminders:leases                 sorted set   "company:reminder", score = end of the claim
    reminders:ready                  string       there while the index holds the next two days

A company's key is made in one place, from its id alone. Scores are Unix seconds. "Now" is always
an argument: one instant, the worker's, decides here, in the database's conditions and in the
words of the message. Redis's own TIME could disagree with the other two.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog
from redis import RedisError
from redis.client import Pipeline

from bookings.live import redis_client

logger = structlog.get_logger(__name__)

PENDING = "reminders:pending:"
DUE = "reminders:due"
LEASES = "reminders:leases"
READY = "reminders:ready"
REBUILDING = "reminders:rebuilding"

HORIZON = timedelta(hours=48)  # what lies later is not in Redis yet
REFILL = timedelta(hours=12)  # after which the mark lapses, and the next two days are brought in
CLAIM = timedelta(seconds=60)  # then what a dead worker took comes back
COMPANIES_A_TICK = 200
REMINDERS_A_TURN = 20  # of one company, however many it has due: then the others have theirs
REBUILD_SECONDS = 500  # a rebuild that takes longer has died

# A company that still has something due goes to the back of the queue: its score becomes "now".
_TICK = """
local due, leases = KEYS[1], KEYS[2]
local prefix, now, lease_end = ARGV[1], ARGV[2], ARGV[3]
local returned = redis.call('ZRANGE', leases, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1000)
for _, member in ipairs(returned) do
    redis.call('ZREM', leases, member)
    local company, id = string.match(member, '^(%d+):(%d+)$')
    if id then
        redis.call('ZADD', prefix .. company, 'NX', now, id)
        redis.call('ZADD', due, 'LT', now, company)
    end
end
local claimed = {}
local companies = redis.call('ZRANGE', due, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])
for _, company in ipairs(companies) do
    local pending = prefix .. company
    local ids = redis.call('ZRANGE', pending, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[5])
    for _, id in ipairs(ids) do
        redis.call('ZREM', pending, id)
        redis.call('ZADD', leases, lease_end, company .. ':' .. id)
    end
    local head = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')[2]
    if not head then
        redis.call('ZREM', due, company)
    elseif tonumber(head) < tonumber(now) then
        redis.call('ZADD', due, now, company)
    else
        redis.call('ZADD', due, head, company)
    end
    if #ids > 0 then claimed[#claimed + 1] = {company, ids} end
end
return {redis.call('EXISTS', KEYS[3]), claimed}
"""


@dataclass(frozen=True)
class Claimed:
    """What one tick took: reminder ids by company; `ready` is False when the index is lost."""

    ready: bool
    reminders: dict[int, list[int]]


def claim(now: datetime) -> Claimed:
    """Takes what is due, once for all workers, in one round trip; raises RedisError.

    Up to 200 companies, up to 20 reminders each. What is not updated or released within a minute
    comes back.
    """
    ready, taken = _tick_script()(
        keys=[DUE, LEASES, READY],
        args=[
            PENDING,
            now.timestamp(),
            (now + CLAIM).timestamp(),
            COMPANIES_A_TICK,
            REMINDERS_A_TURN,
        ],
    )
    return Claimed(bool(ready), {int(company): _numbers(ids) for company, ids in taken})


def update(company_id: int, times: Mapping[int, datetime], gone: Collection[int]) -> None:
    """Enters when to look at reminders of a company, takes others out, and ends their claims.

    Losing this (Redis is away) costs seconds: the sweep of the database finds what is due.
    """
    touched = [*times, *gone]
    if not touched:
        return
    pipeline = redis_client().pipeline()
    pipeline.zrem(LEASES, *(f"{company_id}:{number}" for number in touched))
    if gone:
        pipeline.zrem(_pending(company_id), *gone)
    _enter(pipeline, company_id, times)
    try:
        pipeline.execute()
    except RedisError as error:
        logger.warning("reminder index not updated", company=company_id, error=str(error))


def replace(company_id: int, times: Mapping[int, datetime]) -> None:
    """Makes a company's part of the index exactly this; raises RedisError."""
    pipeline = redis_client().pipeline()
    pipeline.delete(_pending(company_id))
    pipeline.zrem(DUE, str(company_id))
    _enter(pipeline, company_id, times)
    pipeline.execute()


def begin_rebuild() -> bool:
    """Whether the caller is the one to rebuild: one at a time, across all workers."""
    return bool(redis_client().set(REBUILDING, "1", nx=True, ex=REBUILD_SECONDS))


def end_rebuild() -> None:
    """Marks the index as complete, until the days beyond its horizon are due to be brought in."""
    pipeline = redis_client().pipeline()
    pipeline.set(READY, "1", ex=REFILL)
    pipeline.delete(REBUILDING)
    pipeline.execute()


def _pending(company_id: int) -> str:
    return f"{PENDING}{company_id:d}"


def _enter(pipeline: Pipeline, company_id: int, times: Mapping[int, datetime]) -> None:
    if times:
        earliest = min(times.values()).timestamp()
        pipeline.zadd(DUE, {str(company_id): earliest}, lt=True)
        pipeline.zadd(_pending(company_id), {str(key): at.timestamp() for key, at in times.items()})


def _numbers(ids: list[str]) -> list[int]:
    return [int(number) for number in ids if number.isdigit()]


@lru_cache(maxsize=1)
def _tick_script() -> Any:
    return redis_client().register_script(_TICK)
