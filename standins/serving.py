"""Serving a stand-in from a thread, dropping its connections, and keeping its state on disk.

Shared by every stand-in: each is an ASGI application whose state is one JSON document.
"""

import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 10  # how long a stopping thread may take before it is left to die as a daemon


class Droppable:
    """Lets a response close its connection unanswered: puts `scope["abort"]` within its reach.

    ASGI has no message for that, so this takes the transport from uvicorn's own request cycle,
    and must therefore be the outermost application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or message of the wrapped application."""
        cycle = getattr(send, "__self__", None)
        if scope["type"] == "http" and cycle is not None:
            scope["abort"] = cycle.transport.abort
        await self.app(scope, receive, send)


class NoAnswer(Response):
    """A response that never comes: the client sees its connection closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection and wait until the server has noticed."""
        scope["abort"]()
        while (await receive())["type"] != "http.disconnect":
            continue


def server_for(app: ASGIApp, *, port: int = 0, log_level: str = "warning") -> uvicorn.Server:
    """A uvicorn server on the loopback interface, without access log and proxy headers."""
    return uvicorn.Server(
        uvicorn.Config(
            Droppable(app),
            host=LOOPBACK,
            port=port,
            http="h11",  # Droppable knows where this implementation keeps its transport
            ws="none",
            lifespan="off",
            access_log=False,
            proxy_headers=False,
            log_level=log_level,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=240,  # seconds, about as long as Google's servers wait
        )
    )


@contextmanager
def listening(port: int = 0) -> Iterator[tuple[socket.socket, str]]:
    """A listening loopback socket (a free port when `port` is 0) and its base URL."""
    with socket.create_server((LOOPBACK, port)) as listener:
        yield listener, f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@contextmanager
def serve_in_thread(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve `app` on `listener` for as long as the block runs.

    The socket listens already, so a first request waits in its backlog until the thread is up.
    """
    server = server_for(app)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="stand-in", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)


class StateFile:
    """A JSON document on disk that follows a state in memory, at most one write per delay.

    `snapshot` returns the whole state as JSON values and is called from the writing thread.
    """

    def __init__(
        self, path: Path, snapshot: Callable[[], dict[str, Any]], *, delay_seconds: float = 0.5
    ) -> None:
        self.path = path
        self._snapshot = snapshot
        self._delay = delay_seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    @staticmethod
    def load(path: Path) -> dict[str, Any] | None:
        """The saved state, or None when nothing was saved yet."""
        if not path.exists():
            return None
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return state

    def touch(self) -> None:
        """Say that the state may have changed: it is written soon."""
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(self._delay, self.save)
                self._timer.daemon = True
                self._timer.start()

    def save(self) -> None:
        """Write the state now, in one step: a reader sees the old file or the new one."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._snapshot(), file, ensure_ascii=False, indent=1)
            Path(temporary).replace(self.path)
