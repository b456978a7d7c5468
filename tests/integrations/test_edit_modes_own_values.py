"""Guests, reminders and metadata of one date: by the same rules as its time, room and words."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.integrations.edit_story import Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December
MINJI, JIHO, SUA = "minji@x.example", "jiho@x.example", "sua@x.example"


def people(*emails: str) -> list[dict[str, Any]]:
    return [{"email": email} for email in emails]


def who(story: Story) -> list[str]:
    """The guests of each date, by their first letters."""
    return ["".join(sorted(g["email"][0] for g in row["attendees"])) for row in story.listed()]


def test_a_date_has_guests_of_its_own_until_they_are_those_of_the_series(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    told = story.change("12-09 10:00", attendees=people(MINJI, JIHO))
    assert [guest["email"] for guest in told["attendees"]] == [MINJI, JIHO]
    assert who(story) == ["m", "jm", "m", "m"]
    story.check()
    story.change("12-09 10:00", attendees=people(MINJI))
    story.change("12-16 10:00", attendees=[])
    story.change("12-23 10:00", "all", attendees=people(SUA))
    assert who(story) == ["s", "s", "", "s"], "who came back follows, who stands alone does not"


def test_the_chosen_date_takes_what_was_typed_for_all(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    story.change("12-09 10:00", attendees=people(JIHO), title="Retro")
    story.change("12-16 10:00", attendees=people(JIHO))
    story.change("12-09 10:00", "all", attendees=people(MINJI))  # as the series has it already
    assert who(story) == ["m", "m", "j", "m"]


def test_a_cut_takes_along_what_later_dates_have_of_their_own(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI), reminders=[10], metadata={"deal": "a"})
    own: Any = {"attendees": people(JIHO), "reminders": [5, 60], "metadata": {"deal": "b"}}
    story.change("12-23 10:00", **own)
    story.change("12-16 10:00", reminders=None)
    story.change("12-09 10:00", "following", to="12-09 14:00", metadata={"deal": "c"})
    assert who(story) == ["m", "m", "m", "j"]
    rows = story.listed()
    assert [row["reminders"] for row in rows] == [[10], [10], None, [5, 60]]
    assert [row["metadata"]["deal"] for row in rows] == ["a", "c", "c", "b"]


def test_a_running_series_leaves_the_guests_of_what_is_over(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    story.change("12-02 10:00", attendees=people(JIHO))
    story.change("12-09 10:00", to="12-17 10:00")
    story.wait_until("12-10 12:00")
    story.change("12-23 10:00", "all", attendees=people(SUA))
    assert who(story) == ["j", "s", "s", "s"], "a date that was put off is still to come"


def test_own_values_outlast_a_new_time_another_room_and_a_cancellation(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    gone = story.change("12-09 10:00", attendees=people(JIHO), metadata={"deal": "b"})
    story.change("12-16 10:00", attendees=people(SUA), room=story.rooms[1].pk)
    story.cancel("12-09 10:00")
    story.change("12-02 10:00", "all", to="12-02 11:00")
    story.restore(gone["id"])
    assert who(story) == ["m", "j", "s", "m"]
    assert story.find("12-09 11:00")["metadata"] == {"deal": "b"}


def test_equal_values_are_no_exception(story: Story) -> None:
    story.book("12-02 10:00", FOUR, reminders=[10], metadata={"deal": "a", "seats": 3})
    story.change("12-09 10:00", reminders=[5], metadata={})
    same = story.change("12-09 10:00", reminders=[10], metadata={"seats": 3, "deal": "a"})
    assert (same["reminders"], same["metadata"]) == ([10], {"deal": "a", "seats": 3})
    story.change("12-02 10:00", "all", reminders=[60], metadata={"deal": "b"})
    assert {str((row["reminders"], row["metadata"])) for row in story.listed()} == {
        "([60], {'deal': 'b'})"
    }


def test_a_date_that_is_left_alone_says_what_it_said(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    story.change("12-16 10:00", attendees=people(JIHO), title="Retro", metadata={"deal": "b"})
    alone = story.change("12-16 10:00", "following", recurrence=[])
    assert (alone["series_id"], alone["title"]) == (None, "Retro")
    assert (who(story), alone["metadata"]) == (["m", "m", "j"], {"deal": "b"})
    story.check()
    story.change("12-16 10:00", title="Wrap-up", attendees=people(SUA))
    assert story.shown()[-1] == "12-16 10:00 Wrap-up"
    assert who(story) == ["m", "m", "s"]


def test_own_guests_cost_a_list_no_further_query(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    with CaptureQueriesContext(connection) as before:
        story.listed()
    for date in ("12-02 10:00", "12-09 10:00", "12-16 10:00"):
        story.change(date, attendees=people(JIHO, SUA))
    with CaptureQueriesContext(connection) as after:
        assert who(story) == ["js", "js", "js", "m"]
    assert len(after) == len(before)
