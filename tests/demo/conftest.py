"""The demo as a newcomer starts it: every process real, on ports and in a directory of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from standins import unprivileged
from standins.processes import ROOT
from tests.standins.launching import free_ports

START_SECONDS = 240


@dataclass(frozen=True)
class Demo:
    """The three servers of a running demo, and what it printed."""

    web: str
    google: str
    slack: str
    welcome: str

    @property
    def operator_password(self) -> str:
        found = re.search(r"operator / (\S+)", self.welcome)
        assert found, self.welcome
        return found[1]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """Ends with the tests that need it: it beats every second, to the end of the others."""
    with unprivileged.temporary() as home:
        yield from _running_in(home, free_ports())


def _running_in(home: Path, ports: dict[str, str]) -> Iterator[Demo]:
    log = home / "output"
    # None of this test run's own settings may reach the demo.
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("w") as output:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "standins", "demo"],
            cwd=ROOT,
            env={**inherited, **ports, "ROOMLY_LOCAL": str(home / "local")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _when_ready(launcher, log, ports)
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(timeout=30)


def _when_ready(launcher: "subprocess.Popen[bytes]", log: Path, ports: dict[str, str]) -> Demo:
    web, google, slack = (f"http://127.0.0.1:{port}" for port in ports.values())
    deadline = START_SECONDS * 10
    for _ in range(deadline):
        if launcher.poll() is not None:
            pytest.fail(f"the demo ended by itself:\n{log.read_text()}")
        if "Ctrl-C" in log.read_text():
            return Demo(web, google, slack, log.read_text())
        try:
            launcher.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"the demo did not start in {START_SECONDS} seconds:\n{log.read_text()}")
