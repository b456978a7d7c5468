"""The product's own server on the test's database, and a browser in front of it.

The server runs in a thread of the test process: both share one database, one Redis and one clock,
which goes on from a Tuesday noon.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
import uvicorn
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize

from tenants.models import Member
from tests.conftest import NOON_IN_SEOUL, Cast, make_cast, sign_in

NewPage = Callable[..., Page]
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")  # said of a request that a newer one overtook
WIDE = ViewportSize(width=1440, height=900)


class Server(uvicorn.Server):
    """Uvicorn in a thread, on a port of its own."""

    def __init__(self, application: Any) -> None:
        super().__init__(uvicorn.Config(application, log_level="warning", lifespan="on"))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=([self.socket],))

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.run(self.serve(sockets))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The address of a running Roomly."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    # The middleware reads its settings when the application is made.
    from bookings.fan_out import close_streams  # noqa: PLC0415
    from roomly.asgi import application  # noqa: PLC0415

    running = Server(application)
    with time_machine.travel(NOON_IN_SEOUL, tick=True):
        running.thread.start()
        assert running.ready.wait(20)
        yield running.url
        running.should_exit = True
        close_streams()
        running.thread.join(20)
    assert not running.thread.is_alive()


@pytest.fixture
def cast(server: str) -> Cast:
    """The company of the browser tests: like `seoul`, in a database that the server sees."""
    return make_cast("Hangang", "hangang.example", timezone="Asia/Seoul", language="en")


class Troubles(list[str]):
    """What a person would see in the browser's console, and requests that failed."""

    def expect(self, *statuses: int) -> None:
        """Forgets that the browser reported refusals which the test wanted."""
        self[:] = [text for text in self if not any(f" {s} " in text for s in statuses)]

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REPLACED):
            self.append(message.text)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left meanwhile
            self.append(f"{request.url}: {request.failure}")


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """Fails the test that leaves any."""
    found = Troubles()
    yield found
    assert found == []


@pytest.fixture
def open_page(server: str, browser: Browser, troubles: Troubles) -> Iterator[NewPage]:
    """Opens a page of Roomly for a member, or for a stranger."""
    contexts = []

    def opened(
        path: str = "/",
        *,
        member: Member | None = None,
        size: ViewportSize = WIDE,
        **options: Any,
    ) -> Page:
        context = browser.new_context(base_url=server, viewport=size, **options)
        contexts.append(context)
        if member:
            session = sign_in(member).cookies[settings.SESSION_COOKIE_NAME].value
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": session, "url": server}])
        page = context.new_page()
        page.clock.install(time=NOON_IN_SEOUL)
        troubles.watch(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
