"""Slack's rate limits (https://docs.slack.dev/apis/web-api/rate-limits), off until asked for."""

import math

from standins.slack.clock import Clock
from standins.slack.errors import RateLimitedError

CALLS_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}  # by tier
POST_BURST = 3  # messages to one channel, or through one webhook, before 1/s is enforced
WORKSPACE_POSTS_PER_MINUTE = 300  # "several hundred"
RESTRICTED_HISTORY_ITEMS = 15  # per call of an app without Marketplace approval


class Limiter:
    """Token buckets: full at first, refilled evenly."""

    def __init__(self, clock: Clock) -> None:
        self.enabled = False
        self.restricted_history = False
        self._clock = clock
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def spend_tier(self, tier: int, *key: str) -> None:
        """Count one call of a method in a tier; raise RateLimitedError when over."""
        per_minute = CALLS_PER_MINUTE[tier]
        if self.enabled:
            self._spend(key, per_second=per_minute / 60, burst=per_minute)

    def spend_post(self, team_id: str, target: str) -> None:
        """Count one message to a channel or webhook; raise RateLimitedError when over."""
        if self.enabled:
            per_minute = WORKSPACE_POSTS_PER_MINUTE
            self._spend(("workspace", team_id), per_second=per_minute / 60, burst=per_minute)
            self._spend(("post", team_id, target), per_second=1, burst=POST_BURST)

    def spend_history(self, team_id: str, method: str) -> None:
        """Count one reading of messages under the rule for unapproved apps: one a minute."""
        if self.restricted_history:
            self._spend(("history", team_id, method), per_second=1 / 60, burst=1)

    def _spend(self, key: tuple[str, ...], *, per_second: float, burst: int) -> None:
        now = self._clock.now()
        level, filled_at = self._buckets.get(key, (float(burst), now))
        level = min(float(burst), level + (now - filled_at) * per_second)
        if level < 1:
            raise RateLimitedError(max(1, math.ceil((1 - level) / per_second)))
        self._buckets[key] = (level - 1, now)
