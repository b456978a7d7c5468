"""Somebody else's server on this host, which takes messages: what came, and what it answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import time_machine
from django.db import connection
from standardwebhooks.webhooks import Webhook as Verifier


@dataclass(frozen=True)
class Received:
    """One request, as it came over the wire."""

    path: str
    headers: Message
    body: bytes

    @property
    def id(self) -> str:
        return str(self.headers["webhook-id"])

    def verified(self, secret: str) -> Any:
        """What it says, to a receiver that knows the secret and no more; raises for a forgery.

        Its clock is right: it looks when the message says that it was sent.
        """
        with time_machine.travel(int(self.headers["webhook-timestamp"]), tick=False):
            return Verifier(secret).verify(self.body, dict(self.headers.items()))


@dataclass
class Receiver:
    """Answers as it is told, 204 by default; `open` cleared keeps all answers back until it is set.

    `meanwhile` is done in the server's thread before it answers.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    always: tuple[int, dict[str, str], bytes] = (204, {}, b"")
    meanwhile: Callable[[Received], None] | None = None
    open: threading.Event = field(default_factory=threading.Event)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, *statuses: int, body: bytes = b"", **headers: str) -> None:
        """What the next requests get, one each; header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers += [(status, named, body) for status in statuses]

    def take(self, received: Received) -> None:
        with self._came:
            self.received.append(received)
            self._came.notify_all()

    def arrived(self, calls: int) -> bool:
        """Waits until so many calls have come in; False if they do not."""
        with self._came:
            return self._came.wait_for(lambda: len(self.received) >= calls, 20)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()
    receiver.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.take(Received(self.path, self.headers, body))
            if receiver.meanwhile:
                try:
                    receiver.meanwhile(receiver.received[-1])
                finally:
                    connection.close()  # this thread's own
            receiver.open.wait(20)
            answers = receiver.answers
            status, headers, text = answers.pop(0) if answers else receiver.always
            with suppress(OSError):  # nobody has to listen to the end
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    try:
        yield receiver
    finally:
        receiver.open.set()
        server.shutdown()
        thread.join()
        server.server_close()
