"""A series is edited here, and in Google before that is there: both edits stand."""

import pytest

from tests.calendars.acts import (
    cancel,
    cancel_series,
    change_series,
    restore,
)
from tests.calendars.both import (
    date_of,
    here,
)
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.calendars.five_days import (
    FATES,
    delete_day_there,
    delete_there,
    edit_there,
    move,
    settle,
)
from tests.factories import at


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("scope", ["all", "following"])
def test_words_and_cancelled_dates_survive_our_new_time(
    daily: Linked, fate: str, scope: str
) -> None:
    daily.google.control.configure(exceptions_of_changed_series=fate)
    edit_there(daily, 5, summary="Retitled there")
    delete_there(daily, 6)
    move(daily, 3, scope, 14)
    settle(daily)
    assert date_of(daily, 5).shown_title == "Retitled there"
    assert date_of(daily, 5).starts_at == at(14, day=5)
    assert date_of(daily, 6).status == "cancelled"


def test_a_date_survives_that_our_shorter_series_would_have_reset(daily: Linked) -> None:
    daily.google.control.configure(exceptions_of_changed_series="dropped")
    edit_there(daily, 2, start="2026-12-02T12:00:00")
    cancel_series(daily, date_of(daily, 5), "following")
    settle(daily)
    assert date_of(daily, 2).starts_at == at(12)
    assert [date_of(daily, day).status for day in (5, 6)] == ["cancelled", "cancelled"]


def test_our_end_of_a_series_survives_a_new_time_there(daily: Linked) -> None:
    edit_there(daily, 2, scope="all", start="2026-12-02T15:00:00")
    cancel_series(daily, date_of(daily, 5), "following")
    settle(daily)
    assert [date_of(daily, day).starts_at for day in (2, 3, 4)] == [
        at(15, day=day) for day in (2, 3, 4)
    ]
    assert len(daily.google.control.events(daily.calendar)) == 1
    assert [date_of(daily, day).status for day in (5, 6)] == ["cancelled", "cancelled"]


def test_a_second_edit_there_before_ours_arrives_is_taken_over_too(daily: Linked) -> None:
    move(daily, 2, "all", 14)
    cancel(daily, index=4)
    edit_there(daily, 3, summary="First")
    daily.google.control.fault("backendError", method="events.patch")
    assert not daily.sync().done
    edit_there(daily, 3, summary="Second")
    with later(901):
        settle(daily)
    assert date_of(daily, 3).shown_title == "Second"
    assert date_of(daily, 6).status == "cancelled"


@pytest.mark.parametrize("fate", ["kept", "moved"])
def test_a_date_stays_where_it_was_put_before_all_were_moved(daily: Linked, fate: str) -> None:
    daily.google.control.configure(exceptions_of_changed_series=fate)
    edit_there(daily, 3, start="2026-12-03T12:00:00")
    edit_there(daily, 5, scope="all", start="2026-12-05T15:00:00")
    settle(daily)
    starts = [date_of(daily, day).starts_at for day in range(2, 7)]
    assert starts == [at(12 if day == 3 else 15, day=day) for day in range(2, 7)]


def test_a_date_that_was_edited_here_outlives_its_series(daily: Linked) -> None:
    change_series(daily, date_of(daily, 4), "this", {"title": "Edited here"})
    delete_there(daily, 3, scope="all")
    settle(daily)
    assert here(daily, daily.cast.room) == [("Edited here", at(10, day=4), at(11, day=4))]


def test_a_date_that_was_brought_back_here_outlives_its_series(daily: Linked) -> None:
    delete_there(daily, 3)
    settle(daily)
    restore(daily, date_of(daily, 3))
    daily.google.control.fault("backendError", after=True, method="events.patch")
    assert not daily.push().done
    delete_there(daily, 2, scope="all")
    with later(901):
        settle(daily)
    assert [start for _title, start, _end in here(daily, daily.cast.room)] == [at(10, day=3)]


def test_of_a_deleted_series_only_what_was_edited_here_comes_back(daily: Linked) -> None:
    delete_there(daily, 2)
    move(daily, 3, "this", 13)
    change_series(daily, date_of(daily, 4), "following", {"title": "Cut here"})
    cancel_series(daily, date_of(daily, 4), "following")
    cancel_series(daily, date_of(daily, 2), "this")
    restore(daily, date_of(daily, 2))
    delete_there(daily, 3, scope="all")
    settle(daily)
    slots = here(daily, daily.cast.room)
    assert [start for _title, start, _end in slots] == [at(13, day=3)]


def test_what_was_said_there_of_a_date_goes_with_it_to_another_room(daily: Linked) -> None:
    edit_there(daily, 3, summary="Retitled there")
    change_series(daily, date_of(daily, 3), "this", {"room": daily.cast.other_room})
    settle(daily)
    assert here(daily, daily.cast.other_room) == [
        ("Retitled there", at(10, day=3), at(11, day=3)),
    ]


def test_of_a_series_deleted_there_the_date_alone_stands_that_was_brought_back_here(
    daily: Linked,
) -> None:
    cancel_series(daily, date_of(daily, 2), "all")
    restore(daily, date_of(daily, 3))
    settle(daily)
    restore(daily, date_of(daily, 5))
    delete_day_there(daily, 3, "all")
    settle(daily)
    assert [start for _title, start, _end in here(daily, daily.cast.room)] == [at(10, day=5)]
