"""The stand-in as an ASGI application, and as a thread for tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from standins.google import calendar_pages, consent, control, oauth
from standins.google.api import Incoming, Outgoing, answer
from standins.google.batch import answer_batch
from standins.google.control_client import Control
from standins.google.controls import Controls
from standins.google.deliveries import Deliverer
from standins.google.observed import observed
from standins.google.world import World
from standins.serving import NoAnswer, StateFile, listening, serve_in_thread


async def _google_api(request: Request) -> Response:
    return _response(await answer(request.app.state.world, await _incoming(request)))


async def _batch(request: Request) -> Response:
    return _response(await answer_batch(request.app.state.world, await _incoming(request)))


async def _incoming(request: Request) -> Incoming:
    return Incoming(
        method=request.method,
        path=request.scope["raw_path"].decode().split("?")[0],
        query=request.scope["query_string"].decode(),
        headers=dict(request.headers),
        body=await request.body(),
    )


def _response(outgoing: Outgoing) -> Response:
    if outgoing.dropped:
        return NoAnswer()
    return Response(outgoing.body, outgoing.status, outgoing.headers)


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_ROUTES = [
    Route("/", calendar_pages.index),
    Route("/calendar/event", calendar_pages.event_link),
    Route("/calendars/{calendar}", calendar_pages.day),
    Route("/calendars/{calendar}/events", calendar_pages.create, methods=["POST"]),
    Route("/calendars/{calendar}/events/{event}", calendar_pages.change, methods=["POST"]),
    Route("/o/oauth2/v2/auth", consent.authorize),
    Route("/o/oauth2/v2/auth", consent.choose, methods=["POST"]),
    Route("/token", observed("token", oauth.token), methods=["POST"]),
    Route("/revoke", observed("revoke", oauth.revoke), methods=["POST"]),
    Route("/v1/userinfo", observed("userinfo", oauth.userinfo), methods=["GET", "POST"]),
    Route("/tokeninfo", observed("tokeninfo", oauth.tokeninfo)),
    Route("/oauth2/v1/certs", observed("certs", oauth.certificates)),
    Route("/oauth2/v3/certs", observed("certs", oauth.jwks)),
    Route("/.well-known/openid-configuration", oauth.configuration),
    Route("/batch/calendar/v3", _batch, methods=["POST"]),
    Route("/batch", _batch, methods=["POST"]),
    Route("/calendar/v3/{rest:path}", _google_api, methods=_METHODS),
    Route("/admin/directory/v1/{rest:path}", _google_api, methods=_METHODS),
    Route("/control/{name}", control.order, methods=["GET", "POST"]),
]


def application(world: World) -> Starlette:
    """The ASGI application of one stand-in."""
    app = Starlette(routes=_ROUTES)
    deliverer = Deliverer(world)
    world.on_change, world.opened = deliverer.changed, deliverer.opened
    world.later, world.settled = deliverer.later, deliverer.settled
    app.state.world = world
    app.state.deliverer = deliverer
    app.state.controls = Controls(world, deliverer)
    return app


class Dated:
    """Puts the stand-in's own clock into the Date header.

    uvicorn writes that header itself, so this takes the list from its request cycle, and must be
    the first application to see a request.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped application."""
        cycle = getattr(send, "__self__", None)
        if scope["type"] == "http" and cycle is not None:
            date = formatdate(self.world.clock.now(), usegmt=True).encode()
            others = [header for header in cycle.default_headers if header[0] != b"date"]
            cycle.default_headers = [*others, (b"date", date)]
        await self.app(scope, receive, send)


SAVING_DELAY = 0.5  # seconds; what happens within is saved together


class Saving:
    """Saves the state soon after every request that may have changed it.

    From the event loop itself: nothing changes while the document is made.
    """

    def __init__(self, app: ASGIApp, state: StateFile) -> None:
        self.app = app
        self.state = state
        self._waiting = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped application."""
        await self.app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] != "GET" and not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(SAVING_DELAY, self._save)

    def _save(self) -> None:
        self._waiting = False
        self.state.save()


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in: its base URL, its control API, and what it remembers."""

    url: str
    control: Control
    world: World


@contextmanager
def serve(*, port: int = 0, seed: int = 1, allow_http_webhooks: bool = True) -> Iterator[StandIn]:
    """Run a stand-in in a thread on the loopback interface, on a free port unless one is given.

    Event ids follow from `seed`. Webhooks at http://127.0.0.1 are allowed unless switched off.
    """
    world = World()
    world.settings.allow_http_webhooks = allow_http_webhooks
    world.ids.seed(seed)
    with listening(port) as (listener, url):
        world.url = url
        with serve_in_thread(Dated(application(world), world), listener):
            yield StandIn(url, Control(url), world)
