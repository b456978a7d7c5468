"""What processes cost, as the kernel tells it: CPU and memory."""

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # a second, in /proc


def tree_of(root: int) -> Iterator[int]:
    """A process and all that it has started, and these, and so on."""
    children: dict[int, list[int]] = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        children.setdefault(parent_of(pid), []).append(pid)
    found = [root]
    while found:
        pid = found.pop()
        yield pid
        found += children.get(pid, ())


def parent_of(pid: int) -> int:
    """0 where there is none any more."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def seconds_of(pid: int) -> float:
    """The CPU of a process so far, and of its children that have ended."""
    return sum(int(ticks) for ticks in _stat(pid)[11:15]) / TICKS


def mebibytes_of(pid: int) -> float:
    """The memory of a process, what it shares with others divided among them (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _stat(pid: int) -> list[str]:
    """The fields behind the name; https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []
