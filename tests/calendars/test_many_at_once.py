"""Many deliveries of one calendar share a round trip, and each has its own answer."""

import pytest

from tests.calendars.acts import cancel, change
from tests.calendars.both import both_equal, nothing_is_left_to_do
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

HOURS = range(9, 16)


@pytest.fixture
def seven(linked: Linked) -> Linked:
    """Seven bookings that Google has not heard of."""
    for hour in HOURS:
        make_booking(linked.cast.alice, linked.cast.room, start=at(hour), title=f"At {hour}")
    return linked


def batches(linked: Linked) -> int:
    return len(linked.google.control.requests(api="batch"))


def test_they_share_one_round_trip(seven: Linked) -> None:
    assert seven.push().done
    assert batches(seven) == 1
    assert seven.calls()["insert"] == len(HOURS)
    assert [entry.is_pending for entry in seven.entries()] == [False] * len(HOURS)
    both_equal(seven)
    nothing_is_left_to_do(seven)


def test_a_person_does_not_wait_for_company(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    assert linked.push().done
    assert batches(linked) == 0


def test_changes_and_cancellations_share_one_too(seven: Linked) -> None:
    assert seven.push().done
    for index in range(3):
        cancel(seven, index)
        change(seven, {"title": "Another title"}, index + 3)
    seven.forget_calls()
    assert seven.push().done
    assert batches(seven) == 1
    assert (seven.calls()["delete"], seven.calls()["patch"]) == (3, 3)
    both_equal(seven)


def test_one_that_is_refused_does_not_touch_the_others(seven: Linked) -> None:
    seven.google.control.fault("invalid", method="events.insert")
    seven.push()
    states = sorted(entry.state for entry in seven.entries())
    assert states == ["dead", *["ok"] * 6]
    assert len(seven.events()) == 6


def test_a_busy_moment_puts_off_only_what_it_met(seven: Linked) -> None:
    seven.google.control.fault("rateLimitExceeded", method="events.insert")
    assert not seven.push().done
    assert len(seven.events()) == 6
    assert sum(entry.is_pending for entry in seven.entries()) == 1
    with later(901):
        assert seven.push().done
    assert len(seven.events()) == 7
    assert seven.calls()["insert"] == 8


# The HTTP library repeats what was dropped once by itself.
@pytest.mark.parametrize(("fault", "times"), [("drop", 2), ("drop_after", 2), ("unavailable", 1)])
def test_a_lost_answer_makes_nothing_twice(seven: Linked, fault: str, times: int) -> None:
    seven.google.control.fault(fault, method="batch", times=times)
    seven.push()
    assert batches(seven) >= 1
    with later(901):
        for _round in range(2):
            seven.push()
        both_equal(seven)
    assert len(seven.events()) == len(HOURS)


def test_an_access_token_that_ended_is_renewed_and_nothing_is_lost(seven: Linked) -> None:
    seven.google.control.expire_access_tokens(seven.cast.admin.email)
    assert seven.push().done
    assert len(seven.events()) == len(HOURS)
    both_equal(seven)


def test_parts_of_one_series_go_one_after_the_other(linked: Linked) -> None:
    rule = ("RRULE:FREQ=DAILY;COUNT=9",)
    make_booking(linked.cast.alice, linked.cast.room, recurrence=rule)
    assert linked.push().done
    for index in range(6):
        change(linked, {"title": "Another title"}, index)
    linked.forget_calls()
    assert linked.push().done
    assert batches(linked) == 0
    assert linked.calls()["patch"] == 6
