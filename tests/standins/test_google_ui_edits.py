"""Edits as Google Calendar's own page makes them, seen through the sync token."""

from typing import Any

import pytest

from standins.google.server import StandIn
from tests.standins.google_case import ROOM, changes, daily, insert, listed, timed

MASTER = "abc123"
SECOND, THIRD, FOURTH = (f"{MASTER}_2026120{day}T010000Z" for day in (2, 3, 4))
SPLIT = f"{MASTER}_R20261203T010000"
TRIMMED = "UNTIL=20261202T145959Z"  # 23:59:59 in Seoul on the day before the split
BARE = {"kind", "etag", "id", "status"}


@pytest.fixture
def token(api: Any) -> str:
    """A sync token from just after a series of five days was made."""
    insert(api, daily(id=MASTER, extendedProperties={"private": {"roomly": "b1"}}))
    made: str = listed(api)["nextSyncToken"]
    return made


def summaries(api: Any) -> list[str]:
    return [item["summary"] for item in listed(api, singleEvents=True)["items"]]


def test_this_event_makes_an_exception(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, SECOND, summary="Special")
    google.control.ui_edit(ROOM, THIRD, start="2026-12-05T12:00")
    found = changes(api, token)
    assert set(found) == {MASTER, SECOND, THIRD}
    assert len({item["etag"] for item in found.values()}) == 1
    assert found[THIRD]["end"]["dateTime"] == "2026-12-05T13:00:00+09:00"


def test_this_and_following_at_the_same_time(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, SECOND, summary="Before")
    google.control.ui_edit(ROOM, FOURTH, summary="After")
    created = changes(api, token)[MASTER]["created"]
    google.control.ui_edit(ROOM, THIRD, scope="following", summary="Split")
    found = changes(api, token)
    assert found[MASTER]["recurrence"] == [f"RRULE:FREQ=DAILY;{TRIMMED}"]
    assert found[SECOND]["summary"] == "Before"
    assert set(found[FOURTH]) == BARE
    new = found[SPLIT]
    assert new["recurrence"] == ["RRULE:FREQ=DAILY;COUNT=3"]
    assert new["iCalUID"] == f"{SPLIT}@google.com"
    assert new["created"] == created
    assert new["extendedProperties"]["private"] == {"roomly": "b1"}
    assert summaries(api) == ["Review", "Before", "Split", "Split", "Split"]


def test_occurrences_of_a_split_have_ids_of_the_base(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, THIRD, scope="following", summary="Split")
    found = api.events().get(calendarId=ROOM, eventId=FOURTH).execute()
    assert found["recurringEventId"] == SPLIT
    google.control.ui_edit(ROOM, FOURTH, summary="Special")
    assert changes(api, token)[FOURTH]["recurringEventId"] == SPLIT


def test_this_and_following_at_another_time(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, THIRD, scope="following", start="2026-12-03T15:00")
    found = changes(api, token)
    new = next(item for name, item in found.items() if name != MASTER)
    assert not new["id"].startswith(MASTER)
    assert new["sequence"] == 1
    assert new["start"]["dateTime"] == "2026-12-03T15:00:00+09:00"
    assert TRIMMED in found[MASTER]["recurrence"][0]


def test_all_events_reaches_linked_segments_and_exceptions(
    google: StandIn, api: Any, token: str
) -> None:
    google.control.ui_edit(ROOM, SECOND, summary="Special")
    google.control.ui_edit(ROOM, THIRD, scope="following", summary="Split")
    google.control.ui_edit(ROOM, FOURTH, scope="all", summary="Everywhere")
    assert summaries(api) == ["Everywhere"] * 5
    assert {MASTER, SECOND, SPLIT} <= set(changes(api, token))


def test_all_events_moved(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, SECOND, scope="all", start="2026-12-02T16:00")
    found = listed(api, singleEvents=True)["items"]
    assert {item["start"]["dateTime"][11:16] for item in found} == {"16:00"}
    assert changes(api, token)[MASTER]["sequence"] == 1


def test_moving_a_weekly_series_to_another_weekday_moves_its_rule(
    google: StandIn, api: Any
) -> None:
    rule = ["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"]
    insert(api, timed(id="eaci7", recurrence=rule))
    event = "eaci7_20261208T010000Z"
    google.control.ui_edit(ROOM, event, scope="all", start="2026-12-09T10:00")
    found = listed(api, singleEvents=True)["items"]
    assert [item["start"]["dateTime"][8:10] for item in found] == ["02", "09", "16"]


def test_following_from_the_first_is_all(google: StandIn, api: Any, token: str) -> None:
    first = f"{MASTER}_20261201T010000Z"
    google.control.ui_edit(ROOM, first, scope="following", summary="All")
    assert set(changes(api, token)) == {MASTER}
    assert summaries(api) == ["All"] * 5


def test_deleting_this_following_and_all(google: StandIn, api: Any, token: str) -> None:
    google.control.ui_edit(ROOM, FOURTH, summary="Special")
    google.control.ui_delete(ROOM, SECOND)
    found = changes(api, token)
    assert set(found[SECOND]) == BARE | {"recurringEventId", "originalStartTime"}
    google.control.ui_delete(ROOM, THIRD, scope="following")
    found = changes(api, token)
    assert TRIMMED in found[MASTER]["recurrence"][0]
    assert set(found[FOURTH]) == BARE
    google.control.ui_delete(ROOM, MASTER, scope="all")
    assert set(changes(api, token)[MASTER]) == BARE
    assert listed(api)["items"] == []


def test_a_person_creates_a_single_event_and_deletes_it(google: StandIn, api: Any) -> None:
    made = google.control.ui_create(ROOM, timed(summary="By hand"))
    assert api.events().get(calendarId=ROOM, eventId=made["id"]).execute()["summary"] == "By hand"
    google.control.ui_delete(ROOM, made["id"])
    assert google.control.events(ROOM) == []


def test_an_all_day_series_is_split_by_days(google: StandIn, api: Any) -> None:
    body = {
        "start": {"date": "2026-12-01"},
        "end": {"date": "2026-12-02"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"],
    }
    insert(api, body | {"id": MASTER})
    third = f"{MASTER}_20261203"
    google.control.ui_edit(ROOM, third, scope="following", summary="Split")
    found = {item["id"]: item for item in listed(api)["items"]}
    assert found[MASTER]["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20261202"]
    assert found[f"{MASTER}_R20261203"]["recurrence"] == ["RRULE:FREQ=DAILY;COUNT=2"]
    days = [item["start"]["date"] for item in listed(api, singleEvents=True)["items"]]
    assert days == ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"]


def test_a_person_may_change_the_rule(google: StandIn, api: Any, token: str) -> None:
    rule = ["RRULE:FREQ=DAILY;COUNT=2"]
    google.control.ui_edit(ROOM, SECOND, summary="Special")
    google.control.ui_edit(ROOM, THIRD, scope="all", fields={"recurrence": rule})
    assert summaries(api) == ["Review", "Special"]
    google.control.ui_edit(ROOM, SECOND, scope="following", fields={"recurrence": rule})
    assert len(summaries(api)) == 3
