"""The demo ends when asked, and keeps its data."""

import signal

import pytest

from tests.demo.conftest import Demo

pytestmark = [pytest.mark.real_clock, pytest.mark.timeout(600)]


def make_company(demo: Demo, name: str) -> int:
    """Make one by the command that an operator types; returns its id."""
    command = ("create_company", "--name", name, "--domain", f"{name}.example")
    return int(demo.manage(*command))


def test_it_ends_when_asked_and_keeps_its_data(demo: Demo) -> None:
    first = make_company(demo, "first")
    assert demo.end(signal.SIGINT) == 0
    demo.start()
    assert make_company(demo, "second") == first + 1
