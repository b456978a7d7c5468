"""Guests' copies, and rooms that answer invitations by themselves."""

from typing import Any

import pytest

from standins.google.server import StandIn
from tests.standins.google_case import (
    ADMIN,
    GUEST,
    MEMBER,
    ROOM,
    changes,
    daily,
    insert,
    listed,
    refusal,
    service_for,
    timed,
)


@pytest.fixture
def member(google: StandIn) -> Any:
    return service_for(google, MEMBER)


def answers(google: StandIn, api: Any, event_id: str, calendar: str = MEMBER) -> dict[str, str]:
    assert google.control.wait_for_idle()
    event = api.events().get(calendarId=calendar, eventId=event_id).execute()
    return {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}


def invited(*extra: str) -> dict[str, Any]:
    return timed(attendees=[{"email": ROOM}, *({"email": email} for email in extra)])


def test_a_free_room_accepts_some_time_later(google: StandIn, member: Any) -> None:
    made = insert(member, invited(), MEMBER)
    assert made["attendees"][0]["responseStatus"] == "needsAction"
    assert made["attendees"][0]["resource"] is True
    assert made["attendees"][0]["displayName"] == "Yeouido"
    assert answers(google, member, made["id"]) == {ROOM: "accepted"}


def test_a_taken_room_declines_and_the_event_stays(google: StandIn, member: Any) -> None:
    google.control.ui_create(ROOM, timed(minutes=30))
    made = insert(member, invited(), MEMBER)
    assert answers(google, member, made["id"]) == {ROOM: "declined"}
    event = member.events().get(calendarId=MEMBER, eventId=made["id"]).execute()
    assert event["status"] == "confirmed"


def test_a_room_closed_to_the_inviter_declines(google: StandIn, member: Any) -> None:
    google.control.set_acl(ROOM, "domain:hangang.example", None)
    made = insert(member, invited(), MEMBER)
    assert answers(google, member, made["id"]) == {ROOM: "declined"}


def test_a_managed_room_waits_for_a_person(google: StandIn, member: Any) -> None:
    google.control.change_calendar(ROOM, auto_accept=False)
    made = insert(member, invited(), MEMBER)
    assert answers(google, member, made["id"]) == {ROOM: "needsAction"}


def test_the_answer_is_a_change_of_the_organisers_event(google: StandIn, member: Any) -> None:
    token = listed(member, MEMBER)["nextSyncToken"]
    made = insert(member, invited(), MEMBER)
    answers(google, member, made["id"])
    changed = changes(member, token, MEMBER)[made["id"]]
    assert changed["etag"] != made["etag"]
    assert changed["attendees"][0]["responseStatus"] == "accepted"


def test_the_rooms_copy_belongs_to_the_organiser(google: StandIn, api: Any, member: Any) -> None:
    made = insert(member, invited(), MEMBER)
    assert google.control.wait_for_idle()
    copy = listed(api)["items"][0]
    assert (copy["iCalUID"], copy["organizer"]) == (made["iCalUID"], {"email": MEMBER})
    assert copy["attendees"][0]["self"] is True
    change = api.events().patch(calendarId=ROOM, eventId=copy["id"], body={"summary": "Mine"})
    assert refusal(change) == (403, "forbiddenForNonOrganizer")
    put = api.events().update(calendarId=ROOM, eventId=copy["id"], body=timed())
    assert refusal(put) == (403, "forbiddenForNonOrganizer")
    own = {"extendedProperties": {"private": {"roomly": "1"}}}
    api.events().patch(calendarId=ROOM, eventId=copy["id"], body=own).execute()


def test_copies_may_have_other_ids(google: StandIn, api: Any, member: Any) -> None:
    google.control.configure(copies_share_id=False)
    made = insert(member, invited(), MEMBER)
    assert answers(google, member, made["id"]) == {ROOM: "accepted"}
    copy = listed(api)["items"][0]
    assert copy["id"] != made["id"]
    assert copy["iCalUID"] == made["iCalUID"]


def test_a_moved_event_moves_in_the_room(google: StandIn, api: Any, member: Any) -> None:
    made = insert(member, invited(), MEMBER)
    assert google.control.wait_for_idle()
    body = {name: timed(2)[name] for name in ("start", "end")}
    member.events().patch(calendarId=MEMBER, eventId=made["id"], body=body).execute()
    copy = listed(api)["items"][0]
    assert copy["start"]["dateTime"] == "2026-12-02T10:00:00+09:00"


def test_removing_the_room_releases_it(google: StandIn, api: Any, member: Any) -> None:
    made = insert(member, invited(GUEST), MEMBER)
    assert google.control.wait_for_idle()
    body = {"attendees": [{"email": GUEST}]}
    member.events().patch(calendarId=MEMBER, eventId=made["id"], body=body).execute()
    assert listed(api)["items"] == []


@pytest.mark.parametrize(("updates", "left"), [("all", 0), ("none", 1)])
def test_a_silent_deletion_leaves_copies_standing(
    google: StandIn, api: Any, member: Any, updates: str, left: int
) -> None:
    made = insert(member, invited(), MEMBER)
    assert google.control.wait_for_idle()
    member.events().delete(calendarId=MEMBER, eventId=made["id"], sendUpdates=updates).execute()
    assert len(listed(api)["items"]) == left


def test_a_guest_answers_on_the_own_copy(google: StandIn, api: Any, member: Any) -> None:
    made = insert(member, invited(ADMIN), MEMBER)
    body = {"attendees": [{"email": ADMIN, "responseStatus": "declined"}, {"email": ROOM}]}
    api.events().patch(calendarId=ADMIN, eventId=made["id"], body=body).execute()
    assert answers(google, member, made["id"])[ADMIN] == "declined"


def test_a_series_is_answered_whole_and_an_exception_travels(
    google: StandIn, api: Any, member: Any
) -> None:
    made = insert(member, daily(attendees=[{"email": ROOM}]), MEMBER)
    assert answers(google, member, made["id"]) == {ROOM: "accepted"}
    occurrence = f"{made['id']}_20261202T010000Z"
    member.events().patch(
        calendarId=MEMBER, eventId=occurrence, body={"summary": "Special"}
    ).execute()
    assert google.control.wait_for_idle()
    titles = [item["summary"] for item in listed(api, singleEvents=True)["items"]]
    assert titles == ["Review", "Special", "Review", "Review", "Review"]


def test_direct_writes_may_overlap(api: Any) -> None:
    insert(api, timed())
    assert insert(api, timed())["status"] == "confirmed"


def test_a_guest_may_send_the_own_entry_alone(google: StandIn, api: Any, member: Any) -> None:
    made = insert(member, invited(ADMIN), MEMBER)
    assert google.control.wait_for_idle()
    own = [{"email": ADMIN, "responseStatus": "accepted"}]
    body = {"attendees": own, "attendeesOmitted": True}
    api.events().patch(calendarId=ADMIN, eventId=made["id"], body=body).execute()
    assert answers(google, member, made["id"]) == {ROOM: "accepted", ADMIN: "accepted"}
