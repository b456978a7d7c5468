"""Rule 10: rooms taken and reminders due for the listed times only; edits can be taken back."""

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any, cast

import pytest
from redis import Redis

from reminders import planning
from reminders.index import HORIZON
from reminders.models import Reminder
from tenants.scope import company_scope
from tests.integrations.edit_story import Story

SIX = "FREQ=WEEKLY;COUNT=6"  # 2, 9, 16, 23, 30 December, 6 January
LEAD = timedelta(minutes=10)


def due(story: Story, redis: Redis) -> list[str]:
    """The starts of which reminders are due, which Redis holds as far as it looks ahead."""
    planning.plan_company(story.linked.company_id)
    with company_scope(story.linked.company_id):
        planned = Reminder.objects.filter(state=Reminder.State.SCHEDULED)
        scores = {str(row.pk): row.fire_at.timestamp() for row in planned}
    soon = {
        name: score for name, score in scores.items() if score < time() + HORIZON.total_seconds()
    }
    found = redis.zrange(f"reminders:pending:{story.linked.company_id}", 0, -1, withscores=True)
    assert {_text(name): score for name, score in cast(list[tuple[Any, float]], found)} == soon
    starts = [datetime.fromtimestamp(score, UTC) + LEAD for score in scores.values()]
    return sorted(f"{start:%Y-%m-%d %H:%M}" for start in starts)


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def listed(story: Story) -> list[str]:
    found = [datetime.fromisoformat(row["start"]).astimezone(UTC) for row in story.listed()]
    return sorted(f"{start:%Y-%m-%d %H:%M}" for start in found)


@pytest.mark.worker
def test_reminders_are_due_for_the_listed_times_only(story: Story, redis: Redis) -> None:
    story.book("12-02 10:00", SIX)
    assert due(story, redis) == listed(story)
    story.change("12-09 10:00", to="12-10 15:00")
    story.cancel("12-23 10:00")
    assert due(story, redis) == listed(story)
    story.change("12-16 10:00", "following", to="12-17 14:00")
    assert due(story, redis) == listed(story)
    story.change("12-02 10:00", "all", to="12-02 08:00")
    assert due(story, redis) == listed(story)
    story.cancel("12-17 14:00", "following")
    assert due(story, redis) == listed(story)
    assert len(listed(story)) == 2


@pytest.mark.worker
def test_reminders_follow_a_new_rule(story: Story, redis: Redis) -> None:
    story.book("12-02 10:00", SIX)
    assert due(story, redis) == listed(story)
    story.change("12-02 10:00", "all", recurrence=["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3"])
    assert due(story, redis) == listed(story)
    story.change("12-10 10:00", "following", reminders=[])
    assert due(story, redis) == listed(story)[:1]


def test_the_room_is_free_wherever_the_series_left(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", to="12-16 14:00")
    story.change("12-02 10:00", "all", to="12-02 08:00")
    for day in ("12-02", "12-09", "12-16", "12-23", "12-30", "01-06"):
        story.block(f"{day} 10:00")
    for date in ("12-02 08:30", "12-09 07:30", "12-16 14:30", "01-06 13:30"):
        story.book(date, title="Lunch", expect=409)


def test_a_split_divides_what_is_seen_as_one_in_the_room(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", "following", room=story.rooms[1].pk)
    for day in ("12-16", "12-23", "12-30", "01-06"):
        story.block(f"{day} 10:00")
    story.book("12-02 10:00", title="Lunch", expect=409)
    story.book("12-16 10:00", title="Lunch", room=story.rooms[1].pk, expect=409)


@pytest.mark.parametrize("scope", ["this", "all"])
@pytest.mark.parametrize("to", ["12-09 10:30", "12-09 18:00", "12-10 10:00", "12-08 13:00"])
def test_an_edit_and_its_inverse_restore(story: Story, scope: str, to: str) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", to="12-18 11:00")
    story.cancel("12-23 10:00")
    before = story.shown()
    story.change("12-09 10:00", scope, to=to)
    assert story.shown() != before
    story.change(to, scope, to="12-09 10:00")
    assert story.shown() == before


@pytest.mark.parametrize("to", ["12-09 10:30", "12-10 10:00"])
def test_a_split_and_its_inverse_restore_the_list(story: Story, to: str) -> None:
    story.book("12-02 10:00", SIX)
    story.change("12-16 10:00", to="12-18 11:00")
    story.cancel("12-23 10:00")
    before = story.shown()
    story.change("12-09 10:00", "following", to=to)
    story.change(to, "following", to="12-09 10:00")
    assert story.shown() == before


def test_of_several_weekdays_the_moved_one_moves_back(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9")
    before = story.shown()
    story.change("12-09 10:00", "all", to="12-10 11:00")
    story.change("12-10 11:00", "all", to="12-09 10:00")
    assert story.shown() == before


def test_there_and_back_again_to_another_room(story: Story) -> None:
    story.book("12-02 10:00", SIX)
    before = story.shown()
    story.change("12-02 10:00", "all", room=story.rooms[1].pk)
    assert story.shown() == [f"{date} in Two" for date in before]
    story.change("12-02 10:00 in Two", "all", room=story.rooms[0].pk)
    assert story.shown() == before


def test_a_long_day_of_edits_ends_alike_on_both_sides(story: Story) -> None:
    story.book("12-02 10:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=12")
    story.change("12-07 10:00", to="12-08 09:00", title="Planning")
    story.cancel("12-11 10:00")
    story.change("12-14 10:00", "following", to="12-15 11:00")
    story.change("12-18 11:00", room=story.rooms[1].pk)
    story.change("12-04 10:00", "all", title="Sync")
    story.cancel("12-25 11:00", "following")
    assert story.shown() == [
        "12-02 10:00 Sync", "12-04 10:00 Sync", "12-08 09:00 Planning", "12-09 10:00 Sync",
        "12-15 11:00 Sync", "12-16 11:00 Sync", "12-18 11:00 Sync in Two",
        "12-22 11:00 Sync", "12-23 11:00 Sync",
    ]  # fmt: skip
