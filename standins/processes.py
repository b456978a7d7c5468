"""Child processes that never outlive the launcher, and that it stops in time."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1  # prctl(2), Linux: signal me when my parent dies, by kill -9 too

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Failed(Exception):
    """The launcher cannot go on; the message is for the terminal."""


@dataclass(frozen=True)
class Child:
    """A running program, its log, and the signal that it takes for a request to end."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    end_with: signal.Signals

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return self.process.poll() is None

    @property
    def last_lines(self) -> str:
        """The end of its log: why it died."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    logs: Path,
    env: Mapping[str, str],
    account: pwd.struct_passwd | None = None,
    end_with: signal.Signals = signal.SIGTERM,
    keep_open: Sequence[int] = (),
) -> Child:
    """Start a program that writes to `logs/<name>.log` and gets `end_with` if the launcher dies.

    It lives in a session of its own: Ctrl-C in the terminal reaches the launcher alone, which then
    stops its children in order. `account` is whom a launcher that is root makes it run as;
    `keep_open` are file descriptors to inherit.
    """
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/" if account else ROOT,  # the account may not be able to enter the checkout
            env=dict(env),
            start_new_session=True,
            preexec_fn=_follow_parent(end_with),  # noqa: PLW1509  (the launcher has no threads)
            pass_fds=keep_open,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    return Child(name, process, log, end_with)


def _follow_parent(end_with: signal.Signals) -> Callable[[], None]:
    """What a child does first: ask to be told of its parent's death, if that has not come yet."""
    parent = os.getpid()

    def follow() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(end_with))
        if os.getppid() != parent:
            os._exit(1)

    return follow


def stop(children: Iterable[Child], *, seconds: float) -> None:
    """Ask all to end, give them `seconds` together, then kill whoever is still there."""
    running = [child for child in children if child.alive]
    for child in running:
        child.process.send_signal(child.end_with)
    deadline = time.monotonic() + seconds
    for child in running:
        try:
            child.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def wait_for(child: Child, ready: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return once `ready`; raises Failed with the log's end when the child dies or takes longer."""
    deadline = time.monotonic() + seconds
    while child.alive and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.02)
    raise Failed(f"{child.name} did not start. The end of {child.log}:\n\n{child.last_lines}")


def finish(child: Child) -> None:
    """Wait until a program has done its work; raises Failed with its log's end if it could not."""
    if child.process.wait() != 0:
        raise Failed(f"{child.name} failed. The end of {child.log}:\n\n{child.last_lines}")
