"""A pytest plugin, loaded before Django reads its settings: starts the stand-ins, tells where.

Some settings (allauth's) are read once at import, so the stand-ins must have their ports before.
Each xdist worker is a process with stand-ins, a database and a Redis database of its own.
"""

import gc
import os
from contextlib import ExitStack

from standins import environment
from standins.google.server import serve as serve_google
from standins.processes import ROOT
from standins.slack.server import serve as serve_slack

# Python looks for circles at every 700 new objects, through all that Django and the stand-ins hold.
gc.set_threshold(50_000, 20, 20)

_running = ExitStack()
google_standin = _running.enter_context(serve_google())
slack_standin = _running.enter_context(serve_slack())

os.environ.update(environment.THROWAWAY_SECRETS)
os.environ.update(environment.google(google_standin.url))
os.environ.update(environment.slack(slack_standin.url))
# The clock stands still in most tests, so that nothing would ever be allowed again; those that are
# about budgets set their own.
os.environ.update(
    dict.fromkeys(
        (
            "GOOGLE_PROJECT_PER_MINUTE",
            "GOOGLE_PROJECT_BURST",
            "GOOGLE_GRANT_PER_MINUTE",
            "GOOGLE_GRANT_BURST",
            "GOOGLE_CALENDAR_WRITES_PER_SECOND",
        ),
        "1000000",
    )
)
os.environ["GOOGLE_SECONDS_BETWEEN_PULLS"] = "0"
os.environ["LOG_FORMAT"] = "console"
# Static files as they lie there: hashed names need collectstatic first.
os.environ["DEBUG"] = "true"
os.environ["STATIC_ROOT"] = str(ROOT / "static")
os.environ["PUBLIC_URL"] = "http://testserver"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
# Playwright's synchronous API runs an event loop in the test's thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

worker_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("?db=0", f"?db={worker_number}")


def pytest_unconfigure() -> None:
    _running.close()
