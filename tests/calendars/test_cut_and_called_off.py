"""A series is cut in two on one side, and ended or deleted on the other before that is there."""

from typing import Any

import pytest

from tests.calendars.acts import (
    cancel,
    cancel_series,
    change_series,
    event_body,
    make_there,
    restore,
)
from tests.calendars.both import (
    date_of,
    here,
    listed,
    moment,
)
from tests.calendars.clock import later
from tests.calendars.conftest import DAILY, Linked
from tests.calendars.five_days import (
    delete_day_there,
    delete_there,
    edit_day_there,
    edit_there,
    move,
    settle,
)
from tests.factories import at


@pytest.mark.parametrize("end", [3, 4, 5])
def test_an_end_there_reaches_what_we_have_just_cut_off(daily: Linked, end: int) -> None:
    delete_there(daily, end, scope="following")
    change_series(daily, date_of(daily, 4), "following", {"title": "Cut here"})
    settle(daily)
    standing = [day for day in range(2, 7) if date_of(daily, day).status == "confirmed"]
    assert standing == list(range(2, end))


def test_what_was_cut_off_there_gets_no_words_of_what_we_called_off(daily: Linked) -> None:
    edit_day_there(daily, 5, "following", summary="Cut there")
    with later(7):
        edit_day_there(daily, 2, "following", summary="Said there")
    with later(60):
        for day in (5, 2):
            cancel_series(daily, date_of(daily, day), "following")
    with later(90):
        settle(daily)
    slots = here(daily, daily.cast.room)
    assert [(title, start.day) for title, start, _end in slots] == [
        ("Said there", 5), ("Said there", 6),
    ]  # fmt: skip


@pytest.mark.parametrize("ours", ["edited", "brought back"])
def test_an_end_there_takes_a_date_along_that_we_edit_or_bring_back_meanwhile(
    daily: Linked, ours: str
) -> None:
    if ours == "brought back":
        delete_there(daily, 6)
        settle(daily)
        restore(daily, date_of(daily, 6))
    else:
        change_series(daily, date_of(daily, 6), "this", {"title": "Own"})
    delete_there(daily, 4, scope="following")
    assert daily.sync().done
    with later(901):
        settle(daily)
    assert [date_of(daily, day).status == "confirmed" for day in range(2, 7)] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("heard", [False, True])
def test_a_series_made_there_is_no_rest_of_one_that_we_have_ended(
    daily: Linked, heard: bool
) -> None:
    cancel_series(daily, date_of(daily, 4), "all")
    restore(daily, date_of(daily, 3))
    cancel_series(daily, date_of(daily, 3), "following")
    restore(daily, date_of(daily, 2))
    if heard:
        settle(daily)
    times = {"start": "16:00", "end": "17:00"}
    begins = {
        side: {"dateTime": f"2026-12-03T{clock}:00+09:00", "timeZone": "Asia/Seoul"}
        for side, clock in times.items()
    }
    make_there(daily, event_body("Another") | begins | {"recurrence": list(DAILY)})
    settle(daily)
    slots = [slot for slot in here(daily, daily.cast.room) if slot[0] == "Another"]
    assert sorted(start for _title, start, _end in slots) == [
        at(16, day=day) for day in range(3, 8)
    ]


def test_a_date_that_we_left_alone_goes_with_the_series_that_was_deleted_there(
    daily: Linked,
) -> None:
    move(daily, 5, "this", 17)
    settle(daily)
    delete_there(daily, 4, scope="all")
    move(daily, 3, "following", 14)
    settle(daily)
    standing = [day for day in range(2, 7) if date_of(daily, day).status == "confirmed"]
    assert standing == [3, 4, 6]
    assert [moment(event["start"]) for event in listed(daily, daily.calendar)] == [
        at(14, day=day) for day in standing
    ]


@pytest.mark.parametrize("change", [{"summary": "Cut there"}, {"start": "2026-12-04T15:00:00"}])
def test_what_was_cut_off_there_goes_with_the_series_that_we_called_off(
    daily: Linked, change: Any
) -> None:
    edit_there(daily, 4, scope="following", **change)
    cancel_series(daily, date_of(daily, 2), "all")
    settle(daily)
    assert here(daily, daily.cast.room) == []


@pytest.mark.parametrize("said", ["Said here", ""])
def test_the_rest_stands_of_a_series_whose_first_part_was_deleted_there(
    daily: Linked, said: str
) -> None:
    edit_there(daily, 4, scope="following", start="2026-12-04T15:00:00")
    if said:
        change_series(daily, date_of(daily, 5), "all", {"title": said})
    delete_day_there(daily, 2, "all")
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    rest = [(said or "Design review", at(15, day=day)) for day in (4, 5, 6)]
    first = [(said, at(10, day=day)) for day in (2, 3)] if said else []
    assert [(title, start) for title, start, _end in slots] == first + rest
    assert date_of(daily, 6).booking.split_from_id is not None


def test_a_cut_there_at_a_new_time_and_our_end_leave_each_date_once(daily: Linked) -> None:
    edit_day_there(daily, 2, "all", start="2026-12-02T15:00:00")
    edit_day_there(daily, 3, "following", start="2026-12-03T12:00:00")
    cancel_series(daily, date_of(daily, 4), "following")
    settle(daily)
    days = [start.day for _title, start, _end in here(daily, daily.cast.room)]
    assert len(days) == len(set(days))
    assert {2, 3} <= set(days)


@pytest.mark.parametrize("late", [0, 1900])  # seconds, after which it is read before we write
def test_a_date_deleted_in_what_google_cut_off_is_gone_though_we_had_brought_it_back(
    daily: Linked, late: int
) -> None:
    edit_day_there(daily, 3, "following", summary="Cut there")
    cancel(daily, index=4)
    restore(daily, date_of(daily, 6))
    delete_day_there(daily, 6, "this")
    with later(late):
        settle(daily)
    assert {start.day for _title, start, _end in here(daily, daily.cast.room)} == {2, 3, 4, 5}
