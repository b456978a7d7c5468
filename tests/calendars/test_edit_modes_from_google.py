"""The rule book from Google's side: an edit made there ends in the same dates as one made here.

Google forgets exceptions when a series moves or is cut; Roomly writes them again, there too.
"""

from typing import Any

import pytest

from tests.calendars.person_in_google import PersonInGoogle, person, story
from tests.integrations.edit_story import BOOKINGS, Story

__all__ = ["person", "story"]

SIX = "FREQ=WEEKLY;COUNT=6"  # 2, 9, 16, 23, 30 December, 6 January
THREE_DAYS = "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9"
ALL_SIX = ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 10:00", "12-30 10:00", "01-06 10:00"]


@pytest.fixture(params=["made here", pytest.param("made there", marks=pytest.mark.soak)])
def weekly(request: pytest.FixtureRequest, story: Story, person: PersonInGoogle) -> Story:
    """Six Wednesdays from 2 December, 10:00 to 11:00."""
    begin(request.param, story, person, SIX)
    return story


def begin(where: str, story: Story, person: PersonInGoogle, rule: str) -> None:
    if where == "made here":
        story.book("12-02 10:00", rule)
    else:
        person.make("12-02 10:00", rule)


def day(*dates: str, time: str = "10:00") -> list[str]:
    return [f"{date} {time}" for date in dates]


# ---- this event ----------------------------------------------------------------------------


def test_one_date_moves(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-09 10:00", to="12-10 15:00")
    assert weekly.shown() == [ALL_SIX[0], "12-10 15:00", *ALL_SIX[2:]]


def test_one_date_moves_by_the_api(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_this("12-09 10:00", **person.times("12-10 15:00", 30))
    assert weekly.shown() == [ALL_SIX[0], "12-10 15:00-15:30", *ALL_SIX[2:]]


def test_one_date_is_renamed(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_this("12-09 10:00", summary="Retro")
    assert weekly.shown() == [ALL_SIX[0], "12-09 10:00 Retro", *ALL_SIX[2:]]


def test_one_date_is_deleted(weekly: Story, person: PersonInGoogle) -> None:
    person.delete("12-02 10:00")
    assert weekly.shown() == ALL_SIX[1:]


def test_one_date_is_cancelled_and_comes_back(weekly: Story, person: PersonInGoogle) -> None:
    event = person.find("12-09 10:00")["id"]
    person.patch(event, status="cancelled")
    assert weekly.shown() == [ALL_SIX[0], *ALL_SIX[2:]]
    person.patch(event, status="confirmed")
    assert weekly.shown() == ALL_SIX


def test_a_moved_date_is_moved_back(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-09 10:00", to="12-10 15:00")
    person.change("12-10 15:00", to="12-09 10:00")
    assert weekly.shown() == ALL_SIX


# ---- all events ----------------------------------------------------------------------------


def test_all_dates_are_renamed(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-16 10:00", to="12-17 15:00")
    person.change("12-09 10:00", "all", summary="Sync")
    assert weekly.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Sync", "12-17 15:00 Sync",
        "12-23 10:00 Sync", "12-30 10:00 Sync", "01-06 10:00 Sync",
    ]  # fmt: skip


def test_own_words_outlast_new_words_for_the_series(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_this("12-09 10:00", summary="Retro")
    person.patch_all("12-16 10:00", summary="Sync")
    assert weekly.shown()[:3] == ["12-02 10:00 Sync", "12-09 10:00 Retro", "12-16 10:00 Sync"]


@pytest.mark.parametrize("fate", ["placed", "dropped", "moved"])
def test_exceptions_outlast_a_shift_of_the_series(
    weekly: Story, person: PersonInGoogle, fate: str
) -> None:
    weekly.linked.google.control.configure(exceptions_of_changed_series=fate)
    person.change("12-09 10:00", to="12-10 15:00")
    person.delete("12-16 10:00")
    person.patch_this("12-23 10:00", summary="Party")
    person.change("12-02 10:00", "all", to="12-02 11:00")
    assert weekly.shown() == [
        "12-02 11:00", "12-10 15:00", "12-23 11:00 Party", "12-30 11:00", "01-06 11:00",
    ]  # fmt: skip


def test_exceptions_made_here_outlast_a_shift_there(weekly: Story, person: PersonInGoogle) -> None:
    weekly.change("12-09 10:00", to="12-10 15:00")
    weekly.cancel("12-16 10:00")
    person.change("12-02 10:00", "all", to="12-02 11:00")
    assert weekly.shown() == [
        "12-02 11:00", "12-10 15:00", "12-23 11:00", "12-30 11:00", "01-06 11:00",
    ]  # fmt: skip


def test_a_shift_of_days_by_the_api(weekly: Story, person: PersonInGoogle) -> None:
    person.delete("12-16 10:00")
    person.patch_all("12-02 10:00", **person.times("12-03 10:00"))
    assert weekly.shown() == day("12-03", "12-10", "12-24", "12-31", "01-07")


def test_all_dates_get_longer(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-09 10:00", to="12-10 15:00")
    person.patch_all("12-02 10:00", **person.times("12-02 10:00", 90))
    assert weekly.shown() == [
        "12-02 10:00-11:30", "12-10 15:00", "12-16 10:00-11:30",
        "12-23 10:00-11:30", "12-30 10:00-11:30", "01-06 10:00-11:30",
    ]  # fmt: skip


def test_fewer_places_take_their_exceptions_along(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-30 10:00", to="12-04 15:00")
    person.change("12-09 10:00", to="01-20 15:00")
    person.patch_all("12-02 10:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    assert weekly.shown() == ["12-02 10:00", "12-16 10:00", "01-20 15:00"]


def test_more_places_bring_no_cancelled_date_back(weekly: Story, person: PersonInGoogle) -> None:
    person.delete("12-09 10:00")
    person.patch_all("12-02 10:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=7"])
    assert weekly.shown() == [ALL_SIX[0], *ALL_SIX[2:], "01-13 10:00"]


@pytest.mark.parametrize("where", ["made here", "made there"])
def test_another_rule_takes_the_exceptions_of_lost_places_along(
    story: Story, person: PersonInGoogle, where: str
) -> None:
    begin(where, story, person, THREE_DAYS)
    person.change("12-09 10:00", to="12-12 15:00")
    person.delete("12-07 10:00")
    person.change("12-04 10:00", to="12-05 15:00")
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4"
    person.patch_all("12-02 10:00", recurrence=[rule])
    assert story.shown() == ["12-02 10:00", "12-12 15:00", "12-14 10:00"]


@pytest.mark.parametrize("form", [";TZID=Asia/Seoul:20261209T100000", ";VALUE=DATE:20261209"])
def test_dates_taken_out_by_exdate_there_are_gone_here(
    weekly: Story, person: PersonInGoogle, form: str
) -> None:
    person.patch_all("12-02 10:00", recurrence=[f"RRULE:{SIX}", f"EXDATE{form}"])
    assert weekly.shown() == [ALL_SIX[0], *ALL_SIX[2:]]


def test_the_whole_series_is_deleted(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-09 10:00", to="12-10 15:00")
    person.delete("12-02 10:00", "all")
    assert weekly.shown() == []


# ---- this and following --------------------------------------------------------------------


def test_a_cut_at_the_same_time_keeps_the_exceptions(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-23 10:00", to="12-25 16:00")
    person.delete("12-30 10:00")
    person.change("12-09 10:00", to="12-18 10:00")
    person.change("12-16 10:00", "following", summary="Sync")
    assert weekly.shown() == [
        "12-02 10:00", "12-16 10:00 Sync", "12-18 10:00", "12-25 16:00 Sync", "01-06 10:00 Sync",
    ]  # fmt: skip


def test_a_cut_with_another_time_keeps_the_exceptions(
    weekly: Story, person: PersonInGoogle
) -> None:
    person.change("12-23 10:00", to="12-25 16:00")
    person.delete("12-30 10:00")
    person.change("12-16 10:00", "following", to="12-16 14:00")
    assert weekly.shown() == [*ALL_SIX[:2], "12-16 14:00", "12-25 16:00", "01-06 14:00"]


def test_a_cut_to_another_day_keeps_the_exceptions(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-23 10:00", to="12-29 16:00")
    person.delete("12-30 10:00")
    person.change("12-16 10:00", "following", to="12-17 10:00")
    assert weekly.shown() == [*ALL_SIX[:2], "12-17 10:00", "12-29 16:00", "01-07 10:00"]


def test_a_cut_by_the_api_is_a_shorter_series_and_a_new_one(
    weekly: Story, person: PersonInGoogle
) -> None:
    person.cut("12-16 10:00", "FREQ=WEEKLY;COUNT=4", to="12-16 14:00", summary="Sync")
    assert weekly.shown() == [
        *ALL_SIX[:2],
        *(f"{line} Sync" for line in day("12-16", "12-23", "12-30", "01-06", time="14:00")),
    ]


def test_a_cut_by_the_api_keeps_the_exceptions(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-23 10:00", to="12-25 16:00")
    person.delete("12-30 10:00")
    person.cut("12-16 10:00", "FREQ=WEEKLY;COUNT=4")
    assert weekly.shown() == [*ALL_SIX[:3], "12-25 16:00", "01-06 10:00"]


def test_what_follows_is_deleted_wherever_it_was_moved(
    weekly: Story, person: PersonInGoogle
) -> None:
    person.change("12-23 10:00", to="12-08 16:00")
    person.change("12-09 10:00", to="12-18 10:00")
    person.delete("12-16 10:00", "following")
    assert weekly.shown() == ["12-02 10:00", "12-18 10:00"]


def test_from_the_first_date_on_is_all(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-02 10:00", "following", to="12-02 11:00")
    assert weekly.shown() == day("12-02", "12-09", "12-16", "12-23", "12-30", "01-06", time="11:00")


def test_cutting_twice(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-16 10:00", "following", summary="Sync")
    person.change("12-30 10:00", "following", summary="Retro")
    assert weekly.shown() == [
        *ALL_SIX[:2],
        "12-16 10:00 Sync", "12-23 10:00 Sync", "12-30 10:00 Retro", "01-06 10:00 Retro",
    ]  # fmt: skip


def test_words_for_all_reach_the_parts_of_a_cut_series(
    weekly: Story, person: PersonInGoogle
) -> None:
    person.change("12-16 10:00", "following", description="Minutes")
    person.change("12-02 10:00", "all", summary="Sync")
    assert weekly.shown() == [f"{date} Sync" for date in ALL_SIX]


def test_a_part_made_there_is_changed_here(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-16 10:00", "following", to="12-16 14:00")
    weekly.change("12-23 14:00", "following", to="12-23 16:00")
    weekly.change("12-02 10:00", "all", title="Sync")
    assert weekly.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Sync", "12-16 14:00 Sync",
        "12-23 16:00 Sync", "12-30 16:00 Sync", "01-06 16:00 Sync",
    ]  # fmt: skip


def test_a_part_made_here_is_changed_there(weekly: Story, person: PersonInGoogle) -> None:
    weekly.change("12-16 10:00", "following", to="12-16 14:00")
    person.delete("12-23 14:00")
    person.change("12-30 14:00", "following", to="12-30 16:00")
    assert weekly.shown() == [*ALL_SIX[:2], "12-16 14:00", "12-30 16:00", "01-06 16:00"]


# ---- ids, order, clocks, days --------------------------------------------------------------


def test_dates_keep_their_ids(weekly: Story, person: PersonInGoogle) -> None:
    before = [row["id"] for row in weekly.listed()]
    person.change("12-02 10:00", "all", to="12-02 11:00")
    person.change("12-16 11:00", "following", to="12-16 14:00")
    person.change("12-23 14:00", to="12-24 14:00")
    assert [row["id"] for row in weekly.listed()] == before


@pytest.mark.parametrize("order", ["exceptions_first", "shuffled"])
def test_the_order_of_listing_does_not_matter(
    weekly: Story, person: PersonInGoogle, order: str
) -> None:
    switches: dict[str, Any] = {"list_order": order, "largest_page": 1, "empty_first_page": True}
    weekly.linked.google.control.configure(**switches)
    person.change("12-23 10:00", to="12-25 16:00")
    person.delete("12-30 10:00")
    person.change("12-16 10:00", "following", to="12-16 14:00")
    assert weekly.shown() == [*ALL_SIX[:2], "12-16 14:00", "12-25 16:00", "01-06 14:00"]


def test_several_edits_that_are_heard_of_together(
    weekly: Story, person: PersonInGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as deaf:
        deaf.setattr(weekly, "hear", lambda: None)
        person.change("12-09 10:00", to="12-10 15:00")
        person.delete("12-30 10:00")
        person.change("12-23 10:00", summary="Party")
        person.patch_all("12-02 10:00", location="Lobby")
    weekly.hear()
    assert weekly.shown() == [
        "12-02 10:00", "12-10 15:00", "12-16 10:00", "12-23 10:00 Party", "01-06 10:00",
    ]  # fmt: skip


def test_a_wall_clock_elsewhere(story: Story, person: PersonInGoogle) -> None:
    story.zone = "America/New_York"
    person.make("03-03 10:00", "FREQ=WEEKLY;COUNT=4")
    person.patch_all("03-10 10:00", **person.times("03-03 11:00"))
    assert story.shown() == day("03-03", "03-10", "03-17", "03-24", time="11:00")
    person.cut("03-17 11:00", "FREQ=WEEKLY;COUNT=2", to="03-17 09:00")
    assert story.shown() == [
        "03-03 11:00", "03-10 11:00", "03-17 09:00", "03-24 09:00",
    ]  # fmt: skip


def test_whole_days_are_cut_in_two(story: Story, person: PersonInGoogle) -> None:
    days: dict[str, Any] = {"start": {"date": "2026-12-07"}, "end": {"date": "2026-12-08"}}
    person.make("12-07 00:00", "FREQ=WEEKLY;COUNT=4", **days)
    person.delete("12-28 00:00")
    person.change("12-21 00:00", "following", summary="Fair")
    midnight = "00:00-00:00"
    assert story.shown() == [
        f"12-07 {midnight}", f"12-14 {midnight}", f"12-21 {midnight} Fair",
    ]  # fmt: skip


def test_a_series_that_repeats_no_more_is_as_google_has_it(
    weekly: Story, person: PersonInGoogle
) -> None:
    person.change("12-02 10:00", to="12-02 15:00", summary="Own")
    person.patch_all("12-02 15:00", recurrence=[])
    assert weekly.shown() == ["12-02 10:00"]


def test_a_series_that_ends_is_a_single_event(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_all("12-02 10:00", recurrence=None)
    assert weekly.shown() == ["12-02 10:00"]


def test_a_date_that_lands_on_a_taken_room_is_in_conflict(
    weekly: Story, person: PersonInGoogle
) -> None:
    lunch = weekly.block("12-16 11:00")
    person.change("12-02 10:00", "all", to="12-02 11:00")
    assert weekly.shown()[:4] == [
        "12-02 11:00", "12-09 11:00", "12-16 11:00 Lunch", "12-16 11:00 conflicted",
    ]  # fmt: skip
    weekly.program.delete(f"{BOOKINGS}/{lunch['id']}")
    weekly.hear()
    assert weekly.shown() == day("12-02", "12-09", "12-16", "12-23", "12-30", "01-06", time="11:00")
