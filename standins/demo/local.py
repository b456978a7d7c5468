"""What the demo keeps in the checkout, in `.local`, and the lock that one demo at a time holds."""

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
from pathlib import Path
from typing import TextIO

from standins import unprivileged
from standins.processes import ROOT, Failed

LOCAL = Path(os.environ.get("ROOMLY_LOCAL") or ROOT / ".local")
LOGS = LOCAL / "logs"
STATIC = LOCAL / "static"
SECRETS = LOCAL / "secrets.json"
ENVIRONMENT = LOCAL / "environment.json"
LOCK = LOCAL / "lock"
PATIENCE_SECONDS = 10  # for the processes of a killed launcher, which stop by themselves


@contextmanager
def held() -> Iterator[int]:
    """Hold the lock for as long as the block runs; its file descriptor is for children to inherit.

    A child that has inherited it holds it too: the lock is free when the last process of a run is
    gone, even after the launcher was killed. Raises Failed where another demo runs.
    """
    LOCAL.mkdir(exist_ok=True)
    _refuse_another_user()
    with LOCK.open("a+") as file:
        _acquire(file)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _refuse_another_user() -> None:
    owner = LOCAL.stat().st_uid
    if owner != os.geteuid():
        name = pwd.getpwuid(owner).pw_name
        raise Failed(f"{LOCAL} belongs to {name}: run this as {name}, or remove it as {name}.")


def _acquire(file: TextIO) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _lock(file):
        file.seek(0)
        launcher = file.read()
        if _alive(launcher) or time.monotonic() > deadline:
            raise Failed(f"The demo is running already (process {launcher}): Ctrl-C there ends it.")
        time.sleep(0.1)


def _lock(file: TextIO) -> bool:
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


def remember(environment: Mapping[str, str]) -> None:
    """Keep the settings of the running demo for `manage`."""
    _write_secretly(ENVIRONMENT, environment)


def remembered() -> dict[str, str]:
    """The settings of the running demo, for management commands; raises Failed when none runs."""
    if not LOCK.exists() or not ENVIRONMENT.exists():
        raise Failed("The demo is not running: start it with make demo.")
    with LOCK.open() as file:
        if _lock(file):
            raise Failed("The demo is not running: start it with make demo.")
    found: dict[str, str] = json.loads(ENVIRONMENT.read_text())
    return found


def demo_secrets() -> dict[str, str]:
    """Keys and the operator's password: made once, then kept beside the data that they protect."""
    if not SECRETS.exists():
        made = {
            "SECRET_KEY": f"demo-only-{secrets.token_urlsafe(48)}",
            "FIELD_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe(9),
        }
        _write_secretly(SECRETS, made)
    found: dict[str, str] = json.loads(SECRETS.read_text())
    return found


def _write_secretly(path: Path, values: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(values), indent=1))


def reset() -> None:
    """Remove everything that the demo stored; raises Failed while it runs."""
    with held():
        shutil.rmtree(unprivileged.data_home(LOCAL), ignore_errors=True)
        shutil.rmtree(LOCAL)
    print("The demo's data is gone.")
