"""The test's end of the workers: what waits in Celery's queue is given to a process, which may die
or stop half way."""

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from celery import current_app
from django.db import connection
from django.utils import timezone

from roomly.celery import QUEUES
from standins.processes import spawn, stop, wait_for

Message = tuple[str, list[Any]]


@dataclass
class Worker:
    """A process with the task that it was given last."""

    wire: Any
    task: Message = ("", [])
    cut_off: bool = False  # from the database, in the middle of the task

    def begin(self, task: Message, **more: Any) -> None:
        self.task = task
        now = timezone.now().isoformat()
        self.wire.write(json.dumps({"task": task[0], "args": task[1], "now": now, **more}) + "\n")
        self.wire.flush()

    def outcome(self) -> str:
        """`done`, `waiting`, or `dead`; raises AssertionError for a failure of ours."""
        line = self.wire.readline()
        if not line:
            return "dead"
        told = json.loads(line)
        if self.cut_off and told["how"] == "failed" and _is_about_database(told["why"]):
            return "dead"
        if told["how"] == "failed":
            raise AssertionError(f"{self.task} failed:\n{told['why']}")
        return str(told["how"])

    def go_on(self) -> None:
        self.wire.write(json.dumps({"now": timezone.now().isoformat()}) + "\n")
        self.wire.flush()


def _is_about_database(why: str) -> bool:
    return any(f"django.db.utils.{name}" in why for name in ("OperationalError", "InterfaceError"))


@dataclass
class Workers:
    """Runs tasks at the clock of the test."""

    address: str
    log: Path
    count: int = 0
    idle: Worker | None = None

    def begin(self, task: Message, halt: dict[str, Any] | None = None) -> Worker:
        self.count += 1
        worker = self.idle or self._hire()
        self.idle = None
        worker.begin(task, seed=self.count, halt=halt)
        return worker

    def outcome(self, worker: Worker) -> str:
        """How far it came: who is done is there for another task."""
        outcome = worker.outcome()
        if outcome == "done":
            self.idle = worker
        return outcome

    def _hire(self) -> Worker:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.address)
            return Worker(peer.makefile("rw"))

    def run(self, name: str, *args: Any) -> None:
        """A task from beginning to end."""
        assert self.outcome(self.begin((name, list(args)))) == "done"


def next_message(app: str, broker_url: str | None = None) -> Message | None:
    """What a worker would be given next of an app's tasks; messages that are too old are dropped,
    as Celery does."""
    with current_app.connection_for_write(broker_url) as broker:
        for name in QUEUES:
            with broker.SimpleQueue(name) as queue:
                while (message := _take(queue)) is not None:
                    task, expires = message.headers["task"], message.headers.get("expires")
                    late = expires and datetime.fromisoformat(expires) <= timezone.now()
                    if task.startswith(f"{app}.") and not late:
                        return task, list(message.payload[0])
    return None


def _take(queue: Any) -> Any:
    try:
        message = queue.get(block=False)
    except Empty:
        return None
    message.ack()
    return message


def give_back(task: Message) -> None:
    """Celery hears that a worker is lost, and gives its message to another."""
    current_app.send_task(task[0], task[1], retry=False)


@contextmanager
def running(public_url: str = "http://testserver", **env: str) -> Iterator[Workers]:
    """Workers on the test's own database, with further settings by their variables."""
    with tempfile.TemporaryDirectory() as home:
        address = Path(home) / "workers"
        child = spawn(
            "workers",
            [sys.executable, "-m", "tests.killable", address],
            logs=Path(home),
            env={**os.environ, "PUBLIC_URL": public_url, "DATABASE_URL": _database()}
            | {"DATABASE_ROLE": "roomly_worker", **env},
        )
        wait_for(child, address.exists)
        try:
            yield Workers(str(address), child.log)
        finally:
            os.killpg(child.process.pid, signal.SIGKILL)  # with those that it forked
            stop([child], seconds=5)
            _forget_sessions()


def _forget_sessions() -> None:
    """Waits until the database has noticed who is gone: it can be dropped only then."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _database() -> str:
    name = connection.settings_dict["NAME"]
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
