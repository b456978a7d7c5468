"""The rule book where a series is endless, has single dates, runs at this moment, or ends."""

from tests.integrations.edit_story import Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December
WITH_SATURDAY = ["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3", "RDATE:20261205T150000"]
MONTH = ("2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+09:00")


def test_an_endless_series_moves_with_its_exceptions(story: Story) -> None:
    story.window = MONTH
    story.book("12-02 10:00", "FREQ=WEEKLY")
    story.change("12-16 10:00", to="12-17 15:00")
    story.cancel("12-23 10:00")
    story.change("12-02 10:00", "all", to="12-03 11:00")
    assert story.shown() == ["12-03 11:00", "12-10 11:00", "12-17 15:00", "12-31 11:00"]
    story.change("12-10 11:00", "following", to="12-11 11:00")
    assert story.shown() == ["12-03 11:00", "12-11 11:00", "12-17 15:00"]


def test_an_endless_series_ends_with_deleting_what_follows(story: Story) -> None:
    story.window = ("2026-12-01T00:00:00+00:00", "2027-11-01T00:00:00+00:00")
    story.book("12-02 10:00", "FREQ=WEEKLY")
    story.cancel("12-16 10:00", "following")
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_an_endless_series_gets_an_end(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=DAILY")
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    assert story.shown() == ["12-02 10:00", "12-03 10:00", "12-04 10:00"]


def test_a_single_date_of_the_series_moves_alone(story: Story) -> None:
    story.book("12-02 10:00", recurrence=WITH_SATURDAY)
    story.change("12-05 15:00", to="12-05 16:00")
    assert story.shown() == ["12-02 10:00", "12-05 16:00", "12-09 10:00", "12-16 10:00"]


def test_a_single_date_may_come_before_all_others(story: Story) -> None:
    rule = ["RRULE:FREQ=WEEKLY;COUNT=2", "RDATE:20261205T150000"]
    story.book("12-09 10:00", recurrence=rule)
    assert story.shown() == ["12-05 15:00", "12-09 10:00", "12-16 10:00"]
    story.change("12-09 10:00", "following", title="Sync")
    assert story.shown() == ["12-05 15:00", "12-09 10:00 Sync", "12-16 10:00 Sync"]


def test_an_hour_later_from_a_single_date_is_an_hour_later_for_all(story: Story) -> None:
    story.book("12-02 10:00", recurrence=WITH_SATURDAY)
    story.change("12-05 15:00", "all", to="12-05 16:00")
    assert story.shown() == ["12-02 11:00", "12-05 16:00", "12-09 11:00", "12-16 11:00"]


def test_another_day_from_a_single_date_loses_no_other(story: Story) -> None:
    story.book("12-02 10:00", recurrence=WITH_SATURDAY)
    story.change("12-05 15:00", "all", to="12-06 15:00")
    assert story.shown() == ["12-03 10:00", "12-06 15:00", "12-10 10:00", "12-17 10:00"]


def test_a_cut_at_a_single_date(story: Story) -> None:
    story.book("12-02 10:00", recurrence=WITH_SATURDAY)
    story.change("12-05 15:00", "following", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-05 15:00 Sync", "12-09 10:00 Sync", "12-16 10:00 Sync",
    ]  # fmt: skip


def test_what_follows_a_single_date_is_deleted(story: Story) -> None:
    story.book("12-02 10:00", recurrence=WITH_SATURDAY)
    story.cancel("12-05 15:00", "following")
    assert story.shown() == ["12-02 10:00"]


def test_a_series_of_single_dates_only(story: Story) -> None:
    dates = ["RDATE:20261205T150000,20261211T090000,20261220T100000"]
    story.book("12-02 10:00", recurrence=dates)
    assert story.shown() == ["12-02 10:00", "12-05 15:00", "12-11 09:00", "12-20 10:00"]
    story.cancel("12-05 15:00")
    story.change("12-11 09:00", "following", to="12-11 10:00")
    assert story.shown() == ["12-02 10:00", "12-11 10:00", "12-20 11:00"]


def test_a_meeting_that_runs_is_left_alone(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.wait_until("12-16 10:30")
    story.change("12-23 10:00", "all", to="12-23 11:00", title="Sync")
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 11:00 Sync"]


def test_a_date_put_off_from_the_past_is_still_to_come(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-02 10:00", to="12-18 15:00")
    story.wait_until("12-14 12:00")
    story.change("12-16 10:00", "all", title="Sync")
    assert story.shown() == [
        "12-09 10:00", "12-16 10:00 Sync", "12-18 15:00 Sync", "12-23 10:00 Sync",
    ]  # fmt: skip


def test_a_running_series_edited_twice(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=6")
    story.wait_until("12-10 12:00")
    story.change("12-16 10:00", "all", to="12-16 11:00")
    story.wait_until("12-24 12:00")
    story.change("12-30 11:00", "all", to="12-31 12:00", title="Sync")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 11:00", "12-23 11:00",
        "12-31 12:00 Sync", "01-07 12:00 Sync",
    ]  # fmt: skip


def test_a_running_series_is_cut(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=5")
    story.wait_until("12-10 12:00")
    story.change("12-23 10:00", "following", to="12-23 14:00")
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 14:00", "12-30 14:00",
    ]  # fmt: skip


def test_a_series_becomes_a_single_booking(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    told = story.change("12-02 10:00", "all", recurrence=[])
    assert story.shown() == ["12-02 10:00"]
    assert told["series_id"] is None


def test_a_single_booking_is_what_its_one_date_was(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", to="12-17 15:00", title="Own", room=story.rooms[1].pk)
    story.change("12-17 15:00 in Two", "all", recurrence=[])
    assert story.shown() == ["12-17 15:00 Own in Two"]
    story.check()
    assert story.find("12-17 15:00 in Two")["sync"] == "synced"
    story.change("12-17 15:00 in Two", title="Sync")
    story.change("12-17 15:00 in Two", "all", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    assert story.shown() == ["12-17 15:00 Sync in Two", "12-18 15:00 Sync in Two"]


def test_the_end_of_a_series_becomes_a_single_booking(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", "following", recurrence=[])
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00"]


def test_a_meeting_over_midnight_moves_as_a_whole(story: Story) -> None:
    story.book("12-02 23:00", "FREQ=WEEKLY;BYDAY=WE;COUNT=3", minutes=120)
    story.cancel("12-09 23:00")
    story.change("12-16 23:00", "all", to="12-17 00:30")
    assert story.shown() == ["12-03 00:30-02:30", "12-17 00:30-02:30"]


def test_all_that_was_read_can_be_sent_back(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=[{"email": "minji@example.com"}])
    story.cancel("12-09 10:00")
    story.change("12-16 10:00", to="12-17 15:00")
    read = story.find("12-02 10:00")
    names = ("room", "description", "start", "end", "timezone", "recurrence", "video", "metadata")
    told = {name: read[name] for name in names}
    story.change("12-02 10:00", "all", title="Sync", **told)
    assert story.shown() == ["12-02 10:00 Sync", "12-17 15:00 Sync", "12-23 10:00 Sync"]
