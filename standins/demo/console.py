"""What the demo prints: who to sign in as, and the lines of its logs that matter."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from standins.demo.ports import Ports, base_url
from standins.processes import Child, Failed

# As structlog writes it after the time, and uvicorn at the start of a line.
MATTERS = re.compile(r"^(\S+ \[(warning|error|critical) *\]|(WARNING|ERROR|CRITICAL):|Traceback )")
RULE = "─" * 78


def watch(children: Sequence[Child]) -> NoReturn:
    """Print what matters of the children's logs until one of them dies, which raises Failed."""
    read = dict.fromkeys((child.log for child in children), 0)  # bytes
    while all(child.alive for child in children):
        print_news(children, read)
        time.sleep(0.3)
    print_news(children, read)
    dead = next(child for child in children if not child.alive)
    raise Failed(f"{dead.name} ended by itself. The end of {dead.log}:\n\n{dead.last_lines}")


def print_news(children: Sequence[Child], read: dict[Path, int]) -> None:
    """Print the lines that matter beyond the bytes that were `read` of each log, and count them."""
    for child in children:
        with child.log.open("rb") as log:
            log.seek(read[child.log])
            news = log.read()
        whole = news[: news.rfind(b"\n") + 1]
        read[child.log] += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if MATTERS.match(line):
                print(f"{child.name:>8} │ {line}", flush=True)


def print_welcome(ports: Ports, operator_password: str, logs: Path) -> None:
    """Tell where everything is, who to sign in as, and how to end it."""
    web, google, slack = map(base_url, (ports.web, ports.google, ports.slack))
    print(
        f"""
{RULE}
  Roomly          {web}/
  Google Calendar {google}/   stand-in: the rooms' calendars, to change events in
  Slack           {slack}/   stand-in: reminders arrive here

  Sign in with Google as
    한강 (Seoul, in Korean)      minji@hangang.example, who is its admin, junho, sora
    Hudson (New York)            alex@hudson.example, who is its admin, blake, casey
  Turned away: pat@gmail.example, visitor@hangang.example, robin@unknown.example

  Operator        {web}/admin/   operator / {operator_password}
  REST API        {web}/api/v1/docs/

  Logs in {logs} · a management command: make manage cmd="…" · Ctrl-C ends it all
{RULE}""",
        flush=True,
    )
