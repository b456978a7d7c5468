"""Faults that tests order: what the next matching request meets, before or after its effect."""

import random
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
OAUTH_KINDS = ("invalid_grant", "invalid_client", "unauthorized_client", "internal_failure")
KINDS = (*_KINDS, *OAUTH_KINDS, "latency", "drop", "drop_after", "error_after")


@dataclass(slots=True)
class Fault:
    """One order.

    `method` is an HTTP method or a Google method id without its API ("events.insert"), `path`
    a glob over the decoded path. `times` None means until removed; `probability` decides
    each time. `latency` seconds are waited in any case. `kind`: a reason of `KINDS`; with
    `after` the request takes effect first.
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
        """The fault this request meets, used up by one."""
        for fault in self.orders:
            if fault.times == 0 or not fnmatchcase(path, fault.path):
                continue
            if fault.method not in ("*", http_method) and not method_id.endswith(fault.method):
                continue
            if fault.probability < 1 and self.dice.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None
