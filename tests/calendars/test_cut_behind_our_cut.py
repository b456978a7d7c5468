"""Google's page cuts a series off behind the place where we have just cut it ourselves."""

import pytest

from bookings.drafts import Attendee
from tests.calendars.acts import change, change_series, event_body, make_there
from tests.calendars.both import date_of, here
from tests.calendars.clock import later
from tests.calendars.conftest import DAILY, Linked
from tests.calendars.five_days import FATES, delete_day_there, edit_day_there, move, settle
from tests.factories import at


def test_what_we_said_of_all_is_said_of_what_was_cut_off_there_behind_our_cut(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    linked.google.control.advance_clock(130)
    edit_day_there(linked, 3, "all", start="2026-12-03T12:00:00")
    change_series(
        linked,
        date_of(linked, 5),
        "following",
        {"attendees": (Attendee(email="minji@acme.example"),)},
    )
    edit_day_there(linked, 6, "following", start="2026-12-06T17:00:00")
    change_series(linked, date_of(linked, 6), "all", {"title": "Said here"})
    settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        *(("Said here", at(12, day=day)) for day in (2, 3, 4, 5)),
        ("Said here", at(17, day=6)),
    ]


@pytest.mark.parametrize("ours", [False, True])
def test_what_google_moved_and_then_cut_off_behind_our_cut_is_there_once(
    linked: Linked, ours: bool
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    change_series(linked, date_of(linked, 4), "following", {"title": "Cut here"})
    if ours:
        move(linked, 2, "all", 13)
    edit_day_there(linked, 4, "all", start="2026-12-04T12:30:00")
    with later(200):
        edit_day_there(linked, 6, "following", fields={"location": "Here"})
        assert linked.sync().done
    with later(2000):
        settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [start.day for _title, start, _end in slots] == [2, 3, 4, 5, 6]
    assert [title for title, *_times in slots] == ["Made there"] * 2 + ["Cut here"] * 3


def test_what_google_cut_off_behind_the_cut_of_a_series_that_we_moved_twice_is_there_once(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    move(linked, 2, "all", 12)
    change_series(linked, date_of(linked, 4), "following", {"title": "Cut here"})
    move(linked, 2, "all", 9)
    with later(200):
        edit_day_there(linked, 6, "following", start="2026-12-06T14:00:00")
        assert linked.sync().done
    with later(2000):
        settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [start for _title, start, _end in slots] == [
        at(9), at(9, day=3), at(12, day=4), at(12, day=5), at(14, day=6),
    ]  # fmt: skip
    assert [title for title, *_times in slots] == ["Made there"] * 2 + ["Cut here"] * 3


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("edited", [9, 16])
def test_what_google_cut_off_behind_our_cut_after_an_edit_of_a_date_is_a_part_of_it(
    linked: Linked, fate: str, edited: int
) -> None:
    linked.google.control.configure(exceptions_of_changed_series=fate)
    weekly = event_body("Made there", "10:00", "11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    make_there(linked, weekly)
    settle(linked)
    move(linked, 2, "all", 12)
    change_series(linked, date_of(linked, 9), "following", {"title": "Cut here"})
    move(linked, 2, "all", 9)
    with later(200):
        edit_day_there(linked, edited, "this", start=f"2026-12-{edited:02}T16:00:00")
        edit_day_there(linked, 16, "following", start="2026-12-16T14:00:00")
    with later(2000):
        settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start.day) for title, start, _end in slots] == [
        ("Made there", 2),
        ("Cut here", 9),
        ("Cut here", 16),
        ("Cut here", 23),
    ]


@pytest.mark.parametrize("fate", FATES)
def test_of_two_cuts_there_the_date_that_lives_on_is_known_in_what_we_cut_off(
    linked: Linked, fate: str
) -> None:
    linked.google.control.configure(exceptions_of_changed_series=fate)
    weekly = event_body("Made there", "10:00", "11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    make_there(linked, weekly)
    settle(linked)
    move(linked, 2, "all", 16)
    settle(linked)
    with later(200):
        edit_day_there(linked, 23, "following", start="2026-12-23T08:30:00")
        move(linked, 16, "following", 11)
        delete_day_there(linked, 16, "following")
        edit_day_there(linked, 23, "this", summary="Once", start="2026-12-23T08:00:00")
        settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        ("Made there", at(16)),
        ("Made there", at(16, day=9)),
        ("Once", at(8, day=23)),
    ]


def test_what_we_said_of_a_date_stays_when_google_moved_its_series_and_cut_it_there(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    with later(200):
        edit_day_there(linked, 2, "all", start="2026-12-02T12:00:00")
        edit_day_there(linked, 5, "following", start="2026-12-05T17:00:00")
        edit_day_there(linked, 4, "following", start="2026-12-04T15:00:00")
        change(linked, {"title": "Said here"}, index=2)
        settle(linked)
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    assert [(title, start) for title, start, _end in slots] == [
        ("Made there", at(12)),
        ("Made there", at(12, day=3)),
        ("Said here", at(15, day=4)),
        ("Made there", at(17, day=5)),
        ("Made there", at(17, day=6)),
    ]
