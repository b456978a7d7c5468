"""How much a company may post: Slack wants one message a second in a channel, and several hundred
a minute in a workspace.

    reminders:rate:<company id>:<what>   hash   tokens left, and when they were counted

Without Redis nothing is held back: then Slack says when it is too much.
"""

from datetime import datetime
from math import ceil
from typing import Any

import structlog
from redis import RedisError

from bookings.live import redis_client

logger = structlog.get_logger(__name__)

# https://docs.slack.dev/apis/web-api/rate-limits: tokens a second, and at once
A_CHANNEL = (1.0, 3)
A_WORKSPACE = (5.0, 20)
LOOK_UPS = UPDATES = (50 / 60, 20)  # tier 3
FORGET = 120  # seconds, in which every bucket fills up

# Takes one token from every bucket, or from none; how long until each has one.
_TAKE = """
local now, wait, left = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
    local rate, most = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
    local bucket = redis.call('HMGET', key, 'left', 'at')
    local since = math.max(0, now - (tonumber(bucket[2]) or now))
    left[i] = math.min(most, (tonumber(bucket[1]) or most) + since * rate)
    if left[i] < 1 then wait = math.max(wait, (1 - left[i]) / rate) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
    redis.call('HSET', key, 'left', tostring(left[i] - 1), 'at', ARGV[1])
    redis.call('EXPIRE', key, ARGV[2])
end
return '0'
"""


def pause_before_message(company_id: int, address: str, now: datetime) -> int:
    """Seconds until one more may be posted to a channel or person; 0: now, and it is counted."""
    buckets = {f"channel:{address}": A_CHANNEL, "workspace": A_WORKSPACE}
    return _pause(company_id, buckets, now)


def pause_before_look_up(company_id: int, now: datetime) -> int:
    """Seconds until Slack may be asked for one more person; 0: now, and it is counted."""
    return _pause(company_id, {"people": LOOK_UPS}, now)


def pause_before_update(company_id: int, now: datetime) -> int:
    """Seconds until one more message may be corrected; 0: now, and it is counted."""
    return _pause(company_id, {"updates": UPDATES}, now)


def _pause(company_id: int, buckets: dict[str, tuple[float, int]], now: datetime) -> int:
    limits = [value for bucket in buckets.values() for value in bucket]
    try:
        wait = _script()(
            keys=[f"reminders:rate:{company_id:d}:{what}" for what in buckets],
            args=[now.timestamp(), FORGET, *limits],
        )
    except RedisError as error:
        logger.warning("rate not counted", company=company_id, error=str(error))
        return 0
    return ceil(float(wait))


def _script() -> Any:
    return redis_client().register_script(_TAKE)
