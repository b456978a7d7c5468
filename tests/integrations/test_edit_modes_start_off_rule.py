"""Rule 9: never a start outside its rule; the start moves to the first matching day."""

from typing import Any

from tests.integrations.edit_story import BOOKINGS, Story


def preview(story: Story, start: str, rule: str) -> Any:
    body = {
        "room": story.rooms[0].pk,
        "title": "Standup",
        "timezone": story.zone,
        "recurrence": [f"RRULE:{rule}"],
        **story.times(start, 60),
    }
    return story.program.post(f"{BOOKINGS}/preview", body).json()


def test_a_new_series_begins_on_its_rule(story: Story) -> None:
    told = story.book("12-02 10:00", "FREQ=WEEKLY;BYDAY=FR;COUNT=3")
    assert story.shown() == ["12-04 10:00", "12-11 10:00", "12-18 10:00"]
    assert told["start"] == "2026-12-04T10:00:00+09:00"


def test_the_preview_says_so(story: Story) -> None:
    told = preview(story, "12-02 10:00", "FREQ=WEEKLY;BYDAY=FR;COUNT=3")
    assert told["start_moved"] == "2026-12-04T10:00:00+09:00"
    assert [date["start"][:10] for date in told["occurrences"]] == [
        "2026-12-04", "2026-12-11", "2026-12-18",
    ]  # fmt: skip
    assert told["start_moved"] == "2026-12-04T10:00:00+09:00"


def test_the_first_monday_of_the_month(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=MONTHLY;BYDAY=1MO;COUNT=3")
    assert story.shown() == ["12-07 10:00", "01-04 10:00", "02-01 10:00"]


def test_another_rule_for_all_begins_on_its_first_day(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=4")
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3"])
    assert story.shown() == ["12-04 10:00", "12-11 10:00", "12-18 10:00"]


def test_another_rule_from_a_date_on_begins_on_its_first_day(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=4")
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3"]
    story.change("12-16 10:00", "following", recurrence=rule)
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00", "12-18 10:00", "12-25 10:00", "01-01 10:00",
    ]  # fmt: skip


def test_a_rule_and_a_time_change_together(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;COUNT=4")
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3"]
    story.change("12-09 10:00", "following", to="12-10 14:00", recurrence=rule)
    assert story.shown() == ["12-02 10:00", "12-10 14:00", "12-17 14:00", "12-24 14:00"]
