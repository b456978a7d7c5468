"""How much of Google's quota may be spent at this moment, and by whom.

    calendars:budget:project         hash     what all companies share
    calendars:budget:grant:<company> hash     what one grant may spend ("user" in Google's terms)
    calendars:budget:lane:<lane>     hash     what a lane may take of the project's
    calendars:budget:writes:<id>     hash     writes to one calendar
    calendars:budget:trouble         hash     recent requests and failures of the project
    calendars:budget:limited         set      grants that met a limit within a minute
    calendars:budget:day:<date>      counter  requests of Google's day, which begins in California

One Lua call a request looks at all of them and takes from all or from none. "Now" is the worker's
clock. A bucket (`tokens` at instant `at`) shrinks to half when Google says that it is too much, and
grows back by a tenth of its size a minute. A lane that nobody waits for leaves a quarter of what is
there to those who wait.

Where the project as a whole is in trouble, requests are refused here, the more the fewer of them
succeed (https://sre.google/sre-book/handling-overload/, "client-side throttling"), but for a probe
every half minute, whose success opens the way again.
"""

import math
import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from redis import RedisError
from redis.commands.core import Script

from bookings.live import redis_client
from calendars.errors import GoogleUnavailable, OverBudget

logger = structlog.get_logger(__name__)

PREFIX = "calendars:budget:"
GOOGLES_DAY = ZoneInfo("America/Los_Angeles")
# What a request counts (https://developers.google.com/workspace/calendar/api/v3/reference/events):
# Google charges a patch three times.
COSTS = {"PATCH": 3}
WRITES_AT_ONCE = 10  # seconds of a calendar's writes that may come together
POLLS_STRETCH, POLLS_STOP, ALL_STOP = 0.70, 0.85, 0.95  # of a day's requests
DAY_IS_OVER = 900.0  # seconds until it is worth to look again
FADES = 120  # seconds, the time constant with which the project's requests are forgotten
FEW = 5  # requests that do not tell yet how the project is
HARDLY_ANY = 0.9  # of them fail
PROBE_EVERY = 30  # seconds
RESERVE = 0.25  # of a bucket is for those who wait
WITHOUT_REDIS = 0.1  # of each limit, in every process


class Lane(StrEnum):
    """Who is waiting, by the queue that the work came from."""

    INTERACTIVE = "interactive"  # a person
    SYNC = "sync"  # what was announced
    BULK = "bulk"  # nobody


SHARES = {Lane.SYNC: 0.6, Lane.BULK: 0.2}  # of the project's budget

# KEYS: day, trouble, then the buckets. ARGV: now, dice, cost, most of a day, reserve (a share), and
# for each bucket its rate (a second), burst and cost. Answers {granted, wait in seconds, is probe}.
_TAKE = (
    f"local FADES, FEW, HARDLY_ANY, PROBE_EVERY = {FADES}, {FEW}, {HARDLY_ANY}, {PROBE_EVERY}"
    + """
local now, dice, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if tonumber(redis.call('GET', KEYS[1]) or 0) + cost > tonumber(ARGV[4]) then
    return {0, 'day', 0}
end

local held = redis.call('HMGET', KEYS[2], 'at', 'asked', 'failed', 'refused', 'probe')
local fade = math.exp(math.min(0, (tonumber(held[1] or now) - now) / FADES))
local asked, failed = tonumber(held[2] or 0) * fade, tonumber(held[3] or 0) * fade
local refused = tonumber(held[4] or 0) * fade
local function note(probe)
    redis.call('HSET', KEYS[2], 'at', now, 'asked', asked, 'failed', failed, 'refused', refused,
               'probe', probe or held[5] or 0)
    redis.call('EXPIRE', KEYS[2], 1200)
end
local accepted = math.max(0, asked - refused - failed)
local is_trouble = asked >= FEW and (accepted < (1 - HARDLY_ANY) * asked
                                     or dice * (asked + 1) < asked - 2 * accepted)
local is_probe = is_trouble and now - tonumber(held[5] or 0) >= PROBE_EVERY
if is_trouble and not is_probe then
    asked, refused = asked + 1, refused + 1
    note()
    return {0, 'trouble', 0}
end

local wait, buckets = 0, {}
for number = 3, #KEYS do
    local given = 6 + (number - 3) * 3
    local rate, burst = tonumber(ARGV[given]), tonumber(ARGV[given + 1])
    local price = tonumber(ARGV[given + 2])
    local found = redis.call('HMGET', KEYS[number], 'tokens', 'at', 'scale')
    local passed = math.max(0, now - tonumber(found[2] or now))
    local scale = math.min(1, tonumber(found[3] or 1) + passed / 600)
    local most = math.max(burst * scale, 1)
    local tokens = math.min(most, tonumber(found[1] or most) + passed * rate * scale)
    local needed = math.min(price, most) + math.max(0, math.min(most - price, most * ARGV[5]))
    if tokens < needed then
        wait = math.max(wait, (needed - tokens) / (rate * scale))
    end
    buckets[number] = {tokens - price, scale}
end
if wait > 0 then return {0, tostring(wait), 0} end
for number, bucket in pairs(buckets) do
    redis.call('HSET', KEYS[number], 'tokens', bucket[1], 'at', now, 'scale', bucket[2])
    redis.call('EXPIRE', KEYS[number], 3600)
end
redis.call('INCRBY', KEYS[1], cost)
redis.call('EXPIRE', KEYS[1], 172800)
asked = asked + 1
note(is_probe and now)
return {1, '0', is_probe and 1 or 0}
"""
)

# KEYS: limited, project, grant. ARGV: now, company. The grant's bucket shrinks, at most once in ten
# seconds; where three grants meet limits within a minute it is the project's.
_SHRINK = """
local now = tonumber(ARGV[1])
local function halve(key)
    local found = redis.call('HMGET', key, 'scale', 'halved', 'tokens')
    if now - tonumber(found[2] or 0) < 10 then return end
    local scale = math.max(tonumber(found[1] or 1) / 2, 0.05)
    redis.call('HSET', key, 'scale', scale, 'halved', now, 'at', now,
               'tokens', math.min(0, tonumber(found[3] or 0)))
    redis.call('EXPIRE', key, 3600)
end
halve(KEYS[3])
redis.call('SADD', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], 60)
if redis.call('SCARD', KEYS[1]) >= 3 then halve(KEYS[2]) end
"""


@dataclass(frozen=True)
class Bucket:
    """A token bucket: `rate` a second, `burst` at once, and what a request takes from it."""

    key: str
    rate: float
    burst: float
    cost: float


class Budget:
    """What one company may spend in one lane."""

    def __init__(self, company_id: int, lane: Lane) -> None:
        self._company_id, self._lane = company_id, lane

    def take(self, http_method: str, writes_to: str = "") -> bool:
        """Pays for one request; `writes_to` is the calendar that it changes, if it does.

        True if it is a probe, of which the project's way out of trouble depends. Raises OverBudget.
        """
        cost = COSTS.get(http_method, 1)
        buckets = self._buckets(cost, writes_to)
        try:
            granted, wait, is_probe = self._ask(cost, buckets)
        except RedisError as error:
            logger.warning("redis away", error=str(error))
            granted, wait, is_probe = _of_this_process.take(buckets)
        if granted:
            return bool(is_probe)
        if wait == "trouble":
            raise OverBudget("Google is in trouble; Roomly asks again by itself.")
        if wait == "day":
            raise OverBudget("The day's requests are used up.", retry_after=DAY_IS_OVER)
        # Not all at the same moment.
        seconds = float(wait) * random.uniform(1, 1.5)  # noqa: S311  no secret
        raise OverBudget("Requests to Google are rationed at this moment.", retry_after=seconds)

    def _ask(self, cost: int, buckets: list[Bucket]) -> Any:
        numbers = [value for each in buckets for value in (each.rate, each.burst, each.cost)]
        share = 1 if self._lane is Lane.INTERACTIVE else ALL_STOP
        reserve = 0 if self._lane is Lane.INTERACTIVE else RESERVE
        most = settings.GOOGLE_REQUESTS_PER_DAY * share
        return _script(_TAKE)(
            keys=[_day_key(), f"{PREFIX}trouble", *(each.key for each in buckets)],
            args=[time.time(), random.random(), cost, most, reserve, *numbers],  # noqa: S311
        )

    def _buckets(self, cost: int, writes_to: str) -> list[Bucket]:
        project = settings.GOOGLE_PROJECT_PER_MINUTE / 60
        burst = settings.GOOGLE_PROJECT_BURST
        found = [
            Bucket(f"{PREFIX}project", project, burst, cost),
            Bucket(
                f"{PREFIX}grant:{self._company_id}",
                settings.GOOGLE_GRANT_PER_MINUTE / 60,
                settings.GOOGLE_GRANT_BURST,
                cost,
            ),
        ]
        if (share := SHARES.get(self._lane)) is not None:
            found.append(Bucket(f"{PREFIX}lane:{self._lane}", project * share, burst * share, cost))
        if writes_to:
            rate = settings.GOOGLE_CALENDAR_WRITES_PER_SECOND
            key = f"{PREFIX}writes:{self._company_id}:{writes_to}"
            found.append(Bucket(key, rate, rate * WRITES_AT_ONCE, 1))
        return found

    def failed(self, error: GoogleUnavailable) -> None:
        """Google did not do it: this grant slows down, or all do."""
        try:
            if error.is_limit:
                keys = [f"{PREFIX}{name}" for name in ("limited", "project")]
                keys.append(f"{PREFIX}grant:{self._company_id}")
                _script(_SHRINK)(keys=keys, args=[time.time(), self._company_id])
            else:
                redis_client().hincrbyfloat(f"{PREFIX}trouble", "failed", 1)
        except RedisError as redis_error:
            logger.warning("redis away", error=str(redis_error))

    def recovered(self) -> None:
        """A probe came through: what piled up may go, at the pace of the buckets."""
        logger.warning("google answers again")
        try:
            redis_client().delete(f"{PREFIX}trouble")
        except RedisError as error:
            logger.warning("redis away", error=str(error))


def is_in_trouble() -> bool:
    """Whether hardly any request of the project came through of late: only probes make sense."""
    try:
        held = redis_client().hmget(f"{PREFIX}trouble", "at", "asked", "failed", "refused")
    except RedisError:
        return False
    at, asked, failed, refused = (float(value or 0) for value in held)
    asked_of_late = asked * math.exp((at - time.time()) / FADES)
    return asked_of_late >= FEW and failed + refused > HARDLY_ANY * asked


def share_of_day() -> float:
    """How much of the day's requests is spent, from 0 to 1."""
    try:
        spent = int(redis_client().get(_day_key()) or 0)
    except RedisError:
        return 0
    return spent / settings.GOOGLE_REQUESTS_PER_DAY


def _day_key() -> str:
    today = datetime.fromtimestamp(time.time(), UTC).astimezone(GOOGLES_DAY).date()
    return f"{PREFIX}day:{today:%Y-%m-%d}"


@lru_cache(maxsize=2)
def _script(text: str) -> Script:
    return redis_client().register_script(text)


class _OwnBuckets:
    """A tenth of each budget, for a process that cannot ask the others."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, buckets: list[Bucket]) -> tuple[bool, str, bool]:
        now = time.time()
        with self._lock:
            levels = {each.key: self._level(each, now) for each in buckets}
            waits = [
                (min(each.cost, levels[each.key][1]) - levels[each.key][0])
                / (each.rate * WITHOUT_REDIS)
                for each in buckets
            ]
            if max(waits) > 0:
                return False, str(max(waits)), False
            for each in buckets:
                self._levels[each.key] = (levels[each.key][0] - each.cost, now)
            return True, "0", False

    def _level(self, bucket: Bucket, now: float) -> tuple[float, float]:
        """Tokens, and the most there can be."""
        most = max(1, bucket.burst * WITHOUT_REDIS)
        tokens, at = self._levels.get(bucket.key, (most, now))
        gained = max(0, now - at) * bucket.rate * WITHOUT_REDIS
        return min(most, tokens + gained), most


_of_this_process = _OwnBuckets()
