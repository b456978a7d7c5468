"""Looking at calendars that announced nothing: how often, at what cost, and what it teaches."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from calendars import polling
from calendars.budget import Budget, Lane
from calendars.errors import OverBudget
from calendars.models import CalendarLink, Channel
from calendars.polling import (
    DAY,
    QUIET,
    UNSURE,
    USUAL,
    Load,
    Stretch,
    base_of,
    before_first,
    interval,
    stretch_of,
)
from calendars.tasks import _due, poll_due, sync_link
from calendars.watch import renew_channel
from tenants.scope import company_scope
from tests.calendars.acts import edit_there, event_body, make_there
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

BUDGET = 250_000
NOON = datetime(2026, 12, 1, 3, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def hours(base: timedelta, load: Load) -> float:
    average = interval(base, stretch_of(load, BUDGET), day_spent=0, dice=0.5)
    return average / timedelta(hours=1)


def a_day(load: Load) -> float:
    """Polls of all calendars together, one look before the first booking of a day included."""
    with_push = DAY.total_seconds() / 3600
    return (
        load.usual * (with_push / hours(USUAL, load) + 0.5)
        + load.quiet * (with_push / hours(QUIET, load) + 0.5)
        + load.without_push * (with_push / hours(UNSURE, load) + 0.5)
    )


@pytest.mark.parametrize(
    ("load", "every"),
    [
        (Load(500, 0, 0), 0.25),  # 48,000 a day: nothing to stretch
        (Load(10_000, 0, 0), 0.98),
        (Load(100_000, 0, 0), 12),
        (Load(60_000, 40_000, 0), 9),  # the quiet ones once a day
    ],
)
def test_the_more_calendars_the_longer_between_two_looks(load: Load, every: float) -> None:
    assert hours(USUAL, load) == pytest.approx(every, rel=0.01)
    assert a_day(load) <= BUDGET * 1.001


def test_calendars_without_push_are_stretched_last() -> None:
    few = Load(99_900, 0, 100)
    assert hours(UNSURE, few) == pytest.approx(1 / 12)
    assert a_day(few) <= BUDGET * 1.001
    many = Load(90_000, 0, 10_000)
    assert hours(UNSURE, many) == pytest.approx(6, rel=0.01)  # a fifth of 200,000: four a day each
    assert a_day(many) <= BUDGET * 1.001


def test_a_calendar_is_looked_at_by_how_well_its_push_works() -> None:
    usual: Any = {"has_push": True, "missed_in_row": 1, "last_change_at": NOON, "now": NOON}
    assert base_of(**usual) == USUAL
    assert base_of(**usual | {"has_push": False}) == UNSURE
    assert base_of(**usual | {"missed_in_row": 2}) == UNSURE
    assert base_of(**usual | {"last_change_at": NOON - timedelta(days=31)}) == QUIET


def test_looks_are_spread_and_rarer_when_the_day_is_spent() -> None:
    assert interval(USUAL, Stretch(), day_spent=0, dice=0) == timedelta(minutes=12)
    assert interval(USUAL, Stretch(), day_spent=0, dice=1) == timedelta(minutes=18)
    assert interval(USUAL, Stretch(), day_spent=0.7, dice=0.5) == timedelta(minutes=30)
    assert interval(USUAL, Stretch(1000), day_spent=0, dice=0.5) == DAY


def test_a_room_is_looked_at_before_its_first_booking_of_a_day() -> None:
    planned = NOON + timedelta(hours=30)
    earlier, first_tomorrow = NOON - timedelta(hours=1), NOON + timedelta(hours=22)
    starts = [NOON + timedelta(hours=1), first_tomorrow, earlier, NOON + timedelta(hours=24)]
    found = before_first(planned, starts, SEOUL, NOON, 0.5)
    assert found == first_tomorrow - timedelta(minutes=7.5)
    assert before_first(planned, [earlier], SEOUL, NOON, 0.5) == planned
    assert before_first(NOON, starts, SEOUL, NOON, 0.5) == NOON


def test_the_next_look_comes_before_tomorrows_first_booking(linked: Linked) -> None:
    polling.remember_load(Load(200_000, 0, 0))  # otherwise a day or so later
    make_booking(linked.cast.alice, linked.cast.room, start=at(6))
    watch(linked)
    linked.sync()
    before = at(6) - linked.link().next_poll_at
    assert timedelta(minutes=5) <= before <= timedelta(minutes=10)


def watch(linked: Linked) -> None:
    """A live channel, whose messages nobody hears."""
    renew_channel(linked.company_id, linked.link().pk)
    linked.sync()


@pytest.fixture(autouse=True)
def _deaf(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"


def poll(linked: Linked) -> CalendarLink:
    """Looks because it is time, and not because of a message."""
    with company_scope(linked.company_id):
        CalendarLink.objects.update(next_poll_at=timezone.now())
    assert linked.push().done
    return linked.link()


@pytest.mark.worker
def test_changes_that_push_missed_are_counted_and_get_a_new_channel(
    linked: Linked, capsys: Any
) -> None:
    watch(linked)
    made = make_there(linked, event_body("missed"))
    assert poll(linked).missed_pushes == 0  # its message may still come
    with later(121):
        edit_there(linked, made["id"], summary="missed")
    with later(300):
        assert (poll(linked).missed_pushes, linked.link().missed_in_row) == (1, 1)
        edit_there(linked, made["id"], summary="again")
        make_there(linked, event_body("and this", "15:00", "16:00"))
    with later(600):
        assert (poll(linked).missed_pushes, linked.link().missed_in_row) == (3, 2)
        assert linked.link().next_poll_at <= timezone.now() + timedelta(minutes=6)
        due = _due("calendars_due_channels(%s, 10)", timezone.now())
        assert (linked.company_id, linked.link().pk) in due
        call_command("calendars", "status", company=linked.company_id)
        assert "missed 3" in capsys.readouterr().out
        assert poll(linked).missed_in_row == 2  # nothing new shows nothing
        with company_scope(linked.company_id):
            told = timezone.now() + timedelta(seconds=1)
            CalendarLink.objects.update(last_push_at=told, generation=100)
        assert poll(linked).missed_in_row == 0


def test_what_was_announced_and_what_is_ours_is_not_missed(linked: Linked) -> None:
    watch(linked)
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    make_there(linked, event_body("told", "15:00", "16:00"))
    with company_scope(linked.company_id):
        CalendarLink.objects.update(last_push_at=timezone.now() + timedelta(seconds=1))
    with later(300):
        assert poll(linked).missed_pushes == 0


@pytest.mark.worker
def test_polls_go_by_the_stretch_and_stop_before_the_day_is_spent(
    linked: Linked, settings: Any, redis: Any
) -> None:
    watch(linked)
    redis.flushdb()
    settings.GOOGLE_POLLS_PER_DAY = 10
    with later(3600):
        poll_due()
        assert polling.current_stretch().with_push > 1
        assert redis.llen("bulk") == 2
        redis.delete("bulk")
        sync_link(linked.company_id, linked.link().pk)
        assert linked.link().next_poll_at > timezone.now() + timedelta(hours=1)
    settings.GOOGLE_REQUESTS_PER_DAY = 100
    with later(3600 * 30):
        redis.flushdb()
        spend(85)
        poll_due()
        assert redis.llen("bulk") == 1  # the one without a channel
        with company_scope(linked.company_id):
            assert Channel.objects.filter(state="live").count() == 1


def spend(count: int) -> None:
    for _request in range(count):
        try:
            Budget(0, Lane.INTERACTIVE).take("GET")
        except OverBudget:
            return
