"""Each message goes out at least once, under one id, in order; nobody waits for anybody else's."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import WebhookMessage
from integrations.tasks import forget_messages, tick
from integrations.webhooks import sending
from integrations.webhooks.collecting import KEPT
from integrations.webhooks.endpoints import send_again
from roomly.celery import QUEUES
from tenants.scope import company_scope
from tests.bookings.test_query_plans import as_owner
from tests.calendars.dying import Killed, die
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.hooked import Hooked, hook
from tests.integrations.receiver import Receiver, receiving
from tests.workers import next_message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def in_background(pool: ThreadPoolExecutor, hooked: Hooked) -> "Future[None]":
    """Another worker, at this webhook."""

    def work() -> None:
        try:
            sending.deliver(hooked.company_id, hooked.pk)
        finally:
            connection.close()

    return pool.submit(work)


def tick_and_die(hooked: Hooked, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A worker that does not come further than to this step."""
    with monkeypatch.context() as dying:
        dying.setattr(sending, step, die)
        with pytest.raises(Killed):
            hooked.tick()


def wait_for_call(receiver: Receiver, calls: int = 1) -> None:
    assert receiver.arrived(calls), "no call came in"


def test_a_worker_that_dies_before_it_has_heard_is_followed_by_the_same_message(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    tick_and_die(hooked, monkeypatch, "_record")
    hooked.tick()
    assert len(hooked.receiver.received) == 1, "the dead one's lease still holds"
    with later(sending.LEASE.total_seconds()):
        hooked.tick()
    first, second = hooked.receiver.received
    assert first.id == second.id
    assert first.body == second.body
    assert [message.state for message in hooked.messages()] == ["delivered"]


@pytest.mark.parametrize("step", ["collect", "written", "_send"])
def test_a_worker_that_dies_before_the_call_loses_nothing(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    tick_and_die(hooked, monkeypatch, step)
    with later(sending.LEASE.total_seconds()):
        hooked.tick()
    assert hooked.types() == ["booking.created"]


def test_messages_come_in_the_order_of_the_acts(hooked: Hooked) -> None:
    for hour in (14, 10, 12):
        make_booking(hooked.cast.alice, hooked.cast.room, start=at(hour), title=f"At {hour}")
    hooked.tick()
    titles = [told["data"]["booking"]["title"] for told in hooked.told()]
    assert titles == ["At 14", "At 10", "At 12"]


def test_two_workers_at_once_send_once(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.receiver.open.clear()
    with ThreadPoolExecutor(1) as pool:
        first = in_background(pool, hooked)
        wait_for_call(hooked.receiver)
        sending.deliver(hooked.company_id, hooked.pk)
        hooked.receiver.open.set()
        first.result(20)
    assert len(hooked.receiver.received) == 1


def test_a_slow_receiver_holds_up_no_other_and_no_transaction(
    hooked: Hooked, stranger: Cast
) -> None:
    with receiving() as quick, ThreadPoolExecutor(1) as pool:
        same_company, another = hook(hooked.cast, quick, "/ours"), hook(stranger, quick, "/theirs")
        make_booking(hooked.cast.alice, hooked.cast.room)
        make_booking(stranger.alice, stranger.room)
        hooked.receiver.open.clear()
        slow = in_background(pool, hooked)
        wait_for_call(hooked.receiver)
        with as_owner("roomly_worker") as cursor:  # who sees what others do
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            )
            assert cursor.fetchone() == (0,)
        same_company.tick()
        assert [each.path for each in quick.received] == ["/hooks/ours", "/hooks/theirs"]
        make_booking(hooked.cast.alice, hooked.cast.room, start=at(15))
        another.tick()
        assert len(quick.received) == 3
        hooked.receiver.open.set()
        slow.result(20)


def test_a_worker_is_given_back_although_more_waits(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RUN", 0.0001)
    for hour in (10, 11):
        make_booking(hooked.cast.alice, hooked.cast.room, start=at(hour))
    hooked.tick()
    assert len(hooked.receiver.received) == 1
    hooked.tick()
    assert len(hooked.receiver.received) == 2


def test_a_message_is_sent_again_by_hand_under_its_id(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with company_scope(hooked.company_id):
        send_again(hooked.messages()[0])
    hooked.tick()
    assert len(set(hooked.receiver.ids)) == 1
    assert len(hooked.receiver.ids) == 2


def test_the_tick_hands_out_only_what_has_something_to_do(hooked: Hooked, redis: Any) -> None:
    tick()
    assert next_message("integrations") is None
    make_booking(hooked.cast.alice, hooked.cast.room)
    tick()
    assert "webhooks" in QUEUES
    assert redis.llen("webhooks") == 1
    assert next_message("integrations") == (
        "integrations.tasks.deliver", [hooked.company_id, hooked.pk],
    )  # fmt: skip


def test_old_messages_and_outlived_secrets_are_forgotten(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with later(KEPT.total_seconds() - 1):
        forget_messages()
        assert len(hooked.messages()) == 1
    with later(KEPT.total_seconds()):
        forget_messages()
        assert hooked.messages() == []


def test_a_long_backlog_costs_no_more_statements_a_message(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room, start=at(9))
    hooked.tick()

    def cost() -> int:
        sent = len(hooked.receiver.received)
        with CaptureQueriesContext(connection) as queries:
            hooked.tick()
        return len(queries) // (len(hooked.receiver.received) - sent)

    make_booking(hooked.cast.alice, hooked.cast.room, start=at(10))
    one = cost()
    for hour in range(11, 16):
        make_booking(hooked.cast.alice, hooked.cast.room, start=at(hour))
    assert cost() <= one
    assert one <= 40
    with company_scope(hooked.company_id):
        assert WebhookMessage.objects.filter(state="delivered").count() == 7
