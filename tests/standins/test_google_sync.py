"""Listing: filters, pages, sync tokens and their end."""

from typing import Any

import pytest

from standins.google.server import StandIn
from tests.standins.google_case import OTHER_ROOM, ROOM, changes, insert, listed, refusal, timed


def delete(api: Any, event_id: str) -> None:
    api.events().delete(calendarId=ROOM, eventId=event_id).execute()


def page(api: Any, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.events().list(calendarId=ROOM, **query).execute()
    return answer


def test_a_full_list_ends_in_a_sync_token_and_leaves_out_the_deleted(api: Any) -> None:
    kept, gone = insert(api, timed()), insert(api, timed(2))
    delete(api, gone["id"])
    answer = page(api)
    assert [item["id"] for item in answer["items"]] == [kept["id"]]
    assert answer["items"][0] == kept
    assert "nextPageToken" not in answer
    assert answer["timeZone"] == "Asia/Seoul"
    everything = page(api, showDeleted=True)["items"]
    assert {item["id"]: item["status"] for item in everything}[gone["id"]] == "cancelled"


def test_changes_come_once_and_the_deleted_bare(api: Any) -> None:
    first, second = insert(api, timed()), insert(api, timed(2))
    token = page(api)["nextSyncToken"]
    assert page(api, syncToken=token)["items"] == []
    for title in ("A", "B"):
        api.events().patch(calendarId=ROOM, eventId=first["id"], body={"summary": title}).execute()
    delete(api, second["id"])
    third = insert(api, timed(3))
    found = changes(api, token)
    assert set(found) == {first["id"], second["id"], third["id"]}
    assert found[first["id"]]["summary"] == "B"
    assert set(found[second["id"]]) == {"kind", "etag", "id", "status"}


def test_pages_carry_the_sync_token_at_their_end_only(api: Any) -> None:
    made = [insert(api, timed(day))["id"] for day in (1, 2, 3)]
    first = page(api, maxResults=2)
    assert "nextSyncToken" not in first
    insert(api, timed(4))
    last = page(api, maxResults=2, pageToken=first["nextPageToken"])
    shown = [item["id"] for item in first["items"] + last["items"]]
    assert shown[:3] == made
    # What happened between the pages is never lost.
    later = page(api, maxResults=2, syncToken=last["nextSyncToken"])["items"]
    assert [item["start"] for item in later] == [timed_start(4)]


def timed_start(day: int) -> dict[str, str]:
    return {"dateTime": f"2026-12-{day:02}T10:00:00+09:00", "timeZone": "Asia/Seoul"}


def test_a_page_token_belongs_to_its_parameters(api: Any) -> None:
    for day in (1, 2):
        insert(api, timed(day))
    token = page(api, maxResults=1)["nextPageToken"]
    request = api.events().list(calendarId=ROOM, maxResults=1, singleEvents=True, pageToken=token)
    assert refusal(request) == (400, "invalid")


def test_incremental_lists_have_pages_too(api: Any) -> None:
    token = page(api, maxResults=2)["nextSyncToken"]
    made = {insert(api, timed(day))["id"] for day in range(1, 6)}
    assert set(listed_ids(api, maxResults=2, syncToken=token)) == made


def listed_ids(api: Any, **query: Any) -> list[str]:
    return [item["id"] for item in listed(api, **query)["items"]]


def test_small_and_empty_pages_are_legal(google: StandIn, api: Any) -> None:
    made = {insert(api, timed(day))["id"] for day in range(1, 6)}
    google.control.configure(largest_page=2, empty_first_page=True)
    assert page(api)["items"] == []
    assert set(listed_ids(api)) == made


@pytest.mark.parametrize(
    "query",
    [
        {"iCalUID": "x"},
        {"orderBy": "updated"},
        {"privateExtendedProperty": "a=b"},
        {"sharedExtendedProperty": "a=b"},
        {"q": "x"},
        {"timeMin": "2026-12-01T00:00:00Z"},
        {"timeMax": "2026-12-01T00:00:00Z"},
        {"updatedMin": "2026-12-01T00:00:00Z"},
        {"showDeleted": False},
    ],
)
def test_a_sync_token_refuses_company(api: Any, query: dict[str, Any]) -> None:
    token = page(api)["nextSyncToken"]
    request = api.events().list(calendarId=ROOM, syncToken=token, **query)
    assert refusal(request) == (400, "invalid")


def test_a_sync_token_belongs_to_its_parameters_and_calendar(api: Any) -> None:
    token = page(api, maxResults=50)["nextSyncToken"]
    other = api.events().list(calendarId=ROOM, syncToken=token, maxResults=51)
    assert refusal(other) == (410, "fullSyncRequired")
    strange = api.events().list(calendarId=OTHER_ROOM, syncToken=token, maxResults=50)
    assert refusal(strange) == (400, "invalid")
    malformed = api.events().list(calendarId=ROOM, syncToken="x" + token, maxResults=50)
    assert refusal(malformed) == (400, "invalid")


def test_a_first_list_may_have_a_time_bound_that_the_next_leaves_out(api: Any) -> None:
    insert(api, timed())
    token = page(api, timeMin="2026-12-20T00:00:00Z")["nextSyncToken"]
    made = insert(api, timed(21))
    assert set(changes(api, token)) == {made["id"]}


def test_invalidated_and_old_tokens_are_410(google: StandIn, api: Any) -> None:
    token = page(api)["nextSyncToken"]
    google.control.invalidate_sync_tokens(ROOM)
    request = api.events().list(calendarId=ROOM, syncToken=token)
    assert refusal(request) == (410, "fullSyncRequired")
    token = page(api)["nextSyncToken"]
    google.control.configure(sync_token_life=3600)
    google.control.advance_clock(3601)
    request = api.events().list(calendarId=ROOM, syncToken=token)
    assert refusal(request) == (410, "fullSyncRequired")


def test_an_acl_change_ends_sync_tokens(api: Any) -> None:
    token = page(api)["nextSyncToken"]
    rule = {"role": "reader", "scope": {"type": "user", "value": "x@y.example"}}
    api.acl().insert(calendarId=ROOM, body=rule).execute()
    request = api.events().list(calendarId=ROOM, syncToken=token)
    assert refusal(request) == (410, "fullSyncRequired")


def test_a_deleted_calendar_is_404_even_with_a_token(google: StandIn, api: Any) -> None:
    token = page(api)["nextSyncToken"]
    google.control.change_calendar(ROOM, deleted=True)
    assert refusal(api.events().list(calendarId=ROOM, syncToken=token)) == (404, "notFound")


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        ("2026-12-01T01:00:00Z", None, 1),
        ("2026-12-01T01:59:59Z", None, 1),
        ("2026-12-01T02:00:00Z", None, 0),
        (None, "2026-12-01T01:00:01Z", 1),
        (None, "2026-12-01T01:00:00Z", 0),
    ],
)
def test_time_bounds_are_exclusive(
    api: Any, since: str | None, until: str | None, count: int
) -> None:
    insert(api, timed())  # 01:00 to 02:00 UTC
    bounds = {"timeMin": since, "timeMax": until}
    found = page(api, **{name: value for name, value in bounds.items() if value})
    assert len(found["items"]) == count


def test_filters(api: Any) -> None:
    mine = insert(api, timed(extendedProperties={"private": {"roomly": "1"}}, summary="Design day"))
    insert(api, timed(2))
    wanted = [mine["id"]]
    assert listed_ids(api, privateExtendedProperty="roomly=1") == wanted
    assert listed_ids(api, iCalUID=mine["iCalUID"]) == wanted
    assert listed_ids(api, q="day design") == wanted
    assert listed_ids(api, sharedExtendedProperty="roomly=1") == []
    assert listed_ids(api, eventTypes="focusTime") == []


def test_order_by_start_and_by_update(api: Any) -> None:
    late, early = insert(api, timed(9)), insert(api, timed(3))
    assert listed_ids(api, singleEvents=True, orderBy="startTime") == [early["id"], late["id"]]
    assert listed_ids(api, orderBy="updated") == [late["id"], early["id"]]


def test_updated_min_tells_deletions_and_has_its_limit(google: StandIn, api: Any) -> None:
    google.control.set_clock("2026-12-10T00:00:00Z")
    made = insert(api, timed())
    delete(api, made["id"])
    assert listed_ids(api, updatedMin="2026-12-09T00:00:00Z") == [made["id"]]
    assert listed_ids(api, updatedMin="2026-12-11T00:00:00Z") == []
    request = api.events().list(calendarId=ROOM, updatedMin="2026-11-01T00:00:00Z")
    assert refusal(request) == (410, "updatedMinTooLongAgo")
