"""Rule 2: COUNT counts places of the rule, cancelled ones too; a split divides it."""

from collections import Counter

from tests.integrations.edit_story import Story

NINE = "FREQ=DAILY;COUNT=9"  # 2 to 10 December


def days(first: int, last: int, time: str = "10:00") -> list[str]:
    return [f"12-{day:02} {time}" for day in range(first, last + 1)]


def parts(story: Story) -> list[int]:
    """How many dates each part of the series has, in their order."""
    return list(Counter(row["series_id"] for row in story.listed()).values())


def test_cancelling_a_date_does_not_lengthen_the_series(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.cancel("12-05 10:00")
    assert story.shown() == [*days(2, 4), *days(6, 10)]


def test_cancelling_the_first_date_does_not_lengthen_it_either(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.cancel("12-02 10:00")
    assert story.shown() == days(3, 10)


def test_cancelling_the_last_date_does_not_lengthen_it_either(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.cancel("12-10 10:00")
    assert story.shown() == days(2, 9)


def test_nine_are_three_and_six(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.change("12-05 10:00", "following", to="12-05 14:00")
    assert story.shown() == [*days(2, 4), *days(5, 10, "14:00")]
    assert parts(story) == [3, 6]
    assert story.find("12-05 14:00")["recurrence"] == ["RRULE:FREQ=DAILY;COUNT=6"]


def test_cancelled_places_are_counted_in_a_split(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.cancel("12-03 10:00")
    story.cancel("12-08 10:00")
    story.change("12-05 10:00", "following", to="12-05 14:00")
    later = [*days(5, 7, "14:00"), *days(9, 10, "14:00")]
    assert story.shown() == ["12-02 10:00", "12-04 10:00", *later]


def test_dates_that_were_skipped_are_counted_in_a_split(story: Story) -> None:
    story.block("12-03 10:00")
    story.block("12-08 10:00")
    story.book("12-02 10:00", NINE, on_conflict="skip")
    story.change("12-05 10:00", "following", title="Retro")
    assert [line for line in story.shown() if "Lunch" not in line] == [
        "12-02 10:00",
        "12-04 10:00",
        *(f"{day} Retro" for day in [*days(5, 7), *days(9, 10)]),
    ]


def test_dates_taken_out_by_exdate_are_counted_in_a_split(story: Story) -> None:
    lines = [f"RRULE:{NINE}", "EXDATE:20261203T100000,20261208T100000"]
    story.book("12-02 10:00", recurrence=lines)
    story.change("12-05 10:00", "following", to="12-05 14:00")
    later = [*days(5, 7, "14:00"), *days(9, 10, "14:00")]
    assert story.shown() == ["12-02 10:00", "12-04 10:00", *later]


def test_dates_put_in_by_rdate_are_not_counted(story: Story) -> None:
    lines = ["RRULE:FREQ=DAILY;COUNT=4", "RDATE:20261203T150000,20261207T150000"]
    story.book("12-02 10:00", recurrence=lines)
    story.change("12-04 10:00", "following", title="Retro")
    assert story.shown() == [
        "12-02 10:00", "12-03 10:00", "12-03 15:00",
        "12-04 10:00 Retro", "12-05 10:00 Retro", "12-07 15:00 Retro",
    ]  # fmt: skip


def test_splitting_twice_divides_the_count_twice(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.change("12-05 10:00", "following", to="12-05 14:00")
    story.change("12-08 14:00", "following", to="12-08 16:00")
    assert story.shown() == [*days(2, 4), *days(5, 7, "14:00"), *days(8, 10, "16:00")]
    assert parts(story) == [3, 3, 3]


def test_the_earlier_part_of_a_part_can_be_split_again(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.change("12-08 10:00", "following", to="12-08 16:00")
    story.change("12-05 10:00", "following", to="12-05 14:00")
    assert story.shown() == [*days(2, 4), *days(5, 7, "14:00"), *days(8, 10, "16:00")]


def test_a_split_at_the_last_place_leaves_one_date(story: Story) -> None:
    story.book("12-02 10:00", NINE)
    story.change("12-10 10:00", "following", to="12-10 14:00")
    assert story.shown() == [*days(2, 9), "12-10 14:00"]
    assert parts(story) == [8, 1]


def test_an_endless_series_stays_endless_after_a_split(story: Story) -> None:
    story.window = ("2026-12-01T00:00:00+00:00", "2026-12-12T00:00:00+09:00")
    story.book("12-02 10:00", "FREQ=DAILY")
    story.change("12-05 10:00", "following", to="12-05 14:00")
    assert story.shown() == [*days(2, 4), *days(5, 11, "14:00")]
    assert story.find("12-05 14:00")["recurrence"] == ["RRULE:FREQ=DAILY"]


def test_a_last_day_stays_the_last_day_after_a_split(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=DAILY;UNTIL=20261210T145959Z")
    story.change("12-05 10:00", "following", to="12-05 14:00")
    assert story.shown() == [*days(2, 4), *days(5, 10, "14:00")]


def test_the_phase_of_every_second_week_survives_a_split(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=8")
    story.change("12-16 10:00", "following", title="Retro")
    assert story.shown() == [
        "12-02 10:00", "12-14 10:00",
        "12-16 10:00 Retro", "12-28 10:00 Retro", "12-30 10:00 Retro",
        "01-11 10:00 Retro", "01-13 10:00 Retro", "01-25 10:00 Retro",
    ]  # fmt: skip


def test_the_phase_survives_where_the_week_begins_on_sunday(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,WE;COUNT=6")
    before = story.shown()
    assert before == [
        "12-02 10:00", "12-13 10:00", "12-16 10:00", "12-27 10:00", "12-30 10:00", "01-10 10:00",
    ]  # fmt: skip
    story.change("12-16 10:00", "following", description="Minutes")
    assert story.shown() == before
