"""What the launcher runs to completion before it goes on."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from standins import environment
from standins.demo.home import Home
from standins.processes import ROOT, finish, spawn


def migrate(home: Home, settings: Mapping[str, str]) -> None:
    """Bring the database up to date; raises Failed with the end of what it printed."""
    _finish(home, "migrate", ["manage.py", "migrate", "--noinput"], settings)


def seed(home: Home, settings: Mapping[str, str]) -> None:
    """Make the demo's companies, once for each database; raises Failed likewise."""
    own = os.environ.get("DATABASE_URL", "")  # empty: the one in `home`
    stamp, wanted = home.path / "seed.stamp", hashlib.sha256(own.encode()).hexdigest()
    if _differs(stamp, wanted):
        _finish(home, "seed", ["-m", "standins.demo.seed"], settings)
        stamp.write_text(wanted)


def collect_static(home: Home, settings: Mapping[str, str]) -> None:
    """Collect and compress static files, once for each change of them; raises Failed likewise."""
    stamp, wanted = home.path / "static.stamp", _fingerprint(ROOT / "static")
    if _differs(stamp, wanted):
        command = ["manage.py", "collectstatic", "--noinput", "--clear"]
        _finish(home, "collectstatic", command, settings)
        stamp.write_text(wanted)


def _differs(stamp: Path, wanted: str) -> bool:
    return not stamp.exists() or stamp.read_text() != wanted


def _finish(home: Home, name: str, command: list[str], settings: Mapping[str, str]) -> None:
    told = environment.process(settings)
    finish(spawn(name, [sys.executable, *command], logs=home.logs, env=told))


def _fingerprint(directory: Path) -> str:
    """Changes with our own static files, and with the packages that bring some."""
    parts = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(directory.rglob("*")):
        found = path.stat()
        parts.update(f"{path.name} {found.st_mtime_ns} {found.st_size}\n".encode())
    return parts.hexdigest()
