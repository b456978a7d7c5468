"""Management commands that the launcher runs to completion."""

import sys
from collections.abc import Mapping

from standins import environment
from standins.demo.local import LOGS
from standins.processes import finish, spawn


def run(command: str, *arguments: str, settings: Mapping[str, str]) -> None:
    """Run one, its output going to `<command>.log`; raises Failed with the log's end."""
    line = [sys.executable, "manage.py", command, *arguments]
    finish(spawn(command, line, logs=LOGS, env=environment.process(settings)))
