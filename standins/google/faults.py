"""Faults that tests order: what the next matching request meets, before or after its effect."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from standins.google.errors import GoogleError

# name -> (code, domain, reason, message)
_KINDS: dict[str, tuple[int, str, str, str]] = {
    "authError": (401, "global", "authError", "Invalid Credentials"),
    "rateLimitExceeded": (403, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (
        403,
        "usageLimits",
        "userRateLimitExceeded",
        "User Rate Limit Exceeded",
    ),
    "quotaExceeded": (
        403,
        "usageLimits",
        "quotaExceeded",
        "Calendar usage limits exceeded.",
    ),
    "dailyLimitExceeded": (403, "usageLimits", "dailyLimitExceeded", "Daily Limit Exceeded"),
    "accessNotConfigured": (
        403,
        "usageLimits",
        "accessNotConfigured",
        "This API has not been used in project 1 before or it is disabled.",
    ),
    "forbidden": (403, "global", "forbidden", "Forbidden"),
    "insufficientPermissions": (
        403,
        "global",
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
    ),
    "notFound": (404, "global", "notFound", "Not Found"),
    "duplicate": (409, "global", "duplicate", "The requested identifier already exists."),
    "fullSyncRequired": (
        410,
        "calendar",
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
    ),
    "deleted": (410, "global", "deleted", "Resource has been deleted"),
    "conditionNotMet": (412, "global", "conditionNotMet", "Precondition Failed"),
    "tooManyRequests": (429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
    "backendError": (500, "global", "backendError", "Backend Error"),
    "badGateway": (502, "global", "badGateway", "Bad Gateway"),
    "unavailable": (503, "global", "backendError", "Service Unavailable"),
    "invalid": (400, "global", "invalid", "Invalid Value"),
    "pushNotSupported": (
        400,
        "global",
        "pushNotSupportedForRequestedResource",
        "Push notifications are not supported by this resource.",
    ),
}
# Refusals of the token endpoint: name -> (status, description)
OAUTH_KINDS: dict[str, tuple[int, str]] = {
    "invalid_grant": (400, "Token has been expired or revoked."),
    "invalid_client": (401, "Unauthorized"),
    "unauthorized_client": (401, "Unauthorized"),
    "admin_policy_enforced": (400, "Access is restricted by an administrator."),
    "internal_failure": (500, "Internal error."),
    "temporarily_unavailable": (503, "Try again later."),
}
KINDS = (*_KINDS, *OAUTH_KINDS, "latency", "drop", "drop_after")


@dataclass(slots=True)
class Fault:
    """One order.

    `method` is an HTTP method, a Google method id without its API ("events.insert"),
    "oauth.token" or "batch"; `path` a glob over the decoded path. `times` None means until removed;
    `probability` decides each time. `latency` seconds are waited in any case. With `after` the
    request takes effect first.
    """

    kind: str
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    probability: float = 1.0
    latency: float = 0.0
    retry_after: int | None = None
    after: bool = False
    hits: int = 0

    def error(self) -> GoogleError:
        """The refusal this fault stands for."""
        code, domain, reason, message = _KINDS[self.kind]
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return GoogleError(code, reason, message, domain=domain, headers=headers)


@dataclass(slots=True)
class Faults:
    """The orders in the sequence they were given; the first that matches is used."""

    orders: list[Fault] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311

    def order(self, **values: Any) -> Fault:
        """Add one; ValueError or TypeError for what is not a fault."""
        fault = Fault(**values)
        if fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind}; known: {', '.join(KINDS)}")
        self.orders.append(fault)
        return fault

    def take(self, http_method: str, method_id: str, path: str) -> Fault | None:
        """The fault an API request meets, used up by one."""
        return self._first(
            lambda fault: (
                fault.kind not in OAUTH_KINDS
                and fnmatchcase(path, fault.path)
                and (fault.method in ("*", http_method) or method_id.endswith(fault.method))
            )
        )

    def take_named(self, name: str, path: str) -> Fault | None:
        """The fault an OAuth endpoint meets: one that names it or its path."""
        return self._first(
            lambda fault: (
                fault.method == name
                or fault.path == path
                or (fault.kind in OAUTH_KINDS and name == "oauth.token")
            )
        )

    def _first(self, matches: Callable[[Fault], bool]) -> Fault | None:
        for fault in self.orders:
            if fault.times == 0 or not matches(fault):
                continue
            if fault.probability < 1 and self.dice.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None
