"""`python -m standins demo | reset | manage … | test … | soak … | bench …` (see the Makefile)."""

import os
import sys
from collections.abc import Callable, Sequence

from standins import environment, testing
from standins.demo.home import Home
from standins.demo.run import demo
from standins.processes import ROOT, Failed


def manage(arguments: Sequence[str]) -> int:
    """Become manage.py in the environment of the running demo."""
    settings = Home().remembered()
    os.chdir(ROOT)
    command = [sys.executable, "manage.py", *arguments]
    os.execve(sys.executable, command, environment.process(settings))  # noqa: S606  (no shell)


def on_home(act: Callable[[Home], None]) -> Callable[[Sequence[str]], int]:
    """Turn an act on the demo's home into a command, which takes no arguments."""

    def command(arguments: Sequence[str]) -> int:
        if arguments:
            raise Failed(f"Takes no arguments: {' '.join(arguments)}")
        act(Home())
        return 0

    return command


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": on_home(demo),
    "reset": on_home(Home.reset),
    "manage": manage,
    "test": testing.test,
    "soak": testing.soak,
    "bench": testing.bench,
}


def main() -> int:
    """Run the command that the first argument names."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return COMMANDS[name](arguments)
    except Failed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
