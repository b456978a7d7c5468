"""What was cancelled or skipped comes back as the series is by then."""

from typing import Any

from tests.integrations.edit_story import BOOKINGS, Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December


def cancelled(story: Story, date: str) -> str:
    """Cancels a date; returns its id."""
    found = str(story.find(date)["id"])
    story.cancel(date)
    return found


def test_a_date_comes_back_at_the_new_hour(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-09 10:00")
    story.change("12-02 10:00", "all", to="12-02 11:00")
    story.restore(gone)
    assert story.shown() == ["12-02 11:00", "12-09 11:00", "12-16 11:00", "12-23 11:00"]


def test_a_date_comes_back_on_the_new_day(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-09 10:00")
    story.change("12-02 10:00", "all", to="12-03 10:00")
    story.restore(gone)
    assert story.shown() == ["12-03 10:00", "12-10 10:00", "12-17 10:00", "12-24 10:00"]


def test_a_date_comes_back_in_the_new_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-09 10:00")
    story.change("12-02 10:00", "all", room=story.rooms[1].pk)
    story.restore(gone)
    assert story.shown() == [
        "12-02 10:00 in Two", "12-09 10:00 in Two", "12-16 10:00 in Two", "12-23 10:00 in Two",
    ]  # fmt: skip


def test_a_date_comes_back_in_the_part_that_it_belongs_to(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-16 10:00")
    story.change("12-09 10:00", "following", to="12-09 14:00", title="Sync")
    story.restore(gone)
    assert story.shown() == [
        "12-02 10:00", "12-09 14:00 Sync", "12-16 14:00 Sync", "12-23 14:00 Sync",
    ]  # fmt: skip


def test_a_date_of_the_earlier_part_comes_back_there(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-09 10:00")
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.restore(gone)
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 14:00", "12-23 14:00"]


def test_a_skipped_date_comes_back_when_the_room_is_free(story: Story) -> None:
    lunch = story.block("12-09 10:00")
    story.book("12-02 10:00", FOUR, on_conflict="skip")
    (skipped,) = story.listed(status="cancelled")
    story.restore(skipped["id"], expect=409)
    story.program.delete(f"{BOOKINGS}/{lunch['id']}")
    story.restore(skipped["id"])
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 10:00"]


def test_coming_back_twice_is_coming_back_once(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = cancelled(story, "12-09 10:00")
    first, second = story.restore(gone), story.restore(gone)
    assert first["start"] == second["start"] == "2026-12-09T10:00:00+09:00"


def test_a_date_of_a_series_that_was_cancelled_comes_back_alone(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    chosen: Any = story.find("12-16 10:00")
    story.cancel("12-02 10:00", "all")
    answer = story.program.patch(f"{BOOKINGS}/{chosen['id']}", {"status": "confirmed"})
    assert answer.status_code in (200, 422)  # its series may have no such date any more
    expected = ["12-16 10:00"] if answer.status_code == 200 else []
    assert story.shown() == expected


def test_a_date_that_came_back_can_be_edited_like_any(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.restore(cancelled(story, "12-09 10:00"))
    story.change("12-09 10:00", "following", to="12-09 14:00")
    story.change("12-16 14:00", title="Retro")
    assert story.shown() == ["12-02 10:00", "12-09 14:00", "12-16 14:00 Retro", "12-23 14:00"]
