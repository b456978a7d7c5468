"""Trouble on demand: faults, quota, latency, dropped connections."""

import time
from typing import Any

import httpx
import pytest

from standins.google.server import StandIn
from tests.standins.google_case import ADMIN, CLIENT, ROOM, daily, insert, listed, refusal, timed

EVENTS = f"/calendar/v3/calendars/{ROOM}/events"


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("rateLimitExceeded", 403, "rateLimitExceeded"),
        ("userRateLimitExceeded", 403, "userRateLimitExceeded"),
        ("quotaExceeded", 403, "quotaExceeded"),
        ("tooManyRequests", 429, "rateLimitExceeded"),
        ("fullSyncRequired", 410, "fullSyncRequired"),
        ("conditionNotMet", 412, "conditionNotMet"),
        ("backendError", 500, "backendError"),
        ("unavailable", 503, "backendError"),
    ],
)
def test_a_fault_meets_one_request_and_is_gone(
    google: StandIn, api: Any, kind: str, status: int, reason: str
) -> None:
    google.control.fault(kind, method="events.insert")
    assert listed(api)["items"] == []
    assert refusal(api.events().insert(calendarId=ROOM, body=timed())) == (status, reason)
    assert google.control.events(ROOM) == []
    insert(api, timed())


def test_retry_after_travels(google: StandIn, http: httpx.Client) -> None:
    google.control.fault("tooManyRequests", path="*/events", retry_after=7)
    answer = http.get(EVENTS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_an_unauthorised_answer_makes_the_client_refresh(google: StandIn, api: Any) -> None:
    google.control.fault("authError", times=1)
    assert listed(api)["items"] == []
    assert [e["status"] for e in google.control.requests(api="events.list")] == [401, 200]


@pytest.mark.parametrize(("kind", "made"), [("drop", 0), ("drop_after", 1)])
def test_a_dropped_connection_before_or_after_the_effect(
    google: StandIn, http: httpx.Client, kind: str, made: int
) -> None:
    google.control.fault(kind, method="POST")
    with pytest.raises(httpx.TransportError):
        http.post(EVENTS, json=timed())
    assert len(google.control.events(ROOM)) == made


def test_an_error_after_the_effect(google: StandIn, api: Any) -> None:
    google.control.fault("backendError", method="events.insert", after=True)
    request = api.events().insert(calendarId=ROOM, body=timed(id="abcde"))
    assert refusal(request)[0] == 500
    assert refusal(request) == (409, "duplicate")


def test_latency(google: StandIn, http: httpx.Client) -> None:
    google.control.fault("latency", latency=0.2)
    began = time.monotonic()
    assert http.get(EVENTS).status_code == 200
    assert time.monotonic() - began >= 0.2


def test_faults_by_chance_and_their_withdrawal(google: StandIn, http: httpx.Client) -> None:
    google.control.fault("backendError", probability=0.5, times=None)
    statuses = {http.get(EVENTS).status_code for _ in range(30)}
    assert statuses == {200, 500}
    google.control.clear_faults()
    assert {http.get(EVENTS).status_code for _ in range(10)} == {200}


def test_unknown_faults_and_settings_are_refused(google: StandIn) -> None:
    with pytest.raises(RuntimeError, match="unknown fault"):
        google.control.fault("earthquake")
    with pytest.raises(RuntimeError, match="unknown setting"):
        google.control.configure(gravity=0)
    with pytest.raises(RuntimeError, match="takes int"):
        google.control.configure(access_token_life="long")


def test_the_quota_slides_and_a_patch_costs_three(google: StandIn, http: httpx.Client) -> None:
    google.control.set_clock("2026-12-01T00:00:00Z")
    http.headers["Authorization"] = f"Bearer {google.control.access_token(ADMIN)}"
    google.control.configure(quota_on=True, quota_per_user_minute=4)
    made = http.post(EVENTS, json=timed()).json()
    assert http.patch(f"{EVENTS}/{made['id']}", json={"summary": "X"}).status_code == 200
    answer = http.get(EVENTS)
    reason = answer.json()["error"]["errors"][0]["reason"]
    assert (answer.status_code, reason) == (403, "userRateLimitExceeded")
    assert http.get(EVENTS, params={"quotaUser": "other"}).status_code == 200
    google.control.advance_clock(61)
    assert http.get(EVENTS).status_code == 200


def test_the_project_quota_answers_403_or_429(google: StandIn, http: httpx.Client) -> None:
    google.control.configure(quota_on=True, quota_per_project_minute=1)
    statuses = [http.get(EVENTS).status_code for _ in range(3)]
    assert sorted(statuses) == [200, 403, 429]


def test_the_abuse_guard_stops_writes_alone(google: StandIn, api: Any) -> None:
    google.control.block_user(ADMIN)
    request = api.events().insert(calendarId=ROOM, body=timed())
    assert refusal(request) == (403, "quotaExceeded")
    assert listed(api)["items"] == []


def test_a_reset_is_quick_and_leaves_nothing(google: StandIn, api: Any) -> None:
    insert(api, daily())
    google.control.configure(quota_on=True)
    google.control.fault("backendError", times=None)
    began = time.perf_counter()
    google.control.reset()
    assert time.perf_counter() - began < 0.05
    assert google.control.counts() == {}
    assert google.control.channels() == []
    assert google.control.configure()["quota_on"] is False


def test_event_ids_follow_from_the_seed(google: StandIn) -> None:
    found = []
    for _ in range(2):
        google.control.reset(seed=7)
        google.control.add_room_calendar(ROOM, "Yeouido")
        found.append(google.control.ui_create(ROOM, timed())["id"])
    assert found[0] == found[1]


def refresh(google: StandIn) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": google.control.grant(ADMIN), **CLIENT}
    return httpx.post(f"{google.url}/token", data=form, trust_env=False)


def test_the_token_endpoint_has_faults_of_its_own(google: StandIn) -> None:
    google.control.fault("backendError", times=None)
    assert refresh(google).status_code == 200
    google.control.fault("invalid_grant")
    answer = refresh(google)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    google.control.fault("unavailable", method="oauth.token", retry_after=3)
    answer = refresh(google)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    google.control.fault("drop", path="/token")
    with pytest.raises(httpx.TransportError):
        refresh(google)


def test_token_requests_are_logged_without_secrets(google: StandIn) -> None:
    refresh(google)
    logged = google.control.requests(api="oauth.token")
    assert [entry["status"] for entry in logged] == [200]
    assert set(logged[0]["body"]) == {"grant_type", "client_id"}


def test_the_date_header_follows_the_clock(google: StandIn, http: httpx.Client) -> None:
    google.control.set_clock("2026-12-24T18:00:00+00:00")
    answer = httpx.get(f"{google.url}/oauth2/v3/certs", trust_env=False)
    assert answer.headers.get_list("date") == ["Thu, 24 Dec 2026 18:00:00 GMT"]
