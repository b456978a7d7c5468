"""Guests and metadata of one date, with Google: whoever changes them, both sides say the same.

What Google does with the guests of exceptions when their series gets others is not certain, so
each story is told of a Google that lets them follow and of one that does not.
"""

from typing import Any

import pytest

from tests.beginnings import beginning
from tests.calendars.acts import edit_there, event_body, make_there
from tests.calendars.both import listed, nothing_is_left_to_do
from tests.calendars.conftest import Linked
from tests.calendars.person_in_google import PersonInGoogle, person, story
from tests.integrations.edit_story import Story

__all__ = ["person", "story"]

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December
MINJI, JIHO, SUA = "minji@x.example", "jiho@x.example", "sua@x.example"


def people(*emails: str) -> list[dict[str, Any]]:
    return [{"email": email} for email in emails]


def guests(story: Story) -> list[list[str]]:
    return [sorted(guest["email"] for guest in row["attendees"]) for row in story.listed()]


def answers(story: Story) -> list[dict[str, str]]:
    return [
        {guest["email"]: guest["response"] for guest in row["attendees"]} for row in story.listed()
    ]


@pytest.fixture(params=[True, False], ids=["follow", "stay"])
def spreading(request: pytest.FixtureRequest, story: Story) -> None:
    """Whether exceptions follow their series where they said the same."""
    story.linked.google.control.configure(exceptions_follow_words=request.param)


@pytest.fixture
def weekly(spreading: None, story: Story) -> Story:
    """Four dates with Minji, of which the second has Jiho too, the third another title."""
    beginning("guests of four dates", lambda: book_four(story))
    return story


def book_four(story: Story) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI), metadata={"deal": "a", "seats": 3})
    story.change("12-09 10:00", attendees=people(MINJI, JIHO))
    story.change("12-16 10:00", title="Retro")


def test_guests_of_the_series_change_here(weekly: Story) -> None:
    weekly.change("12-23 10:00", "all", attendees=people(SUA), metadata={"deal": "b"})
    assert guests(weekly) == [[SUA], [JIHO, MINJI], [SUA], [SUA]]
    weekly.check()
    nothing_is_left_to_do(weekly.linked)


def test_guests_of_the_series_change_there(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_all("12-02 10:00", attendees=people(SUA))
    assert guests(weekly) == [[SUA], [JIHO, MINJI], [SUA], [SUA]]
    weekly.check()
    nothing_is_left_to_do(weekly.linked)
    weekly.change("12-02 10:00", "all", attendees=people(JIHO))
    assert guests(weekly) == [[JIHO], [JIHO, MINJI], [JIHO], [JIHO]], "none was set apart"


def test_one_date_gets_a_guest_there_and_loses_it(story: Story, person: PersonInGoogle) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    person.patch_this("12-09 10:00", attendees=people(MINJI, JIHO))
    assert guests(story) == [[MINJI], [JIHO, MINJI], [MINJI], [MINJI]]
    nothing_is_left_to_do(story.linked)
    person.patch_this("12-09 10:00", attendees=people(MINJI))
    person.patch_all("12-02 10:00", attendees=people(SUA))
    assert guests(story) == [[SUA]] * 4


def test_an_answer_for_one_date_counts_there_alone(story: Story, person: PersonInGoogle) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    story.change("12-16 10:00", attendees=people(MINJI, JIHO))
    no, yes = ({"email": MINJI, "responseStatus": word} for word in ("declined", "accepted"))
    person.patch_this("12-09 10:00", attendees=[no])
    person.patch_this("12-16 10:00", attendees=[yes, *people(JIHO)])
    assert answers(story) == [
        {MINJI: "needsAction"}, {MINJI: "declined"},
        {MINJI: "accepted", JIHO: "needsAction"}, {MINJI: "needsAction"},
    ]  # fmt: skip
    nothing_is_left_to_do(story.linked)
    story.change("12-09 10:00", attendees=people(MINJI, SUA))
    story.change("12-16 10:00", attendees=people(MINJI))
    assert answers(story)[1:3] == [
        {MINJI: "declined", SUA: "needsAction"}, {MINJI: "accepted"},
    ]  # fmt: skip
    (told,) = person.find("12-16 10:00")["attendees"]
    assert told["responseStatus"] == "accepted"


def test_guests_of_a_date_change_on_both_sides_at_once(
    story: Story, person: PersonInGoogle
) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    event = person.find("12-09 10:00")["id"]
    story.at_once = False
    story.change("12-09 10:00", attendees=people(MINJI, JIHO))
    person.call("PATCH", event, {"attendees": people(MINJI, SUA)})
    story.hear()
    assert guests(story) == [[MINJI], [JIHO, MINJI, SUA], [MINJI], [MINJI]]


def test_a_date_whose_series_is_cut_there_at_once_gets_its_guests_in_the_new_part(
    story: Story, person: PersonInGoogle
) -> None:
    story.book("12-02 10:00", FOUR, attendees=people(MINJI))
    event = person.find("12-16 10:00")["id"]
    story.at_once = False
    story.change("12-23 10:00", attendees=people(JIHO))
    control = story.linked.google.control
    control.ui_edit(person.calendar, event, scope="following", summary="Sync")
    story.hear()
    assert guests(story) == [[MINJI], [MINJI], [MINJI], [JIHO]]


def test_a_program_notes_something_on_one_date_there(weekly: Story, person: PersonInGoogle) -> None:
    properties = {"private": {"roomly_deal": "b", "roomly_note": "x"}}
    person.patch_this("12-09 10:00", extendedProperties=properties)
    assert [row["metadata"] for row in weekly.listed()][:2] == [
        {"deal": "a", "seats": 3}, {"deal": "b", "seats": 3, "note": "x"},
    ]  # fmt: skip
    person.patch_all("12-02 10:00", extendedProperties={"private": {"roomly_deal": "c"}})
    assert [row["metadata"]["deal"] for row in weekly.listed()] == ["c", "b", "c", "c"]
    for row in weekly.listed():
        assert str(row["metadata"].pop("seats")) == "3"
    nothing_is_left_to_do(weekly.linked)


def test_a_cut_there_keeps_the_guests_of_later_dates(weekly: Story, person: PersonInGoogle) -> None:
    person.patch_this("12-23 10:00", attendees=people(SUA))
    person.change("12-16 10:00", "following", to="12-16 14:00")
    assert guests(weekly) == [[MINJI], [JIHO, MINJI], [MINJI], [SUA]]
    weekly.check()
    nothing_is_left_to_do(weekly.linked)


def test_what_roomly_must_not_know_of_a_private_series_stays_in_google(linked: Linked) -> None:
    body = event_body(
        "Doctor", visibility="private", attendees=people(MINJI), recurrence=[f"RRULE:{FOUR}"]
    )
    make_there(linked, body)
    assert linked.sync().done
    _master, second, *_others = listed(linked, linked.calendar)
    edit_there(linked, second["id"], fields={"location": "Clinic"})
    assert linked.sync().done
    linked.forget_calls()
    first = listed(linked, linked.calendar)[0]
    edit_there(linked, first["id"], scope="all", start="2026-12-02T14:00:00+09:00")
    for _round in range(2):
        assert linked.sync().done
    assert linked.calls()["instances"] == 1
    assert {row.shown_title for row in linked.dates()} == {"Busy"}
    for event in listed(linked, linked.calendar):
        assert (event["summary"], event["attendees"][0]["email"]) == ("Doctor", MINJI)


def test_guests_for_all_typed_on_calendars_page(weekly: Story, person: PersonInGoogle) -> None:
    person.change("12-02 10:00", "all", attendees=people(SUA))
    assert guests(weekly) == [[SUA]] * 4, "that page overwrites what dates have of their own"
    weekly.check()
    nothing_is_left_to_do(weekly.linked)
