"""However many messages announce changes, a calendar is read about once a second."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from calendars.tasks import sync_link, sync_room
from tests.calendars.acts import edit_there, event_body, make_there
from tests.calendars.conftest import Linked
from tests.calendars.test_webhook import channel, headers, post
from tests.factories import at, make_booking

__all__ = ["channel"]  # a fixture

pytestmark = pytest.mark.worker


@pytest.fixture(autouse=True)
def _gap(settings: Any) -> None:
    settings.GOOGLE_SECONDS_BETWEEN_PULLS = 1


def work(linked: Linked, redis: Any) -> None:
    """A worker takes everything that is in its queues."""
    for queue in ("interactive", "sync", "bulk"):
        if redis.llen(queue):
            redis.delete(queue)
            sync_link(linked.company_id, linked.link().pk)


def test_a_thousand_messages_in_ten_seconds_cost_twelve_listings(
    linked: Linked, channel: Any, redis: Any
) -> None:
    redis.flushdb()
    made = make_there(linked, event_body("number 0"))
    given, start = headers(channel), timezone.now()
    for number in range(1, 201):  # five messages each
        with time_machine.travel(start + timedelta(seconds=number * 0.05), tick=False):
            edit_there(linked, made["id"], summary=f"number {number}")
            for _message in range(5):
                post(given)
            work(linked, redis)
    with time_machine.travel(start + timedelta(seconds=11.1), tick=False):
        work(linked, redis)
        assert not redis.llen("sync")
    assert linked.date().booking.title == "number 200"
    assert linked.link().generation == linked.link().pulled_generation
    assert 10 <= linked.calls()["list"] <= 12


def test_what_comes_during_a_reading_is_read_a_second_later(
    linked: Linked, channel: Any, redis: Any
) -> None:
    redis.flushdb()
    start = timezone.now() + timedelta(seconds=5)
    with time_machine.travel(start, tick=False):
        make_there(linked, event_body("first", "10:00", "11:00"))
        post(headers(channel))
        work(linked, redis)
        make_there(linked, event_body("second", "12:00", "13:00"))
        post(headers(channel))
        work(linked, redis)
        assert [row.booking.title for row in linked.dates()] == ["first"]
        assert redis.llen("sync") == 1  # told to come again
    with time_machine.travel(start + timedelta(seconds=1), tick=False):
        work(linked, redis)
    assert [row.booking.title for row in linked.dates()] == ["first", "second"]
    assert linked.calls()["list"] == 2


def test_the_echoes_of_our_own_writes_share_one_reading(
    linked: Linked, channel: Any, redis: Any
) -> None:
    redis.flushdb()
    start = timezone.now() + timedelta(seconds=5)
    for number in range(5):
        with time_machine.travel(start + timedelta(seconds=number * 0.15), tick=False):
            make_booking(linked.cast.alice, linked.cast.room, start=at(9 + number))
            sync_room(linked.company_id, linked.cast.room.pk)
            post(headers(channel))  # Google's message about it
            work(linked, redis)
    with time_machine.travel(start + timedelta(seconds=1), tick=False):
        work(linked, redis)
    assert linked.calls() == {"insert": 5, "list": 1}
    assert linked.link().generation == linked.link().pulled_generation


def test_an_announcement_that_was_there_before_our_write_is_read_at_once(
    linked: Linked, channel: Any, redis: Any
) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
        make_there(linked, event_body("theirs", "10:00", "11:00"))
        post(headers(channel))
        make_booking(linked.cast.alice, linked.cast.room, start=at(14))
        sync_room(linked.company_id, linked.cast.room.pk)
    assert linked.calls() == {"insert": 1, "list": 1}
    assert len(linked.dates()) == 2
