"""Workers killed at every step, Redis restarted, clocks that jump: each message comes once, or its
row says why not; none comes after the meeting began."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest

from reminders import agendas, index, sending
from reminders.claims import Delivery, take
from reminders.kinds import message_of
from reminders.messages import MARK
from reminders.models import Reminder, SlackPerson
from standins import unprivileged, valkey
from standins.place import Place
from standins.processes import wait_for
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, People, sweep, tick
from tests.workers import Workers, next_message, running

pytestmark = pytest.mark.worker
committed = pytest.mark.usefixtures("transactional_db")  # for other processes to see

SEND = "reminders.tasks.send"
MOST_POINTS = 100


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workers' mails go: one file each."""
    return tmp_path_factory.mktemp("mails")


class OwnRedis:
    """A server of this test's own, which it may kill."""

    def __init__(self, home: Path) -> None:
        self.place = Place(home / "data", home / "sockets", home / "logs", durable=False)
        self.place.data.mkdir()
        self.place.logs.mkdir()
        unprivileged.own(self.place.sockets)
        self.start()

    @property
    def url(self) -> str:
        return valkey.url(self.place)

    def start(self) -> None:
        self.child = valkey.start(self.place)
        wait_for(self.child, lambda: valkey.ready(self.place))

    def kill(self) -> None:
        self.child.process.kill()
        self.child.process.wait()

    def restart(self) -> None:
        """It comes back empty, and knows no script."""
        self.kill()
        self.start()


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    with unprivileged.temporary() as home:
        server = OwnRedis(home)
        yield server
        server.kill()


@pytest.fixture(scope="module")
def workers(django_db_setup: None, django_db_blocker: Any, outbox: Path) -> Iterator[Workers]:
    with django_db_blocker.unblock(), running(EMAIL_URL=f"file:///{outbox}") as workers:
        yield workers


@dataclass(frozen=True)
class Way:
    """One way to a receiver, with what a company has to choose for it to be the only one."""

    organizer: str  # of the daily meeting at ten
    chosen: dict[str, Any]
    told_at: time = time(9, 50)

    def receiver(self, people: People) -> str:
        return people.office.channel if self.chosen["in_channels"] else people.alice


NOTHING = {"direct": False, "in_channels": False}
WAYS = {
    "direct message": Way("alice", {**NOTHING, "direct": True}),
    "channel": Way("alice", {**NOTHING, "in_channels": True}),
    "agenda": Way("alice", {**NOTHING, "agenda_at": time(8)}, time(8)),
    "mail": Way("admin", {**NOTHING, "direct": True}),  # whom Slack does not know
}


@dataclass(frozen=True)
class Days:
    """A company with a meeting each day at ten of which one message tells."""

    people: People
    way: Way
    clock: Any
    outbox: Path

    @property
    def company_id(self) -> int:
        return self.people.office.company.pk

    def begin(self, number: int) -> Reminder:
        """The next day, at the moment when its message is due; nobody knows who is in Slack."""
        told = at(self.way.told_at.hour, self.way.told_at.minute) + timedelta(days=number)
        if "agenda_at" in self.way.chosen:
            self.clock.move_to(told - timedelta(hours=1))
            agendas.plan_agendas(self.company_id)
        self.clock.move_to(told)
        with company_scope(self.company_id):
            SlackPerson.objects.all().delete()
            due = Reminder.objects.filter(fire_at=told).select_related("member")
            (reminder,) = [row for row in due if self._is_meant(row)]
        found: Reminder = reminder
        return found

    def _is_meant(self, row: Reminder) -> bool:
        """Agendas are planned for everybody."""
        cast = self.people.office.cast
        return row.member is None or row.member == getattr(cast, self.way.organizer)

    def row(self, reminder: Reminder) -> Reminder:
        with company_scope(self.company_id):
            found: Reminder = Reminder.objects.get(pk=reminder.pk)
        return found

    def seen(self, reminder: Reminder) -> list[datetime]:
        """When messages of a reminder came to Slack."""
        office = self.people.office
        messages = office.slack.control.messages(
            self.way.receiver(self.people), team_id=office.team
        )
        return [
            datetime.fromtimestamp(float(message["ts"]), UTC)
            for message in messages
            if message["metadata"]["event_type"] == MARK
            and message["metadata"]["event_payload"]["reminder"] == str(reminder.pk)
        ]

    def mails(self) -> int:
        return sum(file.read_text().count("Message-ID:") for file in self.outbox.iterdir())


def sweep_by(workers: Workers) -> None:
    for company_id, reminder_ids in sending.overdue().items():
        workers.run(SEND, company_id, reminder_ids)


@committed
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [2, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_at_each_step(
    people: People, workers: Workers, outbox: Path, clock: Any, way: str, step: int
) -> None:
    """Every other point tells all: within a transaction nothing differs until its end, and what is
    after a call or a commit is before the next statement."""
    office, cast = people.office, people.office.cast
    office.choose(**WAYS[way].chosen)
    make_booking(
        getattr(cast, WAYS[way].organizer), cast.room, start=at(10),
        recurrence=(f"RRULE:FREQ=DAILY;COUNT={MOST_POINTS // step}",),
        reminders=() if way == "agenda" else None,
    )  # fmt: skip
    office.plan()
    days = Days(people, WAYS[way], clock, outbox)
    fates = set()
    for number in count():
        reminder = days.begin(number)
        before = days.mails()
        halt = {"how": "die", "at": 1 + number * step}
        outcome = workers.outcome(workers.begin((SEND, [days.company_id, [reminder.pk]]), halt))
        on_its_way = len(days.seen(reminder)) + days.mails() - before
        clock.shift(45)
        sweep_by(workers)
        clock.shift(45)
        sweep_by(workers)
        row, seen, mails = days.row(reminder), days.seen(reminder), days.mails() - before
        assert row.state == "sent"
        if way != "mail":
            assert (len(seen), mails, row.error) == (1, 0, "")
            assert seen[0] < row.starts_at
        else:
            assert (mails, row.error) in {(1, ""), (1, "unknown: mail"), (0, "unknown: mail")}
        assert sending.overdue() == {}
        fates.add((outcome, on_its_way, row.state))
        if outcome == "done":
            break
    assert {fate[:2] for fate in fates} == {("dead", 0), ("dead", 1), ("done", 1)}


# -- Redis -----------------------------------------------------------------------------------


@committed
def test_redis_is_killed_and_comes_back_empty(
    office: Office, own_redis: OwnRedis, clock: Any
) -> None:
    """After planning, after the claim (Celery's message is lost with it), and while Slack is
    called. Either net alone brings the message."""
    times = list(product(("planned", "claimed", "sending"), ("tick", "sweep")))
    daily = f"RRULE:FREQ=DAILY;COUNT={len(times)}"
    make_booking(office.cast.alice, office.cast.room, start=at(10), recurrence=(daily,))
    with running(REDIS_URL=own_redis.url) as workers:

        def beat(name: str) -> None:
            workers.run(f"reminders.tasks.{name}")
            while (message := next_message("reminders", broker_of(own_redis))) is not None:
                workers.run(message[0], *message[1])

        workers.run("reminders.tasks.plan_company", office.company.pk)
        for day, (moment, rescue) in enumerate(times):
            clock.move_to(at(9) + timedelta(days=day))
            beat("tick")  # which has the index made, where it is not there
            clock.move_to(at(9, 50) + timedelta(days=day))
            if moment != "planned":
                workers.run("reminders.tasks.tick")
                message = next_message("reminders", broker_of(own_redis))
                assert message == (SEND, [office.company.pk, [office.reminders()[day].pk]])
            if moment == "sending":
                assert message is not None
                worker = workers.begin(message, {"how": "wait", "at": 1})
                assert workers.outcome(worker) == "waiting"
            own_redis.restart()
            if moment == "sending":
                worker.go_on()
                assert workers.outcome(worker) == "done"
            if rescue == "tick":
                beat("tick")
            else:
                clock.shift(11)
            beat(rescue)
            assert len(office.texts()) == day + 1, (moment, rescue)
        assert {row.state for row in office.reminders()} == {"sent"}


def broker_of(server: OwnRedis) -> str:
    return server.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


# -- clocks ----------------------------------------------------------------------------------


@pytest.fixture
def due(office: Office, clock: Any) -> Office:
    """A company with a meeting at ten and its reminder due now."""
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    return office


def test_a_clock_that_jumps_ahead_between_tick_and_sending(due: Office, clock: Any) -> None:
    claimed = index.claim(at(9, 50)).reminders
    clock.shift(3600)
    sending.send_due(due.company.pk, claimed[due.company.pk])
    tick()
    sweep()
    assert due.texts() == []
    assert (due.reminder().state, due.reminder().error) == ("skipped", "meeting_began")


def test_a_clock_that_jumps_back_between_tick_and_sending(due: Office, clock: Any) -> None:
    claimed = index.claim(at(9, 50)).reminders
    clock.shift(-600)
    sending.send_due(due.company.pk, claimed[due.company.pk])
    tick()
    sweep()
    assert (due.texts(), due.reminder().state) == ([], "scheduled")
    clock.shift(600)
    tick()
    sweep()
    assert len(due.texts()) == 1


def test_a_clock_that_jumps_back_after_sending(due: Office, clock: Any) -> None:
    tick()
    clock.shift(-600)
    tick()
    sweep()
    clock.shift(600)
    tick()
    sweep()
    assert len(due.texts()) == 1


@pytest.mark.parametrize(("seconds", "fate"), [(15, "sent"), (3600, "skipped")])
def test_who_stood_still_after_taking_a_reminder_sends_nothing(
    due: Office, clock: Any, seconds: int, fate: str
) -> None:
    """Another worker may have it soon, or the meeting has begun: whoever looks again decides."""
    with company_scope(due.company.pk):
        taken = take(due.reminder().pk)
        assert isinstance(taken, Delivery)
        message = message_of(taken.reminder, taken.receiver, at(9, 50))
    clock.shift(seconds)
    assert sending._send(taken, message)
    assert (due.texts(), due.reminder().state) == ([], "scheduled")
    sweep()
    assert due.reminder().state == fate
    assert len(due.texts()) == (fate == "sent")


@committed
def test_a_clock_that_jumps_ahead_while_slack_is_called(
    due: Office, workers: Workers, clock: Any
) -> None:
    """The message is there, who sent it has not said so, and its lease seems to be over."""
    slow = workers.begin((SEND, [due.company.pk, [due.reminder().pk]]), {"how": "wait", "at": 2})
    assert workers.outcome(slow) == "waiting"
    clock.shift(3600)
    sweep()
    assert (due.reminder().state, due.reminder().error) == ("sent", "")
    slow.go_on()
    assert workers.outcome(slow) == "done"
    tick()
    sweep()
    assert len(due.texts()) == 1
