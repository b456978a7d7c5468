"""Six hours without Google: nobody notices here, and afterwards everything arrives, once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from bookings.drafts import Actor
from bookings.edits.date_edits import change_occurrence
from bookings.models import Door, Occurrence
from calendars.budget import Lane
from calendars.connect import connect
from calendars.models import GoogleConnection
from calendars.plans import MOST_AT_ONCE
from calendars.sync import sync_calendar
from calendars.tasks import poll_due, sweep
from tenants.scope import company_scope
from tests.calendars.conftest import Linked, give_calendar
from tests.calendars.test_status import waiting_tasks
from tests.factories import at, make_booking, make_room

pytestmark = pytest.mark.worker

OUTAGE, MINUTES = timedelta(hours=6), timedelta(minutes=10)
FAILURES = MOST_AT_ONCE  # until it shows that Google is in trouble: of a batch, all at once


class Drill:
    """Rooms full of bookings, and a worker that runs whatever the sweep finds, minute by minute."""

    def __init__(self, linked: Linked, redis: Any, rooms: int, bookings: int) -> None:
        self.linked, self.redis, self.start = linked, redis, timezone.now() + MINUTES
        self.rooms = [linked.cast.room, linked.cast.other_room]
        self.calendars = [linked.calendar, linked.other_calendar]
        for number in range(len(self.rooms), rooms):
            room = make_room(linked.cast.company, f"Room {number}")
            calendar = f"room{number}@resource.calendar.google.com"
            give_calendar(linked.google, linked.cast, room, calendar)
            self.rooms.append(room)
            self.calendars.append(calendar)
        self._connect()
        # In turn: the later a booking is made, the later it begins.
        for number in range(bookings):
            row, which = divmod(number, len(self.rooms))
            day, hour = divmod(row, 12)
            make_booking(
                linked.cast.alice, self.rooms[which], start=at(8 + hour) + timedelta(days=day),
                title=f"booking {number}",
            )  # fmt: skip
        self._settle()

    def _connect(self) -> None:
        connect(
            company_id=self.linked.company_id,
            kind=GoogleConnection.Kind.OAUTH,
            account_email=self.linked.cast.admin.email,
            secret=self.linked.google.control.grant(self.linked.cast.admin.email),
        )

    def _settle(self) -> None:
        """Everything reaches Google in the minutes before; what that costs is not counted."""
        for _now in self.seconds(-MINUTES, timedelta(0), 5):
            self.redis.flushdb()
            if not any(entry.is_pending for entry in self.linked.entries()):
                break
        self.linked.forget_calls()

    def dates(self) -> list[Occurrence]:
        with company_scope(self.linked.company_id):
            return list(Occurrence.objects.order_by("pk").select_related("booking"))

    def edit(self, row: Occurrence, title: str) -> None:
        with company_scope(self.linked.company_id):
            row = Occurrence.objects.select_related("booking__organizer").get(pk=row.pk)
            change_occurrence(
                by=Actor(Door.WEB, self.linked.cast.admin),
                company=self.linked.cast.company,
                occurrence=row,
                changes={"title": title},
            )

    def seconds(self, since: timedelta, until: timedelta, step: float) -> Iterator[timedelta]:
        """Beat and one worker, at each of these moments."""
        passed = since
        while passed < until:
            with time_machine.travel(self.start + passed, tick=False):
                self.work()
                yield passed
            passed += timedelta(seconds=step)

    def work(self) -> None:
        sweep()
        poll_due()
        found = {tuple(arguments) for _name, arguments in waiting_tasks(self.redis)}
        self.redis.delete("sync", "bulk", "interactive", "notify")
        for key in self.redis.scan_iter("calendars:queued:*"):
            self.redis.delete(key)
        for company_id, link_id in sorted(found):
            sync_calendar(company_id, link_id, Lane.SYNC)

    def titles(self) -> Counter[str]:
        events = (self.linked.events(calendar) for calendar in self.calendars)
        return Counter(event["summary"] for found in events for event in found)

    def patched(self, calendar: str) -> list[str]:
        """The starts of the events of a calendar, in the order in which they were patched. Within
        a batch Google takes them as it likes."""
        starts = {event["id"]: event["start"]["dateTime"] for event in self.linked.events(calendar)}
        calls = [(entry["at"], entry["path"].rpartition("/")[2]) for entry in self.calls()
                 if entry["api"].endswith("events.patch")]  # fmt: skip
        found = sorted((at, starts[event_id]) for at, event_id in calls if event_id in starts)
        return [start for _at, start in found]

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.linked.google.control.requests()
        return [entry for entry in found if entry["api"].startswith("calendar.")]


def run(
    linked: Linked, redis: Any, settings: Any, *, rooms: int, bookings: int, edits: int
) -> None:
    drill = Drill(linked, redis, rooms, bookings)
    settings.GOOGLE_PROJECT_PER_MINUTE, settings.GOOGLE_PROJECT_BURST = 8000, 500
    settings.GOOGLE_GRANT_PER_MINUTE, settings.GOOGLE_GRANT_BURST = 480, 60
    settings.GOOGLE_CALENDAR_WRITES_PER_SECOND = 5
    linked.google.control.fault("unavailable", times=None)
    rows = drill.dates()
    for number in range(edits):
        drill.edit(rows[number % len(rows)], f"edit {number}")

    # The hours between these minutes are like them.
    for begin in (timedelta(0), OUTAGE - MINUTES):
        linked.forget_calls()
        for _now in drill.seconds(begin, begin + MINUTES, 5):
            pass
        asked = [entry["at"] for entry in drill.calls()]
        assert len(asked) <= FAILURES + MINUTES / timedelta(seconds=30)
        assert all(later - earlier >= 30 for earlier, later in pairwise(asked[FAILURES:]))
    assert {entry.state for entry in linked.entries() if entry.is_pending} == {"stalled"}

    linked.google.control.clear_faults()
    linked.forget_calls()
    for now in drill.seconds(OUTAGE, OUTAGE + MINUTES, 5):
        passed = now - OUTAGE
        if not any(entry.is_pending for entry in linked.entries()):
            break
    assert not any(entry.is_pending for entry in linked.entries())
    wanted = Counter(row.booking.title for row in drill.dates())
    assert drill.titles() == wanted
    for calendar in drill.calendars:
        assert (order := drill.patched(calendar)) == sorted(order)  # the soonest first
    changed = min(edits, bookings)
    counts = linked.calls()
    minutes = passed / timedelta(minutes=1)
    print(f"{edits} changes of {changed} bookings: {counts} in {minutes:.1f} minutes")
    assert changed <= counts["patch"] <= changed * 1.05  # the last edit of each, and once
    assert counts.get("insert", 0) == 0
    assert counts["list"] <= 4 * rooms


def test_everything_arrives_once_after_six_hours(linked: Linked, redis: Any, settings: Any) -> None:
    run(linked, redis, settings, rooms=3, bookings=12, edits=40)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_five_thousand_changes_of_a_thousand_bookings(
    transactional_db: None, linked: Linked, redis: Any, settings: Any
) -> None:
    """In transactions as they are: in a single one, every version of every row would be kept."""
    run(linked, redis, settings, rooms=20, bookings=1000, edits=5000)
