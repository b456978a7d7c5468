"""What the launcher runs to completion before it goes on."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from standins import environment
from standins.demo.home import Home
from standins.processes import ROOT, Child, finish, spawn


def bring_up_to_date(home: Home, settings: Mapping[str, str]) -> None:
    """Migrate the database and collect static files; raises Failed with the end of what was said.

    Both at once: they take seconds each, on one core each.
    """
    migrating = _start(home, "migrate", ["manage.py", "migrate", "--noinput"], settings)
    stamp, wanted = home.path / "static.stamp", _static_files()
    if _differs(stamp, wanted):
        command = ["manage.py", "collectstatic", "--noinput", "--clear"]
        finish(_start(home, "collectstatic", command, settings))
        stamp.write_text(wanted)
    finish(migrating)


def seed(home: Home, settings: Mapping[str, str]) -> None:
    """Make the demo's companies, once for each database; raises Failed likewise."""
    own = os.environ.get("DATABASE_URL", "")  # empty: the one in `home`
    stamp, wanted = home.path / "seed.stamp", hashlib.sha256(own.encode()).hexdigest()
    if _differs(stamp, wanted):
        finish(_start(home, "seed", ["-m", "standins.demo.seed"], settings))
        stamp.write_text(wanted)


def _start(home: Home, name: str, command: list[str], settings: Mapping[str, str]) -> Child:
    told = environment.process(settings)
    return spawn(name, [sys.executable, *command], logs=home.logs, env=told)


def _differs(stamp: Path, wanted: str) -> bool:
    return not stamp.exists() or stamp.read_text() != wanted


def _static_files() -> str:
    """Changes with our own static files, the packages that bring some, and how they are stored."""
    parts = hashlib.sha256()
    for source in ("requirements.txt", "roomly/settings.py", "roomly/static_files.py"):
        parts.update((ROOT / source).read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        found = path.stat()
        parts.update(f"{path.name} {found.st_mtime_ns} {found.st_size}\n".encode())
    return parts.hexdigest()
