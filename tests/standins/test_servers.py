"""The servers of demo and tests: real, private, fast, and gone afterwards whatever happens."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from standins import postgres, servers, unprivileged
from standins.place import Place
from standins.processes import ROOT
from standins.unprivileged import reachable
from tests.standins.launching import no_child_survives

pytestmark = pytest.mark.real_clock

# A launcher in miniature: starts the servers, tells where they are, waits for the end of its input.
LAUNCHER = """
import json, sys
from standins import postgres, servers
with servers.throwaway() as place:
    url = postgres.url(place, servers.MIGRATOR)
    print(json.dumps({"url": url, "sockets": str(place.sockets)}), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _no_servers_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def ask(place: Place, role: str, query: str) -> Any:
    with psycopg.connect(postgres.url(place, role)) as session:
        row = session.execute(query.encode()).fetchone()
    return row and row[0]


def test_each_role_may_what_it_needs_and_no_more() -> None:
    rights = """
        SELECT array[rolsuper, rolcreaterole, rolbypassrls, pg_has_role('roomly_app', 'MEMBER')]
        FROM pg_roles WHERE rolname = current_user
    """
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    with servers.throwaway() as place:
        assert ask(place, servers.MIGRATOR, rights) == [False, False, True, True]
        assert ask(place, servers.APP, rights) == [False, False, False, True]
        assert ask(place, servers.WORKER, rights) == [False, False, False, False]
        assert ask(place, servers.APP, owner) == servers.MIGRATOR
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(place, servers.APP, "CREATE TABLE mine (id int)")


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that the servers' account can reach, which it cannot with pytest's."""
    with unprivileged.temporary() as made:
        yield made


def test_durable_servers_keep_what_they_were_given(home: Path) -> None:
    place = Place(home / "data", home / "sockets", home / "logs", durable=True)
    with servers.running(place):
        settings = servers.settings(place, servers.MIGRATOR)
        with psycopg.connect(settings["DATABASE_URL"]) as session:
            session.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis.from_url(settings["REDIS_URL"]).set("kept", "42")
    with servers.running(place):
        assert ask(place, servers.MIGRATOR, "SELECT answer FROM kept") == 42
        url = servers.settings(place, servers.APP)["REDIS_URL"]
        assert redis.Redis.from_url(url).get("kept") == b"42"


def test_two_at_once_know_nothing_of_each_other() -> None:
    with servers.throwaway() as one, servers.throwaway() as other:
        with psycopg.connect(postgres.url(one, servers.MIGRATOR)) as session:
            session.execute("CREATE TABLE mine AS SELECT 1")
        assert ask(other, servers.MIGRATOR, "SELECT to_regclass('mine')") is None


def test_a_url_of_the_user_is_used_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.throwaway() as own:
        given = servers.settings(own, servers.MIGRATOR)
        monkeypatch.setenv("DATABASE_URL", given["DATABASE_URL"])
        monkeypatch.setenv("REDIS_URL", given["REDIS_URL"])
        with servers.throwaway() as place:
            found = servers.settings(place, servers.WORKER)
            assert not list(place.logs.glob("*.log"))
    assert found == {**given, "DATABASE_ROLE": servers.WORKER}


def accounts() -> list[str | None]:
    """As whom a launcher is tried: the tests' own account, and a normal one beside root."""
    homes = (Path(sys.prefix), Path(sys.base_prefix))  # of the packages, and of Python itself
    needed = [Path(sys.executable).resolve(), ROOT / "standins", *(home / "lib" for home in homes)]
    return [None, "nobody"] if os.geteuid() == 0 and all(map(reachable, needed)) else [None]


@pytest.mark.parametrize("account", accounts())
def test_kill_minus_nine_leaves_no_server_behind(account: str | None) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        user=account,
        group="nogroup" if account else None,
        extra_groups=[] if account else None,
    )
    with launcher:
        assert launcher.stdout
        told = json.loads(launcher.stdout.readline())
        with psycopg.connect(told["url"]) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
        with no_child_survives(launcher.pid) as children:
            assert children == 2
            launcher.kill()
    shutil.rmtree(Path(told["sockets"]).parent)
