"""People on both sides at random, a Google that stumbles, workers that die: nothing is lost."""

import os
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bookings.drafts import Attendee
from tests.calendars.play import DAYS, FATES, FIRST_DAY, MINUTES, RULES, SEOUL, Play
from tests.conftest import become
from tests.workers import running

STEPS = 50  # of a play at most, some 45 on average: 300 steps in the suite, 20,000 in the soak
FIRST_COMPANY = 900_000_001  # no parallel run of the suite has such a one
MOST_WRITES = 1.05  # for each change that needs one
Fault = dict[str, Any] | None
Halt = dict[str, Any] | None
FAULTS = st.sampled_from([
    {"kind": "backendError"},
    {"kind": "backendError", "after": True},
    {"kind": "unavailable", "times": 2},
    {"kind": "tooManyRequests", "retry_after": 5},
    {"kind": "rateLimitExceeded"},
    {"kind": "drop"},
    {"kind": "drop", "times": 2},
    {"kind": "drop_after"},  # which the HTTP library repeats once by itself
    {"kind": "drop_after", "times": 2, "method": "events.insert"},
    {"kind": "drop_after", "times": 2, "method": "events.patch"},
    {"kind": "authError"},
    {"kind": "fullSyncRequired", "method": "events.list"},
    {"kind": "conditionNotMet", "method": "events.patch"},
])  # fmt: skip
HALTS = st.one_of(
    st.none(),
    st.none(),
    st.builds(lambda at: {"how": "die", "at": at}, st.integers(1, 150)),
    st.builds(lambda at: {"how": "wait", "at": at}, st.integers(1, 8)),
)
ORDERS = st.sampled_from(("", "", "as_sent", "reversed", "shuffled"))
SECONDS = st.integers(1, 600)
ANY = st.integers(0, 1000)  # one of however many there are
SCOPES = st.sampled_from(("this", "this", "following", "all"))
MINUTE = st.integers(0, MINUTES - 1)
WHAT = st.sampled_from(("title", "time", "room", "people"))
PEOPLE = ("minji", "jiho", "sua")


class BothSides(RuleBasedStateMachine):
    """What may happen next. The clock goes on by some seconds with everything that does."""

    stage: Any  # what the plays have in common
    restarts: bool  # of the database, which then must be nobody else's
    numbers = count(1)
    totals: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        google, workers, clock, http = self.stage
        self.play = Play(google, workers, clock, http, next(self.numbers))

    @initialize(
        fate=st.sampled_from(FATES),
        order=st.sampled_from(("ordinal", "exceptions_first", "shuffled")),
        page=st.sampled_from((2500, 3)),
        skew=st.integers(-30, 30),
        drop=st.sampled_from((0.0, 0.2, 1.0)),
    )
    def begin(self, fate: str, order: str, page: int, skew: int, drop: float) -> None:
        control = self.play.google.control
        control.configure(exceptions_of_changed_series=fate, list_order=order, largest_page=page)
        control.advance_clock(skew)
        control.notifications(drop=drop, duplicate=0.1)
        one, two = self.play.rooms
        for number, repeat in enumerate(RULES):
            self.play.book(one, FIRST_DAY, 90 * number, repeat)
            self.play.create(self.play.rooms[two], FIRST_DAY, 90 * number, repeat)
        self.play.hear("as_sent")
        self.play.beat()
        self.play.drain()

    # -- people here -------------------------------------------------------------------------

    @rule(where=ANY, day=st.integers(0, DAYS - 1), minute=MINUTE, repeat=st.sampled_from(RULES))
    def book(self, where: int, day: int, minute: int, repeat: str) -> None:
        self.play.book(self._room(where), FIRST_DAY + timedelta(day), minute, repeat)

    @rule(which=ANY, scope=SCOPES, what=WHAT, minute=MINUTE)
    def change_here(self, which: int, scope: str, what: str, minute: int) -> None:
        self._change(which, scope, what, minute)

    @rule(which=ANY, scope=SCOPES, what=WHAT, minute=MINUTE)
    def change_here_too(self, which: int, scope: str, what: str, minute: int) -> None:
        self._change(which, scope, what, minute)

    def _change(self, which: int, scope: str, what: str, minute: int) -> None:
        row = self._row(which, "confirmed", "pending", "conflicted")
        if row is None:
            return
        changes: dict[str, Any] = {"room": self._room(minute)}
        if what == "title":
            changes = {"title": self.play.title(row.shown_title[1:].partition(" ")[0])}
        elif what == "time":
            start = self.play.time(row.starts_at.astimezone(SEOUL).date(), minute)
            changes = {"starts_at": start, "ends_at": start + (row.ends_at - row.starts_at)}
        elif what == "people":
            changes = {"attendees": tuple(Attendee(email=email) for email in _people(minute))}
        self.play.change(row, scope, changes)

    @rule(which=ANY, scope=SCOPES)
    def cancel_here(self, which: int, scope: str) -> None:
        if row := self._row(which, "confirmed", "pending", "conflicted"):
            self.play.cancel(row, scope)

    @rule(which=ANY)
    def restore_here(self, which: int) -> None:
        if row := self._row(which, "cancelled"):
            self.play.restore(row)

    # -- people there ------------------------------------------------------------------------

    @rule(where=ANY, day=st.integers(0, DAYS - 1), minute=MINUTE, repeat=st.sampled_from(RULES))
    def create_there(self, where: int, day: int, minute: int, repeat: str) -> None:
        calendar = self.play.rooms[self._room(where)]
        self.play.create(calendar, FIRST_DAY + timedelta(day), minute, repeat)

    @rule(which=ANY, scope=SCOPES, title=st.booleans(), minute=MINUTE)
    def edit_there(self, which: int, scope: str, title: bool, minute: int) -> None:
        self._edit(which, scope, title, minute)

    @rule(which=ANY, scope=SCOPES, title=st.booleans(), minute=MINUTE)
    def edit_there_too(self, which: int, scope: str, title: bool, minute: int) -> None:
        self._edit(which, scope, title, minute)

    def _edit(self, which: int, scope: str, title: bool, minute: int) -> None:
        found = self._event(which)
        if found is None:
            return
        calendar, event = found
        scope = scope if "recurringEventId" in event else "this"
        if title and minute % 3 == 0:
            fields = {"attendees": [{"email": email} for email in _people(minute)]}
            self.play.edit(calendar, event, scope, fields=fields)
        elif title:
            story = event["summary"][1:].partition(" ")[0]
            self.play.edit(calendar, event, scope, summary=self.play.title(story))
        else:
            day = event["start"]["dateTime"][:10]
            start = self.play.time(FIRST_DAY.fromisoformat(day), minute)
            self.play.edit(calendar, event, scope, start=start.isoformat())

    @rule(which=ANY, scope=SCOPES)
    def delete_there(self, which: int, scope: str) -> None:
        if found := self._event(which):
            calendar, event = found
            scope = scope if "recurringEventId" in event else "this"
            self.play.delete(calendar, event, scope)

    # -- machines ----------------------------------------------------------------------------

    @rule(hear=ORDERS, times=st.integers(1, 4), halt=HALTS, fault=st.none() | FAULTS)
    def work(self, hear: str, times: int, halt: Halt, fault: Fault) -> None:
        self._work(hear, times, halt, fault)

    @rule(hear=ORDERS, times=st.integers(1, 4), halt=HALTS, fault=st.none() | FAULTS)
    def work_too(self, hear: str, times: int, halt: Halt, fault: Fault) -> None:
        self._work(hear, times, halt, fault)

    def _work(self, hear: str, times: int, halt: Halt, fault: Fault) -> None:
        """Some of what was told is worked on; who waited goes on."""
        if hear:
            self.play.hear(hear)
        self.play.beat()
        if fault is not None:
            self.play.counts[fault["kind"]] += 1
            self.play.trouble.append(fault)
        waiting = self.play.paused is not None
        for time in range(times):
            self.play.work(None if time or (waiting and halt and halt["how"] == "wait") else halt)
        if waiting:
            self.play.go_on()

    @rule(what=st.sampled_from(("redis", "database", "tokens", "time", "time")), seconds=SECONDS)
    def happen(self, what: str, seconds: int) -> None:
        if what == "redis":
            self.play.lose_redis()
        elif what == "database" and self.restarts:
            self.play.restart_database()
        elif what == "database":
            self.play.lose_database()
        elif what == "tokens":
            self.play.google.control.invalidate_sync_tokens()
        else:
            self.play.pass_time(timedelta(seconds=seconds))

    # -- and always --------------------------------------------------------------------------

    @invariant()
    def nothing_is_booked_twice(self) -> None:
        self.totals["steps"] += 1
        self.play.clock.shift(7)
        self.play.nothing_double()

    def teardown(self) -> None:
        try:
            self.play.rest()
        except AssertionError as error:
            error.add_note("\n".join([*self.play.told, *self.play.unsettled()]))
            raise
        finally:
            self.play.leave()
            self.totals.update(self.play.counts)

    # -- choosing ----------------------------------------------------------------------------

    def _room(self, number: int) -> Any:
        return list(self.play.rooms)[number % 2]

    def _row(self, number: int, *statuses: str) -> Any:
        now = timezone.now()
        rows = [row for row in self.play.rows() if row.status in statuses and row.starts_at > now]
        return rows[number % len(rows)] if rows else None

    def _event(self, number: int) -> Any:
        calendar = list(self.play.rooms.values())[number % 2]
        events = self.play.events(calendar)
        return (calendar, events[number // 2 % len(events)]) if events else None


def _people(number: int) -> list[str]:
    chosen = [name for bit, name in enumerate(PEOPLE) if number >> (bit + 2) & 1]
    return [f"{name}@x.example" for name in chosen]


@pytest.fixture
def same_numbers(transactional_db: None) -> None:
    """Keys decide ties, so the same seed plays the same only if they begin alike."""
    become("")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename FROM pg_sequences"
            " WHERE sequencename ~ '^(tenants|bookings|calendars|reminders)_'"
        )
        for (name,) in cursor.fetchall():
            first = FIRST_COMPANY if name == "tenants_company_id_seq" else 1
            cursor.execute(f"ALTER SEQUENCE {name} RESTART WITH {first}")
    become("roomly_app")


@pytest.mark.usefixtures("same_numbers")
@pytest.mark.parametrize(
    ("plays", "restarts"),
    [
        pytest.param(8, False, marks=pytest.mark.timeout(600)),
        pytest.param(460, True, marks=[pytest.mark.soak, pytest.mark.timeout(8 * 3600)]),
    ],
)
def test_whatever_happens_both_sides_end_equal_and_nothing_is_lost(
    live_server: Any, google: Any, http: Any, settings: Any, plays: int, restarts: bool
) -> None:
    """Prints its seed and counts; `SEED` chooses another, `PLAYS` more or fewer, and with `SHRINK`
    a failure is made as small as it gets.

    A write is a call that Google carried out, also one whose answer was lost. A change needs one
    for each subject that somebody's act here made different: a booking, a date, both parts of a
    series that was cut and each exception in them. Refusals (412, 429, 5xx) are not counted, nor
    is what people do in Google, which needs none.
    """
    number = int(os.environ.get("SEED", "2"))
    settings.PUBLIC_URL = live_server.url
    phases = [Phase.generate, *([Phase.shrink] if os.environ.get("SHRINK") else [])]
    chosen = hypothesis_settings(
        max_examples=int(os.environ.get("PLAYS", plays)),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    totals: Counter[str] = Counter()
    with (
        running(live_server.url) as workers,
        time_machine.travel(timezone.now(), tick=False) as clock,
    ):
        stage = {
            "stage": (google, workers, clock, http),
            "restarts": restarts and connection.settings_dict["HOST"].startswith("/"),
            "totals": totals,
        }
        machine = seed(number)(type("BothSides", (BothSides,), stage))
        try:
            run_state_machine_as_test(machine, settings=chosen)
        finally:
            share = totals["writes"] / max(1, totals["changes"])
            print(f"seed {number}: {dict(totals)}, {share:.2f} writes for each change")
    assert share <= MOST_WRITES
