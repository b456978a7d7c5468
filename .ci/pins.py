"""Check that requirements*.txt hold what requirements*.in ask for, and name no package index."""

import re
import sys
from pathlib import Path

PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[.*?\])?==(?P<version>[^\s;\\]+)", re.I | re.M)


def pins(text: str) -> set[tuple[str, str]]:
    """The names, as package indexes normalize them (PEP 503), and versions that a file pins."""
    return {
        (re.sub(r"[-_.]+", "-", found["name"]).lower(), found["version"])
        for found in PIN.finditer(text)
    }


def faults(wanted: Path) -> list[str]:
    """What the compiled sibling of a hand-written list lacks, one line each."""
    compiled = wanted.with_suffix(".txt")
    text = compiled.read_text()
    missing = sorted(pins(wanted.read_text()) - pins(text))
    found = [f"{compiled}: lacks {name}=={version}: make requirements" for name, version in missing]
    if re.search(r"^--|://", text, re.M):
        found.append(f"{compiled}: names a package index or another source")
    return found


if __name__ == "__main__":
    lines = [line for path in sorted(Path().glob("requirements*.in")) for line in faults(path)]
    sys.exit("\n".join(lines) or None)
