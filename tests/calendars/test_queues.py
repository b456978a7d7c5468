"""Which queue work waits in, and that a worker takes what a person waits for first."""

import subprocess
import sys
from typing import Any

import pytest

from calendars.budget import Lane
from calendars.tasks import poll_due, renew_channels, sweep, sync_link
from calendars.waking import wake
from roomly.celery import QUEUES
from tests.calendars.conftest import Linked
from tests.calendars.take_in_order import TIMES
from tests.factories import make_booking


def test_a_worker_takes_the_queues_in_their_order() -> None:
    program = [sys.executable, "-m", "tests.calendars.take_in_order"]
    taken = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()
    assert taken == [queue for queue in QUEUES for _time in range(TIMES)]


def waiting(redis: Any) -> dict[str, int]:
    return {queue: count for queue in QUEUES if (count := redis.llen(queue))}


@pytest.mark.usefixtures("transactional_db")
def test_a_booking_goes_before_all_that_can_wait(linked: Linked, redis: Any) -> None:
    redis.flushdb()
    make_booking(linked.cast.alice, linked.cast.room)
    assert waiting(redis) == {"interactive": 1, "notify": 1}


@pytest.mark.worker
def test_what_is_announced_does_not_wait_behind_first_readings_and_channels(
    linked: Linked, redis: Any
) -> None:
    assert waiting(redis) == {"bulk": 4}  # two calendars to be read and to be watched
    redis.flushdb()
    renew_channels()
    poll_due()
    assert waiting(redis) == {"bulk": 2}
    make_booking(linked.cast.alice, linked.cast.room)
    redis.flushdb()
    sweep()
    assert waiting(redis) == {"sync": 1}


@pytest.mark.worker
def test_a_sweep_piles_nothing_up(linked: Linked, redis: Any) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    redis.flushdb()
    link = linked.link()
    for _time in range(3):
        sweep()
    wake(sync_link.name, [(linked.company_id, link.pk)], Lane.SYNC)  # a notification
    assert waiting(redis) == {"sync": 1}
    wake(sync_link.name, [(linked.company_id, link.pk)], Lane.BULK)
    assert waiting(redis) == {"sync": 1, "bulk": 1}  # what is announced waits for no poll
    sync_link(linked.company_id, link.pk)  # from now on it may be told again
    wake(sync_link.name, [(linked.company_id, link.pk)], Lane.SYNC)
    assert waiting(redis) == {"sync": 2, "bulk": 1}
