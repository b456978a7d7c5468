"""A play on both sides: people and their acts, trouble, workers, and the account of it all."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import ndiff
from typing import Any
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection
from django.utils import timezone

from bookings.drafts import Actor
from bookings.edits.editing import cancel_booking, change_booking
from bookings.edits.restoring import restore_occurrence
from bookings.guests import guests_of_dates, list_of
from bookings.live import redis_client
from bookings.models import Door, Occurrence, OutboxEntry, Room
from calendars.connect import connect
from calendars.content import guests_of
from calendars.models import CalendarLink, GoogleConnection
from calendars.waking import QUEUED
from tenants.errors import DomainError
from tenants.scope import company_scope
from tests.calendars.both import WRITES, guests_here, guests_there, listed, moment
from tests.calendars.conftest import Linked, give_calendar
from tests.calendars.ledger import Facts, Key, Ledger
from tests.conftest import NOON_IN_SEOUL, make_cast
from tests.factories import make_booking
from tests.workers import Worker, Workers, give_back, next_message

SEOUL = ZoneInfo("Asia/Seoul")
RULES = ("", "RRULE:FREQ=WEEKLY;COUNT=4", "RRULE:FREQ=DAILY;COUNT=5")
FATES = ("placed", "dropped", "kept", "moved")  # of exceptions, when their series changes
FIRST_DAY, DAYS = date(2026, 12, 2), 3
OPENS, MINUTES = 8, 600  # the slots of a day in which things take place
LENGTH = timedelta(minutes=30)
TO_REST = timedelta(minutes=60)

_DOUBLE = """
    SELECT count(*) FROM bookings_occurrence AS one
      JOIN bookings_occurrence AS other
        ON other.room_id = one.room_id AND other.id > one.id AND other.blocks AND one.blocks
       AND other.block_from < one.block_to AND other.block_to > one.block_from
"""


@dataclass
class Play:
    """One company, from its first booking until everything is quiet again."""

    google: Any
    workers: Workers
    clock: Any  # the frozen one
    http: Any
    number: int
    ledger: Ledger = field(default_factory=Ledger)
    counts: Counter[str] = field(default_factory=Counter)
    stories: int = 0
    words: int = 0
    trouble: list[dict[str, Any]] = field(default_factory=list)
    paused: Worker | None = None
    told: list[str] = field(default_factory=list)  # what happened, for whoever has to explain it

    def __post_init__(self) -> None:
        self.clock.move_to(datetime.fromisoformat(NOON_IN_SEOUL))
        self.google.control.reset()
        redis_client().flushdb()
        domain = f"play{self.number}.example"
        cast = make_cast(f"Play{self.number}", domain, timezone="Asia/Seoul", language="en")
        for person in (cast.admin, cast.alice, cast.bob):
            self.google.control.add_account(
                person.email, admin=person.is_admin, time_zone="Asia/Seoul"
            )
        calendars = [f"{name}@{domain}" for name in ("one", "two")]
        for room, calendar in zip((cast.room, cast.other_room), calendars, strict=True):
            give_calendar(self.google, cast, room, calendar)
        one, two = calendars
        self.linked = Linked(cast, self.google, one, two, self.http)
        self.rooms = dict(zip((cast.room, cast.other_room), calendars, strict=True))
        connect(
            company_id=self.company_id,
            kind=GoogleConnection.Kind.OAUTH,
            account_email=cast.admin.email,
            secret=self.google.control.grant(cast.admin.email),
        )
        for room in self.rooms:
            link = self.linked.link(room).pk
            self.workers.run("calendars.tasks.sync_link", self.company_id, link)
            self.workers.run("calendars.tasks.renew_link", self.company_id, link)
        self.google.control.wait_for_idle()
        self.drain()
        self.google.control.notifications(hold=True)
        self.linked.forget_calls()

    @property
    def company_id(self) -> int:
        return self.linked.company_id

    # -- what is new -------------------------------------------------------------------------

    def title(self, story: str = "") -> str:
        """Words that nobody used before; a new story's, or one's that goes on."""
        self.words += 1
        if not story:
            self.stories += 1
        return f"S{story or self.stories} t{self.words}"

    def time(self, day: date, minute: int) -> datetime:
        """A start on a day; the seconds make it one that nothing else has."""
        self.words += 1
        local = datetime(day.year, day.month, day.day, OPENS, tzinfo=SEOUL)
        return (local + timedelta(minutes=minute - minute % 30, seconds=self.words)).astimezone(UTC)

    # -- what stands -------------------------------------------------------------------------

    def here(self) -> dict[Key, Facts | None]:
        rows = [row for row in self.rows() if _stands(row)]
        with company_scope(self.company_id):
            guests = guests_of_dates(rows)
        return _by_key(
            (row.shown_title, row.starts_at, row.room_id, {*list_of(guests[row.pk])}, False)
            for row in rows
        )

    def there(self) -> dict[Key, Facts | None]:
        return _by_key(
            (event["summary"], moment(event["start"]), room.pk, people, event["id"] in own)
            for room, calendar in self.rooms.items()
            for own in [self.exceptions(calendar)]
            for event in self.events(calendar)
            for people in [{guest["email"] for guest in guests_of(event, calendar)}]
        )

    def rows(self) -> list[Occurrence]:
        with company_scope(self.company_id):
            rows = Occurrence.objects.filter(room__in=self.rooms)
            found = rows.select_related("booking__organizer", "room")
            return list(found.order_by("starts_at", "pk"))

    def events(self, calendar: str) -> list[dict[str, Any]]:
        found = listed(self.linked, calendar)
        return sorted(found, key=lambda event: (str(event["start"]), event["summary"]))

    def exceptions(self, calendar: str) -> set[str]:
        """The dates that Google tells apart from their series."""
        stored = self.linked.events(calendar)
        return {event["id"] for event in stored if "recurringEventId" in event}

    # -- acts on either side -----------------------------------------------------------------

    def tell(self, words: str) -> None:
        self.told.append(f"{timezone.now():%H:%M:%S} {words}")

    @contextmanager
    def act_here(self, words: str) -> Iterator[Actor]:
        """Somebody's act on the page; a refusal changes nothing."""
        self.tell(f"here: {words}")
        before = self.here()
        try:
            with company_scope(self.company_id):
                raised = _raised()
                yield Actor(Door.WEB, self.linked.cast.admin)
                self.counts["changes"] += _raised() - raised
        except DomainError as refusal:
            self.counts["refused"] += 1
            self.tell(f"refused: {refusal}")
            if self.here() != before:
                raise AssertionError("A refusal changed something.") from refusal
        else:
            self.counts["acts here"] += 1
            self.ledger.note("here", before, self.here())

    @contextmanager
    def act_there(self, words: str, scope: str = "this") -> Iterator[None]:
        """Somebody's act in Google."""
        self.tell(f"there: {words}")
        before = self.there()
        yield
        self.counts["acts there"] += 1
        self.ledger.note("there", before, self.there(), resets=scope != "this")

    def book(self, room: Room, day: date, minute: int, rule: str) -> None:
        start, title = self.time(day, minute), self.title()
        with self.act_here(f"book {_line(room.name, title, start, start + LENGTH)} {rule}"):
            make_booking(self.linked.cast.alice, room, start=start, title=title,
                         minutes=30, recurrence=[rule] if rule else [])  # fmt: skip

    def change(self, row: Occurrence, scope: str, changes: Any) -> None:
        with self.act_here(f"change {scope} of {_row(row)}: {changes}") as by:
            change_booking(by=by, company=self.linked.cast.company, occurrence=row, scope=scope,
                           changes=changes)  # fmt: skip

    def cancel(self, row: Occurrence, scope: str) -> None:
        with self.act_here(f"cancel {scope} of {_row(row)}") as by:
            cancel_booking(by=by, company=self.linked.cast.company, occurrence=row, scope=scope)

    def restore(self, row: Occurrence) -> None:
        with self.act_here(f"restore {_row(row)}") as by:
            restore_occurrence(by=by, company=self.linked.cast.company, occurrence=row)

    def create(self, calendar: str, day: date, minute: int, rule: str) -> None:
        start = self.time(day, minute)
        times = {"start": start, "end": start + LENGTH}
        body: dict[str, Any] = {
            name: {"dateTime": at.astimezone(SEOUL).isoformat(), "timeZone": "Asia/Seoul"}
            for name, at in times.items()
        }
        title = self.title()
        with self.act_there(f"make {_line(calendar, title, start, start + LENGTH)} {rule}"):
            more = {"recurrence": [rule]} if rule else {}
            self.google.control.ui_create(calendar, {**body, **more, "summary": title})

    def edit(self, calendar: str, event: dict[str, Any], scope: str, **change: Any) -> None:
        with self.act_there(f"edit {scope} of {_event(calendar, event)}: {change}", scope):
            self.google.control.ui_edit(calendar, event["id"], scope=scope, **change)

    def delete(self, calendar: str, event: dict[str, Any], scope: str) -> None:
        if scope == "following":
            self.ledger.end(self.there(), *_key(event["summary"], moment(event["start"])))
        with self.act_there(f"delete {scope} of {_event(calendar, event)}"):
            self.google.control.ui_delete(calendar, event["id"], scope=scope)

    # -- workers -----------------------------------------------------------------------------

    def pass_time(self, by: timedelta) -> None:
        """Redis, which has a clock of its own, forgets what it was to keep for half a minute."""
        self.clock.shift(by)
        if hints := redis_client().keys(QUEUED.format("*", "*", "*")):
            redis_client().delete(*hints)

    def beat(self) -> None:
        self.tell("beat")
        self.workers.run("calendars.tasks.sweep")
        self.workers.run("calendars.tasks.poll_due")

    def work(self, halt: dict[str, Any] | None = None) -> bool:
        """The next message of the queue is worked on, in the trouble that was ordered."""
        message = next_message("calendars")
        if message is None:
            return False
        for fault in self.trouble:
            self.google.control.fault(**fault)
        self.tell(f"work {message} halt {halt} trouble {self.trouble}")
        worker = self.workers.begin(message, halt)
        self._ended(worker, self.workers.outcome(worker))
        return True

    def go_on(self) -> None:
        """Who was waiting works on, perhaps long after it lost its lease."""
        if self.paused is not None:
            self.tell("go on")
            worker, self.paused = self.paused, None
            worker.go_on()
            self._ended(worker, self.workers.outcome(worker))

    def _ended(self, worker: Worker, outcome: str) -> None:
        self.google.control.clear_faults()  # people do not stumble over them
        self.trouble.clear()
        self.counts[f"worker {outcome}"] += 1
        if outcome != "done":
            self.tell(outcome)
        if outcome == "dead":
            give_back(worker.task)
        elif outcome == "waiting":
            assert self.paused is None
            self.paused = worker

    def drain(self) -> None:
        while self.work():
            pass

    def hear(self, order: str) -> None:
        """The notifications that were held back arrive."""
        self.counts["notified"] += int(self.google.control.release(order))
        self.google.control.wait_for_idle()
        self.google.control.notifications(hold=True)

    # -- trouble -----------------------------------------------------------------------------

    def lose_redis(self) -> None:
        self.counts["redis flushed"] += 1
        self.tell("redis flushed")
        redis_client().flushdb()

    def lose_database(self) -> None:
        """Every connection to the database ends, also of those who are in the middle of a task."""
        self.counts["database lost"] += 1
        self.tell("database lost")
        with connection.cursor() as cursor, suppress(OperationalError):
            cursor.execute("RESET ROLE")
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        self._cut_off()

    def restart_database(self) -> None:
        """One of the server's processes is killed: it throws everybody out, and recovers.

        It is nobody else's: `make soak` brings its own. What was committed is there afterwards.
        """
        self.counts["database restarted"] += 1
        self.tell("database restarted")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (victim,) = cursor.fetchone()
        witness = connection.copy()
        with witness.cursor() as cursor, suppress(OperationalError):
            os.kill(victim, signal.SIGKILL)
            cursor.execute("SELECT pg_sleep(60)")  # until it is thrown out
        witness.close()
        self._cut_off()
        while not _is_up():
            pass

    def _cut_off(self) -> None:
        connection.close()
        if self.paused is not None:
            self.paused.cut_off = True

    # -- the end -----------------------------------------------------------------------------

    def nothing_double(self) -> None:
        with company_scope(self.company_id), connection.cursor() as cursor:
            cursor.execute(_DOUBLE)
            assert cursor.fetchone() == (0,)

    def rest(self) -> None:
        """No more trouble: within an hour both sides are equal and nothing is left to do."""
        self.tell("everything goes quiet")
        self.trouble.clear()
        self.google.control.notifications(hold=True, drop=0, duplicate=0)
        self.hear("as_sent")
        self.go_on()
        for _round in range(4):
            self.pass_time(TO_REST / 4)
            self.beat()
            self.drain()
            self.hear("shuffled")
        self.count_calls()
        self.check()
        self.linked.forget_calls()
        for _round in range(2):
            for room in self.rooms:
                assert self.linked.sync(room).done
        assert set(self.linked.calls()) <= {"list", "token"}

    def count_calls(self) -> None:
        for call in self.google.control.requests():
            name = call["api"].rpartition(".")[2]
            if "singleEvents=true" in call.get("query", ""):
                continue  # the play's own look at what Google shows
            if call.get("account") == self.linked.cast.admin.email or "fault" in call:
                self.counts[f"call {name}"] += 1
                self.counts["writes"] += name in WRITES and 200 <= call.get("status", 0) < 300

    def unsettled(self) -> Iterator[str]:
        """What has not reached Google, and what is known of its events."""
        for entry in self.linked.entries():
            if entry.is_pending:
                versions = f"{entry.acked_v}/{entry.desired_v}"
                subject = f"{entry.booking_id} {entry.original_start}"
                yield f"pending: {subject} {versions} {entry.state} {entry.last_error}"
        for copy in self.linked.copies():
            yield (
                f"known: {copy.booking_id} {copy.original_start} {copy.google_event_id}"
                f" {copy.etag} {copy.base} {copy.attempts}"
            )

    def check(self) -> None:
        here, there = self.shown_here(), self.shown_there()
        assert here == there, "\n".join(["Google lists otherwise:", *ndiff(here, there)])
        for room, calendar in self.rooms.items():
            invited = guests_here(self.linked, room)
            assert invited == guests_there(self.linked, calendar), invited
        lost = self.ledger.lost(self.here())
        assert not lost, "\n".join(lost)
        assert [entry.last_error for entry in self.linked.entries() if entry.is_pending] == []
        with company_scope(self.company_id):
            links = list(CalendarLink.objects.all())
            assert [link.lease_token for link in links] == [None, None]
            assert [link.error for link in links] == ["", ""]
        self._conflicts_are_real()

    def shown_here(self) -> list[str]:
        return sorted(_row(row) for row in self.rows() if _stands(row))

    def shown_there(self) -> list[str]:
        return sorted(
            _event(room.name, event)
            for room, calendar in self.rooms.items()
            for event in self.events(calendar)
        )

    def _conflicts_are_real(self) -> None:
        rows = self.rows()
        for row in rows:
            if row.status == "conflicted":
                assert any(
                    other.status in ("confirmed", "pending")
                    and other.room_id == row.room_id
                    and other.block_from < row.block_to
                    and other.block_to > row.block_from
                    for other in rows
                ), f"{row.shown_title} at {row.starts_at} is in nobody's way"

    def leave(self) -> None:
        """The next play has the workers for itself."""
        self.paused = None
        with company_scope(self.company_id):
            GoogleConnection.objects.all().delete()


def _is_up() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def _stands(row: Occurrence) -> bool:
    return row.status not in ("cancelled", "released")


def _line(room: str, title: str, start: datetime, end: datetime) -> str:
    begins, ends = (at.astimezone(SEOUL) for at in (start, end))
    return f"{title} in {room}: {begins:%m-%d %H:%M:%S} to {ends:%H:%M:%S}"


def _row(row: Occurrence) -> str:
    return _line(row.room.name, row.shown_title, row.starts_at, row.ends_at)


def _event(calendar: str, event: dict[str, Any]) -> str:
    return _line(calendar, event["summary"], moment(event["start"]), moment(event["end"]))


def _by_key(slots: Any) -> dict[Key, Facts | None]:
    """None where a date is there twice, as in Google between the two writes of a cut."""
    found: dict[Key, Facts | None] = {}
    for title, start, room, people, own in slots:
        key = _key(title, start)
        facts = {"title": title, "start": start, "room": room, "people": people, "own": own}
        found[key] = None if key in found else facts
    return found


def _key(title: str, start: datetime) -> Key:
    return title.partition(" ")[0], start.astimezone(SEOUL).date()


def _raised() -> int:
    entries = OutboxEntry.objects.filter(consumer="google")
    return sum(entries.values_list("desired_v", flat=True))
