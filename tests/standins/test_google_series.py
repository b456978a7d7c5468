"""Series through the API: occurrences, exceptions, re-emission, tombstones, time zones."""

from typing import Any

import pytest

from standins.google.server import StandIn
from tests.standins.google_case import ROOM, changes, daily, insert, listed, refusal, timed

MASTER = "abc123"
SECOND = f"{MASTER}_20261202T010000Z"
THIRD = f"{MASTER}_20261203T010000Z"
BARE = {"kind", "etag", "id", "status"}


def instances(api: Any, event_id: str = MASTER, **query: Any) -> list[dict[str, Any]]:
    request = api.events().instances(calendarId=ROOM, eventId=event_id, **query)
    items: list[dict[str, Any]] = request.execute()["items"]
    return items


def starts(items: list[dict[str, Any]]) -> list[str]:
    return [item["start"].get("dateTime") or item["start"]["date"] for item in items]


def patch(api: Any, event_id: str, **body: Any) -> dict[str, Any]:
    changed: dict[str, Any] = (
        api.events().patch(calendarId=ROOM, eventId=event_id, body=body).execute()
    )
    return changed


def delete(api: Any, event_id: str) -> None:
    api.events().delete(calendarId=ROOM, eventId=event_id).execute()


def times(day: int, hour: int) -> dict[str, Any]:
    return {name: timed(day, hour)[name] for name in ("start", "end")}


@pytest.fixture
def token(api: Any) -> str:
    """A sync token from just after a series of five days was made."""
    insert(api, daily(id=MASTER))
    made: str = listed(api)["nextSyncToken"]
    return made


def test_occurrences_have_ids_from_their_original_start(api: Any, token: str) -> None:
    found = instances(api)
    assert [item["id"] for item in found][:2] == [f"{MASTER}_20261201T010000Z", SECOND]
    assert {item["recurringEventId"] for item in found} == {MASTER}
    assert {item["iCalUID"] for item in found} == {f"{MASTER}@google.com"}
    assert all("recurrence" not in item for item in found)
    assert found[1]["originalStartTime"] == found[1]["start"]


def test_an_occurrence_can_be_read_by_its_id(api: Any, token: str) -> None:
    found = api.events().get(calendarId=ROOM, eventId=SECOND).execute()
    assert found == instances(api)[1]
    assert refusal(api.events().get(calendarId=ROOM, eventId=f"{MASTER}_20261209T010000Z")) == (
        404,
        "notFound",
    )


def test_single_events_expands_and_the_other_list_does_not(api: Any, token: str) -> None:
    assert [item["id"] for item in listed(api)["items"]] == [MASTER]
    window = {"timeMin": "2026-12-02T00:00:00Z", "timeMax": "2026-12-04T00:00:00Z"}
    found = listed(api, singleEvents=True, **window)["items"]
    assert [item["id"] for item in found] == [SECOND, THIRD]
    assert [item["id"] for item in listed(api, **window)["items"]] == [MASTER]
    assert listed(api, timeMin="2027-01-01T00:00:00Z")["items"] == []


def test_an_edited_occurrence_brings_the_whole_series_again(api: Any, token: str) -> None:
    patch(api, SECOND, summary="Special")
    patch(api, THIRD, **times(3, 15))
    found = changes(api, token)
    assert set(found) == {MASTER, SECOND, THIRD}
    assert len({item["etag"] for item in found.values()}) == 1
    assert found[SECOND]["summary"] == "Special"
    assert found[SECOND]["sequence"] == 0
    assert found[THIRD]["sequence"] == 1
    assert found[THIRD]["start"]["dateTime"] == "2026-12-03T15:00:00+09:00"
    assert found[THIRD]["originalStartTime"]["dateTime"] == "2026-12-03T10:00:00+09:00"
    assert instances(api)[2]["id"] == THIRD


def test_an_occurrence_may_move_to_another_day_and_keeps_its_id(api: Any, token: str) -> None:
    patch(api, SECOND, **times(20, 9))
    window = {"timeMin": "2026-12-19T00:00:00Z", "timeMax": "2026-12-21T00:00:00Z"}
    assert [i["id"] for i in listed(api, singleEvents=True, **window)["items"]] == [SECOND]
    # The exception lies in the window although its master does not.
    assert SECOND in {i["id"] for i in listed(api, **window)["items"]}


def test_a_cancelled_occurrence_is_a_stub_that_even_full_lists_show(api: Any, token: str) -> None:
    delete(api, SECOND)
    stub = changes(api, token)[SECOND]
    assert set(stub) == BARE | {"recurringEventId", "originalStartTime"}
    assert stub in listed(api)["items"]
    assert SECOND not in {item["id"] for item in instances(api)}
    assert SECOND in {item["id"] for item in instances(api, showDeleted=True)}
    assert refusal(api.events().delete(calendarId=ROOM, eventId=SECOND)) == (410, "deleted")


def test_a_cancelled_occurrence_can_be_restored(api: Any, token: str) -> None:
    delete(api, SECOND)
    assert patch(api, SECOND, status="confirmed")["status"] == "confirmed"
    assert SECOND in {item["id"] for item in instances(api)}


def test_deleting_a_series_tells_one_bare_row(api: Any, token: str) -> None:
    patch(api, SECOND, summary="Special")
    delete(api, MASTER)
    found = changes(api, token)
    assert set(found) == {MASTER}
    assert set(found[MASTER]) == BARE
    assert listed(api, singleEvents=True)["items"] == []


def test_a_shortened_rule_drops_later_exceptions_bare(api: Any, token: str) -> None:
    patch(api, SECOND, summary="Special")
    patch(api, THIRD, summary="Special")
    patch(api, MASTER, recurrence=["RRULE:FREQ=DAILY;UNTIL=20261202T145959Z"])
    found = changes(api, token)
    assert set(found[THIRD]) == BARE
    assert found[SECOND]["status"] == "confirmed"
    assert [item["id"] for item in listed(api)["items"]] == [MASTER, SECOND]


def test_a_series_title_reaches_exceptions_that_kept_it(api: Any, token: str) -> None:
    patch(api, SECOND, summary="Own title")
    patch(api, THIRD, **times(3, 15))
    patch(api, MASTER, summary="New title")
    assert [item["summary"] for item in instances(api)][:3] == [
        "New title",
        "Own title",
        "New title",
    ]


def test_a_series_title_may_leave_all_exceptions_alone(
    google: StandIn, api: Any, token: str
) -> None:
    google.control.configure(exceptions_follow_words=False)
    patch(api, THIRD, **times(3, 15))
    patch(api, MASTER, summary="New title")
    assert [item["summary"] for item in instances(api)][1:3] == ["New title", "Review"]


def test_a_moved_series_loses_exceptions_whose_start_is_gone(api: Any, token: str) -> None:
    patch(api, SECOND, summary="Special")
    changed = patch(api, MASTER, **times(1, 14))
    assert changed["sequence"] == 1
    assert set(changes(api, token)[SECOND]) == BARE
    assert starts(instances(api))[1] == "2026-12-02T14:00:00+09:00"


def test_a_moved_series_may_take_its_exceptions_along(
    google: StandIn, api: Any, token: str
) -> None:
    google.control.configure(exceptions_of_changed_series="moved")
    patch(api, SECOND, summary="Special")
    patch(api, THIRD, summary="Third")
    patch(api, MASTER, **times(2, 10))
    found = changes(api, token)
    assert set(found[SECOND]) == BARE
    assert found[THIRD]["summary"] == "Special"
    assert found[THIRD]["start"] == found[THIRD]["originalStartTime"]
    assert [item["summary"] for item in instances(api)][:3] == ["Review", "Special", "Third"]


def test_a_moved_series_may_drop_or_keep_all_its_exceptions(
    google: StandIn, api: Any, token: str
) -> None:
    patch(api, SECOND, summary="Special")
    google.control.configure(exceptions_of_changed_series="kept")
    patch(api, MASTER, **times(1, 14))
    found = instances(api)
    assert [(item["id"], item["summary"]) for item in found if item["summary"] == "Special"] == [
        (SECOND, "Special")
    ]
    assert len(found) == 6
    google.control.configure(exceptions_of_changed_series="dropped")
    patch(api, MASTER, **times(1, 10))
    assert set(changes(api, token)[SECOND]) == BARE
    assert [item["summary"] for item in instances(api)] == ["Review"] * 5


def test_an_occurrence_checks_the_series_etag(api: Any, token: str) -> None:
    stale = instances(api)[1]["etag"]
    patch(api, THIRD, summary="Other")
    request = api.events().patch(calendarId=ROOM, eventId=SECOND, body={"summary": "X"})
    request.headers["If-Match"] = stale
    assert refusal(request) == (412, "conditionNotMet")


def test_a_single_event_becomes_a_series_under_the_same_id(api: Any) -> None:
    made = insert(api, timed())
    patch(api, made["id"], recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    assert len(instances(api, made["id"])) == 3
    patch(api, made["id"], recurrence=None)
    assert len(listed(api, singleEvents=True)["items"]) == 1


def test_instances_of_an_instance_are_that_one(api: Any, token: str) -> None:
    assert [item["id"] for item in instances(api, SECOND)] == [SECOND]


def test_instances_have_an_inclusive_lower_bound_and_find_an_original_start(
    api: Any, token: str
) -> None:
    bound = {"timeMin": "2026-12-05T02:00:00Z"}
    assert len(instances(api, **bound)) == 1
    assert len(listed(api, singleEvents=True, **bound)["items"]) == 0
    found = instances(api, originalStart="2026-12-02T10:00:00+09:00")
    assert [item["id"] for item in found] == [SECOND]


def test_the_wall_clock_is_constant_over_a_change_of_clocks(api: Any) -> None:
    berlin = {"timeZone": "Europe/Berlin"}
    body = {
        "start": {"dateTime": "2026-10-24T02:30:00", **berlin},
        "end": {"dateTime": "2026-10-24T03:30:00", **berlin},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    }
    made = insert(api, body)
    ids = [item["id"].partition("_")[2] for item in instances(api, made["id"])]
    assert ids == ["20261024T003000Z", "20261025T003000Z", "20261026T013000Z"]


def test_all_day_series(api: Any) -> None:
    body = {
        "start": {"date": "2026-12-07"},
        "end": {"date": "2026-12-09"},
        "recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261221"],
    }
    made = insert(api, body)
    found = instances(api, made["id"])
    assert starts(found) == ["2026-12-07", "2026-12-14", "2026-12-21"]
    assert found[1]["id"] == f"{made['id']}_20261214"
    assert found[1]["end"] == {"date": "2026-12-16"}


def test_exdate_and_rdate_with_zones(api: Any) -> None:
    lines = [
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXDATE;TZID=America/New_York:20261201T200000",
        "RDATE:20261210T010000Z",
        "RDATE;TZID=Asia/Seoul:20261212T090000,20261213T090000",
    ]
    made = insert(api, timed(recurrence=lines))
    days = [start[8:16] for start in starts(instances(api, made["id"]))]
    assert days == ["01T10:00", "03T10:00", "10T10:00", "12T09:00", "13T09:00"]
    assert made["recurrence"] == lines


def test_a_start_off_the_rule_is_the_first_occurrence(api: Any) -> None:
    made = insert(api, timed(recurrence=["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3"]))
    days = [start[8:10] for start in starts(instances(api, made["id"]))]
    assert days == ["01", "03", "10"]


@pytest.mark.parametrize(
    "lines",
    [
        ["FREQ=DAILY"],
        ["RRULE:INTERVAL=2"],
        ["RRULE:FREQ=SOMETIMES"],
        ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20261210T000000Z"],
        ["RRULE:FREQ=DAILY;UNTIL=20261210T000000"],
        ["DTSTART:20261201T000000Z", "RRULE:FREQ=DAILY"],
        ["EXDATE:someday"],
    ],
)
def test_rules_google_refuses(api: Any, lines: list[str]) -> None:
    request = api.events().insert(calendarId=ROOM, body=timed(recurrence=lines))
    assert refusal(request) == (400, "invalid")


def test_a_timed_series_needs_its_zone(api: Any) -> None:
    body = {
        "start": {"dateTime": "2026-12-01T10:00:00+09:00"},
        "end": {"dateTime": "2026-12-01T11:00:00+09:00"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
    }
    assert refusal(api.events().insert(calendarId=ROOM, body=body)) == (400, "required")


def test_an_endless_series_lists_a_bounded_number(api: Any) -> None:
    insert(api, timed(recurrence=["RRULE:FREQ=DAILY"]))
    assert len(listed(api, singleEvents=True, maxResults=2500)["items"]) == 730


def test_exceptions_may_come_before_their_master(google: StandIn, api: Any, token: str) -> None:
    patch(api, SECOND, summary="Special")
    google.control.configure(list_order="exceptions_first", largest_page=1)
    assert list(changes(api, token)) == [SECOND, MASTER]
