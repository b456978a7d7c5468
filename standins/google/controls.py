"""What the control API can order; each public method is `POST /control/<name>` with JSON.

Everything here runs inside the server's event loop.
"""

import asyncio
import dataclasses
from datetime import datetime, timedelta
from typing import Any

from standins.google.account_controls import AccountControls
from standins.google.calendar_controls import CalendarControls
from standins.google.deliveries import Deliverer
from standins.google.orders import Json
from standins.google.world import World


class Controls(AccountControls, CalendarControls):
    """All orders to one stand-in."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        super().__init__(world)
        self.deliverer = deliverer
        self._defaults = dataclasses.asdict(world.settings)

    # -- the whole --------------------------------------------------------------------------

    def reset(self, seed: int | None = 1) -> None:
        """Forget all accounts, calendars, tokens, channels, faults and logs; real time again.

        Event ids follow from `seed` until the next reset.
        """
        self.world.reset()
        self.world.settings.set(**self._defaults)
        self.world.ids.seed(seed)
        self.deliverer.reset()

    def configure(self, **values: Any) -> Json:
        """Set switches by name (`settings.py`); returns all of them."""
        self.world.settings.set(**values)
        return dataclasses.asdict(self.world.settings)

    def set_clock(self, now: str | None = None) -> str:
        """Stop the clock at an RFC 3339 instant; without one, back to real time."""
        moment = datetime.fromisoformat(now) if now else None
        if moment is not None and moment.tzinfo is None:
            raise ValueError("the instant needs an offset")
        self.world.clock.set(moment)
        return self.world.clock.moment().isoformat()

    def advance_clock(self, seconds: float) -> str:
        """Move the clock; returns the new instant."""
        self.world.clock.advance(timedelta(seconds=seconds))
        return self.world.clock.moment().isoformat()

    # -- trouble ----------------------------------------------------------------------------

    def fault(self, kind: str, **values: Any) -> None:
        """Order a fault (`faults.py`): kind, method, path, times, probability, latency,
        retry_after, after."""
        self.world.faults.order(kind=kind, **values)

    def clear_faults(self) -> None:
        """Withdraw all faults, quotas and the abuse guard."""
        self.world.faults.orders.clear()
        self.world.quota.blocked.clear()
        self.world.settings.quota_on = False

    def block_user(self, email: str) -> None:
        """Latch the abuse guard: writes of this user answer `quotaExceeded`."""
        self.world.quota.blocked.add(email)

    # -- notifications ----------------------------------------------------------------------

    def notifications(self, **values: Any) -> Json:
        """Set shares and delays: drop, duplicate, delay_min, delay_max, hold."""
        self.deliverer.rules = dataclasses.replace(self.deliverer.rules, **values)
        return dataclasses.asdict(self.deliverer.rules)

    def release(self, order: str = "as_sent") -> int:
        """Deliver held notifications: as_sent, reversed or shuffled. Returns how many."""
        return self.deliverer.release(order)

    def deliveries(self, limit: int = 100) -> list[Json]:
        """The last notifications and what became of them."""
        return [dataclasses.asdict(d) for d in list(self.deliverer.log)[-limit:]]

    def channels(self) -> list[Json]:
        """Every channel ever opened since the reset."""
        return [dataclasses.asdict(c) for c in self.world.channels.values()]

    async def wait_for_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no delivery or room answer is under way; False when time runs out."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while self.deliverer.tasks or self.deliverer.jobs:
            if loop.time() > end:
                return False
            await asyncio.sleep(0.005)
        return True

    # -- the log ----------------------------------------------------------------------------

    def requests(
        self, method: str | None = None, path: str | None = None, api: str | None = None
    ) -> list[Json]:
        """Google API requests since the last `clear_requests`, oldest first.

        Filters: HTTP method, part of the path, end of the Google method id ("events.insert").
        """
        return [
            entry
            for entry in self.world.requests
            if method in (None, entry["method"])
            and (path is None or path in entry["path"])
            and (api is None or entry["api"].endswith(api))
        ]

    def counts(self) -> dict[str, int]:
        """How many requests each Google method got since the last `clear_requests`."""
        return dict(self.world.tally)

    def clear_requests(self) -> None:
        """Empty the log."""
        self.world.requests.clear()
        self.world.tally.clear()
