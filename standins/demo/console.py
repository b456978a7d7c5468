"""What the demo prints: who to sign in as, and the lines of its logs that matter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from standins.demo.ports import Ports, base_url
from standins.processes import Child

# Near the start of a line, as structlog, Celery and uvicorn write it.
MATTERS = re.compile(r"^.{0,60}\b(WARNING|ERROR|CRITICAL)\b", re.IGNORECASE)
RULE = "─" * 78


@dataclass
class Follower:
    """Copies new lines of the children's logs to the terminal if they are warnings or worse."""

    children: Sequence[Child]
    _read: dict[str, int] = field(default_factory=dict)  # bytes, by name of the child

    def print_news(self) -> None:
        """Print what came since the last call, each line with the name of its child."""
        for child in self.children:
            for line in self._new_lines(child):
                if MATTERS.match(line):
                    print(f"{child.name:>8} │ {line}", flush=True)

    def _new_lines(self, child: Child) -> list[str]:
        with child.log.open("rb") as log:
            log.seek(self._read.get(child.name, 0))
            news = log.read()
        whole = news[: news.rfind(b"\n") + 1]
        self._read[child.name] = self._read.get(child.name, 0) + len(whole)
        return whole.decode(errors="replace").splitlines()


def print_welcome(ports: Ports, operator_password: str) -> None:
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

  Operator        {web}/admin/         operator / {operator_password}
  REST API        {web}/api/v1/docs/

  Logs in .local/logs · a management command: make manage cmd="…" · Ctrl-C ends it all
{RULE}""",
        flush=True,
    )
