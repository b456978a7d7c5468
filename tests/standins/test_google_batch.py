"""Batches through Google's own client."""

from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from standins.google.server import StandIn
from tests.standins.google_case import ROOM, insert, listed, timed


def run(google: StandIn, *requests: Any) -> list[tuple[Any, HttpError | None]]:
    """The answers in the order of the requests."""
    found: dict[str, tuple[Any, HttpError | None]] = {}

    def keep(name: str, answer: Any, error: HttpError | None) -> None:
        found[name] = (answer, error)

    batch = BatchHttpRequest(callback=keep, batch_uri=f"{google.url}/batch/calendar/v3")
    for number, request in enumerate(requests):
        batch.add(request, request_id=str(number))
    batch.execute()
    return [found[str(number)] for number in range(len(requests))]


def test_each_part_has_its_own_answer(google: StandIn, api: Any) -> None:
    kept = insert(api, timed())
    answers = run(
        google,
        api.events().insert(calendarId=ROOM, body=timed(2, summary="회의")),
        api.events().get(calendarId=ROOM, eventId=kept["id"]),
        api.events().get(calendarId=ROOM, eventId="unknown0"),
        api.events().delete(calendarId=ROOM, eventId=kept["id"]),
    )
    assert answers[0][0]["summary"] == "회의"
    assert answers[1][0]["id"] == kept["id"]
    error = answers[2][1]
    assert error is not None
    assert error.status_code == 404
    assert answers[3][1] is None
    assert len(listed(api)["items"]) == 1


def test_parts_run_in_any_order(google: StandIn, api: Any) -> None:
    google.control.clear_requests()
    run(google, *(api.events().get(calendarId=ROOM, eventId=f"{n:05}") for n in range(20)))
    paths = [entry["path"] for entry in google.control.requests(api="events.get")]
    assert len(paths) == 20
    assert paths != sorted(paths)


def test_an_etag_travels_with_its_part(google: StandIn, api: Any) -> None:
    made = insert(api, timed())
    request = api.events().patch(calendarId=ROOM, eventId=made["id"], body={"summary": "X"})
    request.headers["If-Match"] = '"1"'
    error = run(google, request)[0][1]
    assert error is not None
    assert error.status_code == 412


def test_a_fault_can_hit_one_part(google: StandIn, api: Any) -> None:
    google.control.fault("rateLimitExceeded", method="events.get")
    request = api.events().get(calendarId=ROOM, eventId="abcde")
    statuses = [error and error.status_code for _, error in run(google, request, request.__class__(
        request.http, request.postproc, request.uri.replace("abcde", "fghij"),
        methodId=request.methodId,
    ))]  # fmt: skip
    assert sorted(statuses, key=str) == [403, 404]


def test_a_batch_without_parts_is_refused(google: StandIn, http: Any) -> None:
    answer = http.post("/batch/calendar/v3", content=b"", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/batch/calendar/v3", "/batch"])
def test_both_addresses_take_batches(google: StandIn, api: Any, path: str) -> None:
    seen: list[Any] = []
    batch = BatchHttpRequest(
        callback=lambda _name, answer, _error: seen.append(answer), batch_uri=f"{google.url}{path}"
    )
    batch.add(api.calendars().get(calendarId=ROOM))
    batch.execute()
    assert seen[0]["id"] == ROOM
