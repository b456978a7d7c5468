"""Misbehaviour on demand: slow, refusing, failing or dropped calls."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from standins.serving import NoAnswer

WEBHOOK = "webhook"
RESPONSE_URL = "response_url"
ANY_METHOD = "*"


@dataclass
class Fault:
    """What happens to the next `times` calls of `method` (None: to all of them).

    `seconds` is the latency, also of the other kinds. `after_effect` lets the call do its work
    before its answer is lost or replaced.
    """

    method: str  # an API method, WEBHOOK, RESPONSE_URL or ANY_METHOD
    kind: Literal["latency", "status", "error", "drop"]
    times: int | None = 1
    seconds: float = 0.0
    status: int = 500  # for "status"
    retry_after: int | None = None  # seconds; for "status" 429
    error: str = "fatal_error"  # for "error"; the body of a webhook's refusal
    after_effect: bool = False

    def __post_init__(self) -> None:
        if self.kind not in ("latency", "status", "error", "drop"):
            raise ValueError(f"unknown kind of fault: {self.kind}")


class Faults:
    """The faults that wait for their calls, first in first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let it happen from the next call on."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, method: str) -> Fault | None:
        """The fault for this call, used up once."""
        with self._lock:
            for fault in self._waiting:
                if fault.method in (method, ANY_METHOD):
                    self._use_up(fault)
                    return fault
        return None

    def _use_up(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)


async def answer_with(
    fault: Fault | None, work: Callable[[], Response], refusal: Callable[[Fault], Response]
) -> Response:
    """Do the work as the fault lets it be done, and answer, refuse, or drop the connection."""
    if fault is None:
        return work()
    await asyncio.sleep(fault.seconds)
    if fault.kind == "latency":
        return work()
    if fault.after_effect:
        work()
    return NoAnswer() if fault.kind == "drop" else refusal(fault)
