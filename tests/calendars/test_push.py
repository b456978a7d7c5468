"""A booking reaches the room's Google calendar: once, whole, and again with every change."""

import base64
from datetime import timedelta

from bookings.drafts import Attendee
from calendars.connect import connect
from tests.calendars.acts import cancel, change
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking


def test_a_booking_is_one_event_under_an_id_of_ours(linked: Linked) -> None:
    row = make_booking(
        linked.cast.alice,
        linked.cast.room,
        description="Bring <b>drafts</b>",
        attendees=(Attendee(email="bob@hangang.example", name="Bob", optional=True),),
        video=True,
        metadata={"conversation_id": "c-1"},
    )
    assert linked.push().done
    event = linked.event()
    own = base64.b32hexencode(row.booking.public_id.bytes).decode().rstrip("=").lower()
    assert event["id"] == own
    assert event["summary"] == "Design review"
    assert event["description"] == "Bring <b>drafts</b>"
    assert event["start"] == {"dateTime": "2026-12-02T10:00:00+09:00", "timeZone": "Asia/Seoul"}
    assert event["end"]["dateTime"] == "2026-12-02T11:00:00+09:00"
    assert [guest["email"] for guest in event["attendees"]] == ["bob@hangang.example"]
    assert event["attendees"][0]["optional"] is True
    assert event["guestsCanModify"] is True
    private = event["extendedProperties"]["private"]
    assert private["roomly_booking"] == str(row.booking.public_id)
    assert private["roomly_conversation_id"] == "c-1"
    assert event["hangoutLink"]
    assert linked.calls() == {"insert": 1}
    (request,) = linked.google.control.requests(api="events.insert")
    assert "sendUpdates=all" in request["query"]
    assert "conferenceDataVersion=1" in request["query"]
    assert "quotaUser=" in request["query"]
    assert linked.date().booking.video_url == event["hangoutLink"]


def test_nothing_is_written_twice(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.forget_calls()
    assert linked.push().done
    assert linked.calls() == {}


def test_its_echo_costs_a_listing_and_changes_nothing(linked: Linked) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.forget_calls()
    linked.sync()
    assert linked.calls() == {"list": 1}
    assert linked.date().version == row.version


def test_a_change_is_one_patch_of_what_changed(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.forget_calls()
    change(linked, {"title": "Retitled", "starts_at": at(14), "ends_at": at(15)})
    linked.push()
    assert linked.calls() == {"patch": 1}
    (request,) = linked.google.control.requests(api="events.patch")
    assert request["if_match"]
    assert set(request["body"]) == {"summary", "start", "end", "extendedProperties"}
    assert linked.event()["start"]["dateTime"] == "2026-12-02T14:00:00+09:00"


def test_many_changes_are_one_call(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    for title in ("a", "b", "c"):
        change(linked, {"title": title})
    linked.push()
    assert linked.calls() == {"insert": 1}
    assert linked.event()["summary"] == "c"


def test_a_change_that_was_taken_back_costs_no_call(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.forget_calls()
    change(linked, {"title": "Other"})
    change(linked, {"title": "Design review"})
    assert linked.push().done
    assert linked.calls() == {}


def test_a_cancelled_booking_is_deleted(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    cancel(linked)
    assert linked.push().done
    assert linked.events() == []
    linked.forget_calls()
    linked.sync()
    assert linked.calls() == {"list": 1}


def test_a_booking_that_was_cancelled_before_it_left_never_leaves(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    cancel(linked)
    assert linked.push().done
    assert linked.calls() == {}


def test_another_room_is_another_calendar_for_the_same_event(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    event_id = linked.event()["id"]
    linked.forget_calls()
    change(linked, {"room": linked.cast.other_room})
    linked.push(linked.cast.other_room)
    assert linked.calls()["move"] == 1
    assert linked.events() == []
    assert linked.event(linked.other_calendar)["id"] == event_id
    for room in (linked.cast.room, linked.cast.other_room):
        linked.sync(room)
    assert linked.dates() == []
    assert linked.date(linked.cast.other_room).status == "confirmed"


def test_another_room_and_time_at_once(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"room": linked.cast.other_room, "starts_at": at(16), "ends_at": at(17)})
    assert linked.push(linked.cast.other_room).done
    event = linked.event(linked.other_calendar)
    assert event["start"]["dateTime"] == "2026-12-02T16:00:00+09:00"


def test_the_soonest_meeting_goes_first(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, start=at(15), title="later")
    make_booking(linked.cast.alice, linked.cast.room, start=at(9), title="sooner")
    linked.push()
    sent = [request["body"]["summary"] for request in linked.google.control.requests(api="insert")]
    assert sent == ["sooner", "later"]


def test_bookings_from_before_the_connection_arrive_with_it(unconnected: Linked) -> None:
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    secret = unconnected.google.control.grant(unconnected.cast.admin.email)
    connect(
        company_id=unconnected.company_id,
        kind="oauth",
        account_email=unconnected.cast.admin.email,
        secret=secret,
    )
    assert unconnected.push().done
    assert unconnected.event()["summary"] == "Design review"


def test_a_long_untitled_overnight_meeting_survives_the_journey(linked: Linked) -> None:
    make_booking(
        linked.cast.alice, linked.cast.room, start=at(22), minutes=60 * 30, title="밤샘 " * 50
    )
    assert linked.push().done
    row = linked.date()
    linked.sync()
    assert linked.date().version == row.version
    assert row.ends_at - row.starts_at == timedelta(hours=30)
