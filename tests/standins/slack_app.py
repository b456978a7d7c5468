"""An app as Slack would meet it: a small server that checks signatures and records requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from standins.serving import listening, serve_in_thread

SIGNING_SECRET = "demo-signing-secret"


@dataclass
class Seen:
    """A request that reached the app."""

    path: str
    headers: dict[str, str]
    body: bytes
    genuine: bool

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class SlackApp:
    """The app; `answers` are given in turn, then empty 200s."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record, check, answer."""
        request = Request(scope, receive)
        body = await request.body()
        headers = dict(request.headers)
        genuine = SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers)
        self.seen.append(Seen(request.url.path, headers, body, genuine))
        response = self.answers.pop(0) if self.answers else PlainTextResponse("")
        await response(scope, receive, send)


@contextmanager
def run_app() -> Iterator[SlackApp]:
    """The app on a free loopback port."""
    app = SlackApp()
    with listening() as (listener, app.url), serve_in_thread(app, listener):
        yield app
