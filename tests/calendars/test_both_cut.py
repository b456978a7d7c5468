"""A series is cut in two on one side, and edited or cut on the other before that is there."""

from typing import Any

import pytest

from bookings.drafts import Attendee
from bookings.models import Booking
from tenants.scope import company_scope
from tests.calendars.acts import (
    cancel_series,
    change_series,
    event_body,
    make_there,
    restore,
)
from tests.calendars.both import (
    date_of,
    guests_here,
    guests_there,
    here,
    listed,
    moment,
)
from tests.calendars.clock import later
from tests.calendars.conftest import DAILY, Linked
from tests.calendars.five_days import (
    FATES,
    delete_day_there,
    edit_day_there,
    edit_there,
    move,
    settle,
)
from tests.factories import at


@pytest.mark.parametrize("answer", ["heard", "lost"])
def test_an_edit_of_all_reaches_what_we_have_just_cut_off(daily: Linked, answer: str) -> None:
    edit_there(daily, 4, scope="all", summary="Retitled there")
    move(daily, 4, "following", 14)
    if answer == "lost":
        daily.google.control.fault("backendError", after=True, method="events.insert")
        assert not daily.push().done
        with later(901):
            settle(daily)
    else:
        settle(daily)
    titles = {date_of(daily, day).shown_title for day in range(2, 7)}
    assert titles == {"Retitled there"}
    assert date_of(daily, 6).starts_at == at(14, day=6)


def test_a_new_time_of_all_reaches_what_we_have_just_cut_off(daily: Linked) -> None:
    edit_there(daily, 4, scope="all", start="2026-12-04T15:00:00")
    change_series(daily, date_of(daily, 4), "following", {"title": "Cut here"})
    settle(daily)
    assert {date_of(daily, day).starts_at for day in (2, 3, 4, 5, 6)} == {
        at(15, day=day) for day in (2, 3, 4, 5, 6)
    }
    assert [date_of(daily, day).shown_title for day in (3, 4)] == ["Design review", "Cut here"]


def test_a_cut_there_takes_our_new_time_along(daily: Linked) -> None:
    edit_there(daily, 4, scope="following", summary="Cut there")
    move(daily, 2, "all", 14)
    settle(daily)
    assert [date_of(daily, day).starts_at for day in range(2, 7)] == [
        at(14, day=day) for day in range(2, 7)
    ]
    titles = [date_of(daily, day).shown_title for day in range(2, 7)]
    assert titles == ["Design review"] * 2 + ["Cut there"] * 3


def test_a_date_stands_that_was_edited_in_what_google_has_just_cut_off(daily: Linked) -> None:
    daily.google.control.configure(exceptions_of_changed_series="moved")
    move(daily, 4, "this", 11)
    edit_there(daily, 2, scope="all", start="2026-12-02T15:00:00")
    for day, scope, change in (
        (5, "following", {"summary": "Cut there"}),
        (6, "this", {"start": "2026-12-06T13:00:00"}),
    ):
        edit_day_there(daily, day, scope, **change)
    assert daily.sync().done
    with later(901):
        settle(daily)
    starts = sorted(start for _title, start, _end in here(daily, daily.cast.room))
    assert starts == [at(15), at(15, day=3), at(11, day=4), at(15, day=5), at(13, day=6)]


@pytest.mark.parametrize("cut", [3, 4, 5])
def test_a_cut_there_and_one_of_ours_lose_neither_date_nor_word(daily: Linked, cut: int) -> None:
    edit_there(daily, cut, scope="following", summary="Cut there")
    change_series(daily, date_of(daily, 4), "following", {"description": "Cut here"})
    settle(daily)
    told = sorted((moment(event["start"]).day, event.get("description", ""))
                  for event in listed(daily, daily.calendar))  # fmt: skip
    assert [(day, words == "Cut here") for day, words in told] == [
        (day, day >= 4) for day in range(2, 7)
    ]
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [title == "Cut there" for title, *_times in slots] == [day >= cut for day in range(2, 7)]
    assert [start for _title, start, _end in slots] == [at(10, day=day) for day in range(2, 7)]


def test_a_cut_there_takes_along_the_new_time_of_what_we_have_just_cut_off(daily: Linked) -> None:
    edit_there(daily, 5, scope="following", summary="Cut there")
    move(daily, 3, "following", 14)
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [start for _title, start, _end in slots] == [
        at(10),
        *(at(14, day=day) for day in range(3, 7)),
    ]
    assert [title == "Cut there" for title, *_times in slots] == [False] * 3 + [True] * 2


@pytest.mark.parametrize(
    "change", [{"fields": {"location": "Here"}}, {"start": "2026-12-04T15:00:00"}]
)
def test_what_we_said_of_all_is_said_of_what_google_has_just_cut_off(
    daily: Linked, change: Any
) -> None:
    edit_there(daily, 4, scope="following", **change)
    people = (Attendee(email="minji@acme.example"),)
    change_series(daily, date_of(daily, 3), "all", {"title": "Said here", "attendees": people})
    settle(daily)
    slots = here(daily, daily.cast.room)
    assert [title for title, *_times in slots] == ["Said here"] * 5
    invited = guests_here(daily, daily.cast.room)
    assert invited == guests_there(daily, daily.calendar)
    assert {people for people, *_times in invited} == {"minji@acme.example"}


def test_both_cut_at_one_date_and_both_edits_stand(daily: Linked) -> None:
    change_series(daily, date_of(daily, 4), "this", {"title": "Own"})
    settle(daily)
    edit_day_there(daily, 4, "following", start="2026-12-04T15:00:00")
    change_series(daily, date_of(daily, 4), "following", {"title": "Cut here"})
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [title for title, *_times in slots] == ["Design review"] * 2 + ["Cut here"] * 3
    assert [start for _title, start, _end in slots] == [
        *(at(10, day=day) for day in (2, 3)),
        *(at(15, day=day) for day in (4, 5, 6)),
    ]


def test_what_was_cut_off_at_a_new_time_and_edited_later_is_known_as_its_part(
    daily: Linked,
) -> None:
    change_series(daily, date_of(daily, 4), "this", {"title": "Own"})
    settle(daily)
    edit_day_there(daily, 4, "following", start="2026-12-04T15:00:00")
    daily.google.control.advance_clock(600)
    delete_day_there(daily, 5, "following")
    change_series(daily, date_of(daily, 4), "this", {"title": "Said here"})
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        ("Design review", at(10)),
        ("Design review", at(10, day=3)),
        ("Said here", at(15, day=4)),
    ]


def test_what_we_cut_off_keeps_its_times_though_google_moved_and_cut_the_series(
    daily: Linked,
) -> None:
    move(daily, 5, "following", 16)
    move(daily, 3, "following", 17)
    edit_day_there(daily, 4, "all", start="2026-12-04T12:00:00")
    edit_day_there(daily, 5, "following", summary="Cut there")
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        ("Design review", at(12)),
        ("Design review", at(17, day=3)),
        ("Design review", at(17, day=4)),
        ("Cut there", at(16, day=5)),
        ("Cut there", at(16, day=6)),
    ]


@pytest.mark.parametrize("fate", FATES)
def test_both_cut_a_series_that_was_made_there(linked: Linked, fate: str) -> None:
    linked.google.control.configure(exceptions_of_changed_series=fate)
    weekly = event_body("Made there", "10:00", "11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    make_there(linked, weekly)
    settle(linked)
    change_series(linked, date_of(linked, 9), "this", {"title": "Own"})
    edit_day_there(linked, 23, "this", start="2026-12-23T12:00:00")
    linked.google.control.advance_clock(130)
    edit_day_there(linked, 9, "following", start="2026-12-09T15:00:00")
    linked.google.control.advance_clock(600)
    change_series(linked, date_of(linked, 9), "following", {"title": "Cut here"})
    settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start.day) for title, start, _end in slots] == [
        ("Made there", 2),
        ("Cut here", 9),
        ("Cut here", 16),
        ("Cut here", 23),
    ]


def test_both_moved_and_cut_a_series_that_was_made_there(linked: Linked) -> None:
    linked.google.control.configure(exceptions_of_changed_series="moved")
    weekly = event_body("Made there", "10:00", "11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    make_there(linked, weekly)
    settle(linked)
    move(linked, 16, "following", 16)
    move(linked, 9, "following", 17)
    linked.google.control.advance_clock(130)
    edit_day_there(linked, 16, "all", start="2026-12-16T12:00:00")
    linked.google.control.advance_clock(130)
    edit_day_there(linked, 16, "following", summary="Cut there")
    people = (Attendee(email="minji@acme.example"),)
    change_series(linked, date_of(linked, 9), "following", {"attendees": people})
    change_series(linked, date_of(linked, 9), "this", {"title": "Own"})
    settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        ("Made there", at(12)),
        ("Own", at(17, day=9)),
        ("Cut there", at(16, day=16)),
        ("Cut there", at(16, day=23)),
    ]


def test_what_google_cut_off_a_series_that_is_new_to_us_is_no_part_of_another(
    daily: Linked,
) -> None:
    also_daily = event_body("Made there", "13:00", "14:00", recurrence=list(DAILY))
    daily.google.control.advance_clock(60)
    make_there(daily, also_daily)
    daily.google.control.advance_clock(600)
    edit_day_there(daily, 4, "following", start="2026-12-04T15:00:00", of="Made there")
    edit_day_there(daily, 4, "following", start="2026-12-04T12:00:00", of="Design review")
    settle(daily)
    with company_scope(daily.company_id):
        parts = [part.title for part in Booking.objects.exclude(split_from=None)]
    assert parts == ["Design review"]


@pytest.mark.parametrize("edited", [False, True])
def test_the_one_date_left_of_what_was_cut_off_keeps_what_we_said_of_all(
    linked: Linked, edited: bool
) -> None:
    weekly = event_body("Made there", "10:00", "11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    make_there(linked, weekly)
    settle(linked)
    change_series(linked, date_of(linked, 23), "all", {"title": "Said here"})
    edit_day_there(linked, 9, "following", start="2026-12-09T12:30:00")
    if edited:
        edit_day_there(linked, 9, "this", summary="Once")
    cancel_series(linked, date_of(linked, 2), "all")
    restore(linked, date_of(linked, 23))
    settle(linked)
    assert here(linked, linked.cast.room) == [("Said here", at(12, 30, day=23), at(13, 30, day=23))]


@pytest.mark.parametrize("ticks", [0, 130])  # seconds, after which Google's page leaves a trace
@pytest.mark.parametrize("first", ["kept", "deleted"])
def test_a_cut_there_and_our_new_time_of_all_leave_the_same_on_both_sides(
    linked: Linked, first: str, ticks: int
) -> None:
    linked.google.control.configure(exceptions_of_changed_series="kept")
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    linked.google.control.advance_clock(ticks)
    edit_day_there(linked, 5, "following", start="2026-12-05T16:00:00")
    if first == "deleted":
        delete_day_there(linked, 2, "all")
    edit_day_there(linked, 5, "this", start="2026-12-05T14:30:00")
    edit_day_there(linked, 5, "all", start="2026-12-05T17:30:00")
    move(linked, 4, "all", 11)
    settle(linked)


@pytest.mark.parametrize("day", [5, 6])  # of two dates, or of the last
def test_a_date_keeps_its_own_time_in_what_we_cut_off_while_google_moved_all(
    daily: Linked, day: int
) -> None:
    move(daily, day, "this", 13)
    change_series(daily, date_of(daily, day), "following", {"title": "Cut here"})
    edit_there(daily, 3, scope="all", start="2026-12-03T08:30:00")
    with later(1900):  # so much may have happened there that it is read before we write
        settle(daily)
    assert date_of(daily, 4).starts_at == at(8, 30, day=4)
    assert date_of(daily, day).starts_at == at(13, day=day)


@pytest.mark.parametrize("ours", [4, 5])
def test_both_cut_a_series_that_we_had_just_moved(daily: Linked, ours: int) -> None:
    edit_day_there(daily, 4, "following", fields={"attendees": [{"email": "jiho@acme.example"}]})
    move(daily, 2, "all", 12)
    change_series(daily, date_of(daily, ours), "following", {"title": "Cut here"})
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [start for _title, start, _end in slots] == [at(12, day=day) for day in range(2, 7)]
    assert [title == "Cut here" for title, *_times in slots] == [day >= ours for day in range(2, 7)]


def test_two_cuts_there_while_we_edit_dates_of_both_leave_each_date_where_it_is(
    daily: Linked,
) -> None:
    daily.google.control.advance_clock(130)
    edit_day_there(daily, 6, "following", start="2026-12-06T14:30:00")
    edit_day_there(daily, 3, "following", fields={"attendees": [{"email": "jiho@acme.example"}]})
    for day in (5, 6):
        change_series(daily, date_of(daily, day), "this", {"title": f"Day {day}"})
    settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        *(("Design review", at(10, day=day)) for day in (2, 3, 4)),
        ("Day 5", at(10, day=5)),
        ("Day 6", at(14, 30, day=6)),
    ]


@pytest.mark.parametrize("fate", FATES)
def test_a_word_of_what_was_cut_off_twice_there_outlasts_our_older_one_of_all(
    daily: Linked, fate: str
) -> None:
    daily.google.control.configure(exceptions_of_changed_series=fate)
    change_series(daily, date_of(daily, 2), "all", {"title": "Said here"})
    with later(20):
        edit_day_there(daily, 3, "following", start="2026-12-03T12:30:00")
        edit_day_there(daily, 2, "all", start="2026-12-02T09:00:00")
    with later(48):
        change_series(daily, date_of(daily, 4), "this", {"title": "Own"})
    with later(62):
        edit_day_there(daily, 4, "following", summary="Said there")
    with later(70):
        settle(daily)
    slots = sorted(here(daily, daily.cast.room), key=lambda slot: slot[1])
    assert [title for title, *_times in slots] == ["Said here"] * 2 + ["Said there"] * 3
