"""The stand-in itself: its state, and everything beside it that a reset starts over."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from standins.slack.clock import Clock
from standins.slack.faults import Faults
from standins.slack.grants import Grants
from standins.slack.limits import Limiter
from standins.slack.model import Json
from standins.slack.outgoing import EVENT_RETRY_SECONDS, AppLink
from standins.slack.settings import AppSettings
from standins.slack.store import Store

Seed = Callable[[Store], None]


class Standin:
    """One running stand-in. `lock` guards the state: servers and tests are different threads."""

    def __init__(
        self,
        settings: AppSettings | None = None,
        seed: Seed | None = None,
        *,
        retry_seconds: Sequence[float] = EVENT_RETRY_SECONDS,
    ) -> None:
        self._initial = settings or AppSettings()
        self.base_url = "http://127.0.0.1:8020"
        self.lock = threading.RLock()
        self.changed: Callable[[], None] = lambda: None  # called after every request that writes
        self._seed = seed
        self._retry_seconds = retry_seconds
        self.reset()

    def reset(self) -> None:
        """Forget everything and start from the seed and the first settings."""
        with self.lock:
            self.settings = replace(self._initial)
            self.clock = Clock()
            self.store = Store(self.clock)
            self.limiter = Limiter(self.clock)
            self.faults = Faults()
            self.grants = Grants(self.clock)
            self.requests: list[Json] = []
            self.app = AppLink(self.settings, self.clock, self._retry_seconds)
            if self._seed is not None:
                self._seed(self.store)
        self.changed()

    def load(self, state: Json) -> None:
        """Replace the state by a saved one."""
        with self.lock:
            self.store = Store.from_json(state, self.clock)

    def snapshot(self) -> Json:
        """The state to save."""
        with self.lock:
            return self.store.to_json()

    def configure(self, **values: Any) -> None:
        """Change settings by name; raises ValueError for a name that is not a setting."""
        for name, value in values.items():
            if not hasattr(self.settings, name):
                raise ValueError(f"unknown setting: {name}")
            setattr(self.settings, name, value)

    def record(self, entry: Json) -> None:
        """Add a request to the log."""
        with self.lock:
            self.requests.append({"at": self.clock.now()} | entry)

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """The state, locked, and saved afterwards."""
        with self.lock:
            yield self.store
        self.changed()
