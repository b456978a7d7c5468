"""The booking form in Slack: filled in, checked while the person waits, and booked once."""

import json
from typing import Any

import pytest
from django.core import signing
from django.db import connection

from bookings.models import BookingEvent, Door, HouseRules, Occurrence
from reminders.models import SlackConnection
from reminders.remote import booking_form
from tenants.scope import company_scope
from tests.conftest import become
from tests.factories import at, make_booking
from tests.reminders.remote.conftest import Workspace, join, speaks, words_of

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(office: Any, redis: Any, live_server: Any) -> Workspace:
    """A workspace that speaks to a web process with a connection of its own."""
    return join(office, redis, live_server.url)


def element(view: Any, name: str) -> dict[str, Any]:
    (block,) = (each for each in view.content["blocks"] if each.get("block_id") == name)
    found: dict[str, Any] = block["element"]
    return found


def filled(view: Any, **typed: str) -> dict[str, Any]:
    """The state of a form as it was opened, with what was typed over it."""
    kinds = {
        "title": ("value", element(view, "title").get("initial_value")),
        "room": ("selected_option", element(view, "room")["initial_option"]["value"]),
        "day": ("selected_date", element(view, "day")["initial_date"]),
        "start": ("selected_time", element(view, "start")["initial_time"]),
        "length": ("selected_option", element(view, "length")["initial_option"]["value"]),
        "people": ("value", None),
    }
    state = {}
    for name, (key, initial) in kinds.items():
        value = typed.get(name, initial)
        state[name] = {name: {key: {"value": value} if key == "selected_option" else value}}
    return state


def send(desk: Workspace, view: Any, **typed: str) -> dict[str, Any]:
    """Sends a form to the web process, which has its own database role; its answer."""
    become("roomly_app")
    reply = desk.control.submit_view(desk.office.team, view.id, filled(view, **typed))
    become("roomly_worker")
    assert reply.status == 200, reply
    answer: dict[str, Any] = reply.json()
    return answer


def booked(desk: Workspace) -> list[Occurrence]:
    with company_scope(desk.office.company.pk):
        return list(Occurrence.objects.select_related("booking", "room").order_by("pk"))


def test_a_form_is_opened_as_it_was_asked_for_and_books(desk: Workspace) -> None:
    cast = desk.office.cast
    make_booking(cast.bob, cast.room, start=at(15), title="Standup")
    desk.types("/room book Design review, tomorrow 3pm 1h, for 5")
    view = desk.modal()
    assert desk.office.messages() == [], "the form is the answer"
    assert element(view, "title")["initial_value"] == "Design review"
    assert element(view, "day")["initial_date"] == "2026-12-02"
    assert element(view, "start")["initial_time"] == "15:00"
    assert element(view, "length")["initial_option"]["value"] == "60"
    assert element(view, "room")["initial_option"]["value"] == str(cast.other_room.pk)
    assert "Hangang One (6)" in words_of(view.content), "taken rooms can be chosen, too"
    answer = send(desk, view, title="", people="mira@hangang.example")
    assert answer == {
        "response_action": "errors", "errors": {"title": "Give the booking a title."}
    }  # fmt: skip
    answer = send(desk, view, room=str(cast.room.pk))
    assert answer["response_action"] == "errors"
    words = answer["errors"]["room"]
    assert words.startswith("Taken 15:00–16:00: Standup (Bob). Free then: Hangang Two.")
    assert "Free here: " in words
    assert len(booked(desk)) == 1
    answer = send(desk, view, people="Mira <mira@hangang.example>")
    assert answer["response_action"] == "update"
    assert "Design review · Hangang Two" in words_of(answer["view"])
    row = booked(desk)[-1]
    assert (row.starts_at, row.ends_at, row.room) == (at(15), at(16), cast.other_room)
    with company_scope(cast.company.pk):
        assert row.booking.organizer == cast.alice
        assert [guest.email for guest in row.booking.participants.all()] == ["mira@hangang.example"]
        assert BookingEvent.objects.get(booking=row.booking).door == Door.SLACK


def test_sent_twice_it_books_once(desk: Workspace) -> None:
    desk.types("/room book Review tomorrow 3pm")
    view = desk.modal()
    form = view.content
    first = send(desk, view)
    view.content = form  # as where the answer came too late for Slack to show it
    assert send(desk, view) == first
    assert len(booked(desk)) == 1
    view.content = form
    again = send(desk, view, start="16:00")
    assert "has booked already" in again["errors"]["title"]
    assert len(booked(desk)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"day": ""}, "start", "Choose a day."),
        ({"start": ""}, "start", "Choose a time."),
        ({"day": "2020-01-01"}, "start", "This time is over."),
        ({"room": "999999999"}, "room", "does not exist"),
        ({"people": "nobody"}, "people", "is not an e-mail address"),
        ({"title": "x\x00"}, "title", "cannot be stored"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    desk: Workspace, typed: dict[str, str], field: str, words: str
) -> None:
    desk.types("/room book Review tomorrow 3pm")
    answer = send(desk, desk.modal(), **typed)
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [field]
    assert words in answer["errors"][field]
    assert booked(desk) == []


def test_a_rule_is_named_with_whose_it_is_and_what_is_possible(desk: Workspace) -> None:
    with company_scope(desk.office.company.pk):
        HouseRules.objects.create(opening_hours=[480, 1200] * 7)
    desk.types("/room book Review tomorrow 3pm 30m")
    answer = send(desk, desk.modal(), start="07:30")
    said = "Opens at 08:00 (rule of the company). Possible: 08:00–08:30."
    assert answer["errors"] == {"start": said}
    assert booked(desk) == []


def test_a_room_of_another_company_is_none(desk: Workspace, stranger: Any) -> None:
    desk.types("/room book Review tomorrow 3pm")
    answer = send(desk, desk.modal(), room=str(stranger.room.pk))
    assert "does not exist" in answer["errors"]["room"]


def test_only_for_whom_it_was_opened(desk: Workspace, stranger: Any) -> None:
    """A form's own words about whose it is count only as we signed them, for that person."""
    desk.types("/room book Review tomorrow 3pm")
    view = desk.modal()
    genuine = signing.loads(view.content["private_metadata"], salt=booking_form.SALT)
    forged = {**genuine, "company": stranger.company.pk, "member": stranger.alice.pk}
    become("roomly_app")
    for carried in (
        "", "x", json.dumps(forged), signing.dumps(forged, salt="another"),
        signing.dumps({**genuine, "user": "U0OTHER"}, salt=booking_form.SALT),
        signing.dumps({**genuine, "team": "T0OTHER"}, salt=booking_form.SALT),
    ):  # fmt: skip
        view.content["private_metadata"] = carried
        reply = desk.control.submit_view(desk.office.team, view.id, filled(view))
        assert reply.status == 401
    become("roomly_worker")
    assert booked(desk) == []
    with company_scope(stranger.company.pk):
        assert not Occurrence.objects.exists()


def test_who_may_no_longer_book_is_told(desk: Workspace) -> None:
    desk.types("/room book Review tomorrow 3pm")
    view, cast = desk.modal(), desk.office.cast
    with company_scope(cast.company.pk):
        SlackConnection.objects.update(team_id="T0ANOTHER")
    assert send(desk, view)["errors"] == {"title": "You cannot book here any more."}
    with company_scope(cast.company.pk):
        SlackConnection.objects.update(team_id=desk.office.team)
        cast.alice.active = False
        cast.alice.save()
    assert send(desk, view)["errors"] == {"title": "You cannot book here any more."}
    assert booked(desk) == []


def test_a_form_that_lay_open_too_long(desk: Workspace, clock: Any) -> None:
    desk.types("/room book Review tomorrow 3pm")
    clock.shift(13 * 3600)
    assert "too old" in send(desk, desk.modal())["errors"]["title"]


def test_a_free_room_is_booked_from_the_list(desk: Workspace) -> None:
    speaks(desk.office.cast.alice, "ko")
    desk.types("/room 지금")
    desk.presses(desk.last(), "book:1")
    view = desk.modal()
    assert view.content["title"]["text"] == "회의실 예약"
    assert element(view, "start")["initial_time"] == "12:00"
    assert element(view, "length")["initial_option"]["value"] == "30"
    answer = send(desk, view, title="번개")
    assert answer["view"]["title"]["text"] == "예약됨"
    assert booked(desk)[0].starts_at == at(12, day=1)


def test_a_form_that_slack_does_not_open_is_apologised_for(desk: Workspace) -> None:
    desk.control.fault("views.open", "error", error="expired_trigger_id")
    desk.types("/room book Review tomorrow 3pm")
    assert "Please try once more" in desk.says()


def test_times_are_on_the_clock_of_who_books(desk: Workspace) -> None:
    users = desk.control._standin.store.workspaces[desk.office.team].users
    users[desk.people["alice"]].tz = "America/New_York"
    desk.types("/room book Review 2 Dec 9am")
    view = desk.modal()
    assert "America/New_York" in words_of(view.content)
    send(desk, view)
    (row,) = booked(desk)
    assert row.starts_at == at(23)
    assert row.booking.timezone == "Asia/Seoul"


def test_no_query_for_what_is_no_form_of_ours(desk: Workspace) -> None:
    connection.close()
    desk.types("/room book Review tomorrow 3pm")
    view = desk.modal()
    view.content["callback_id"] = "another"
    reply = desk.control.submit_view(desk.office.team, view.id, filled(view))
    assert reply.status == 401
