"""Rule 1: an occurrence is known by the place that the rule gave it, wherever it was moved."""

from tests.integrations.edit_story import BOOKINGS, Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December


def test_a_date_that_was_moved_keeps_its_original_start(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-18 15:00")
    told = story.change("12-18 15:00", to="12-11 08:00")
    assert told["original_start"] == "2026-12-09T10:00:00+09:00"


def test_what_follows_is_decided_by_the_original_start(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-18 15:00")
    story.change("12-18 15:00", "following", title="Retro")
    assert story.shown() == [
        "12-02 10:00",
        "12-16 10:00 Retro",
        "12-18 15:00 Retro",
        "12-23 10:00 Retro",
    ]


def test_an_earlier_date_that_was_moved_behind_does_not_follow(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-18 15:00")
    story.cancel("12-16 10:00", "following")
    assert story.shown() == ["12-02 10:00", "12-18 15:00"]


def test_a_later_date_that_was_moved_ahead_follows(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", to="12-08 15:00")
    story.cancel("12-09 10:00", "following")
    assert story.shown() == ["12-02 10:00"]


def test_two_dates_that_changed_places_are_told_apart(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-16 12:00")
    story.change("12-16 10:00", to="12-09 12:00")
    story.cancel("12-09 12:00", "following")
    assert story.shown() == ["12-02 10:00", "12-16 12:00"]


def test_ids_stay_through_every_kind_of_edit(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    before = [row["id"] for row in story.listed()]
    story.change("12-09 10:00", to="12-09 12:00")
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-02 10:00", "all", title="Retro")
    assert story.shown() == [
        "12-02 10:00 Retro", "12-09 12:00 Retro", "12-16 14:00 Retro", "12-23 14:00 Retro",
    ]  # fmt: skip
    assert [row["id"] for row in story.listed()] == before


def test_the_place_shifts_along_with_the_series(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-11 15:00")
    story.change("12-16 10:00", "all", to="12-16 11:00")
    moved = story.find("12-11 15:00")
    assert moved["original_start"] == "2026-12-09T11:00:00+09:00"


def test_a_cancelled_date_can_still_be_read(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = story.find("12-09 10:00")
    story.cancel("12-09 10:00")
    story.change("12-02 10:00", "all", to="12-02 11:00")
    read = story.program.get(f"{BOOKINGS}/{gone['id']}").json()
    assert read["status"] == "cancelled"
