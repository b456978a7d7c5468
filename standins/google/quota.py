"""Google's quotas on demand: sliding minutes per user and project, and the abuse guard."""

from collections import deque
from dataclasses import dataclass, field

from standins.google.errors import GoogleError
from standins.google.settings import Settings

WINDOW = 60.0


@dataclass(slots=True)
class Quota:
    """Instants of recent requests; `blocked` users met the abuse guard (`quotaExceeded`)."""

    users: dict[str, deque[float]] = field(default_factory=dict)
    project: deque[float] = field(default_factory=deque)
    writes: dict[str, deque[float]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    refusals: int = 0

    def charge(
        self, settings: Settings, *, now: float, user: str, http_method: str, calendar: str | None
    ) -> None:
        """Count one request (a PATCH is three); GoogleError 403 or 429 when it is too many."""
        write = http_method != "GET"
        if user in self.blocked and write:
            message = "Calendar usage limits exceeded."
            raise GoogleError(403, "quotaExceeded", message, domain="usageLimits")
        if not settings.quota_on:
            return
        cost = 3 if http_method == "PATCH" else 1
        mine = self.users.setdefault(user, deque())
        self._spend(mine, now, cost, settings.quota_per_user_minute, "userRateLimitExceeded")
        self._spend(self.project, now, cost, settings.quota_per_project_minute, "rateLimitExceeded")
        if write and calendar and settings.calendar_writes_per_minute:
            spent = self.writes.setdefault(calendar, deque())
            limit = settings.calendar_writes_per_minute
            self._spend(spent, now, cost, limit, "rateLimitExceeded")

    def _spend(self, spent: deque[float], now: float, cost: int, limit: int, reason: str) -> None:
        while spent and spent[0] <= now - WINDOW:
            spent.popleft()
        if len(spent) + cost > limit:
            self.refusals += 1
            per_user = reason == "userRateLimitExceeded"
            # Both codes are documented for the same condition; Google uses either.
            code = 403 if per_user or self.refusals % 2 else 429
            message = "User Rate Limit Exceeded" if per_user else "Rate Limit Exceeded"
            raise GoogleError(code, reason, message, domain="usageLimits")
        spent.extend([now] * cost)
