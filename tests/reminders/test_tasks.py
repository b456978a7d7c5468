"""The tasks by the names that beat and bookings use, run by a real Celery worker."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.conf import settings

from reminders import index
from tests.factories import make_booking
from tests.reminders.conftest import Office

pytestmark = [pytest.mark.worker, pytest.mark.real_clock]


def test_every_name_that_somebody_calls_is_a_task() -> None:
    called = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    called |= set(settings.BOOKING_LISTENERS.values())
    current_app.loader.import_default_modules()
    missing = {name for name in called if name.startswith("reminders.")} - set(current_app.tasks)
    assert missing == set()


@pytest.mark.usefixtures("transactional_db")
def test_a_booking_reaches_slack_through_the_broker(office: Office, redis: Any) -> None:
    """The nudge plans it; one tick finds the index unmarked, has it rebuilt, and sends."""
    office.company.reminder_leads = [3600]
    office.company.save()
    soon = datetime.now(UTC) + timedelta(minutes=30)
    with start_worker(
        current_app, pool="solo", perform_ping_check=False, queues=["notify"], loglevel="WARNING"
    ):
        make_booking(office.cast.alice, office.cast.room, start=soon)
        wait_until(lambda: redis.zcard(f"reminders:pending:{office.company.pk}") == 1)
        current_app.send_task("reminders.tasks.tick")
        wait_until(lambda: len(office.texts()) == 1)
        wait_until(lambda: redis.exists(index.READY) == 1)
        current_app.send_task("reminders.tasks.sweep")
        current_app.send_task("reminders.tasks.plan_due")
        wait_until(lambda: redis.llen("notify") == 0)
    assert office.reminder().state == "sent"
    assert len(office.texts()) == 1


def wait_until(done: Any, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it took too long"
