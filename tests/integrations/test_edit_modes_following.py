"""Rule 5: this and following. The old series ends before the place, a new one begins at it."""

from typing import Any

import pytest

from tests.integrations.edit_story import BOOKINGS, Story

SIX = "FREQ=WEEKLY;COUNT=6"  # 2, 9, 16, 23, 30 December, 6 January
THREE_DAYS = "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9"  # We 2, Fr 4, Mo 7, We 9, ..., Mo 21 December
LATER = ["12-16 14:00", "12-23 14:00", "12-30 14:00", "01-06 14:00"]


def test_what_lies_before_is_untouched(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-09 10:00", title="Retro")
    story.change("12-16 10:00", "following", to="12-16 14:00")
    assert story.shown() == ["12-02 10:00", "12-09 10:00 Retro", *LATER]


def test_on_the_first_place_it_is_all_events(story: Story) -> None:
    made = story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=3")
    told = story.change("12-02 10:00", "following", to="12-02 14:00", title="Sync")
    assert story.shown() == ["12-02 14:00 Sync", "12-09 14:00 Sync", "12-16 14:00 Sync"]
    assert told["series_id"] == made["series_id"]
    story.deliver()
    assert len(story.linked.events()) == 1


def test_a_first_place_that_was_moved_is_the_first_place_still(story: Story) -> None:
    made = story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=3")
    story.change("12-02 10:00", to="12-11 10:00")
    told = story.change("12-11 10:00", "following", to="12-11 11:00")
    assert story.shown() == ["12-09 11:00", "12-11 11:00", "12-16 11:00"]
    assert told["series_id"] == made["series_id"]


def test_the_second_place_is_not_the_first_though_the_first_is_cancelled(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=3")
    story.cancel("12-02 10:00")
    story.change("12-09 10:00", "following", to="12-09 14:00")
    assert story.shown() == ["12-09 14:00", "12-16 14:00"]


def test_later_dates_that_were_moved_stay_where_they_were_put(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", to="12-25 16:00")
    story.change("12-16 10:00", "following", to="12-16 14:00")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 14:00", "12-25 16:00", "12-30 14:00", "01-06 14:00",
    ]  # fmt: skip


def test_later_dates_that_were_cancelled_stay_cancelled(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.cancel("12-23 10:00")
    story.change("12-16 10:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 10:00 Sync", "12-30 10:00 Sync", "01-06 10:00 Sync",
    ]  # fmt: skip


def test_later_dates_with_words_of_their_own_keep_them(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", title="Party")
    story.change("12-16 10:00", "following", to="12-16 14:00", title="Sync")
    assert story.shown()[2:] == [
        "12-16 14:00 Sync", "12-23 14:00 Party", "12-30 14:00 Sync", "01-06 14:00 Sync",
    ]  # fmt: skip


def test_later_dates_in_a_room_of_their_own_stay_there(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", room=story.rooms[1].pk)
    story.change("12-16 10:00", "following", title="Sync")
    assert story.shown()[2:] == [
        "12-16 10:00 Sync", "12-23 10:00 Sync in Two", "12-30 10:00 Sync", "01-06 10:00 Sync",
    ]  # fmt: skip


def test_exceptions_survive_a_move_of_days(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.cancel("12-23 10:00")
    story.change("12-30 10:00", to="12-29 16:00")
    story.change("12-16 10:00", "following", to="12-18 10:00")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-18 10:00", "12-29 16:00", "01-08 10:00",
    ]  # fmt: skip


def test_the_chosen_date_may_itself_have_been_moved(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", to="12-17 15:00")
    story.change("12-17 15:00", "following", to="12-17 16:00")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-17 16:00", "12-23 11:00", "12-30 11:00", "01-06 11:00",
    ]  # fmt: skip


def test_an_earlier_date_that_was_moved_behind_is_untouched(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-09 10:00", to="12-18 10:00")
    story.change("12-16 10:00", "following", to="12-16 14:00", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-16 14:00 Sync", "12-18 10:00",
        "12-23 14:00 Sync", "12-30 14:00 Sync", "01-06 14:00 Sync",
    ]  # fmt: skip


def test_the_new_part_carries_all_that_the_old_one_had(story: Story) -> None:
    carried: dict[str, Any] = {
        "description": "Minutes",
        "reminders": [5, 30],
        "visibility": "public",
        "metadata": {"conversation_id": "c-1"},
        "external_reference": "crm-7",
    }
    guests = [{"email": "minji@example.com", "name": "Minji", "optional": True}]
    made = story.book("12-02 10:00", SIX, attendees=guests, **carried)
    part = story.change("12-16 10:00", "following", to="12-16 14:00")
    assert {name: part[name] for name in carried} == carried
    assert part["attendees"] == made["attendees"]
    assert part["organizer"] == made["organizer"]


def test_guests_of_the_new_part_are_its_own(story: Story) -> None:
    story.book("12-02 10:00", SIX, attendees=[{"email": "minji@example.com"}])
    story.change("12-16 10:00", "following", attendees=[{"email": "junho@example.com"}])
    told = [[guest["email"] for guest in row["attendees"]] for row in story.listed()]
    assert told == [["minji@example.com"]] * 2 + [["junho@example.com"]] * 4


def test_naming_the_same_guests_divides_nothing(story: Story) -> None:
    guests = [{"email": "minji@example.com"}]
    series = story.book("12-02 10:00", SIX, attendees=guests)["series_id"]
    told = story.change("12-16 10:00", "following", title=story.title, attendees=guests)
    assert told["series_id"] == series


def test_another_weekday_is_the_rule_of_the_new_part(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;BYDAY=WE;COUNT=4")
    told = story.change("12-16 10:00", "following", to="12-17 10:00")
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-17 10:00", "12-24 10:00"]
    assert told["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2"]


def test_of_several_weekdays_only_that_one_moves(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-09 10:00", "following", to="12-10 11:00")
    assert story.shown() == [
        "12-02 10:00", "12-04 10:00", "12-07 10:00",
        "12-10 11:00", "12-11 11:00", "12-14 11:00", "12-17 11:00", "12-18 11:00", "12-21 11:00",
    ]  # fmt: skip


def test_a_weekday_that_overtakes_another_loses_no_date(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-09 10:00", "following", to="12-12 10:00")
    assert story.shown() == [
        "12-02 10:00", "12-04 10:00", "12-07 10:00",
        "12-11 10:00", "12-12 10:00", "12-14 10:00", "12-18 10:00", "12-19 10:00", "12-21 10:00",
    ]  # fmt: skip


def test_another_day_of_the_month_from_then_on(story: Story) -> None:
    story.book("12-15 10:00", "FREQ=MONTHLY;COUNT=4")
    story.change("02-15 10:00", "following", to="02-10 10:00")
    assert story.shown() == ["12-15 10:00", "01-15 10:00", "02-10 10:00", "03-10 10:00"]


def test_the_last_friday_of_the_month_stays_that_after_a_split(story: Story) -> None:
    story.book("12-25 10:00", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=4")
    story.change("02-26 10:00", "following", to="02-26 14:00")
    assert story.shown() == ["12-25 10:00", "01-29 10:00", "02-26 14:00", "03-26 14:00"]


def test_the_last_working_day_of_the_month_stays_that_after_a_split(story: Story) -> None:
    story.book("12-31 10:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=4")
    story.change("02-26 10:00", "following", title="Close")
    assert story.shown() == [
        "12-31 10:00", "01-29 10:00", "02-26 10:00 Close", "03-31 10:00 Close",
    ]  # fmt: skip


def test_the_rule_itself_may_change_from_then_on(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.cancel("12-23 10:00")
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=WE,TH;COUNT=5"]
    story.change("12-16 10:00", "following", recurrence=rule)
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00",
        "12-16 10:00", "12-17 10:00", "12-24 10:00", "12-30 10:00",
    ]  # fmt: skip


def test_another_room_from_then_on(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", to="12-24 16:00")
    story.change("12-16 10:00", "following", room=story.rooms[1].pk)
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00",
        "12-16 10:00 in Two", "12-24 16:00 in Two", "12-30 10:00 in Two", "01-06 10:00 in Two",
    ]  # fmt: skip


def test_it_reaches_into_later_parts_which_keep_their_times(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-09 10:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00 Sync", *(f"{date} Sync" for date in LATER),
    ]  # fmt: skip


def test_a_new_time_stops_before_the_later_parts(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-09 10:00", "following", to="12-09 08:00", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 08:00 Sync", *(f"{date} Sync" for date in LATER),
    ]  # fmt: skip


def test_from_a_later_part_the_earlier_ones_are_not_reached(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-16 14:00", "following", title="Sync")
    assert story.shown() == ["12-02 10:00", "12-09 10:00", *(f"{date} Sync" for date in LATER)]


def test_own_words_in_a_later_part_are_kept(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-23 14:00", title="Party")
    story.change("12-02 10:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Sync", "12-16 14:00 Sync",
        "12-23 14:00 Party", "12-30 14:00 Sync", "01-06 14:00 Sync",
    ]  # fmt: skip


def test_deleting_takes_moved_dates_that_belong_to_it(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", to="12-08 16:00")
    story.change("12-30 10:00", room=story.rooms[1].pk)
    story.cancel("12-16 10:00", "following")
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_deleting_reaches_into_later_parts(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", "following", to="12-23 14:00")
    story.cancel("12-16 10:00", "following")
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_deleting_twice_is_deleting_once(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    place = f"{BOOKINGS}/{story.find('12-16 10:00')['id']}?scope=following"
    assert [story.program.delete(place).status_code for _ in range(2)] == [204, 204]
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_deleting_from_the_first_place_deletes_all(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-23 10:00", to="12-25 10:00")
    story.cancel("12-02 10:00", "following")
    assert story.shown() == []


@pytest.mark.parametrize("scope", ["this", "all", "following"])
def test_a_single_booking_has_no_others(story: Story, scope: str) -> None:
    story.book("12-02 10:00")
    story.change("12-02 10:00", scope, to="12-03 11:00", title="Sync")
    assert story.shown() == ["12-03 11:00 Sync"]
    story.cancel("12-03 11:00", scope)
    assert story.shown() == []


def test_splitting_a_part_keeps_all_three_parts_of_the_story_together(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-30 14:00", "following", to="12-30 16:00")
    story.change("12-09 10:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00 Sync", "12-16 14:00 Sync",
        "12-23 14:00 Sync", "12-30 16:00 Sync", "01-06 16:00 Sync",
    ]  # fmt: skip


def test_a_later_part_that_was_split_first_is_still_reached(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-30 10:00", "following", to="12-30 16:00")
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-16 14:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 14:00 Sync",
        "12-23 14:00 Sync", "12-30 16:00 Sync", "01-06 16:00 Sync",
    ]  # fmt: skip
