"""A series cut in two here is two events there: first the new one is made, then the old trimmed."""

from datetime import timedelta
from typing import Any, cast

import pytest
import time_machine
from django.utils import timezone

from bookings.drafts import Changes
from bookings.models import Booking
from calendars.google import GoogleCalendar, Write
from calendars.lease import Lease
from calendars.models import CalendarLink
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.acts import cancel, cancel_series, change, change_series
from tests.calendars.both import (
    both_equal,
    date_of,
    masters,
    nothing_is_left_to_do,
    order_of_writes,
    there,
)
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

WEEKLY = ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6",)


@pytest.fixture
def weekly(linked: Linked) -> Linked:
    """Six Wednesdays from 2 December on, known to Google."""
    beginning("six Wednesdays", lambda: book_six(linked))
    return linked


def book_six(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    assert linked.push().done
    linked.forget_calls()


def cut(linked: Linked, day: int, **changes: Any) -> Booking:
    """Changes the date of a day in December and the following."""
    asked = cast(Changes, {"title": "New part", **changes})
    return change_series(linked, date_of(linked, day), "following", asked)


def test_the_new_part_is_made_before_the_old_one_is_trimmed(weekly: Linked) -> None:
    part = cut(weekly, 16)
    assert weekly.push().done
    assert order_of_writes(weekly) == ["insert", "patch"]
    old, new = masters(weekly)
    assert old["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"]
    assert new["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4"]
    assert new["extendedProperties"]["private"]["roomly_booking"] == str(part.public_id)
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_past_that_is_cut_off_is_made_before_the_future_leaves_it(weekly: Linked) -> None:
    with time_machine.travel(at(12, day=10), tick=False):
        times: Changes = {"starts_at": at(15, day=16), "ends_at": at(16, day=16)}
        change_series(weekly, date_of(weekly, 16), "all", times)
        assert weekly.push().done
        assert order_of_writes(weekly) == ["insert", "patch"]
        past, future = sorted(masters(weekly), key=lambda event: str(event["start"]))
        assert past["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"]
        assert future["start"]["dateTime"] == "2026-12-16T15:00:00+09:00"
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


def test_while_the_new_part_cannot_be_made_the_old_one_stays_whole(weekly: Linked) -> None:
    cut(weekly, 16)
    weekly.google.control.fault(kind="backendError", method="events.insert")
    assert not weekly.push().done
    assert len(there(weekly, weekly.calendar)) == 6
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        assert weekly.sync().done
        assert order_of_writes(weekly) == ["insert", "insert", "patch"]
        both_equal(weekly)


def test_an_answer_that_gets_lost_makes_no_second_part(weekly: Linked) -> None:
    cut(weekly, 16)
    weekly.google.control.fault(kind="drop_after", method="events.insert")
    weekly.push()
    assert len(masters(weekly)) == 2
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        assert weekly.sync().done
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


@pytest.mark.parametrize("act", ["insert", "patch"])
def test_killed_between_the_two_calls_both_parts_are_there(
    weekly: Linked, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    class Killed(BaseException):
        pass

    real = GoogleCalendar.write

    def call(google: GoogleCalendar, write: Write) -> Any:
        if write.method != act:
            return real(google, write)
        if act == "insert":
            real(google, write)
        raise Killed

    cut(weekly, 16)
    with monkeypatch.context() as patch:
        patch.setattr(GoogleCalendar, "write", call)
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            weekly.push()
    assert len(there(weekly, weekly.calendar)) == 6 + 4  # never neither
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=False):
        assert weekly.sync().done
        assert len(masters(weekly)) == 2
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


def test_a_part_in_another_room_is_made_there_before_it_leaves_here(weekly: Linked) -> None:
    cut(weekly, 16, room=weekly.cast.other_room)
    assert weekly.push().done
    assert order_of_writes(weekly) == []
    assert weekly.push(weekly.cast.other_room).done
    assert weekly.push().done  # without waiting for its turn to come again
    assert order_of_writes(weekly) == ["insert", "patch"]
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_part_in_a_room_without_calendar_is_not_waited_for(weekly: Linked) -> None:
    with company_scope(weekly.company_id):
        CalendarLink.objects.filter(room=weekly.cast.other_room).delete()
    cut(weekly, 16, room=weekly.cast.other_room)
    assert weekly.push().done
    assert order_of_writes(weekly) == ["patch"]
    assert len(there(weekly, weekly.calendar)) == 2


def test_two_parts_that_are_both_new_do_not_wait_for_each_other(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    cut(linked, 16)
    assert linked.push().done
    assert order_of_writes(linked) == ["insert", "insert"]
    both_equal(linked)


def test_later_exceptions_are_written_to_the_new_part(weekly: Linked) -> None:
    change(weekly, {"starts_at": at(15, day=24), "ends_at": at(16, day=24)}, index=3)
    cancel(weekly, index=4)
    assert weekly.sync().done
    weekly.forget_calls()
    cut(weekly, 16)
    assert weekly.push().done
    assert order_of_writes(weekly) == ["insert", "patch", "patch"]  # EXDATE comes with the insert
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


@pytest.mark.parametrize("fate", ["placed", "dropped", "kept", "moved"])
def test_an_earlier_exception_stays_with_the_old_part(weekly: Linked, fate: str) -> None:
    weekly.google.control.configure(exceptions_of_changed_series=fate)
    change(weekly, {"starts_at": at(15, day=30), "ends_at": at(16, day=30)}, index=0)
    assert weekly.push().done
    cut(weekly, 16)
    assert weekly.push().done
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_nothing_stands_there_of_an_old_part_without_dates(weekly: Linked) -> None:
    cancel(weekly, index=0)
    cancel(weekly, index=1)
    cut(weekly, 16)
    assert weekly.push().done
    assert len(masters(weekly)) == 1
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_date_in_another_room_keeps_its_event_through_a_cut(weekly: Linked) -> None:
    change(weekly, {"room": weekly.cast.other_room}, index=3)
    for room in (weekly.cast.room, weekly.cast.other_room):
        assert weekly.sync(room).done
    alone = weekly.event(weekly.other_calendar)
    part = cut(weekly, 16)
    for _round in range(2):
        for room in (weekly.cast.room, weekly.cast.other_room):
            assert weekly.sync(room).done
    assert weekly.event(weekly.other_calendar)["id"] == alone["id"]
    assert weekly.date(weekly.cast.other_room).booking_id == part.pk
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_cut_of_a_later_part_goes_the_same_way(weekly: Linked) -> None:
    cut(weekly, 16)
    assert weekly.sync().done
    weekly.forget_calls()
    part = cut(weekly, 23, title="Third part")
    assert weekly.push().done
    assert order_of_writes(weekly) == ["insert", "patch"]
    assert part.split_from_id == weekly.dates()[0].booking_id
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_the_words_of_all_parts_are_one_call_each(weekly: Linked) -> None:
    cut(weekly, 16)
    assert weekly.sync().done
    weekly.forget_calls()
    change_series(weekly, date_of(weekly, 2), "all", {"title": "One story"})
    assert weekly.push().done
    assert order_of_writes(weekly) == ["patch", "patch"]
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_cancelling_this_and_following_is_one_call(weekly: Linked) -> None:
    cancel_series(weekly, date_of(weekly, 16), "following")
    assert weekly.push().done
    assert weekly.calls() == {"patch": 1}
    both_equal(weekly)
    nothing_is_left_to_do(weekly)
