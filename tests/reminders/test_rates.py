"""Slack is not asked for more than it takes: what is too much waits, and no worker with it."""

from datetime import timedelta
from typing import Any

import pytest

from bookings.live import redis_client
from reminders import rates
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import Office, tick

pytestmark = pytest.mark.worker


def test_a_channel_gets_three_at_once_and_then_one_a_second(office: Office, clock: Any) -> None:
    for number in range(6):
        make_booking(office.cast.alice, make_room(office.company, f"R{number}"), start=at(10))
    office.plan()
    office.slack.control.limit_rates()
    clock.move_to(at(9, 50))
    seen = []
    for _second in range(4):
        tick()
        seen.append(len(office.texts()))
        clock.shift(1)
        office.slack.control.advance(1)
    assert seen == [3, 4, 5, 6]
    assert len(office.slack.control.requests("chat.postMessage")) == 6, "Slack never said no"
    assert {row.state for row in office.reminders()} == {"sent"}


def test_each_channel_and_each_company_by_itself(office: Office, neighbour: Office) -> None:
    now = at(9)
    pauses = [rates.pause_before_message(office.company.pk, "C1", now) for _ in range(5)]
    assert pauses == [0, 0, 0, 1, 1]
    assert rates.pause_before_message(office.company.pk, "C2", now) == 0
    assert rates.pause_before_message(neighbour.company.pk, "C1", now) == 0
    assert rates.pause_before_message(office.company.pk, "C1", now + timedelta(seconds=1)) == 0


def test_a_workspace_gets_several_hundred_a_minute(office: Office) -> None:
    now = at(9)
    sent = 0
    for second in range(60):
        for number in range(20):
            later = now + timedelta(seconds=second)
            sent += not rates.pause_before_message(office.company.pk, f"U{number}", later)
    assert 280 <= sent <= 320


def test_without_redis_slack_itself_says_when(
    office: Office, settings: Any, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(redis_client.cache_clear)
    redis_client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert rates.pause_before_message(office.company.pk, "C1", at(9)) == 0
