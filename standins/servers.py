"""A real PostgreSQL and a real Redis for the demo and the tests, with nothing to install.

Both listen on unix sockets: ports collide, and a directory's permissions are key enough. What the
user gives in `DATABASE_URL` or `REDIS_URL` is used instead.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from standins import postgres, unprivileged, valkey
from standins.place import Place
from standins.processes import Child, stop, wait_for

MIGRATOR, APP, WORKER = "roomly_migrator", "roomly_app", "roomly_worker"
STOP_SECONDS = 10


@contextmanager
def running(place: Place) -> Iterator[Place]:
    """Both servers, for as long as the block runs; raises Failed when one does not start."""
    for directory in (place.data, place.logs):
        directory.mkdir(parents=True, exist_ok=True)
    unprivileged.own(place.sockets)
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


@contextmanager
def throwaway(*, durable: bool = False) -> Iterator[Place]:
    """Both servers on empty files that are deleted afterwards: for tests and benchmarks."""
    with unprivileged.temporary() as home:
        place = Place(home / "data", home / "sockets", home / "logs", durable)
        with running(place):
            yield place


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
