"""Notification channels: opened, closed, and their messages delivered in the background."""

import asyncio
import base64
import hashlib
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from standins.google import cursors
from standins.google.calls import Call
from standins.google.errors import GoogleError, invalid, not_found, required
from standins.google.model import Calendar, Channel
from standins.google.world import World

Json = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_RETRIED = (500, 502, 503, 504)
_TAKEN = (102, 200, 201, 202, 204)
TOKEN_MAX = 256
DEFAULT_TTL = 604_800


def watch_events(call: Call) -> Json:
    """Open a channel on a calendar's events."""
    calendar = call.calendar("reader")
    if "syncToken" in call.query:
        cursors.read_sync_token(call.world, calendar, call.query)
    return _open(call, calendar, "events")


def watch_acl(call: Call) -> Json:
    """Open a channel on a calendar's access rules."""
    return _open(call, call.calendar("owner"), "acl")


def watch_calendar_list(call: Call) -> Json:
    """Open a channel on the caller's list of calendars."""
    own = call.world.calendars.get(call.access.email)
    if own is None:
        raise not_found()
    return _open(call, own, "calendarList")


def _open(call: Call, calendar: Calendar, resource: str) -> Json:
    world, body = call.world, call.body
    _check_channel(world, calendar, body)
    path = f"/calendar/v3/calendars/{quote(calendar.id, safe='')}/{resource}"
    if resource == "calendarList":
        path = "/calendar/v3/users/me/calendarList"
    channel = Channel(
        id=body["id"],
        resource_id=_resource_id(calendar, resource),
        resource_uri=f"{world.url}{path}?alt=json",
        calendar_id=calendar.id,
        resource=resource,
        address=body["address"],
        owner=call.access.email,
        client_id=call.access.client_id,
        expires_at=_expiry(world, body),
        token=body.get("token"),
    )
    world.channels[channel.id] = channel
    world.opened(channel)
    answer = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": str(round(channel.expires_at * 1000)),
    }
    return answer | ({"token": channel.token} if channel.token else {})


def _resource_id(calendar: Calendar, resource: str) -> str:
    digest = hashlib.sha256(f"{calendar.id}/{resource}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def _check_channel(world: World, calendar: Calendar, body: Json) -> None:
    if not body.get("id"):
        raise required("Missing channel id.")
    if body.get("type") not in ("web_hook", "webhook"):
        raise invalid("Unknown channel type.")
    if not _ID.fullmatch(body["id"]):
        raise GoogleError(400, "push.channelIdInvalid", "Invalid channel id")
    if len(body.get("token") or "") > TOKEN_MAX:
        raise invalid("Channel token is too long.")
    _check_address(world, body.get("address") or "")
    if not calendar.push_supported or calendar.kind == "generated":
        message = "Push notifications are not supported by this resource."
        raise GoogleError(400, "pushNotSupportedForRequestedResource", message, domain="calendar")
    if body["id"] in world.channels:
        raise GoogleError(400, "channelIdNotUnique", f"Channel id {body['id']} not unique")


def _check_address(world: World, address: str) -> None:
    parts = urlsplit(address)
    if not parts.hostname:
        message = f"Invalid webhook address: {address}"
        raise GoogleError(400, "push.webhookUrlNoHostOrAddress", message)
    loopback = world.settings.allow_http_webhooks and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        message = f"WebHook callback must be HTTPS: {address}"
        raise GoogleError(400, "push.webhookUrlNotHttps", message)


def _expiry(world: World, body: Json) -> float:
    """The more restrictive of what was asked for and the limit, in unix seconds."""
    now = world.clock.now()
    limit = now + world.settings.channel_life_max
    if body.get("expiration") is not None:
        asked = int(body["expiration"]) / 1000
        if asked <= now:
            raise invalid(f"Invalid ttl value for channel {body['id']}")
        return min(asked, limit)
    ttl = str((body.get("params") or {}).get("ttl", DEFAULT_TTL))
    if not ttl.isdigit() or int(ttl) == 0:
        raise invalid(f"Invalid ttl value for channel {body['id']}")
    return min(now + int(ttl), limit)


def stop(call: Call) -> None:
    """Close a channel: only for who opened it with this client. Succeeds repeatedly."""
    channel_id, resource_id = call.body.get("id"), call.body.get("resourceId")
    if not channel_id or not resource_id:
        raise required("Missing channel id or resource id.")
    channel = call.world.channels.get(channel_id)
    mine = channel is not None and (
        (channel.owner, channel.client_id) == (call.access.email, call.access.client_id)
        or (call.access.service_account is not None and channel.client_id == call.access.client_id)
    )
    alive = channel is not None and channel.expires_at > call.world.clock.now()
    if channel is None or not mine or not alive or channel.resource_id != resource_id:
        message = f"Channel '{channel_id}' not found for project 'roomly'"
        raise GoogleError(404, "notFound", message)
    channel.stopped = True


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
        if self.rules.hold:
            message.outcome = "held"
            self.log.append(message)
            self.held.append(message)
            return
        if self.dice.random() < self.rules.drop:
            message.outcome = "dropped"
            self.log.append(message)
            return
        self._start(message)
        if self.dice.random() < self.rules.duplicate:
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
