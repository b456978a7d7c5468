"""What the launcher says when it cannot do what it was asked: a sentence, never a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from standins import environment
from standins.demo.console import watch
from standins.demo.home import Home
from standins.demo.ports import DEFAULTS, HOST
from standins.processes import ROOT, Failed, spawn
from tests.standins.launching import free_ports


def launcher(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standins", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server((HOST, 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_taken_port_is_named(name: str, taken_port: str, tmp_path: Path) -> None:
    settings = {**free_ports(), name: taken_port, "ROOMLY_LOCAL": str(tmp_path)}
    answer = launcher("demo", **settings)
    assert answer.returncode == 1
    assert f"Port {taken_port} cannot be used" in answer.stderr
    assert f"{name}=" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", ["web", "0", "65536", "-1"])
def test_what_is_no_port_is_refused(given: str) -> None:
    answer = launcher("demo", PORT=given)
    assert answer.returncode == 1
    assert answer.stderr.strip() == f"PORT={given} is not a port: give a number from 1 to 65535."


def test_manage_needs_a_running_demo(tmp_path: Path) -> None:
    answer = launcher("manage", "check", ROOMLY_LOCAL=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.strip() == "The demo is not running: start it with make demo."


def test_an_unknown_command_shows_the_known_ones() -> None:
    answer = launcher("dmeo")
    assert answer.returncode == 2
    assert "demo | reset | manage" in answer.stderr


@pytest.mark.real_clock
def test_only_one_demo_runs_and_none_is_reset_under_way(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.held():
        again = launcher("reset", ROOMLY_LOCAL=str(home.path))
        assert again.returncode == 1
        assert f"running already (process {os.getpid()})" in again.stderr
        assert home.path.exists()
    assert launcher("reset", ROOMLY_LOCAL=str(home.path)).returncode == 0
    assert not home.path.exists()


def test_the_home_of_another_user_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(Failed, match="belongs to"), Home(tmp_path).held():
        pass
    assert not list(tmp_path.iterdir())


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    made = Home(tmp_path).secrets()
    assert Home(tmp_path).secrets() == made
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_what_the_user_has_set_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_URL", "https://calendar.example")
    monkeypatch.setenv("DATABASE_ROLE", "postgres")
    monkeypatch.delenv("GOOGLE_OAUTH_TOKEN_URL", raising=False)
    settings = environment.settings(
        environment.google("http://127.0.0.1:8010"), servers={"DATABASE_URL": "postgresql:///x"}
    )
    assert settings["GOOGLE_API_URL"] == "https://calendar.example"
    assert settings["GOOGLE_OAUTH_TOKEN_URL"] == "http://127.0.0.1:8010/token"
    assert "DATABASE_ROLE" not in environment.process(settings)


@pytest.mark.real_clock
def test_the_death_of_a_child_ends_the_demo_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = "2026-01-01T00:00:00Z [error    ] out of paper"
    words = f"print('all well'); print({warning!r}); raise SystemExit('cannot go on')"
    child = spawn("printer", [sys.executable, "-c", words], logs=tmp_path, env=os.environ)
    with pytest.raises(Failed, match=r"(?s)printer ended by itself.*cannot go on"):
        watch([child])
    assert capsys.readouterr().out == f" printer │ {warning}\n"
