"""Rule 7: the second of two people gets 412, and nothing is applied."""

from typing import Any

import pytest

from tests.integrations.edit_story import BOOKINGS, Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December


@pytest.fixture
def seen(story: Story) -> str:
    """The tag of the date that somebody has open."""
    story.book("12-02 10:00", FOUR)
    return str(story.find("12-16 10:00")["etag"])


EDITS_OF_ANOTHER: list[tuple[str, dict[str, Any]]] = [
    ("12-16 10:00", {"scope": "this", "title": "Retro"}),
    ("12-09 10:00", {"scope": "this", "to": "12-09 11:00"}),
    ("12-02 10:00", {"scope": "all", "to": "12-02 10:30"}),
    ("12-09 10:00", {"scope": "following", "title": "Retro"}),
    ("12-23 10:00", {"scope": "following", "to": "12-23 11:00"}),
]


@pytest.mark.parametrize(("date", "edit"), EDITS_OF_ANOTHER)
@pytest.mark.parametrize("scope", ["following", "all"])
def test_the_second_change_is_refused(
    story: Story, seen: str, date: str, edit: dict[str, Any], scope: str
) -> None:
    story.change(date, **edit)
    after = story.shown()
    mine = next(line for line in after if line.startswith("12-16")).split()
    problem = story.change(
        " ".join(mine[:2]), scope, to="12-16 15:00", etag=seen, expect=412
    )  # fmt: skip
    assert problem["code"] == "changed"
    assert problem["current"]["etag"] != seen
    assert problem["changes"]
    assert story.shown() == after


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_the_second_cancellation_is_refused(story: Story, seen: str, scope: str) -> None:
    story.change("12-16 10:00", title="Retro")
    story.cancel("12-16 10:00", scope, etag=seen, expect=412)
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00 Retro", "12-23 10:00"]


def test_who_looks_again_may_change_it(story: Story, seen: str) -> None:
    story.change("12-02 10:00", "all", title="Retro")
    again = story.find("12-16 10:00")["etag"]
    story.change("12-16 10:00", "following", to="12-16 15:00", etag=again)
    assert story.shown() == [
        "12-02 10:00 Retro", "12-09 10:00 Retro", "12-16 15:00 Retro", "12-23 15:00 Retro",
    ]  # fmt: skip


def test_a_tag_that_is_up_to_date_lets_every_scope_through(story: Story, seen: str) -> None:
    tag = story.change("12-16 10:00", etag=seen, title="A")["etag"]
    tag = story.change("12-16 10:00", "all", etag=tag, description="B")["etag"]
    tag = story.change("12-16 10:00", "following", etag=tag, to="12-16 12:00")["etag"]
    story.cancel("12-16 12:00", "following", etag=tag)
    assert story.shown() == ["12-02 10:00", "12-09 10:00"]


def test_a_date_that_is_gone_is_not_changed(story: Story, seen: str) -> None:
    place = f"{BOOKINGS}/{story.find('12-16 10:00')['id']}"
    story.cancel("12-16 10:00")
    for scope in ("this", "following", "all"):
        answer = story.program.patch(place, {"scope": scope, "title": "Late"})
        assert answer.status_code == 404
        assert "cancelled" in answer.json()["detail"]
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-23 10:00"]


def test_a_date_that_is_gone_is_not_what_somebody_saw(story: Story, seen: str) -> None:
    place = f"{BOOKINGS}/{story.find('12-16 10:00')['id']}"
    story.cancel("12-09 10:00", "following")
    late = {"scope": "all", "title": "Late"}
    assert story.program.patch(place, late, **{"If-Match": seen}).status_code in (404, 412)
    assert story.shown() == ["12-02 10:00"]
