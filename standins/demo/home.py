"""The directory in which the demo keeps everything, and the lock that one demo at a time holds."""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from standins import unprivileged
from standins.processes import ROOT, Failed

PATIENCE_SECONDS = 10  # for the processes of a killed launcher, which stop by themselves


@dataclass(frozen=True)
class Home:
    """`.local` in the checkout, unless `ROOMLY_LOCAL` names another directory."""

    path: Path = Path(os.environ.get("ROOMLY_LOCAL") or ROOT / ".local")

    @property
    def logs(self) -> Path:
        """One file a process, begun anew at each start."""
        return self.path / "logs"

    @property
    def static(self) -> Path:
        """Collected static files."""
        return self.path / "static"

    @property
    def servers(self) -> Path:
        """The files of PostgreSQL and Redis."""
        return unprivileged.data_home(self.path)

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @property
    def _settings(self) -> Path:
        return self.path / "settings.json"

    @contextmanager
    def held(self) -> Iterator[int]:
        """Hold the lock while the block runs; yields its file descriptor for children to inherit.

        A child that inherits it holds it too: the lock is free once the last process of a run is
        gone, even after the launcher was killed. Raises Failed where another demo runs.
        """
        self._claim()
        with self._lock.open("a+") as file:
            _acquire(file)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield file.fileno()

    def _claim(self) -> None:
        try:
            self.path.mkdir(exist_ok=True)
        except PermissionError:
            raise Failed(f"{self.path.parent} cannot be written to by this user.") from None
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            name = pwd.getpwuid(owner).pw_name
            raise Failed(f"{self.path} belongs to {name}: run this as {name}, or remove it so.")

    def remember(self, settings: Mapping[str, str]) -> None:
        """Keep the settings of the demo while it runs."""
        _write_secretly(self._settings, settings)

    def forget(self) -> None:
        """Undo `remember`: the demo ends."""
        self._settings.unlink(missing_ok=True)

    def remembered(self) -> dict[str, str]:
        """The settings of the running demo; raises Failed when none runs."""
        if not self._in_use() or not self._settings.exists():
            raise Failed("The demo is not running: start it with make demo.")
        found: dict[str, str] = json.loads(self._settings.read_text())
        return found

    def _in_use(self) -> bool:
        if not self._lock.exists():
            return False
        with self._lock.open() as file:
            return not _locked(file)

    def secrets(self) -> dict[str, str]:
        """Keys, and the operator's password: made once, kept beside the data that they protect."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = {
                "SECRET_KEY": f"demo-only-{secrets.token_urlsafe(48)}",
                "FIELD_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe(9),
            }
            _write_secretly(path, made)
        found: dict[str, str] = json.loads(path.read_text())
        return found

    def reset(self) -> None:
        """Remove everything; raises Failed while the demo runs."""
        with self.held():
            shutil.rmtree(self.servers, ignore_errors=True)  # elsewhere than `path`, for some roots
            shutil.rmtree(self.path, ignore_errors=True)
        print("What the demo had stored is gone.")


def _acquire(file: TextIO) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _locked(file):
        file.seek(0)
        launcher = file.read()
        if _alive(launcher) or time.monotonic() > deadline:
            raise Failed(f"The demo is running already (process {launcher}): Ctrl-C there ends it.")
        time.sleep(0.1)


def _locked(file: TextIO) -> bool:
    """Take the lock, unless another has it: then say no."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    return True


def _write_secretly(path: Path, values: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(values), indent=1))
