"""Calendars, the calendar list, access rules, free/busy, the Directory."""

from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from standins.google.server import StandIn
from tests.standins.google_case import (
    ADMIN,
    DOMAIN,
    GUEST,
    MEMBER,
    OTHER_ROOM,
    ROOM,
    closing,
    daily,
    insert,
    refusal,
    service_for,
    timed,
)

DAY = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-03T00:00:00Z"}


def directory(google: StandIn, email: str = ADMIN) -> Any:
    token = google.control.access_token(email)
    credentials = Credentials(token)
    options = {"api_endpoint": f"{google.url}/"}
    service = build(
        "admin",
        "directory_v1",
        credentials=credentials,
        client_options=options,
        cache_discovery=False,
    )
    return closing(service)


def busy(api: Any, *calendars: str, **fields: Any) -> dict[str, Any]:
    body = {**DAY, "items": [{"id": name} for name in calendars], **fields}
    found: dict[str, Any] = api.freebusy().query(body=body).execute()["calendars"]
    return found


def test_the_list_shows_rooms_and_the_own_calendar(api: Any) -> None:
    items = {item["id"]: item for item in api.calendarList().list().execute()["items"]}
    assert set(items) == {ADMIN, ROOM, OTHER_ROOM}
    assert items[ADMIN]["primary"] is True
    assert items[ROOM]["accessRole"] == "owner"
    assert items[ROOM]["autoAcceptInvitations"] is True
    first = api.calendarList().list(maxResults=1).execute()
    second = api.calendarList().list(maxResults=2, pageToken=first["nextPageToken"]).execute()
    assert len(first["items"]) + len(second["items"]) == 3


def test_the_list_can_be_asked_for_a_role(google: StandIn) -> None:
    member = service_for(google, MEMBER)
    items = member.calendarList().list(minAccessRole="writer").execute()["items"]
    assert [item["id"] for item in items] == [MEMBER]


def test_a_calendar_tells_its_zone_and_is_changed_by_owners(google: StandIn, api: Any) -> None:
    before = api.calendars().get(calendarId=ROOM).execute()
    assert before["timeZone"] == "Asia/Seoul"
    same = api.calendars().patch(calendarId=ROOM, body={"summary": "Yeouido"}).execute()
    assert same["etag"] == before["etag"]
    changed = api.calendars().patch(calendarId=ROOM, body={"autoAcceptInvitations": False})
    assert changed.execute()["autoAcceptInvitations"] is False
    request = service_for(google, MEMBER).calendars().patch(calendarId=ROOM, body={"summary": "X"})
    assert refusal(request) == (403, "requiredAccessLevel")


def test_a_secondary_calendar_lives_and_dies(api: Any) -> None:
    made = api.calendars().insert(body={"summary": "Team", "timeZone": "Asia/Seoul"}).execute()
    assert made["dataOwner"] == ADMIN
    insert(api, timed(), made["id"])
    api.calendars().delete(calendarId=made["id"]).execute()
    assert refusal(api.calendars().get(calendarId=made["id"])) == (404, "notFound")


def test_access_rules_can_be_read_given_and_taken(google: StandIn, api: Any) -> None:
    rule = {"role": "writer", "scope": {"type": "user", "value": MEMBER}}
    made = api.acl().insert(calendarId=ROOM, body=rule).execute()
    assert made["id"] == f"user:{MEMBER}"
    member = service_for(google, MEMBER)
    assert insert(member, timed())["creator"]["email"] == MEMBER
    assert made in api.acl().list(calendarId=ROOM).execute()["items"]
    api.acl().delete(calendarId=ROOM, ruleId=made["id"]).execute()
    assert refusal(member.events().insert(calendarId=ROOM, body=timed()))[0] == 403


def test_busy_times_are_joined_and_free_ones_left_out(api: Any) -> None:
    insert(api, daily(2))
    insert(api, timed(1, 11, 30))
    insert(api, timed(1, 15, transparency="transparent"))
    insert(api, timed(1, 10, 45))
    ranges = busy(api, ROOM)[ROOM]["busy"]
    assert ranges == [
        {"start": "2026-12-01T01:00:00Z", "end": "2026-12-01T02:30:00Z"},
        {"start": "2026-12-02T01:00:00Z", "end": "2026-12-02T02:00:00Z"},
    ]
    shown = busy(api, ROOM, timeZone="Asia/Seoul")[ROOM]["busy"][0]
    assert shown["start"] == "2026-12-01T10:00:00+09:00"


def test_an_unreadable_calendar_is_an_error_inside_the_answer(api: Any) -> None:
    found = busy(api, ROOM, "nobody@example.com")
    assert found[ROOM]["busy"] == []
    assert found["nobody@example.com"]["errors"] == [{"domain": "global", "reason": "notFound"}]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"timeMax": DAY["timeMin"]}, "timeRangeEmpty"), ({"timeMin": None}, "required")],
)
def test_free_busy_checks_its_range(api: Any, fields: dict[str, Any], reason: str) -> None:
    assert refusal(api.freebusy().query(body={**DAY, "items": [], **fields})) == (400, reason)


def test_rooms_of_the_organisation(google: StandIn) -> None:
    google.control.add_room_calendar(
        "c_big@resource.calendar.google.com", "Big", "Asia/Seoul", domain=DOMAIN,
        building="Annex", floor="3", capacity=20, features=["video", "screen"],
    )  # fmt: skip
    rooms = directory(google).resources().calendars()
    items = rooms.list(customer="my_customer", orderBy="capacity desc").execute()["items"]
    assert items[0]["resourceName"] == "Big"
    assert items[0]["resourceEmail"] == "c_big@resource.calendar.google.com"
    assert items[0]["generatedResourceName"] == "Annex-3-Big (20)"
    assert items[0]["featureInstances"] == [
        {"feature": {"name": "video"}},
        {"feature": {"name": "screen"}},
    ]
    query = 'capacity=20 AND featureInstances.feature.name:"video"'
    assert len(rooms.list(customer="my_customer", query=query).execute()["items"]) == 1
    assert len(rooms.list(customer="my_customer", query="name:Y*").execute()["items"]) == 1
    page = rooms.list(customer="my_customer", maxResults=2).execute()
    assert len(rooms.list_next(rooms.list(customer="my_customer", maxResults=2), page)
               .execute()["items"]) == 1  # fmt: skip


def test_buildings_features_and_users(google: StandIn) -> None:
    google.control.add_building("HQ", DOMAIN, "Headquarters", ["1", "2"])
    service = directory(google)
    buildings = service.resources().buildings().list(customer="my_customer").execute()
    assert {b["buildingName"]: b["floorNames"] for b in buildings["buildings"]}["Headquarters"] == [
        "1",
        "2",
    ]
    assert service.resources().features().list(customer="my_customer").execute()["features"] == []
    users = service.users().list(customer="my_customer").execute()["users"]
    assert [user["primaryEmail"] for user in users][:2] == [MEMBER, ADMIN]
    assert refusal(service.users().list()) == (400, "badRequest")


def test_the_directory_is_for_admins(google: StandIn) -> None:
    request = directory(google, MEMBER).resources().calendars().list(customer="my_customer")
    assert refusal(request) == (403, "forbidden")


def test_rooms_and_people_that_an_administrator_deletes_are_named_no_longer(
    google: StandIn,
) -> None:
    service = directory(google)
    google.control.change_room(OTHER_ROOM, name="Bamseom", capacity=0, category="OTHER")
    google.control.change_account(MEMBER, archived=True, aliases=["lee@hangang.example"])
    google.control.delete_room(ROOM)
    google.control.delete_account(GUEST)
    (room,) = service.resources().calendars().list(customer="my_customer").execute()["items"]
    assert (room["resourceName"], room["resourceCategory"]) == ("Bamseom", "OTHER")
    assert "capacity" not in room
    people = service.users().list(customer="my_customer").execute()["users"]
    assert {each["primaryEmail"]: each["archived"] for each in people} == {
        ADMIN: False,
        MEMBER: True,
    }
    assert [each["aliases"] for each in people if "aliases" in each] == [["lee@hangang.example"]]
