"""Where one run of the servers keeps its things."""

from dataclasses import dataclass
from pathlib import Path

BARE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Place:
    """Directories of one run, and how it is to be kept."""

    data: Path  # the servers' own files
    sockets: Path  # only the servers' account, and root, can enter
    logs: Path
    durable: bool  # survives a power cut; tests need not
    keep_open: tuple[int, ...] = ()  # file descriptors that every server inherits
