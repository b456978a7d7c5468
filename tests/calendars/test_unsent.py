"""A series is edited here, and in Google before that is there: both edits stand."""

from typing import Any

import pytest

from bookings.drafts import Attendee
from bookings.models import Booking
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.acts import (
    cancel,
    cancel_series,
    change_series,
    event_body,
    make_there,
    restore,
)
from tests.calendars.both import (
    both_equal,
    date_of,
    guests_here,
    guests_there,
    here,
    listed,
    moment,
    nothing_is_left_to_do,
)
from tests.calendars.conftest import Linked
from tests.calendars.test_trouble import later
from tests.factories import at, make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)
FATES = ("placed", "dropped", "kept", "moved")  # of exceptions, when their series changes


@pytest.fixture
def daily(linked: Linked) -> Linked:
    """A series at ten from the second to the sixth of December, known on both sides."""
    beginning("five days", lambda: book_five(linked))
    return linked


def book_five(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=DAILY)
    assert linked.push().done
    assert linked.sync().done


def edit_there(linked: Linked, day: int, scope: str = "this", **change: Any) -> None:
    (event,) = [event for event in linked.events() if "recurrence" in event]
    instance = f"{event['id']}_202612{day:02}T010000Z"
    linked.google.control.ui_edit(linked.calendar, instance, scope=scope, **change)


def edit_day_there(linked: Linked, day: int, scope: str, of: str = "", **change: Any) -> None:
    linked.google.control.ui_edit(linked.calendar, _shown(linked, day, of), scope=scope, **change)


def delete_day_there(linked: Linked, day: int, scope: str) -> None:
    linked.google.control.ui_delete(linked.calendar, _shown(linked, day), scope=scope)


def _shown(linked: Linked, day: int, title: str = "") -> str:
    """The date that Google shows on a day (under a title), wherever its series began."""
    (event,) = [
        event
        for event in listed(linked, linked.calendar)
        if event["start"]["dateTime"].startswith(f"2026-12-{day:02}") and title in event["summary"]
    ]
    return str(event["id"])


def delete_there(linked: Linked, day: int, scope: str = "this") -> None:
    (event,) = [event for event in linked.events() if "recurrence" in event]
    instance = f"{event['id']}_202612{day:02}T010000Z"
    linked.google.control.ui_delete(linked.calendar, instance, scope=scope)


def move(linked: Linked, day: int, scope: str, hour: int) -> None:
    times: Any = {"starts_at": at(hour, day=day), "ends_at": at(hour + 1, day=day)}
    change_series(linked, date_of(linked, day), scope, times)


def settle(linked: Linked) -> None:
    for _round in range(3):
        assert linked.sync().done
    both_equal(linked)
    nothing_is_left_to_do(linked)


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


def test_a_cut_there_takes_our_new_time_along(daily: Linked) -> None:
    edit_there(daily, 4, scope="following", summary="Cut there")
    move(daily, 2, "all", 14)
    settle(daily)
    assert [date_of(daily, day).starts_at for day in range(2, 7)] == [
        at(14, day=day) for day in range(2, 7)
    ]
    titles = [date_of(daily, day).shown_title for day in range(2, 7)]
    assert titles == ["Design review"] * 2 + ["Cut there"] * 3


@pytest.mark.parametrize("fate", ["kept", "moved"])
def test_a_date_stays_where_it_was_put_before_all_were_moved(daily: Linked, fate: str) -> None:
    daily.google.control.configure(exceptions_of_changed_series=fate)
    edit_there(daily, 3, start="2026-12-03T12:00:00")
    edit_there(daily, 5, scope="all", start="2026-12-05T15:00:00")
    settle(daily)
    starts = [date_of(daily, day).starts_at for day in range(2, 7)]
    assert starts == [at(12 if day == 3 else 15, day=day) for day in range(2, 7)]


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


@pytest.mark.parametrize("end", [3, 4, 5])
def test_an_end_there_reaches_what_we_have_just_cut_off(daily: Linked, end: int) -> None:
    delete_there(daily, end, scope="following")
    change_series(daily, date_of(daily, 4), "following", {"title": "Cut here"})
    settle(daily)
    standing = [day for day in range(2, 7) if date_of(daily, day).status == "confirmed"]
    assert standing == list(range(2, end))


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


@pytest.mark.parametrize("change", [{"summary": "Cut there"}, {"start": "2026-12-04T15:00:00"}])
def test_what_was_cut_off_there_goes_with_the_series_that_we_called_off(
    daily: Linked, change: Any
) -> None:
    edit_there(daily, 4, scope="following", **change)
    cancel_series(daily, date_of(daily, 2), "all")
    settle(daily)
    assert here(daily, daily.cast.room) == []


def test_a_cut_there_at_a_new_time_and_our_end_leave_each_date_once(daily: Linked) -> None:
    edit_day_there(daily, 2, "all", start="2026-12-02T15:00:00")
    edit_day_there(daily, 3, "following", start="2026-12-03T12:00:00")
    cancel_series(daily, date_of(daily, 4), "following")
    settle(daily)
    days = [start.day for _title, start, _end in here(daily, daily.cast.room)]
    assert len(days) == len(set(days))
    assert {2, 3} <= set(days)


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
