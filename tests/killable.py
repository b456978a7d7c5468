"""Workers that can be killed: whoever connects to a socket is given a process that does tasks.

`python -m tests.killable SOCKET` loads the product once and forks for each worker, as
Celery does. A task is a line of JSON: `task`, `args`, `now` (the clock stands still), `seed`, and
perhaps `halt`: at its n-th point the process kills itself (`die`), or waits for one more line
with a new `now` (`wait`). Points of dying lie around every statement and every call (of Google, of
Slack, of the mail server), points of waiting around the calls, where no transaction is open.
"""

import gc
import json
import os
import random
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from urllib.request import OpenerDirector

import django
import httplib2
import time_machine

django.setup()

from django.conf import settings  # noqa: E402  needs the apps
from django.core.mail import EmailMessage  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402

from calendars.google import _service  # noqa: E402
from roomly.celery import app  # noqa: E402

CALLS = ((httplib2.Http, "request"), (OpenerDirector, "open"), (EmailMessage, "send"))


class Halt:
    """Where a process ends, or waits."""

    def __init__(self, wire: Any, clock: Any, at: int, how: str) -> None:
        self._wire, self._clock, self._left, self._how = wire, clock, at, how

    @contextmanager
    def watched(self) -> Iterator[None]:
        statements = [self._statement] if self._how == "die" else []
        connection.execute_wrappers.extend(statements)
        with ExitStack() as watched:
            for owner, name in CALLS:
                watched.enter_context(patch.object(owner, name, self._call(getattr(owner, name))))
            try:
                yield
            finally:
                connection.execute_wrappers.clear()

    def _call(self, real: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            self._point()
            answer = real(*args, **named)
            self._point()
            return answer

        return call

    def _statement(self, execute: Any, *what: Any) -> Any:
        self._point()
        found = execute(*what)
        self._point()
        return found

    def _point(self) -> None:
        self._left -= 1
        if self._left:
            return
        if self._how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        tell(self._wire, "waiting")
        self._clock.move_to(json.loads(self._wire.readline())["now"])


def serve(wire: Any) -> None:
    """Does one task after the other and tells how each ended."""
    while line := wire.readline():
        told = json.loads(line)
        random.seed(told["seed"])
        with time_machine.travel(told["now"], tick=False) as clock, ExitStack() as halted:
            if halt := told.get("halt"):
                halted.enter_context(Halt(wire, clock, **halt).watched())
            close_old_connections()  # as Celery does before each task
            try:
                app.tasks[told["task"]](*told["args"])
            except Exception:
                tell(wire, "failed", why=traceback.format_exc())
            else:
                tell(wire, "done")


def tell(wire: Any, how: str, **more: str) -> None:
    wire.write(json.dumps({"how": how, **more}) + "\n")
    wire.flush()


def main(address: str) -> None:
    app.loader.import_default_modules()
    app.finalize()
    _service(settings.GOOGLE_API_URL)  # read once, for all
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        os.rename(f"{address}.new", address)  # who finds it is answered
        while True:
            peer, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                serve(peer.makefile("rw"))
                os._exit(0)
            peer.close()


if __name__ == "__main__":
    main(sys.argv[1])
