"""One Redis subscription per process and company, shared by all its open pages in memory.

Every page has a bounded queue. One that does not keep up gets a single "reload" instead of what it
missed: messages are hints to look again, so none of them is worth waiting for.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bookings.live import channel_of
from bookings.models import RoomClock
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

MOST_WAITING = 32  # messages of one page
CLOSED = ""  # the stream ends; the page comes back by itself

Messages = asyncio.Queue[str]
_channels: dict[int, "_Channel"] = {}
_readers: set["asyncio.Task[None]"] = set()  # an event loop itself holds its tasks only weakly


def event(name: str, data: str, version: int) -> str:
    """One server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    return f"id: {version}\nevent: {name}\ndata: {data}\n\n"


@sync_to_async
def company_version(company_id: int) -> int:
    """A number that grows with every change to one of the company's rooms."""
    try:
        with company_scope(company_id):
            return RoomClock.objects.aggregate(all=Sum("version"))["all"] or 0
    finally:
        connection.close()


@asynccontextmanager
async def listen(company_id: int) -> AsyncIterator[Messages]:
    """The messages to one page from now on; CLOSED is the last."""
    messages = Messages(MOST_WAITING)
    channel = _channels.get(company_id) or _Channel(company_id)
    channel.pages.add(messages)
    try:
        await channel.subscribed.wait()
        yield messages
    finally:
        channel.leave(messages)


def close_streams() -> None:
    """Ends every stream of this process, from any thread: it is about to stop."""
    for channel in list(_channels.values()):
        channel.loop.call_soon_threadsafe(channel.close)


class _Channel:
    """A company's subscription and the pages that hang on it."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.pages: set[Messages] = set()
        self.subscribed = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.reader = self.loop.create_task(self._read())
        _readers.add(self.reader)
        self.reader.add_done_callback(_readers.discard)
        _channels[company_id] = self

    def leave(self, messages: Messages) -> None:
        """The last page to go ends the subscription."""
        self.pages.discard(messages)
        if not self.pages:
            self.reader.cancel()
            self._forget()

    def close(self) -> None:
        """Tells every page that this is the end; without Redis they look by themselves."""
        self._forget()
        self.subscribed.set()
        for messages in self.pages:
            _put(messages, CLOSED, instead=CLOSED)

    def _forget(self) -> None:
        if _channels.get(self.company_id) is self:
            del _channels[self.company_id]

    async def _read(self) -> None:
        try:
            async with (
                Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis,
                redis.pubsub() as subscription,
            ):
                await subscription.subscribe(channel_of(self.company_id))
                async for message in subscription.listen():
                    await self._pass_on(message)
        except (RedisError, OSError) as error:
            logger.warning("live stream broken", company=self.company_id, error=str(error))
        finally:
            self.close()

    async def _pass_on(self, message: Mapping[str, str]) -> None:
        if message["type"] == "subscribe":
            self.subscribed.set()
            return
        version = await company_version(self.company_id)
        told = event("rooms", message["data"], version)
        for messages in self.pages:
            _put(messages, told, instead=event("reload", json.dumps({}), version))


def _put(messages: Messages, told: str, *, instead: str) -> None:
    """Adds to a page's queue; a full one is emptied for `instead`."""
    if messages.full():
        while not messages.empty():
            messages.get_nowait()
        told = instead
    messages.put_nowait(told)
