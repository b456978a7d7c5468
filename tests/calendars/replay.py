"""Plays once more what failed in the random play, in a minute instead of an hour:

LOG=soak.log make soak args="tests/calendars/replay.py -n 0 -x -s"

The log is what `make soak` printed. It may end otherwise where chance decides: threads of workers,
the numbers of rows that other plays before it had made.
"""

import ast
import os
import re
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from tests.calendars.test_both_sides import BothSides
from tests.conftest import become
from tests.workers import running

STEP = re.compile(r"^E +state\.(\w+)\((.*)\)$", re.MULTILINE)
WORK = re.compile(r"sync_\w+', \[(\d+), (\d+)\]\)")  # company and calendar
PLAY = re.compile(r"in Play(\d+) ")
OF_RULES = {"nothing_is_booked_twice", "teardown"}


@pytest.mark.soak
@pytest.mark.usefixtures("transactional_db")
def test_it_ends_well_now(live_server: Any, google: Any, http: Any, settings: Any) -> None:
    log = Path(os.environ["LOG"]).read_text(errors="replace")
    company, link = min((int(company), int(link)) for company, link in WORK.findall(log))
    (play, *_again) = PLAY.findall(log)
    _number({"tenants_company": company, "bookings_room": link, "calendars_calendarlink": link})
    settings.PUBLIC_URL = live_server.url
    with (
        running(live_server.url) as workers,
        time_machine.travel(timezone.now(), tick=False) as clock,
    ):
        own = {
            "stage": (google, workers, clock, http),
            "restarts": False,
            "totals": Counter(),
            "numbers": count(int(play)),
        }
        state = type("Replayed", (BothSides,), own)()
        for name, words in STEP.findall(log):
            if name not in OF_RULES:
                call: Any = ast.parse(f"f({words})", mode="eval").body
                given = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
                getattr(state, name)(**given)
                state.nothing_is_booked_twice()
        state.teardown()


def _number(tables: dict[str, int]) -> None:
    become("")
    with connection.cursor() as cursor:
        for table, first in tables.items():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, first]
            )
    become("roomly_app")
