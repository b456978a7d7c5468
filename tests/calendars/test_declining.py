"""An event that overlaps: kept and told of, or declined as the room, once."""

from typing import Any

import pytest

from bookings.drafts import Actor
from bookings.models import BookingEvent, Door, Occurrence
from calendars.declining import choose_policy
from tenants.models import Company
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.both import nothing_is_left_to_do
from tests.calendars.conftest import Linked
from tests.conftest import sign_in
from tests.factories import at, make_booking

BOB = "bob@hangang.example"


@pytest.fixture
def declining(linked: Linked) -> Linked:
    """The company declines; its room takes every invitation until then."""
    linked.google.control.change_calendar(linked.calendar, auto_accept=False)
    with company_scope(linked.company_id):
        choose_policy(linked.cast.company, "decline", Actor(Door.WEB, linked.cast.admin))
    return linked


def invite_room(linked: Linked, **more: Any) -> None:
    """Bob makes an event at noon in his own calendar and invites the room."""
    guests = [{"email": linked.calendar}, {"email": "alice@hangang.example"}]
    linked.google.control.ui_create(BOB, event_body(attendees=guests, **more), actor=BOB)


def answers(linked: Linked) -> list[Any]:
    """What Bob reads in his calendar of the room's answer."""
    return [
        (guest["responseStatus"], guest.get("comment", ""))
        for event in linked.google.control.events(linked.calendar)
        for guest in event.get("attendees", ())
        if guest["email"] == linked.calendar
    ]


def lunch(linked: Linked) -> list[Occurrence]:
    return [row for row in linked.dates() if row.booking.title == "Lunch"]


def test_by_default_it_is_kept_and_nobody_is_answered(linked: Linked) -> None:
    linked.google.control.change_calendar(linked.calendar, auto_accept=False)
    make_booking(linked.cast.alice, linked.cast.room, start=at(12))
    invite_room(linked)
    linked.sync()
    assert [row.status for row in lunch(linked)] == ["conflicted"]
    assert [status for status, _comment in answers(linked)] == ["needsAction"]


def test_the_room_declines_what_overlaps_once_and_says_why(declining: Linked) -> None:
    make_booking(declining.cast.alice, declining.cast.room, start=at(12))
    declining.push()
    declining.forget_calls()
    invite_room(declining)
    assert declining.sync().done
    (row,) = lunch(declining)
    assert not row.blocks
    assert row.room_response == "declined"
    ((status, comment),) = answers(declining)
    assert status == "declined"
    assert comment == (
        f"Hangang One is taken at this time. http://testserver/bookings/{row.public_id}/"
    )
    assert declining.calls()["patch"] == 1
    nothing_is_left_to_do(declining)
    with company_scope(declining.company_id):
        assert BookingEvent.objects.filter(act="declined", booking=row.booking).count() == 1


def test_only_the_dates_of_a_series_that_overlap_are_declined(declining: Linked) -> None:
    make_booking(declining.cast.alice, declining.cast.room, start=at(12, day=3))
    invite_room(declining, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    assert declining.sync().done
    assert [row.room_response for row in lunch(declining)] == [
        "needsAction", "declined", "needsAction",
    ]  # fmt: skip
    nothing_is_left_to_do(declining)


def test_an_answer_that_arrived_unheard_is_not_given_twice(declining: Linked) -> None:
    make_booking(declining.cast.alice, declining.cast.room, start=at(12))
    declining.push()
    declining.forget_calls()
    invite_room(declining)
    declining.google.control.fault("drop_after", method="events.patch")
    declining.sync()
    assert lunch(declining)[0].room_response == "declined"
    assert [status for status, _comment in answers(declining)] == ["declined"]
    nothing_is_left_to_do(declining)


def test_an_event_on_the_rooms_own_calendar_stays(declining: Linked) -> None:
    make_booking(declining.cast.alice, declining.cast.room, start=at(12))
    declining.push()
    declining.forget_calls()
    make_there(declining, event_body())
    assert declining.sync().done
    assert [row.status for row in lunch(declining)] == ["conflicted"]
    assert set(declining.calls()) == {"list"}
    assert len(declining.events()) == 2


def test_a_refusal_is_not_asked_for_again(declining: Linked) -> None:
    make_booking(declining.cast.alice, declining.cast.room, start=at(12))
    declining.push()
    invite_room(declining)
    declining.google.control.fault("forbidden", method="events.patch")
    declining.sync()
    declining.forget_calls()
    declining.sync()
    assert "patch" not in declining.calls()
    assert [row.status for row in lunch(declining)] == ["conflicted"]


def test_an_administrator_chooses(linked: Linked) -> None:
    path = "/settings/google/overlaps/"
    client = sign_in(linked.cast.admin)
    assert client.post(path, {"policy": "decline"})["Location"] == "/settings/google/"
    assert Company.objects.get(pk=linked.company_id).google_overlaps == "decline"
    assert client.post(path, {"policy": "bounce"}).status_code == 422
    assert sign_in(linked.cast.alice).post(path, {"policy": "warn"}).status_code == 403
    assert "Decline the later one" in client.get("/settings/google/").content.decode()
