"""Whatever dies, is lost or happens twice: one message."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from reminders import index, sending, slack
from reminders.claims import Delivery, take
from reminders.kinds import message_of
from reminders.refresh import company_ids, rebuild
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, sweep, tick

pytestmark = pytest.mark.worker


@pytest.fixture
def due(office: Office, clock: Any) -> Office:
    """A company with a meeting at ten and its reminder due now."""
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    return office


def taken(office: Office) -> Delivery:
    with company_scope(office.company.pk):
        delivery = take(office.reminder().pk)
    assert isinstance(delivery, Delivery)
    return delivery


def dies_after_the_claim_in_redis(office: Office) -> None:
    index.claim(datetime.now(UTC))


def dies_after_taking_the_row(office: Office) -> None:
    dies_after_the_claim_in_redis(office)
    taken(office)


def dies_after_posting(office: Office) -> None:
    dies_after_the_claim_in_redis(office)
    delivery = taken(office)
    with company_scope(office.company.pk):
        message = message_of(delivery.reminder, delivery.receiver, datetime.now(UTC))
    assert delivery.connection is not None
    slack.post(delivery.connection, delivery.address, message)


def dies_after_recording(office: Office) -> None:
    claimed = index.claim(datetime.now(UTC))
    sending._deliver(office.company.pk, claimed.reminders[office.company.pk][0])


DEATHS = [
    dies_after_the_claim_in_redis,
    dies_after_taking_the_row,
    dies_after_posting,
    dies_after_recording,
]


@pytest.mark.parametrize("rescue", [tick, sweep])
@pytest.mark.parametrize("death", DEATHS)
def test_a_worker_dies(
    due: Office, clock: Any, death: Callable[[Office], None], rescue: Callable[[], None]
) -> None:
    death(due)
    clock.shift(5)
    rescue()
    assert len(due.texts()) <= 1
    clock.shift(60)
    rescue()
    rescue()
    assert len(due.texts()) == 1
    assert due.reminder().state == "sent"


@pytest.mark.parametrize("death", [dies_after_taking_the_row, dies_after_posting])
def test_a_worker_dies_and_the_meeting_begins(
    due: Office, clock: Any, death: Callable[[Office], None]
) -> None:
    death(due)
    posted = due.texts()
    clock.move_to(at(10, 1))
    sweep()
    assert due.texts() == posted, "nothing is sent once the meeting has begun"
    assert due.reminder().state == ("sent" if posted else "skipped")


def test_what_a_worker_holds_no_other_takes(due: Office, clock: Any) -> None:
    taken(due)
    clock.shift(29)
    sending.send_due(due.company.pk, [due.reminder().pk])
    assert (due.texts(), due.reminder().attempt) == ([], 1)


def test_a_worker_that_was_thought_dead_records_nothing(due: Office, clock: Any) -> None:
    slow = taken(due)
    clock.shift(31)
    quick = taken(due)
    with company_scope(due.company.pk):
        sending._record_sent(slow, slack.Receipt("C1", "1.0"))
        assert due.reminder().state == "sending"
        sending._record_sent(quick, slack.Receipt("C1", "2.0"))
    assert due.reminder().slack_ts == "2.0"


def test_redis_is_emptied_and_the_sweep_still_sends(due: Office, redis: Any, clock: Any) -> None:
    redis.flushdb()
    tick()
    sweep()
    assert due.texts() == [], "the index has ten seconds"
    clock.shift(10)
    sweep()
    assert len(due.texts()) == 1


def test_an_emptied_index_is_noticed_and_rebuilt(due: Office, redis: Any) -> None:
    assert index.begin_rebuild()
    list(rebuild(company_ids()))
    assert index.claim(at(9)).ready
    before = redis.zrange(f"reminders:pending:{due.company.pk}", 0, -1, withscores=True)
    redis.flushdb()
    assert not index.claim(at(9)).ready
    assert index.begin_rebuild()
    assert not index.begin_rebuild(), "one at a time"
    list(rebuild(company_ids()))
    assert redis.zrange(f"reminders:pending:{due.company.pk}", 0, -1, withscores=True) == before
    assert redis.zscore("reminders:due", due.company.pk) == at(9, 50).timestamp()
    assert index.claim(at(9)).ready
    tick()
    assert len(due.texts()) == 1


def test_an_index_full_of_nonsense_sends_nothing_wrong(due: Office, redis: Any, clock: Any) -> None:
    own, past = f"reminders:pending:{due.company.pk}", at(9).timestamp()
    redis.zadd(own, {"999999": past, "nonsense": past, str(due.reminder().pk): past})
    redis.zadd("reminders:due", {str(due.company.pk): past, "424242": past, "nonsense": past})
    redis.zadd("reminders:pending:424242", {str(due.reminder().pk): past})
    redis.zadd("reminders:leases", {"nonsense": past, f"424242:{due.reminder().pk}": past})
    clock.move_to(at(9, 49))
    tick()
    assert due.texts() == []
    clock.move_to(at(9, 50))
    tick()
    assert len(due.texts()) == 1


@pytest.mark.usefixtures("transactional_db")
class TestAtTheSameTime:
    """With real transactions, and threads that each have a database connection."""

    def together(self, *acts: Callable[[], None]) -> None:
        barrier = threading.Barrier(len(acts))
        failures: list[BaseException] = []

        def run(act: Callable[[], None]) -> None:
            try:
                barrier.wait()
                act()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

    def test_two_workers_tick(self, due: Office) -> None:
        self.together(tick, tick)
        assert len(due.texts()) == 1

    def test_ticks_and_sweeps_meet(self, due: Office, clock: Any) -> None:
        clock.shift(10)
        due.slack.control.fault("chat.postMessage", "latency", seconds=0.1)
        self.together(tick, sweep, sweep, sweep)
        assert len(due.texts()) == 1

    def test_two_workers_look_into_the_same_doubt(self, due: Office, clock: Any) -> None:
        taken(due)
        clock.shift(41)
        self.together(sweep, sweep, sweep)
        assert len(due.texts()) == 1

    def test_two_workers_plan_the_same_company(self, office: Office) -> None:
        make_booking(office.cast.alice, office.cast.room, recurrence=("RRULE:FREQ=DAILY;COUNT=60",))
        self.together(office.plan, office.plan, office.plan)
        assert len(office.reminders()) == 60
