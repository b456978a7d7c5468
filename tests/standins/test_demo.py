"""The demo: it starts, ends when asked, keeps its data, and dies without leaving anything."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from standins import unprivileged
from standins.demo.ports import HOST
from standins.processes import ROOT
from tests.standins.launching import free_ports, no_child_survives

pytestmark = [pytest.mark.real_clock, pytest.mark.timeout(180)]

PROCESSES = 7  # PostgreSQL, Redis, two stand-ins, web, worker, beat
STOP_SECONDS = 10  # at most; 2 are usual

Settings = dict[str, str]


@pytest.fixture
def settings() -> Iterator[Settings]:
    """An environment that leads to a home and to ports of this test's own."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with unprivileged.temporary() as home:
        yield {**inherited, **free_ports(), "ROOMLY_LOCAL": str(home / "local")}


def standins(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "standins", *arguments]


@contextmanager
def running_demo(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """A demo that has said how to end it; it is killed if the block does not end it."""
    with subprocess.Popen(
        standins("demo"), cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    ) as demo:
        try:
            assert demo.stdout
            assert any("Ctrl-C" in line for line in demo.stdout), "it ended before it was up"
            yield demo
        finally:
            demo.kill()


def make_company(settings: Settings, name: str) -> str:
    """Make one by the command that an operator types; returns its id."""
    command = standins("manage", "create_company", "--name", name, "--domain", f"{name}.example")
    return subprocess.check_output(command, cwd=ROOT, env=settings, text=True).strip()


def test_it_ends_when_asked_and_keeps_its_data(settings: Settings) -> None:
    with running_demo(settings) as demo, no_child_survives(demo.pid) as children:
        assert children == PROCESSES
        with urllib.request.urlopen(f"http://{HOST}:{settings['PORT']}/readyz") as answer:
            assert answer.status == 200
        assert make_company(settings, "third") == "3"
        demo.send_signal(signal.SIGINT)
        assert demo.wait(STOP_SECONDS) == 0
    with running_demo(settings) as demo, no_child_survives(demo.pid) as children:
        assert children == PROCESSES
        assert make_company(settings, "fourth") == "4"
        demo.kill()
