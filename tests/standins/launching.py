"""What the tests of the launcher have in common: ports of their own, and counting the survivors."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from standins.demo.ports import DEFAULTS, HOST

GONE_SECONDS = 10  # at most, from a program's end to that of its children


def free_ports() -> dict[str, str]:
    """A free port for each setting of the demo that names one."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server((HOST, 0))) for _ in DEFAULTS]
        numbers = [str(listener.getsockname()[1]) for listener in listeners]
    return dict(zip(DEFAULTS, numbers, strict=True))


@contextmanager
def no_child_survives(process: int) -> Iterator[int]:
    """The block ends a program; after it, the children that it had must end too (Linux).

    Yields how many there are.
    """
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    watched = [os.pidfd_open(int(child)) for child in children]
    yield len(watched)
    for child in watched:
        ended, _, _ = select.select([child], [], [], GONE_SECONDS)
        os.close(child)
        assert ended
