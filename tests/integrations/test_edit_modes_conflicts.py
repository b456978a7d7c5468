"""Rule 6: all or nothing. A series never conflicts with its own old times."""

from typing import Any

import pytest

from tests.integrations.edit_story import BOOKINGS, Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December


def starts(problem: Any, name: str = "conflicts") -> list[str]:
    return [found["start"][:16] for found in problem[name]]


@pytest.mark.parametrize("scope", ["all", "following"])
def test_one_taken_date_refuses_the_whole_change(story: Story, scope: str) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-23 14:30")
    before = story.shown()
    tags = [row["etag"] for row in story.listed()]
    problem = story.change("12-09 10:00", scope, to="12-09 14:00", title="Sync", expect=409)
    assert starts(problem) == ["2026-12-23T14:30"]
    assert story.shown() == before
    assert [row["etag"] for row in story.listed()] == tags


def test_every_clash_is_named(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    for day in ("12-09", "12-23"):
        story.block(f"{day} 14:30")
    problem = story.change("12-02 10:00", "all", to="12-02 14:00", expect=409)
    assert starts(problem) == ["2026-12-09T14:30", "2026-12-23T14:30"]


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_a_taken_room_refuses_the_change_of_rooms(story: Story, scope: str) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 09:30", room=story.rooms[1])
    before = story.shown()
    problem = story.change("12-16 10:00", scope, room=story.rooms[1].pk, expect=409)
    assert starts(problem) == ["2026-12-16T09:30"]
    assert story.shown() == before


def test_another_rule_is_refused_where_a_new_date_is_taken(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-17 10:00")
    before = story.shown()
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=WE,TH;COUNT=8"]
    problem = story.change("12-02 10:00", "all", recurrence=rule, expect=409)
    assert starts(problem) == ["2026-12-17T10:00"]
    assert story.shown() == before


def test_old_times_of_the_series_are_no_conflict(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-02 10:00", "all", to="12-02 10:30")
    assert story.shown() == ["12-02 10:30", "12-09 10:30", "12-16 10:30", "12-23 10:30"]


def test_every_date_may_take_the_place_of_the_next(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", "following", to="12-16 10:00")
    assert story.shown() == ["12-02 10:00", "12-16 10:00", "12-23 10:00", "12-30 10:00"]


def test_a_moved_date_of_its_own_is_a_conflict(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-16 11:00")
    before = story.shown()
    problem = story.change("12-02 10:00", "all", to="12-02 11:00", expect=409)
    assert starts(problem) == ["2026-12-16T11:00"]
    assert story.shown() == before


def test_an_earlier_date_of_its_own_is_a_conflict_for_what_follows(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-02 10:00", to="12-16 14:00")
    before = story.shown()
    story.change("12-09 10:00", "following", to="12-09 14:30", expect=409)
    assert story.shown() == before


def test_a_later_part_is_a_conflict_for_an_earlier_one(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-16 10:00", "following", to="12-17 10:00")
    before = story.shown()
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=4"]
    story.change("12-02 10:00", "all", recurrence=rule, expect=409)
    assert story.shown() == before


def test_taken_dates_can_be_left_out(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 14:00")
    told = story.change("12-02 10:00", "all", to="12-02 14:00", on_conflict="skip")
    assert story.shown() == [
        "12-02 14:00", "12-09 14:00", "12-16 14:00 Lunch", "12-23 14:00",
    ]  # fmt: skip
    assert starts(told, "skipped") == ["2026-12-16T14:00"]


def test_taken_dates_can_be_left_out_from_a_date_on(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 14:00")
    story.change("12-09 10:00", "following", to="12-09 14:00", on_conflict="skip")
    assert story.shown() == [
        "12-02 10:00", "12-09 14:00", "12-16 14:00 Lunch", "12-23 14:00",
    ]  # fmt: skip


def test_a_date_that_was_left_out_stays_out_after_the_next_change(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 14:00")
    story.change("12-02 10:00", "all", to="12-02 14:00", on_conflict="skip")
    story.change("12-02 14:00", "all", to="12-02 16:00")
    assert story.shown() == [
        "12-02 16:00", "12-09 16:00", "12-16 14:00 Lunch", "12-23 16:00",
    ]  # fmt: skip


CHOICES: list[tuple[dict[str, Any], str]] = [
    ({"act": "skip"}, ""),
    ({"act": "keep"}, "12-16 10:00"),
    ({"act": "move", "room": 2}, "12-16 14:00 in Two"),
    ({"act": "move", "start": "12-16 16:00"}, "12-16 16:00"),
]


@pytest.mark.parametrize("scope", ["all", "following"])
@pytest.mark.parametrize(("choice", "outcome"), CHOICES)
def test_a_taken_date_is_decided_by_itself(
    story: Story, scope: str, choice: dict[str, Any], outcome: str
) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 14:00")
    decision = {"date": story.times("12-16 14:00", 60)["start"], **choice}
    if "room" in choice:
        decision["room"] = story.rooms[1].pk
    if "start" in choice:
        decision |= story.times(choice["start"], 60)
    story.change("12-09 10:00", scope, to="12-09 14:00", choices=[decision])
    first = "12-02 14:00" if scope == "all" else "12-02 10:00"
    expected = [first, "12-09 14:00", "12-16 14:00 Lunch", "12-23 14:00", outcome]
    assert sorted(story.shown()) == sorted(filter(None, expected))


def test_a_decision_outlasts_the_next_change(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.block("12-16 14:00")
    decision = {"date": story.times("12-16 14:00", 60)["start"], "act": "keep"}
    story.change("12-02 10:00", "all", to="12-02 14:00", choices=[decision])
    story.change("12-02 14:00", "all", to="12-02 17:00")
    assert story.shown() == [
        "12-02 17:00", "12-09 17:00", "12-16 10:00", "12-16 14:00 Lunch", "12-23 17:00",
    ]  # fmt: skip


def test_cancelled_and_moved_dates_are_in_nobodys_way(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-09 10:00")
    story.change("12-16 10:00", to="12-17 16:00")
    story.block("12-09 14:00")
    story.block("12-16 14:00")
    story.change("12-02 10:00", "all", to="12-02 14:00")
    assert story.shown() == [
        "12-02 14:00", "12-09 14:00 Lunch", "12-16 14:00 Lunch", "12-17 16:00", "12-23 14:00",
    ]  # fmt: skip


def test_a_new_series_is_refused_as_a_whole(story: Story) -> None:
    story.block("12-16 10:30")
    problem = story.book("12-02 10:00", FOUR, expect=409)
    assert starts(problem) == ["2026-12-16T10:30"]
    assert story.shown() == ["12-16 10:30 Lunch"]


def test_the_preview_names_every_date_and_writes_nothing(story: Story) -> None:
    story.block("12-16 10:30")
    body = {
        "room": story.rooms[0].pk,
        "title": "Standup",
        "timezone": "Asia/Seoul",
        "recurrence": [f"RRULE:{FOUR}"],
        **story.times("12-02 10:00", 60),
    }
    answer = story.program.post(f"{BOOKINGS}/preview", body)
    assert answer.status_code == 200, answer.content
    told = answer.json()["occurrences"]
    assert [(date["start"][:16], date["status"]) for date in told] == [
        ("2026-12-02T10:00", "free"),
        ("2026-12-09T10:00", "free"),
        ("2026-12-16T10:00", "taken"),
        ("2026-12-23T10:00", "free"),
    ]
    assert [found["title"] for found in told[2]["conflicts"]] == ["Lunch"]
    assert story.shown() == ["12-16 10:30 Lunch"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=DAILY;UNTIL=20261101T000000Z",
        "FREQ=DAILY;COUNT=10000",
        "FREQ=DAILY;BYFOO=1",
    ],
)
@pytest.mark.parametrize("scope", ["following", "all"])
def test_a_rule_that_cannot_be_leaves_everything_as_it_was(
    story: Story, scope: str, rule: str
) -> None:
    story.book("12-02 10:00", FOUR)
    before = story.shown()
    problem = story.change("12-09 10:00", scope, recurrence=[f"RRULE:{rule}"], expect=422)
    assert list(problem["errors"]) == ["recurrence"]
    assert story.shown() == before


def test_a_series_is_not_moved_into_the_past(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    before = story.shown()
    story.change("12-09 10:00", "following", to="11-25 10:00", expect=422)
    story.change("12-09 10:00", to="11-25 10:00", expect=422)
    assert story.shown() == before
