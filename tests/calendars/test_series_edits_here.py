"""Edits of a whole series here, where Google does as it likes with the exceptions of a series."""

from typing import Any

import pytest
import time_machine

from bookings.drafts import Changes
from tests.beginnings import beginning
from tests.calendars.acts import cancel, cancel_series, change, change_series, restore
from tests.calendars.both import (
    both_equal,
    date_of,
    listed,
    masters,
    nothing_is_left_to_do,
    order_of_writes,
)
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

WEEKLY = ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6",)
LATER: Changes = {"starts_at": at(14), "ends_at": at(15)}  # all by four hours
A_WEEK_ON: Changes = {"starts_at": at(10, day=9), "ends_at": at(11, day=9)}
ON_THURSDAYS: Changes = {"starts_at": at(10, day=3), "ends_at": at(11, day=3)}
OTHER_RULE: Changes = {"recurrence": ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=4",)}
IN_LONDON: Changes = {"timezone": "Europe/London"}


@pytest.fixture
def weekly(linked: Linked) -> Linked:
    """Six Wednesdays from 2 December on, known to Google."""
    beginning("six Wednesdays", lambda: book_six(linked))
    return linked


def book_six(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    assert linked.push().done
    linked.forget_calls()


@pytest.fixture(
    params=[
        "placed",
        "dropped",
        *(pytest.param(one, marks=pytest.mark.soak) for one in ("kept", "moved")),
    ]
)
def uneven(weekly: Linked, request: pytest.FixtureRequest) -> Linked:
    """One date moved, one named, one cancelled; and a Google with its own idea of that."""
    beginning("three exceptions", lambda: make_exceptions(weekly))
    weekly.google.control.configure(exceptions_of_changed_series=request.param)
    weekly.forget_calls()
    return weekly


def make_exceptions(weekly: Linked) -> None:
    change(weekly, {"starts_at": at(15, day=17), "ends_at": at(16, day=17)}, index=2)
    change(weekly, {"title": "Once"}, index=3)
    cancel(weekly, index=4)
    assert weekly.sync().done


@pytest.mark.parametrize("changes", [LATER, A_WEEK_ON, ON_THURSDAYS, OTHER_RULE, IN_LONDON])
def test_exceptions_are_there_as_here_whatever_google_did(uneven: Linked, changes: Changes) -> None:
    change_series(uneven, date_of(uneven, 2), "all", changes)
    assert uneven.push().done
    both_equal(uneven)
    assert uneven.calls()["instances"] == 1
    nothing_is_left_to_do(uneven)


def test_a_shift_is_one_call_and_one_for_each_exception_that_got_lost(uneven: Linked) -> None:
    change_series(uneven, date_of(uneven, 2), "all", LATER)
    assert uneven.push().done
    assert len(order_of_writes(uneven)) <= 1 + 2 + 2  # Google may have kept two it should not
    both_equal(uneven)


def test_a_series_without_exceptions_is_one_call(weekly: Linked) -> None:
    change_series(weekly, date_of(weekly, 2), "all", LATER)
    assert weekly.push().done
    assert weekly.calls() == {"patch": 1}
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


@pytest.mark.parametrize("follow", [True, False])
def test_a_title_of_all_leaves_the_title_of_one(uneven: Linked, follow: bool) -> None:
    uneven.google.control.configure(exceptions_follow_words=follow)
    change_series(uneven, date_of(uneven, 2), "all", {"title": "Renamed"})
    assert uneven.push().done
    both_equal(uneven)
    titles = [event["summary"] for event in listed(uneven, uneven.calendar)]
    assert titles.count("Once") == 1
    assert titles.count("Renamed") == 4
    nothing_is_left_to_do(uneven)


def test_a_series_in_another_room_takes_its_exceptions_along(uneven: Linked) -> None:
    change_series(uneven, date_of(uneven, 2), "all", {"room": uneven.cast.other_room})
    assert uneven.push(uneven.cast.other_room).done
    assert uneven.events() == []
    both_equal(uneven)
    nothing_is_left_to_do(uneven)


def test_fewer_places_take_their_exceptions_with_them(uneven: Linked) -> None:
    fewer: Changes = {"recurrence": ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2",)}
    change_series(uneven, date_of(uneven, 2), "all", fewer)
    assert uneven.push().done
    assert len(listed(uneven, uneven.calendar)) == 2
    both_equal(uneven)
    nothing_is_left_to_do(uneven)


def test_this_and_following_with_exceptions_on_both_sides(uneven: Linked) -> None:
    times: Changes = {"starts_at": at(12, day=23), "ends_at": at(13, day=23)}
    change_series(uneven, date_of(uneven, 23), "following", times)
    assert uneven.push().done
    assert len(masters(uneven)) == 2
    both_equal(uneven)
    nothing_is_left_to_do(uneven)


def test_cancelling_following_takes_moved_dates_along(uneven: Linked) -> None:
    cancel_series(uneven, date_of(uneven, 9), "following")
    assert uneven.push().done
    assert len(listed(uneven, uneven.calendar)) == 1
    both_equal(uneven)
    nothing_is_left_to_do(uneven)


def test_a_running_series_keeps_what_is_over(uneven: Linked) -> None:
    with time_machine.travel(at(12, day=10), tick=False):
        assert uneven.sync().done
        later: Changes = {"starts_at": at(12, day=23), "ends_at": at(13, day=23)}
        change_series(uneven, date_of(uneven, 23), "all", later)
        assert uneven.push().done
        both_equal(uneven)
        starts = [str(event["start"]["dateTime"]) for event in listed(uneven, uneven.calendar)]
        assert "2026-12-02T10:00:00+09:00" in starts
        assert "2026-12-09T10:00:00+09:00" in starts
        nothing_is_left_to_do(uneven)


def test_a_date_that_was_an_exception_comes_back(weekly: Linked) -> None:
    cancel(weekly, index=2)
    assert weekly.sync().done
    restore(weekly, date_of(weekly, 16))
    assert weekly.push().done
    both_equal(weekly)
    assert len(listed(weekly, weekly.calendar)) == 6
    nothing_is_left_to_do(weekly)


def test_a_date_that_was_taken_out_of_the_rule_comes_back(weekly: Linked) -> None:
    cancel(weekly, index=2)
    assert weekly.sync().done
    change_series(weekly, date_of(weekly, 2), "all", LATER)  # cancelled dates go out as EXDATE
    assert weekly.sync().done
    assert "EXDATE" in str(masters(weekly)[0]["recurrence"])
    restore(weekly, date_of(weekly, 16))
    assert weekly.push().done
    both_equal(weekly)
    assert len(listed(weekly, weekly.calendar)) == 6
    nothing_is_left_to_do(weekly)


def test_only_the_date_that_was_taken_out_of_the_rule_comes_back_when_all_are_called_off(
    weekly: Linked,
) -> None:
    cancel(weekly, index=2)
    change_series(weekly, date_of(weekly, 2), "all", LATER)
    cancel_series(weekly, date_of(weekly, 2), "all")
    assert weekly.push().done
    restore(weekly, date_of(weekly, 16))
    assert weekly.push().done
    both_equal(weekly)
    assert len(listed(weekly, weekly.calendar)) == 1
    nothing_is_left_to_do(weekly)


def test_the_one_date_of_a_series_comes_back(linked: Linked) -> None:
    once = ("RRULE:FREQ=WEEKLY;COUNT=1",)
    make_booking(linked.cast.alice, linked.cast.room, recurrence=once)
    assert linked.push().done
    cancel_series(linked, date_of(linked, 2), "all")
    assert linked.push().done
    restore(linked, date_of(linked, 2))
    assert linked.push().done
    both_equal(linked)
    assert len(listed(linked, linked.calendar)) == 1
    nothing_is_left_to_do(linked)


def test_two_dates_in_another_room_keep_their_events_when_their_keys_move(weekly: Linked) -> None:
    for index in (2, 2):
        change(weekly, {"room": weekly.cast.other_room}, index=index)
    rooms = (weekly.cast.room, weekly.cast.other_room)
    for room in rooms:
        assert weekly.sync(room).done
    before = {event["id"] for event in weekly.events(weekly.other_calendar)}
    change_series(weekly, date_of(weekly, 2), "all", A_WEEK_ON)
    for room in (*rooms, *rooms):
        assert weekly.sync(room).done
    assert {event["id"] for event in weekly.events(weekly.other_calendar)} == before
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_worker_that_dies_after_the_write_leaves_the_reading_to_the_next(
    uneven: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise Killed

    change_series(uneven, date_of(uneven, 2), "all", LATER)
    with monkeypatch.context() as patch:
        patch.setattr("calendars.google.GoogleCalendar.instances", die)
        with pytest.raises(Killed):
            uneven.push()
    with time_machine.travel(at(13, day=1), tick=False):
        assert uneven.sync().done
        both_equal(uneven)
        nothing_is_left_to_do(uneven)
