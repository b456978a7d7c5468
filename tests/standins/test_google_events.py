"""Single events: ids, versions, times, fields, deletion, moving."""

from typing import Any

import httpx
import pytest

from standins.google.server import StandIn
from tests.standins.google_case import (
    ADMIN,
    MEMBER,
    OTHER_ROOM,
    ROOM,
    insert,
    listed,
    refusal,
    service_for,
    timed,
)

EVENTS = f"/calendar/v3/calendars/{ROOM}/events"
ALL_DAY = {"start": {"date": "2026-12-24"}, "end": {"date": "2026-12-25"}}


def get(api: Any, event_id: str, calendar: str = ROOM, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = (
        api.events().get(calendarId=calendar, eventId=event_id, **query).execute()
    )
    return found


def patch(api: Any, event_id: str, **body: Any) -> dict[str, Any]:
    changed: dict[str, Any] = (
        api.events().patch(calendarId=ROOM, eventId=event_id, body=body).execute()
    )
    return changed


def test_an_own_id_is_kept_and_burnt_for_ever(api: Any) -> None:
    event_id = "0123456789abcdefghijklmnopqrstuv"
    made = insert(api, timed(id=event_id))
    assert (made["id"], made["iCalUID"]) == (event_id, f"{event_id}@google.com")
    again = api.events().insert(calendarId=ROOM, body=timed(id=event_id))
    assert refusal(again) == (409, "duplicate")
    api.events().delete(calendarId=ROOM, eventId=event_id).execute()
    assert refusal(again) == (409, "duplicate")
    assert insert(api, timed(id=event_id), OTHER_ROOM)["id"] == event_id


@pytest.mark.parametrize("event_id", ["abcd", "wxyz0", "ABCDE", "ab-cde", "a_bcde", "a" * 1025])
def test_an_id_outside_the_alphabet_is_refused(api: Any, event_id: str) -> None:
    request = api.events().insert(calendarId=ROOM, body=timed(id=event_id))
    assert refusal(request) == (400, "invalid")


def test_an_id_of_googles_own_making_follows_the_rule_too(api: Any) -> None:
    made = insert(api, timed())["id"]
    insert(api, timed(id=made[:-1] + "0"))


def test_a_stale_etag_is_412_and_a_star_forces(api: Any) -> None:
    made = insert(api, timed())
    patch(api, made["id"], summary="Later")
    request = api.events().patch(calendarId=ROOM, eventId=made["id"], body={"summary": "Stale"})
    request.headers["If-Match"] = made["etag"]
    assert refusal(request) == (412, "conditionNotMet")
    deletion = api.events().delete(calendarId=ROOM, eventId=made["id"])
    deletion.headers["If-Match"] = made["etag"]
    assert refusal(deletion) == (412, "conditionNotMet")
    request.headers["If-Match"] = "*"
    assert request.execute()["summary"] == "Stale"


def test_every_write_gives_a_new_etag_even_when_time_stands_still(
    google: StandIn, api: Any
) -> None:
    google.control.set_clock("2026-12-01T00:00:00Z")
    made = insert(api, timed())
    assert made["created"] == "2026-12-01T00:00:00.000Z"
    assert patch(api, made["id"], summary="A")["etag"] != made["etag"]


def test_a_write_without_change_can_be_told_to_keep_the_etag(google: StandIn, api: Any) -> None:
    made = insert(api, timed())
    assert patch(api, made["id"], summary="Review")["etag"] != made["etag"]
    google.control.configure(noop_write_changes_etag=False)
    kept = patch(api, made["id"], summary="Other")["etag"]
    assert patch(api, made["id"], summary="Other")["etag"] == kept


def test_patch_keeps_what_it_does_not_mention_and_null_clears(api: Any) -> None:
    made = insert(api, timed(description="Old", location="Here"))
    changed = patch(api, made["id"], description=None, summary="New")
    assert "description" not in changed
    assert (changed["summary"], changed["location"]) == ("New", "Here")
    assert changed["start"] == made["start"]


def test_update_wipes_what_it_leaves_out(api: Any) -> None:
    made = insert(api, timed(description="Old", extendedProperties={"private": {"k": "v"}}))
    request = api.events().update(calendarId=ROOM, eventId=made["id"], body=timed())
    changed = request.execute()
    assert "description" not in changed
    assert "extendedProperties" not in changed
    request = api.events().update(calendarId=ROOM, eventId=made["id"], body={"summary": "X"})
    assert refusal(request) == (400, "required")


def test_defaults_are_left_out_of_answers(api: Any) -> None:
    made = insert(
        api,
        timed(
            transparency="opaque", visibility="default", guestsCanInviteOthers=True, attendees=[]
        ),
    )
    assert not {"transparency", "visibility", "guestsCanInviteOthers", "attendees"} & set(made)
    made = insert(api, timed(transparency="transparent", guestsCanInviteOthers=False))
    assert made["transparency"] == "transparent"
    assert made["guestsCanInviteOthers"] is False


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (None, {"dateTime": "2026-12-01T11:00:00Z"}, "required"),
        ({"dateTime": "2026-12-01T10:00:00Z"}, None, "required"),
        ({"dateTime": "2026-12-01T10:00:00"}, {"dateTime": "2026-12-01T11:00:00Z"}, "required"),
        (
            {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "Moon/Base"},
            {"dateTime": "2026-12-01T11:00:00Z"},
            "invalid",
        ),
        (
            {"dateTime": "2026-12-01T10:00:00Z"},
            {"dateTime": "2026-12-01T10:00:00Z"},
            "timeRangeEmpty",
        ),
        ({"date": "2026-12-01"}, {"date": "2026-12-01"}, "timeRangeEmpty"),
        ({"date": "2026-12-01"}, {"dateTime": "2026-12-01T10:00:00Z"}, "invalid"),
        (
            {"date": "2026-12-01", "dateTime": "2026-12-01T10:00:00Z"},
            {"date": "2026-12-02"},
            "invalid",
        ),
    ],
)
def test_wrong_times_are_refused(api: Any, start: Any, end: Any, reason: str) -> None:
    request = api.events().insert(calendarId=ROOM, body={"start": start, "end": end})
    assert refusal(request) == (400, reason)


def test_times_are_shown_in_the_calendars_zone_or_the_asked_one(api: Any) -> None:
    made = insert(
        api,
        {
            "start": {"dateTime": "2026-12-01T01:00:00Z"},
            "end": {"dateTime": "2026-12-01T04:00:00+02:00"},
        },
    )
    assert made["start"]["dateTime"] == "2026-12-01T10:00:00+09:00"
    assert made["end"]["dateTime"] == "2026-12-01T11:00:00+09:00"
    shown = get(api, made["id"], timeZone="America/New_York")
    assert shown["start"]["dateTime"] == "2026-11-30T20:00:00-05:00"
    assert get(api, made["id"], timeZone="UTC")["start"]["dateTime"] == "2026-12-01T01:00:00Z"


def test_all_day_dates_never_shift(api: Any) -> None:
    made = insert(api, ALL_DAY)
    assert get(api, made["id"], timeZone="Pacific/Honolulu")["start"] == {"date": "2026-12-24"}


def test_switching_to_all_day_needs_the_other_member_cleared(api: Any) -> None:
    made = insert(api, timed())
    request = api.events().patch(calendarId=ROOM, eventId=made["id"], body=ALL_DAY)
    assert refusal(request) == (400, "invalid")
    cleared = {
        name: {**moment, "dateTime": None, "timeZone": None} for name, moment in ALL_DAY.items()
    }
    assert patch(api, made["id"], **cleared)["start"] == {"date": "2026-12-24"}


def test_sequence_rises_with_time_changes_only(api: Any) -> None:
    made = insert(api, timed())
    assert patch(api, made["id"], summary="New")["sequence"] == 0
    assert patch(api, made["id"], **{k: timed(2)[k] for k in ("start", "end")})["sequence"] == 1
    request = api.events().patch(calendarId=ROOM, eventId=made["id"], body={"sequence": 0})
    assert refusal(request) == (400, "invalid")


def test_extended_properties_are_cut_silently(api: Any) -> None:
    private = {"k" * 45: "gone", "k" * 44: "v" * 2000}
    made = insert(api, timed(extendedProperties={"private": private}))
    assert made["extendedProperties"]["private"] == {"k" * 44: "v" * 1024}
    changed = patch(api, made["id"], extendedProperties={"private": {"k" * 44: None, "b": "2"}})
    assert changed["extendedProperties"] == {"private": {"b": "2"}}


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled"},
        {"visibility": "secret"},
        {"transparency": "glass"},
        {"reminders": {"overrides": [{"method": "popup", "minutes": 5}] * 6}},
        {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 5}]}},
        {"reminders": {"overrides": [{"method": "popup", "minutes": 40321}]}},
        {"attendees": [{"displayName": "No address"}]},
        {"attendees": [{"email": "not an address"}]},
        {"source": {"url": "javascript:alert(1)"}},
        {"id": "abcde", "iCalUID": "other@example.com"},
    ],
)
def test_wrong_fields_are_refused(api: Any, change: dict[str, Any]) -> None:
    assert refusal(api.events().insert(calendarId=ROOM, body=timed(**change)))[0] == 400


def test_deleting_twice_is_410_and_the_event_can_still_be_read(api: Any) -> None:
    made = insert(api, timed())
    deletion = api.events().delete(calendarId=ROOM, eventId=made["id"])
    deletion.execute()
    assert refusal(deletion) == (410, "deleted")
    assert get(api, made["id"])["status"] == "cancelled"
    change = api.events().patch(calendarId=ROOM, eventId=made["id"], body={"summary": "X"})
    assert refusal(change) == (403, "forbidden")


def test_cancelling_by_status_deletes(api: Any) -> None:
    made = insert(api, timed())
    assert patch(api, made["id"], status="cancelled")["status"] == "cancelled"
    assert listed(api)["items"] == []


def test_roles_decide(google: StandIn, api: Any) -> None:
    made = insert(api, timed())
    reader = service_for(google, MEMBER)
    assert get(reader, made["id"])["summary"] == "Review"
    request = reader.events().insert(calendarId=ROOM, body=timed())
    assert refusal(request) == (403, "requiredAccessLevel")
    google.control.set_acl(ROOM, "domain:hangang.example", None)
    assert refusal(reader.events().list(calendarId=ROOM)) == (404, "notFound")
    assert refusal(api.events().list(calendarId="unknown@example.com")) == (404, "notFound")


def test_a_reader_sees_no_details_of_private_events(google: StandIn, api: Any) -> None:
    made = insert(api, timed(visibility="private"))
    shown = get(service_for(google, MEMBER), made["id"])
    assert "summary" not in shown
    assert shown["start"] == made["start"]


def test_moving_leaves_a_stub_and_keeps_the_id(api: Any) -> None:
    made = insert(api, timed())
    token = listed(api)["nextSyncToken"]
    answer = (
        api.events().move(calendarId=ROOM, eventId=made["id"], destination=OTHER_ROOM).execute()
    )
    assert answer["status"] == "cancelled"
    moved = get(api, made["id"], OTHER_ROOM)
    assert (moved["status"], moved["organizer"]["email"]) == ("confirmed", OTHER_ROOM)
    stub = listed(api, syncToken=token)["items"]
    assert [set(item) for item in stub] == [{"kind", "etag", "id", "status"}]


def test_meet_needs_the_version_and_a_request_id_counts_once(api: Any) -> None:
    kind = {"conferenceSolutionKey": {"type": "hangoutsMeet"}}
    body = timed(conferenceData={"createRequest": {"requestId": "r1", **kind}})
    assert "conferenceData" not in insert(api, body)
    made = insert(api, body, conferenceDataVersion=1)
    assert made["conferenceData"]["createRequest"]["status"]["statusCode"] == "success"
    assert made["hangoutLink"].startswith("https://meet.google.com/")
    same = api.events().patch(
        calendarId=ROOM, eventId=made["id"], conferenceDataVersion=1,
        body={"conferenceData": body["conferenceData"]},
    )  # fmt: skip
    assert same.execute()["hangoutLink"] == made["hangoutLink"]
    assert patch(api, made["id"], summary="New")["hangoutLink"] == made["hangoutLink"]
    gone = api.events().patch(
        calendarId=ROOM, eventId=made["id"], conferenceDataVersion=1, body={"conferenceData": None}
    )
    assert "hangoutLink" not in gone.execute()


def test_a_conference_of_another_kind_is_refused(api: Any) -> None:
    key = {"conferenceSolutionKey": {"type": "eventHangout"}}
    body = timed(conferenceData={"createRequest": {"requestId": "r1", **key}})
    request = api.events().insert(calendarId=ROOM, body=body, conferenceDataVersion=1)
    assert refusal(request) == (400, "invalid")


def test_imports_need_a_part_in_the_event(api: Any) -> None:
    body = timed(iCalUID="u-1@elsewhere", organizer={"email": "x@elsewhere.example"})
    request = api.events().import_(calendarId=ROOM, body=body)
    assert refusal(request)[1] == "participantIsNeitherOrganizerNorAttendee"
    body["attendees"] = [{"email": ROOM}]
    made = api.events().import_(calendarId=ROOM, body=body).execute()
    assert (made["iCalUID"], made["organizer"]["email"]) == ("u-1@elsewhere", "x@elsewhere.example")


def test_primary_is_the_callers_own_calendar(http: httpx.Client) -> None:
    made = http.post("/calendar/v3/calendars/primary/events", json=timed()).json()
    assert made["organizer"] == {"email": ADMIN, "self": True}


def test_free_busy_access_shows_times_alone(google: StandIn, api: Any) -> None:
    made = insert(api, timed(location="Here"))
    google.control.set_acl(ROOM, "domain:hangang.example", "freeBusyReader")
    shown = listed(service_for(google, MEMBER))["items"][0]
    assert shown["start"] == made["start"]
    assert not {"summary", "location"} & set(shown)


def test_an_event_may_move_there_and_back(api: Any) -> None:
    made = insert(api, timed())
    for source, target in ((ROOM, OTHER_ROOM), (OTHER_ROOM, ROOM)):
        api.events().move(calendarId=source, eventId=made["id"], destination=target).execute()
    assert get(api, made["id"])["status"] == "confirmed"
    assert get(api, made["id"], OTHER_ROOM)["status"] == "cancelled"


def test_the_link_of_an_event_leads_to_its_day(google: StandIn, api: Any) -> None:
    made = insert(api, timed(5))
    page = httpx.get(made["htmlLink"], follow_redirects=True, trust_env=False)
    assert f'data-event-id="{made["id"]}"' in page.text
    assert httpx.get(f"{google.url}/calendar/event?eid=x", trust_env=False).status_code == 404
