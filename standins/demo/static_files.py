"""Style sheets, scripts and pictures, collected and compressed once for each change of them."""

import hashlib
from collections.abc import Mapping

from standins.demo.local import STATIC
from standins.demo.management import run
from standins.processes import ROOT

STAMP = STATIC.with_suffix(".stamp")


def collect(settings: Mapping[str, str]) -> None:
    """Fill the directory from which static files are served, unless it holds the present ones."""
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    run("collectstatic", "--noinput", "--clear", settings=settings)
    STAMP.write_text(wanted)


def _fingerprint() -> str:
    """Changes with our own files, and with the packages that bring some."""
    parts = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        found = path.stat()
        parts.update(f"{path.relative_to(ROOT)} {found.st_mtime_ns} {found.st_size}\n".encode())
    return parts.hexdigest()
