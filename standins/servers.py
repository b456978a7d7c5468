"""A real PostgreSQL and a real Redis for the demo and the tests, with nothing to install.

Both listen on unix sockets: ports collide, and a directory's permissions are key enough. What the
user gives in `DATABASE_URL` or `REDIS_URL` is used instead.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standins import postgres, unprivileged, valkey
from standins.place import Place
from standins.processes import Child, stop, wait_for

MIGRATOR, APP, WORKER = "roomly_migrator", "roomly_app", "roomly_worker"
STOP_SECONDS = 10


@contextmanager
def running(
    data: Path, logs: Path, *, durable: bool, keep_open: tuple[int, ...] = ()
) -> Iterator[Place]:
    """Both servers, for as long as the block runs; raises Failed when one does not start."""
    place = Place(unprivileged.data_home(data), unprivileged.temporary(), logs, durable, keep_open)
    place.data.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    children: list[Child] = []
    try:
        if not os.environ.get("REDIS_URL"):
            children.append(valkey.start(place))
            wait_for(children[-1], lambda: valkey.ready(place))
        if own := os.environ.get("DATABASE_URL"):
            postgres.ensure_roles(own)
        else:
            children.append(postgres.start(place))
            wait_for(children[-1], lambda: postgres.ready(place))
        yield place
    finally:
        stop(children, seconds=STOP_SECONDS)
        shutil.rmtree(place.sockets, ignore_errors=True)


@contextmanager
def throwaway(*, durable: bool = False) -> Iterator[Place]:
    """Both servers on empty files that are deleted afterwards: for tests and benchmarks."""
    home = unprivileged.temporary()
    try:
        with running(home / "data", home / "logs", durable=durable) as place:
            yield place
    finally:
        shutil.rmtree(home, ignore_errors=True)


def settings(place: Place, role: str) -> dict[str, str]:
    """The settings by which a process of `role` reaches the servers; the user's own go first.

    The role is the login where the servers are ours. Into a login of the user's choice, each
    process takes its role with it; migrations run as that login itself.
    """
    found = {
        "DATABASE_URL": os.environ.get("DATABASE_URL") or postgres.url(place, role),
        "REDIS_URL": os.environ.get("REDIS_URL") or valkey.url(place),
    }
    return found if role == MIGRATOR else {**found, "DATABASE_ROLE": role}
