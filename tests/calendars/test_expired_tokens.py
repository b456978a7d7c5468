"""Google forgets sync tokens, of one calendar or of all: they are listed anew, not all at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from bookings.models import Room
from calendars.links import follow_room
from calendars.models import CalendarLink
from calendars.pull import LISTINGS_SPREAD
from calendars.tasks import poll_due, sync_link
from tenants.scope import company_scope
from tests.calendars.acts import change, event_body, make_there
from tests.calendars.both import both_equal, versions
from tests.calendars.clock import later
from tests.calendars.conftest import Linked, give_calendar
from tests.calendars.test_status import waiting_tasks
from tests.factories import make_booking, make_room

pytestmark = pytest.mark.worker

ROOMS = 6


@pytest.fixture
def many(linked: Linked) -> list[Room]:
    """Rooms whose calendars were read some time ago, and whose tokens Google has forgotten."""
    make_booking(linked.cast.alice, linked.cast.room)
    make_there(linked, event_body())
    rooms = [linked.cast.room, linked.cast.other_room]
    for number in range(len(rooms), ROOMS):
        rooms.append(make_room(linked.cast.company, f"Room {number}"))
        give_calendar(linked.google, linked.cast, rooms[-1], f"room{number}@x.example")
        follow_room(linked.company_id, rooms[-1].pk)
    for room in rooms:
        assert linked.sync(room).done
    linked.google.control.invalidate_sync_tokens()
    linked.forget_calls()
    return rooms


def links(linked: Linked) -> list[CalendarLink]:
    with company_scope(linked.company_id):
        return list(CalendarLink.objects.order_by("pk"))


def minutes(since: float, until: float) -> Iterator[float]:
    """The clock goes on from minute to minute."""
    start = timezone.now()
    for minute in range(int(since), int(until)):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            yield minute


def poll(redis: Any) -> None:
    """Beat and a worker."""
    redis.flushdb()
    poll_due()
    for _name, arguments in waiting_tasks(redis):
        sync_link(*arguments)


def test_a_calendar_is_listed_once_in_ten_minutes_and_written_to_meanwhile(
    linked: Linked, redis: Any
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    assert linked.sync().done
    linked.google.control.invalidate_sync_tokens()
    change(linked, {"title": "Sent at once"})
    make_there(linked, event_body("Read later"))
    linked.forget_calls()
    for _time in range(2):
        outcome = linked.sync()
        assert (outcome.done, outcome.wait) == (False, 600)
    assert linked.calls() == {"patch": 1, "list": 1}  # which was refused
    assert "Sent at once" in {event["summary"] for event in linked.events()}
    with later(599):
        poll(redis)
        assert linked.calls()["list"] == 2  # the other calendar's
    with later(600):
        poll(redis)
        both_equal(linked)
        assert linked.link().sync_token


def test_what_an_outage_expired_is_listed_over_half_an_hour_and_nothing_flickers(
    linked: Linked, many: list[Room], redis: Any
) -> None:
    before = versions(linked)
    outage = timedelta(hours=6) / timedelta(minutes=1)
    listed = []
    for minute in minutes(outage, outage + 32):
        poll(redis)
        if minute == outage:
            waits = [link.list_after - timezone.now() for link in links(linked)]  # type: ignore[operator]
            assert len(set(waits)) == ROOMS
            assert all(timedelta() < wait <= LISTINGS_SPREAD for wait in waits)
        listed.append(sum(bool(link.sync_token) for link in links(linked)))
    assert listed[0] == 0
    assert listed[-1] == ROOMS
    assert len(set(listed)) > 3  # neither all at once nor in two heaps
    assert versions(linked) == before
    both_equal(linked)


def test_listing_everything_leaves_most_of_the_budget_to_others(
    linked: Linked, many: list[Room], settings: Any
) -> None:
    settings.GOOGLE_PROJECT_PER_MINUTE, settings.GOOGLE_PROJECT_BURST = 6, 20
    with later(601):
        for room in many:
            linked.sync(room)
        assert 1 <= sum(bool(link.sync_token) for link in links(linked)) <= 0.2 * 20
        change(linked, {"title": "Nobody is in the way"})
        linked.push()
        assert "Nobody is in the way" in {event["summary"] for event in linked.events()}
