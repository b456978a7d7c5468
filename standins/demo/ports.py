"""The demo's TCP ports, all on the loopback interface."""

import os
import socket
from dataclasses import dataclass
from typing import Self

from standins.processes import Failed

HOST = "127.0.0.1"
DEFAULTS = {"PORT": 8000, "GOOGLE_PORT": 8010, "SLACK_PORT": 8020}


@dataclass(frozen=True)
class Ports:
    """One port a server."""

    web: int
    google: int
    slack: int

    @classmethod
    def from_environment(cls) -> Self:
        """The ports that the environment names, or ours; raises Failed unless all can be had."""
        return cls(*(_usable(name) for name in DEFAULTS))


def base_url(port: int) -> str:
    """The origin of the server on a port."""
    return f"http://{HOST}:{port}"


def _usable(name: str) -> int:
    given = os.environ.get(name) or str(DEFAULTS[name])
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Failed(f"{name}={given} is not a port: give a number from 1 to 65535.")
    port = int(given)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Failed(
                f"Port {port} cannot be used ({error.strerror}). Stop what uses it, or choose "
                f"another: make demo {name}={port + 100}"
            ) from error
    return port
