"""Install a requirements file into `.venv`: `python3 .ci/install.py requirements-dev.txt`.

Runs on the host's Python before anything is installed, so it uses the standard library alone.
A second run with nothing new costs a few milliseconds; two runs at once wait for each other.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
HASHED = ("--require-hashes", "-r")


def install(requirements: Path) -> None:
    """Make `.venv` hold what `requirements` pins; do nothing where it already does."""
    stamp = VENV / f"installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if works() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not works():
        create()
    print(f"Installing {requirements.name} into .venv …", flush=True)
    if not uv_installs(requirements):
        pip_installs(requirements)
    stamp.write_text(wanted)


def works() -> bool:
    """Tell whether the environment's Python is still there (the host's may have been replaced)."""
    return PYTHON.exists() and Path(os.path.realpath(PYTHON)).exists()


def create() -> None:
    """Make an empty environment, or say what the host lacks for it."""
    try:
        import ensurepip  # noqa: F401, PLC0415  (Debian ships it apart, in python3-venv)
    except ImportError:
        sys.exit(
            "This Python cannot make virtual environments. On Debian and Ubuntu:\n"
            "    apt-get install python3-venv"
        )
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True)


def uv_installs(requirements: Path) -> bool:
    """Install with uv, which takes seconds where pip takes a minute; tell whether it could."""
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        pinned = VENV / "uv.txt"
        pinned.write_text(uv_pin((ROOT / "requirements-dev.txt").read_text()))
        if not succeeds(PYTHON, "-m", "pip", "install", "--quiet", *HASHED, pinned):
            return False
    how = ["--quiet", "--compile-bytecode", "--link-mode", "copy", *HASHED]
    command: list[str | Path] = [uv, "pip", "install", "--python", PYTHON, *how, requirements]
    # uv brings certificates of its own; a network that inspects TLS needs the system's.
    return succeeds(*command) or succeeds(*command, "--system-certs")


def uv_pin(text: str) -> str:
    """Cut uv's own entry, hashes included, out of a compiled requirements file."""
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("uv=="))
    end = next(at for at in range(start, len(lines)) if not lines[at].endswith("\\"))
    return "\n".join(lines[start : end + 1]) + "\n"


def pip_installs(requirements: Path) -> None:
    """Install with pip, where uv does not run."""
    print("uv could not; trying pip, which takes longer …", flush=True)
    if not succeeds(PYTHON, "-m", "pip", "install", "--quiet", *HASHED, requirements):
        sys.exit(f"Could not install {requirements.name}; see the messages above.")


def succeeds(*command: str | Path) -> bool:
    """Run a command, its output going to the terminal; tell whether it ended with 0."""
    return subprocess.run([str(part) for part in command], check=False).returncode == 0


def main() -> None:
    """Install the file named on the command line, one process at a time."""
    if sys.version_info < OLDEST:
        sys.exit(f"Roomly needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(ROOT / sys.argv[1])


if __name__ == "__main__":
    main()
