"""Rule 8: a series keeps its wall-clock time in its own zone across clock changes."""

from datetime import UTC, datetime

import pytest

from tests.integrations.edit_story import Story

NEW_YORK = "America/New_York"  # an hour forward on 14 March 2027
LORD_HOWE = "Australia/Lord_Howe"  # half an hour back on 4 April 2027
BUCHAREST = "Europe/Bucharest"  # an hour forward on 28 March 2027
WEEKLY = "FREQ=WEEKLY;COUNT=4"


def in_utc(story: Story) -> list[str]:
    found = [datetime.fromisoformat(row["start"]).astimezone(UTC) for row in story.listed()]
    return [f"{moment:%m-%d %H:%M}" for moment in found]


def test_ten_oclock_stays_ten_oclock(story: Story) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    assert story.shown() == ["03-03 10:00", "03-10 10:00", "03-17 10:00", "03-24 10:00"]
    assert in_utc(story) == ["03-03 15:00", "03-10 15:00", "03-17 14:00", "03-24 14:00"]


@pytest.mark.parametrize("opened", ["03-03", "03-17"])
def test_a_shift_from_either_side_of_the_change(story: Story, opened: str) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    story.change(f"{opened} 10:00", "all", to=f"{opened} 11:30")
    assert story.shown() == ["03-03 11:30", "03-10 11:30", "03-17 11:30", "03-24 11:30"]


def test_a_shift_of_days_over_the_change(story: Story) -> None:
    story.book("03-12 10:00", WEEKLY, timezone=NEW_YORK)
    story.change("03-12 10:00", "all", to="03-15 10:00")
    assert story.shown() == ["03-15 10:00", "03-22 10:00", "03-29 10:00", "04-05 10:00"]


def test_a_split_between_winter_and_summer(story: Story) -> None:
    story.book("03-14 09:00", WEEKLY, timezone=BUCHAREST)
    story.change("03-28 09:00", "following", to="03-28 16:00")
    assert story.shown() == ["03-14 09:00", "03-21 09:00", "03-28 16:00", "04-04 16:00"]
    assert in_utc(story) == ["03-14 07:00", "03-21 07:00", "03-28 13:00", "04-04 13:00"]


def test_half_an_hour_on_lord_howe(story: Story) -> None:
    story.book("03-28 10:00", WEEKLY, timezone=LORD_HOWE)
    story.change("04-04 10:00", "following", to="04-04 10:15")
    assert story.shown() == ["03-28 10:00", "04-04 10:15", "04-11 10:15", "04-18 10:15"]
    assert in_utc(story) == ["03-27 23:00", "04-03 23:45", "04-10 23:45", "04-17 23:45"]


def test_a_date_moved_over_the_change_stays_where_it_was_put(story: Story) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    story.change("03-10 10:00", to="03-15 10:00")
    story.change("03-24 10:00", "all", to="03-24 08:00")
    assert story.shown() == ["03-03 08:00", "03-15 10:00", "03-17 08:00", "03-24 08:00"]


def test_a_difference_is_one_of_the_wall_clock(story: Story) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    story.change("03-10 10:00", to="03-13 10:00")
    story.change("03-13 10:00", "all", to="03-14 10:00")
    assert story.shown() == ["03-04 10:00", "03-14 10:00", "03-18 10:00", "03-25 10:00"]


def test_a_time_that_is_skipped_comes_back_with_the_inverse_edit(story: Story) -> None:
    story.book("03-12 01:30", "FREQ=DAILY;COUNT=4", timezone=NEW_YORK)
    story.change("03-12 01:30", "all", to="03-12 02:30")
    assert story.shown() == ["03-12 02:30", "03-13 02:30", "03-14 03:30", "03-15 02:30"]
    story.change("03-12 02:30", "all", to="03-12 01:30")
    assert story.shown() == ["03-12 01:30", "03-13 01:30", "03-14 01:30", "03-15 01:30"]


def test_a_cancelled_date_on_the_day_of_the_change_stays_cancelled(story: Story) -> None:
    story.book("03-12 01:30", "FREQ=DAILY;COUNT=4", timezone=NEW_YORK)
    story.cancel("03-14 01:30")
    story.change("03-12 01:30", "all", to="03-12 02:30")
    story.change("03-13 02:30", "following", to="03-13 04:00")
    assert story.shown() == ["03-12 02:30", "03-13 04:00", "03-15 04:00"]


def test_the_last_moment_of_a_rule_is_kept_over_the_change(story: Story) -> None:
    story.book("03-03 10:00", "FREQ=WEEKLY;UNTIL=20270324T140000Z", timezone=NEW_YORK)
    story.change("03-10 10:00", "following", to="03-10 12:00")
    assert story.shown() == ["03-03 10:00", "03-10 12:00", "03-17 12:00", "03-24 12:00"]


def test_a_series_moves_to_another_zone_with_its_wall_clock(story: Story) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    story.change("03-03 10:00", "all", timezone="Europe/London")
    story.zone = "Europe/London"
    assert story.shown() == ["03-03 10:00", "03-10 10:00", "03-17 10:00", "03-24 10:00"]


def test_the_length_is_the_same_on_both_sides_of_the_change(story: Story) -> None:
    story.book("03-03 10:00", WEEKLY, timezone=NEW_YORK)
    story.change("03-17 10:00", "following", minutes=90)
    assert story.shown() == [
        "03-03 10:00", "03-10 10:00", "03-17 10:00-11:30", "03-24 10:00-11:30",
    ]  # fmt: skip
