"""The demo as a newcomer starts it: every process real, on ports and in a directory of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from standins import unprivileged
from standins.processes import ROOT
from tests.standins.launching import free_ports, no_child_survives

PROCESSES = 7  # PostgreSQL, Redis, two stand-ins, web, worker, beat
START_SECONDS = 240
STOP_SECONDS = 30  # at most; 2 are usual


class Demo:
    """A running demo: the addresses of its three servers, and what it printed."""

    def __init__(self, home: Path) -> None:
        ports = free_ports()
        self.web, self.google, self.slack = (f"http://127.0.0.1:{port}" for port in ports.values())
        self._log = home / "output"
        # None of this test run's own settings may reach the demo.
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._settings = {**inherited, **ports, "ROOMLY_LOCAL": str(home / "local")}
        self.start()

    def start(self) -> None:
        """Returns once it has said how to end it."""
        with self._log.open("w") as output:
            self._launcher = subprocess.Popen(
                _standins("demo"), cwd=ROOT, env=self._settings, stdout=output, stderr=output
            )
        for _ in range(START_SECONDS * 10):
            if self._launcher.poll() is not None:
                pytest.fail(f"the demo ended by itself:\n{self.printed}")
            if "Ctrl-C" in self.printed:
                return
            try:
                self._launcher.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
        pytest.fail(f"the demo did not start in {START_SECONDS} seconds:\n{self.printed}")

    def end(self, how: signal.Signals) -> int:
        """Returns its exit code, once nothing of it is left."""
        with no_child_survives(self._launcher.pid) as children:
            assert children == PROCESSES
            self._launcher.send_signal(how)
            return self._launcher.wait(STOP_SECONDS)

    def manage(self, *command: str) -> str:
        """What a management command prints."""
        return subprocess.check_output(
            _standins("manage", *command), cwd=ROOT, env=self._settings, text=True
        ).strip()

    @property
    def printed(self) -> str:
        return self._log.read_text()

    @property
    def operator_password(self) -> str:
        found = re.search(r"operator / (\S+)", self.printed)
        assert found, self.printed
        return found[1]


def _standins(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "standins", *arguments]


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    """Ends, the hard way, with the tests that need it: it beats every second."""
    with unprivileged.temporary() as home:
        running = Demo(home)
        yield running
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
