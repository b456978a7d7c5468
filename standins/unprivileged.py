"""PostgreSQL refuses to run as root: a launcher that is root runs the servers as `nobody`."""

import functools
import hashlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standins.processes import Failed

LASTING = Path("/var/tmp")  # noqa: S108  (survives a restart; what we make there is ours alone)
LONGEST_BASE = 60  # characters; a socket's whole path ends at 107 bytes on Linux


@functools.cache
def account() -> pwd.struct_passwd | None:
    """Whom the servers run as: None means as the launcher itself, which is not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise Failed("Run as a normal user: this system has no account `nobody`.") from None


def own(directory: Path) -> Path:
    """Make a directory that only the servers' account can enter."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if who := account():
        os.chown(directory, who.pw_uid, who.pw_gid)
    return directory


def reachable(path: Path) -> bool:
    """Whether the servers' account can come to a path through all directories above it."""
    who = account()
    return who is None or all(_enterable(above, who.pw_uid) for above in path.parents)


def _enterable(directory: Path, uid: int) -> bool:
    found = directory.stat()
    return bool(found.st_mode & (0o100 if found.st_uid == uid else 0o001))


def data_home(wanted: Path) -> Path:
    """Where the servers keep their data: `wanted`, or elsewhere when that lies in root's home."""
    if reachable(wanted):
        return wanted
    return LASTING / f"roomly-{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:10]}"


@contextmanager
def temporary() -> Iterator[Path]:
    """A directory of the servers' account for as long as the block runs."""
    base = Path(tempfile.gettempdir())
    usable = reachable(base / "any") and len(str(base)) < LONGEST_BASE
    made = own(Path(tempfile.mkdtemp(prefix="roomly-", dir=base if usable else LASTING)))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def runnable(binary: Path, package: Path, data: Path) -> Path:
    """`binary` itself, or its copy in a copy of its package that the servers' account can reach."""
    if reachable(binary):
        return binary
    copies = own(data / "servers")
    for name in (package.name, f"{package.name}.libs"):  # found by a path relative to the binary
        source = package.with_name(name)
        if source.exists() and not (copies / name).exists():
            shutil.copytree(source, copies / name, symlinks=True)
    return copies / binary.relative_to(package.parent)
