"""People on both sides at random, and a Google that stumbles: in the end both say the same."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from bookings.drafts import Actor, Attendee
from bookings.editing import cancel_booking, change_booking
from bookings.errors import RoomTaken
from bookings.models import Door, Occurrence, Room
from bookings.restoring import restore_occurrence
from tenants.errors import DomainError
from tenants.scope import company_scope
from tests.calendars.both import guests_here, guests_there, here, listed, there
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

FAULTS: list[dict[str, Any]] = [
    {"kind": "backendError"},
    {"kind": "backendError", "after": True},
    {"kind": "tooManyRequests", "retry_after": 5},
    {"kind": "drop_after", "times": 2},
    {"kind": "authError"},
    {"kind": "fullSyncRequired", "method": "events.list"},
    {"kind": "conditionNotMet", "method": "events.patch"},
]
RULE = ("RRULE:FREQ=WEEKLY;COUNT=4",)
FATES = ("placed", "dropped", "kept", "moved")  # of exceptions, when their series changes


class Play:
    """One run of random acts. The clock moves with every one."""

    def __init__(self, linked: Linked, seed: int, clock: Any) -> None:
        self.linked, self.clock = linked, clock
        self.dice = random.Random(seed)
        self.rooms = {linked.cast.room: linked.calendar,
                      linked.cast.other_room: linked.other_calendar}  # fmt: skip
        self.count = 0

    def act(self) -> None:
        self.clock.shift(self.dice.uniform(1, 30))
        acts = [self.book, self.change, self.change, self.cancel, self.restore, self.create,
                self.edit, self.edit, self.delete, self.sync, self.sync, self.stumble]  # fmt: skip
        self.dice.choice(acts)()

    def title(self) -> str:
        self.count += 1
        return f"title {self.count}"

    def people(self) -> list[str]:
        names = ("minji", "jiho", "sua")
        return [f"{name}@x.example" for name in self.dice.sample(names, self.dice.randrange(3))]

    def time(self) -> datetime:
        return at(self.dice.randrange(8, 20), day=self.dice.randrange(2, 5))

    def room(self) -> Room:
        return self.dice.choice(list(self.rooms))

    def book(self) -> None:
        rule = RULE if self.dice.random() < 0.5 else ()
        with suppress(RoomTaken):
            make_booking(
                self.linked.cast.alice,
                self.room(),
                start=self.time(),
                title=self.title(),
                recurrence=rule,
            )

    def row(self) -> Occurrence | None:
        rows = self.rows("confirmed", "pending", "conflicted")
        return self.dice.choice(rows) if rows else None

    def rows(self, *statuses: str) -> list[Occurrence]:
        found = [row for room in self.rooms for row in self.linked.dates(room)]
        return [row for row in found if row.status in statuses]

    def change(self) -> None:
        row = self.row()
        if row is None:
            return
        start = self.time()
        changes = self.dice.choice([
            {"title": self.title()},
            {"starts_at": start, "ends_at": start + (row.ends_at - row.starts_at)},
            {"room": self.room()},
            {"attendees": tuple(Attendee(email=email) for email in self.people())},
        ])  # fmt: skip
        self._do(change_booking, occurrence=row, scope=self.scope(), changes=changes)

    def cancel(self) -> None:
        row = self.row()
        if row is not None:
            self._do(cancel_booking, occurrence=row, scope=self.scope())

    def restore(self) -> None:
        gone = self.rows("cancelled")
        if gone:
            self._do(restore_occurrence, occurrence=self.dice.choice(gone))

    def scope(self) -> str:
        return self.dice.choice(["this", "this", "following", "all"])

    def _do(self, service: Any, **what: Any) -> None:
        by = Actor(Door.WEB, self.linked.cast.admin)
        with suppress(DomainError), company_scope(self.linked.company_id):
            service(by=by, company=self.linked.cast.company, **what)

    def event(self) -> tuple[str, dict[str, Any]] | None:
        calendar = self.dice.choice(list(self.rooms.values()))
        events = listed(self.linked, calendar)
        return (calendar, self.dice.choice(events)) if events else None

    def edit(self) -> None:
        if found := self.event():
            calendar, event = found
            change: dict[str, Any] = self.dice.choice([
                {"summary": self.title()},
                {"start": self.time().isoformat()},
                {"fields": {"description": self.title()}},
                {"fields": {"attendees": [{"email": email} for email in self.people()]}},
            ])  # fmt: skip
            scope = self.scope() if "recurringEventId" in event else "this"
            self.linked.google.control.ui_edit(calendar, event["id"], scope=scope, **change)

    def delete(self) -> None:
        if found := self.event():
            calendar, event = found
            scope = self.dice.choice(["this", "following", "all"])
            self.linked.google.control.ui_delete(calendar, event["id"], scope=scope)

    def create(self) -> None:
        start = self.time()
        body: dict[str, Any] = {
            "summary": self.title(),
            "start": {"dateTime": start.isoformat(), "timeZone": "Asia/Seoul"},
            "end": {"dateTime": (start + timedelta(hours=1)).isoformat(), "timeZone": "Asia/Seoul"},
        }
        if self.dice.random() < 0.5:
            body["recurrence"] = list(RULE)
        self.linked.google.control.ui_create(self.rooms[self.room()], body)

    def sync(self) -> None:
        self.linked.sync(self.room())

    def stumble(self) -> None:
        self.linked.google.control.fault(**self.dice.choice(FAULTS))

    def come_to_rest(self) -> None:
        self.linked.google.control.clear_faults()
        for _round in range(4):
            self.clock.shift(1000)
            for room in self.rooms:
                outcome = self.linked.sync(room)
        assert outcome.done, outcome.reason


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_do_both_sides_end_equal(linked: Linked, clock: Any, seed: int) -> None:
    play = Play(linked, seed, clock)
    linked.google.control.configure(exceptions_of_changed_series=FATES[seed % len(FATES)])
    for _step in range(40):
        play.act()
    play.come_to_rest()
    for room, calendar in play.rooms.items():
        assert here(linked, room) == there(linked, calendar)
        assert guests_here(linked, room) == guests_there(linked, calendar)
    assert [entry.last_error for entry in linked.entries() if entry.is_pending] == []
    linked.forget_calls()
    for room in play.rooms:
        assert linked.push(room).done
    assert linked.calls() == {}
