"""One port: the live stream is async Django, everything else Django under WSGI in threads.

Django's own ASGI path costs three times the CPU for an ordinary page, and connections to the
database cannot be kept there.
"""

import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import WSGIResponder
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roomly.settings")
os.environ.setdefault("DATABASE_ROLE", "roomly_app")

live = get_asgi_application()

from bookings.fan_out import close_streams  # noqa: E402  needs the apps loaded
from roomly.wsgi import application as wsgi_application  # noqa: E402
from tenants.roles import refuse_unsafe_role  # noqa: E402

# A server of several processes imports this within its event loop, where Django refuses queries.
with ThreadPoolExecutor(max_workers=1) as thread:
    thread.submit(refuse_unsafe_role).result()
# What is there by now stays: the collector need not look through it again, 0.2 s at a time.
gc.collect()
gc.freeze()


class Answer(WSGIResponder):
    """An answer whose parts the thread hands to the loop without waiting for each to be sent.

    It is there as a whole anyway; three waits for one another are a seventh of an empty page's CPU.
    """

    def send(self, message: Any) -> None:
        """Called in the thread."""
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)


class Pages(WSGIMiddleware):
    """A WSGI application in threads, with such answers."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        no_limit = 0  # of parts that wait to be sent
        await Answer(self.app, self.executor, no_limit)(scope, receive, send)


# Django's types promise less of an answer than WSGI asks for.
pages = Pages(cast(Any, wsgi_application), workers=8)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Routes `/live` to the async application and all other requests to the threads."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] != "/live":
        await pages(scope, receive, send)
    else:
        await live(scope, receive, send)


async def lifespan(receive: Any, send: Any) -> None:
    """Start and end of the server (https://asgi.readthedocs.io/en/latest/specs/lifespan.html)."""
    await receive()
    end_streams_on_signals()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    close_streams()
    await send({"type": "lifespan.shutdown.complete"})


def end_streams_on_signals() -> None:
    """Lets a signal end the live streams first: a server waits for its open answers to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def end(number: int, frame: FrameType | None, before: Any = before) -> None:
            close_streams()
            if callable(before):
                before(number, frame)

        try:
            signal.signal(number, end)
        except ValueError:  # not the main thread: whoever runs the server there stops it
            return
