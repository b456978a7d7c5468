"""Tests and benchmarks on servers that are made for one run and deleted after it."""

import subprocess
import sys
from collections.abc import Sequence

from standins import environment, servers
from standins.processes import ROOT

NO_TESTS = 5  # pytest's exit code when none was selected


def test(arguments: Sequence[str]) -> int:
    """Run pytest; the exit code is its own."""
    return _on_servers(["pytest", *arguments], durable=False)


def soak(arguments: Sequence[str]) -> int:
    """Run the tests marked `soak`; there need not be any."""
    code = _on_servers(["pytest", "-m", "soak", *arguments], durable=False)
    if code != NO_TESTS:
        return code
    print("No test is marked `soak` yet.")
    return 0


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks on a database that writes to disk as one in production does."""
    return _on_servers(["tests.bench", *arguments], durable=True)


def _on_servers(module: Sequence[str], *, durable: bool) -> int:
    with servers.throwaway(durable=durable) as place:
        settings = environment.settings(
            environment.THROWAWAY_SECRETS,
            environment.GOOGLE_CLIENT,
            environment.SLACK_CLIENT,
            servers=servers.settings(place, servers.MIGRATOR),
        )
        return subprocess.call(
            [sys.executable, "-m", *module], cwd=ROOT, env=environment.process(settings)
        )
