"""Rule 4: all events. What the person changed, as a difference, for every date to come."""

from typing import Any

import pytest

from tests.integrations.edit_story import Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December
THREE_DAYS = "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=6"  # We 2, Fr 4, Mo 7, We 9, Fr 11, Mo 14


def test_new_words_reach_every_date_but_those_with_their_own(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", title="Retro")
    story.change("12-16 10:00", to="12-17 10:00")
    story.change("12-23 10:00", "all", title="Sync")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Retro", "12-17 10:00 Sync", "12-23 10:00 Sync",
    ]  # fmt: skip


def test_the_title_alone_leaves_times_and_description_alone(story: Story) -> None:
    story.book("12-02 10:00", FOUR, description="Minutes")
    story.change("12-09 10:00", to="12-10 15:00", description="Once")
    story.change("12-02 10:00", "all", title="Sync")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-10 15:00 Sync", "12-16 10:00 Sync", "12-23 10:00 Sync",
    ]  # fmt: skip
    assert [row["description"] for row in story.listed()] == [
        "Minutes", "Once", "Minutes", "Minutes",
    ]  # fmt: skip


def test_another_room_reaches_every_date_but_those_with_their_own(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.change("12-02 10:00", "all", room=story.rooms[1].pk)
    assert story.shown() == [
        "12-02 10:00 in Two", "12-10 15:00 in Two", "12-16 10:00 in Two", "12-23 10:00 in Two",
    ]  # fmt: skip


def test_a_date_in_a_room_of_its_own_stays_there(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", room=story.rooms[1].pk)
    story.change("12-02 10:00", "all", to="12-02 11:00")
    assert story.shown() == ["12-02 11:00", "12-09 11:00 in Two", "12-16 11:00", "12-23 11:00"]


def test_new_words_reach_a_date_in_a_room_of_its_own(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", room=story.rooms[1].pk)
    story.change("12-02 10:00", "all", title="Sync")
    assert story.shown()[:2] == ["12-02 10:00 Sync", "12-09 10:00 Sync in Two"]


def test_guests_reminders_and_the_rest_reach_every_date(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    sent: dict[str, Any] = {
        "attendees": [{"email": "minji@example.com"}],
        "reminders": [5],
        "visibility": "public",
        "metadata": {"a": "b"},
        "external_reference": "crm-1",
    }
    story.change("12-16 10:00", "all", **sent)
    for row in story.listed():
        assert [guest["email"] for guest in row["attendees"]] == ["minji@example.com"]
        assert {name: row[name] for name in sent if name != "attendees"} == {
            name: value for name, value in sent.items() if name != "attendees"
        }


def test_a_change_of_time_is_a_difference(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-09 15:00")
    story.change("12-09 15:00", "all", to="12-09 16:00")
    assert story.shown() == ["12-02 11:00", "12-09 16:00", "12-16 11:00", "12-23 11:00"]


def test_a_moved_date_stays_and_its_place_does_not_come_back(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.change("12-16 10:00", "all", to="12-16 11:00")
    assert story.shown() == ["12-02 11:00", "12-10 15:00", "12-16 11:00", "12-23 11:00"]


def test_a_cancelled_date_stays_cancelled_after_a_shift_of_hours(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-09 10:00")
    story.change("12-02 10:00", "all", to="12-02 11:00")
    assert story.shown() == ["12-02 11:00", "12-16 11:00", "12-23 11:00"]


def test_a_cancelled_date_stays_cancelled_after_a_shift_of_days(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-09 10:00")
    story.change("12-02 10:00", "all", to="12-03 10:00")
    assert story.shown() == ["12-03 10:00", "12-17 10:00", "12-24 10:00"]


def test_a_shift_of_a_whole_week_brings_nothing_back(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-09 10:00")
    story.change("12-16 10:00", to="12-18 10:00")
    story.change("12-02 10:00", "all", to="12-09 10:00")
    assert story.shown() == ["12-09 10:00", "12-18 10:00", "12-30 10:00"]


def test_shifting_twice_keeps_the_exceptions(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-09 10:00")
    story.change("12-16 10:00", to="12-18 15:00")
    story.change("12-02 10:00", "all", to="12-02 11:00")
    story.change("12-23 11:00", "all", to="12-24 12:00")
    assert story.shown() == ["12-03 12:00", "12-18 15:00", "12-24 12:00"]


def test_dates_that_were_skipped_stay_skipped_after_a_shift(story: Story) -> None:
    story.block("12-09 10:00")
    story.book("12-02 10:00", FOUR, on_conflict="skip")
    story.change("12-02 10:00", "all", to="12-02 13:00")
    assert story.shown() == [
        "12-02 13:00", "12-09 10:00 Lunch", "12-16 13:00", "12-23 13:00",
    ]  # fmt: skip


def test_the_weekday_of_the_rule_moves_along(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;BYDAY=WE;COUNT=4")
    told = story.change("12-09 10:00", "all", to="12-11 10:00")
    assert story.shown() == ["12-04 10:00", "12-11 10:00", "12-18 10:00", "12-25 10:00"]
    assert told["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=4"]


def test_of_several_weekdays_only_the_chosen_one_moves(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-09 10:00", "all", to="12-10 10:00")
    assert story.shown() == [
        "12-03 10:00", "12-04 10:00", "12-07 10:00", "12-10 10:00", "12-11 10:00", "12-14 10:00",
    ]  # fmt: skip


def test_the_time_of_day_moves_for_all_weekdays(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-07 10:00", "all", to="12-08 11:30")
    assert story.shown() == [
        "12-02 11:30", "12-04 11:30", "12-08 11:30", "12-09 11:30", "12-11 11:30", "12-15 11:30",
    ]  # fmt: skip


def test_a_weekday_that_overtakes_another_loses_no_date(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-09 10:00", "all", to="12-12 10:00")
    assert story.shown() == [
        "12-04 10:00", "12-05 10:00", "12-07 10:00", "12-11 10:00", "12-12 10:00", "12-14 10:00",
    ]  # fmt: skip


def test_exceptions_of_a_weekday_that_moves_are_kept(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-02 10:00", to="12-03 15:00")
    story.cancel("12-04 10:00")
    story.change("12-09 10:00", "all", to="12-10 10:00")
    assert story.shown() == [
        "12-03 15:00", "12-07 10:00", "12-10 10:00", "12-11 10:00", "12-14 10:00",
    ]  # fmt: skip


def test_every_second_week_keeps_its_phase(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    story.change("12-16 10:00", "all", to="12-18 10:00")
    assert story.shown() == ["12-04 10:00", "12-18 10:00", "01-01 10:00"]


def test_the_day_of_the_month_moves_along(story: Story) -> None:
    story.book("12-15 10:00", "FREQ=MONTHLY;BYMONTHDAY=15;COUNT=4")
    story.change("02-15 10:00", "all", to="02-16 09:00")
    assert story.shown() == ["12-16 09:00", "01-16 09:00", "02-16 09:00", "03-16 09:00"]


def test_a_daily_series_can_move_onto_its_own_old_days(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=DAILY;COUNT=4")
    story.change("12-03 10:00", "all", to="12-04 10:00")
    assert story.shown() == ["12-03 10:00", "12-04 10:00", "12-05 10:00", "12-06 10:00"]


def test_no_date_is_lost_at_the_end_of_a_rule_with_until(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;UNTIL=20261223T010000Z")  # 10:00 in Seoul
    story.change("12-09 10:00", "all", to="12-09 13:00")
    assert story.shown() == ["12-02 13:00", "12-09 13:00", "12-16 13:00", "12-23 13:00"]


def test_no_date_is_won_or_lost_when_a_rule_with_until_moves_by_days(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;UNTIL=20261223T145959Z")  # the end of that day
    story.change("12-09 10:00", "all", to="12-11 10:00")
    assert story.shown() == ["12-04 10:00", "12-11 10:00", "12-18 10:00", "12-25 10:00"]
    story.change("12-11 10:00", "all", to="12-09 10:00")
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 10:00"]


def test_a_longer_meeting_is_longer_on_every_date_but_a_moved_one(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.change("12-16 10:00", "all", minutes=90)
    assert story.shown() == [
        "12-02 10:00-11:30", "12-10 15:00", "12-16 10:00-11:30", "12-23 10:00-11:30",
    ]  # fmt: skip


def test_time_and_words_change_together(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.change("12-16 10:00", title="Retro")
    story.change("12-23 10:00", "all", to="12-23 11:00", title="Sync")
    assert story.shown() == [
        "12-02 11:00 Sync", "12-10 15:00 Sync", "12-16 11:00 Retro", "12-23 11:00 Sync",
    ]  # fmt: skip


def test_another_rule_takes_the_exceptions_of_lost_places_along(story: Story) -> None:
    story.book("12-02 10:00", THREE_DAYS)
    story.change("12-09 10:00", to="12-12 15:00")  # a Wednesday, on a Saturday now
    story.change("12-04 10:00", to="12-05 15:00")  # a Friday, on a Saturday now
    story.cancel("12-07 10:00")  # a Monday
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=6"])
    assert story.shown() == [
        "12-05 15:00", "12-11 10:00", "12-14 10:00", "12-18 10:00", "12-21 10:00",
    ]  # fmt: skip


def test_fewer_places_take_their_exceptions_wherever_they_were_moved(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=6")
    story.change("12-30 10:00", to="12-03 15:00")
    story.change("12-09 10:00", to="01-20 15:00")
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    assert story.shown() == ["12-02 10:00", "12-16 10:00", "01-20 15:00"]


def test_more_places_bring_new_dates_and_no_cancelled_one(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=3")
    story.cancel("12-09 10:00")
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"])
    assert story.shown() == ["12-02 10:00", "12-16 10:00", "12-23 10:00", "12-30 10:00"]


def test_another_frequency(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    assert story.shown() == ["12-02 10:00", "12-03 10:00", "12-04 10:00"]


def test_another_end(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20261216T145959Z"])
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00"]


def test_a_single_booking_becomes_a_series(story: Story) -> None:
    story.book("12-02 10:00")
    story.change("12-02 10:00", "all", recurrence=[f"RRULE:{FOUR}"])
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 10:00"]


def test_cancelling_all_cancels_moved_dates_too(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.change("12-16 10:00", room=story.rooms[1].pk)
    story.cancel("12-23 10:00", "all")
    assert story.shown() == []


def test_words_for_all_reach_the_parts_of_a_series_that_was_split(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-02 10:00", "all", title="Sync")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Sync", "12-16 14:00 Sync", "12-23 14:00 Sync",
    ]  # fmt: skip


def test_all_of_a_split_series_is_all_from_any_part(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-23 14:00", "all", title="Sync")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-09 10:00 Sync", "12-16 14:00 Sync", "12-23 14:00 Sync",
    ]  # fmt: skip
    story.cancel("12-16 14:00", "all")
    assert story.shown() == []


def test_what_is_over_keeps_its_time(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=5")
    story.wait_until("12-14 12:00")
    story.change("12-16 10:00", "all", to="12-16 11:00")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 11:00", "12-23 11:00", "12-30 11:00",
    ]  # fmt: skip


def test_what_is_over_keeps_its_words(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.wait_until("12-14 12:00")
    story.change("12-16 10:00", "all", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 10:00 Sync", "12-23 10:00 Sync",
    ]  # fmt: skip


@pytest.mark.parametrize("scope", ["all", "following"])
def test_from_a_date_that_is_over_the_others_change_by_the_difference(
    story: Story, scope: str
) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-09 12:00", title="Own")
    story.wait_until("12-14 12:00")
    story.change("12-09 12:00", scope, to="12-09 13:00", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 12:00 Own", "12-16 11:00 Sync", "12-23 11:00 Sync",
    ]  # fmt: skip


def test_what_is_over_keeps_its_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.wait_until("12-14 12:00")
    story.change("12-16 10:00", "all", room=story.rooms[1].pk)
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 10:00 in Two", "12-23 10:00 in Two",
    ]  # fmt: skip


def test_what_is_over_stays_when_all_is_cancelled(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.wait_until("12-14 12:00")
    story.cancel("12-16 10:00", "all")
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_a_running_series_gets_another_rule_from_now_on(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=5")
    story.wait_until("12-14 12:00")
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20270101T145959Z"]
    story.change("12-16 10:00", "all", recurrence=rule)
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-18 10:00", "12-25 10:00", "01-01 10:00",
    ]  # fmt: skip
