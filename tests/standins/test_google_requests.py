"""What the discovery documents do not publish is refused, in Google's envelope."""

from typing import Any

import httpx
import pytest

from standins.google.server import StandIn
from tests.standins.google_case import ADMIN, ROOM, insert, timed

EVENTS = f"/calendar/v3/calendars/{ROOM}/events"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/calendar/v3/nothing"),
        ("DELETE", EVENTS),
        ("POST", f"{EVENTS}/abcde"),
        ("GET", "/admin/directory/v1/customer/my_customer/resources/desks"),
    ],
)
def test_an_unpublished_path_or_method_is_404(http: httpx.Client, method: str, path: str) -> None:
    assert http.request(method, path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"unknown": "1"},
        {"maxResults": "many"},
        {"maxResults": "0"},
        {"singleEvents": "yes"},
        {"orderBy": "title"},
        {"timeMin": "2026-12-01"},
        {"timeMin": "2026-12-01T10:00:00"},
        {"timeMin": "tomorrow"},
        {"timeMin": "20261201T100000Z"},
        {"timeMin": "2026-12-01T10:00Z"},
        {"quotaUser": "x" * 41},
        {"calendarId": "other"},
        {"orderBy": "startTime"},
        {"timeZone": "Moon/Base"},
        {"pageToken": "x"},
        {"timeMin": "2026-12-02T00:00:00Z", "timeMax": "2026-12-01T00:00:00Z"},
    ],
)
def test_a_wrong_query_is_400(http: httpx.Client, query: dict[str, str]) -> None:
    answer = http.get(EVENTS, params=query)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == 400
    assert error["message"] == error["errors"][0]["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"tittle": "misspelt"},
        {"summary": 5},
        {"start": "2026-12-01"},
        {"start": {"dateTime": "soon"}},
        {"start": {"date": "2026-12-32"}},
        {"start": {"date": "20261201"}},
        {"start": {"dateTime": "2026-12-01 10:00:00"}},
        {"attendees": {"email": ADMIN}},
        {"attendees": [{"mail": ADMIN}]},
        {"extendedProperties": {"private": {"k": 1}}},
        {"guestsCanModify": "true"},
        {"sequence": "1"},
    ],
)
def test_a_wrong_body_is_400_and_writes_nothing(
    google: StandIn, http: httpx.Client, change: dict[str, Any]
) -> None:
    answer = http.post(EVENTS, json=timed(**change))
    assert answer.status_code == 400
    assert "Invalid JSON payload" in answer.json()["error"]["message"]
    assert google.control.events(ROOM) == []


def test_a_body_that_is_not_json_is_400(http: httpx.Client) -> None:
    answer = http.post(EVENTS, content=b"{", headers={"Content-Type": "application/json"})
    assert answer.json()["error"]["errors"][0]["reason"] == "parseError"


def test_read_only_fields_in_a_body_are_ignored(api: Any) -> None:
    made = insert(
        api, timed(creator={"email": "x@y.z"}, etag='"1"', htmlLink="x", kind="calendar#event")
    )
    assert made["creator"]["email"] == ADMIN
    assert made["htmlLink"] != "x"


def test_a_long_get_may_come_as_a_post(http: httpx.Client, api: Any) -> None:
    insert(api, timed())
    answer = http.post(
        EVENTS,
        data={"maxResults": "1", "q": "x" * 2100},
        headers={"X-HTTP-Method-Override": "GET"},
    )
    assert answer.status_code == 200
    assert answer.json()["items"] == []
    found = api.events().list(calendarId=ROOM, q="Review " * 400).execute()
    assert len(found["items"]) == 1


def test_fields_select_parts_of_the_answer(api: Any) -> None:
    insert(api, timed())
    answer = api.events().list(calendarId=ROOM, fields="nextSyncToken,items(id,start/date)")
    found = answer.execute()
    assert set(found) == {"nextSyncToken", "items"}
    assert set(found["items"][0]) == {"id", "start"}


def test_answers_look_like_googles(http: httpx.Client, api: Any) -> None:
    made = insert(api, timed())
    answer = http.get(f"{EVENTS}/{made['id']}")
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["etag"] == made["etag"]
    assert http.delete(f"{EVENTS}/{made['id']}").status_code == 204


def test_the_log_says_what_came(google: StandIn, api: Any) -> None:
    google.control.clear_requests()
    made = insert(api, timed())
    api.events().get(calendarId=ROOM, eventId=made["id"]).execute()
    logged = google.control.requests(api="events.insert")
    assert [entry["status"] for entry in logged] == [200]
    assert logged[0]["body"]["summary"] == "Review"
    assert logged[0]["account"] == ADMIN
    assert google.control.counts() == {"calendar.events.insert": 1, "calendar.events.get": 1}
