"""Notification messages: made, held back or lost on order, delivered in the background."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from random import Random

import httpx

from standins.google.model import Calendar, Channel
from standins.google.world import World

_RETRIED = (500, 502, 503, 504)
_TAKEN = (102, 200, 201, 202, 204)


@dataclass(slots=True)
class Rules:
    """How messages fare: shares to lose or double, a range of delays, or holding all back."""

    drop: float = 0.0
    duplicate: float = 0.0
    delay_min: float = 0.0
    delay_max: float = 0.0
    hold: bool = False


@dataclass(slots=True)
class Delivery:
    """One message and what became of it."""

    channel_id: str
    address: str
    number: int
    state: str
    headers: dict[str, str]
    at: float
    attempts: list[int] = field(default_factory=list)
    outcome: str = "waiting"


def _dice() -> Random:
    return Random(1)  # noqa: S311 - repeatable, not secret


class Deliverer:
    """Sends messages from the server's event loop, never inside a request."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = Rules()
        self.dice = _dice()
        self.log: deque[Delivery] = deque(maxlen=2000)
        self.held: list[Delivery] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.jobs: set[asyncio.TimerHandle] = set()

    def reset(self) -> None:
        """Forget everything and cancel what is under way."""
        for task in self.tasks:
            task.cancel()
        for job in self.jobs:
            job.cancel()
        self.jobs.clear()
        self.rules, self.dice, self.held = Rules(), _dice(), []
        self.log.clear()

    def opened(self, channel: Channel) -> None:
        """Send the `sync` message of a new channel."""
        self._start(self._message(channel, "sync", 1))

    def changed(self, calendar: Calendar, resource: str) -> None:
        """Send one `exists` message to every live channel of a collection."""
        now = self.world.clock.now()
        for channel in self.world.channels.values():
            watched = (channel.calendar_id, channel.resource) == (calendar.id, resource)
            if watched and not channel.stopped and channel.expires_at > now:
                channel.number += self.dice.randint(1, self.world.settings.message_number_gap)
                self._schedule(self._message(channel, "exists", channel.number))

    def _message(self, channel: Channel, state: str, number: int) -> Delivery:
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": formatdate(channel.expires_at, usegmt=True),
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(number),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": channel.resource_uri,
        }
        if channel.token:
            headers["X-Goog-Channel-Token"] = channel.token
        now = self.world.clock.now()
        return Delivery(channel.id, channel.address, number, state, headers, now)

    def _schedule(self, message: Delivery) -> None:
        if self.dice.random() < self.rules.drop:
            message.outcome = "dropped"
            self.log.append(message)
            return
        for _copy in range(1 + (self.dice.random() < self.rules.duplicate)):
            if self.rules.hold:
                message.outcome = "held"
                self.log.append(message)
                self.held.append(message)
            else:
                self._start(message)

    def _start(self, message: Delivery) -> None:
        self.log.append(message)
        wait = self.dice.uniform(self.rules.delay_min, self.rules.delay_max)
        task = asyncio.get_running_loop().create_task(self._deliver(message, wait))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def settled(self) -> None:
        """Wait until no delivery is under way."""
        while self.tasks:
            await asyncio.wait(self.tasks)

    def later(self, seconds: float, job: Callable[[], None]) -> None:
        """Run something in some (real) seconds, such as a room's answer."""

        def run() -> None:
            self.jobs.discard(handle)
            job()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self.jobs.add(handle)

    def release(self, order: str = "as_sent") -> int:
        """Deliver what was held, one after the other; returns how many there were."""
        held, self.held = self.held, []
        self.rules.hold = False
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            self.dice.shuffle(held)
        task = asyncio.get_running_loop().create_task(self._deliver_all(held))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return len(held)

    async def _deliver_all(self, messages: list[Delivery]) -> None:
        for message in messages:
            await self._deliver(message, 0)

    async def _deliver(self, message: Delivery, wait: float) -> None:
        if wait:
            await asyncio.sleep(wait)
        pause = self.world.settings.notification_retry_seconds
        for attempt in range(self.world.settings.notification_retries + 1):
            status = await self._post(message)
            message.attempts.append(status)
            if status in _TAKEN:
                message.outcome = "delivered"
                return
            if status not in _RETRIED:
                break
            await asyncio.sleep(pause * 2**attempt)
        message.outcome = "lost"

    async def _post(self, message: Delivery) -> int:
        """The status of one attempt; 0 when nobody answered."""
        headers = {
            **message.headers,
            "Content-Length": "0",
            "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        }
        # A stand-in's webhook may have any certificate.
        client = httpx.AsyncClient(timeout=10, trust_env=False, verify=False)  # noqa: S501
        try:
            async with client:
                answer = await client.post(message.address, headers=headers)
        except httpx.HTTPError:
            return 0
        return answer.status_code
