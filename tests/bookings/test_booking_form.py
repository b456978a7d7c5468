"""Booking by the form: what is booked, and how every bad input is refused with nothing written."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast, make_cast, sign_in
from tests.factories import at, make_booking, make_room

Query = dict[str, str | int]
PANEL = {"HX-Request": "true"}


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A form that can be booked, but for the changes."""
    fields = {
        "key": uuid4().hex, "title": "Design review", "room": cast.room.pk, "date": "2026-12-02",
        "start": "10:00", "end": "11:00", "repeat": "", "visibility": "default",
        "attendees": "", "description": "",
    }  # fmt: skip
    return {**fields, **changes}


def send(client: Client, fields: dict[str, Any]) -> HttpResponse:
    answer = client.post("/bookings/new/", fields)
    assert isinstance(answer, HttpResponse)
    return answer


def booked(cast: Cast) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.select_related("booking", "room").order_by("starts_at")
        return list(rows)


def test_books_and_shows_the_booking(seoul: Cast, alice_client: Client) -> None:
    answer = alice_client.post(
        "/bookings/new/",
        typed(seoul, attendees="Bob <BOB@hangang.example>, eve@else.example\n", video="on"),
        follow=True,
    )
    assert answer.status_code == 200
    [row] = booked(seoul)
    assert (row.starts_at, row.ends_at) == (at(10), at(11))
    assert row.booking.organizer_id == seoul.alice.pk
    assert row.booking.video
    page = answer.content.decode()
    for shown in ("Design review", "10:00–11:00", "Bob", "eve@else.example", "booked it"):
        assert shown in page
    assert "On its way to Google Calendar" in page


def said_about(field: str, page: str) -> str:
    """The words with which a field is marked as wrong, wherever they are on the page."""
    (control,) = re.findall(rf'<(?:input|select|textarea)[^>]* name="{field}"[^>]*>', page)
    assert 'aria-invalid="true"' in control
    (described,) = re.findall(r'aria-describedby="([^"]+)"', control)
    error = page.split(f'id="{described.split()[-1]}"', 1)
    assert len(error) == 2, page
    return re.split("</ul>|</div>", error[1])[0]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"start": "11:00", "end": "10:00"}, "end", "The end must be after the start."),
        ({"start": "11:00", "end": "11:00"}, "end", "The end must be after the start."),
        ({"date": "2026-11-30"}, "start", "This time is over."),
        ({"date": "2026-12-01", "start": "11:30", "end": "13:00"}, "start", "This time is over."),
        ({"date": "2030-01-01"}, "start", "Bookings for this day open on"),
        ({"end_date": "2027-02-01"}, "end", "at most 31 days"),
        ({"date": "2026-02-30"}, "date", "Enter a valid date."),
        ({"date": "9999-12-31"}, "date", "Enter a valid date."),
        (
            {"repeat": "daily", "repeat_until": "9999-12-31"},
            "repeat_until",
            "Enter a valid date.",
        ),
        ({"repeat": "daily", "repeat_ends": "on"}, "repeat_until", "Fill this in"),
        (
            {"repeat": "custom", "repeat_every": "0"},
            "repeat_every",
            "greater than or equal to 1",
        ),
        ({"start": "25:00"}, "start", "Enter a valid time."),
        ({"start": ""}, "start", "This field is required."),
        ({"title": "   "}, "title", "Give the booking a title."),
        ({"title": "x" * 256}, "title", "The title is too long"),
        ({"description": "x" * 8001}, "description", "The description is too long"),
        ({"attendees": "not an address"}, "attendees", "is not an e-mail address"),
        ({"attendees": "a@b.example, A@b.example"}, "attendees", "invited twice"),
        ({"visibility": "loud"}, "visibility", "Select a valid choice."),
        ({"repeat": "hourly"}, "repeat", "Select a valid choice."),
        ({"repeat": "daily", "repeat_count": "0"}, "repeat_count", "greater than or equal to 1"),
        (
            {"repeat": "daily", "repeat_count": "2", "repeat_until": "2026-12-24"},
            "repeat_until",
            "not both",
        ),
        ({"repeat": "daily", "repeat_until": "2026-12-01"}, "repeat", "first date"),
        ({"room": "first"}, "room", "Enter a whole number."),
    ],
)
def test_refuses_beside_the_field_and_keeps_what_was_typed(
    seoul: Cast, alice_client: Client, changes: dict[str, str], field: str, said: str
) -> None:
    answer = send(alice_client, typed(seoul, **changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in said_about(field, page)
    assert page.count(said) == 1
    assert booked(seoul) == []
    if "title" not in changes:
        assert 'value="Design review"' in page


@pytest.mark.parametrize(
    ("date", "start", "said"),
    [
        ("2027-03-14", "02:30", "does not exist on that day in America/New_York"),
        ("2026-11-01", "01:30", "comes twice on that day in America/New_York"),
    ],
)
def test_refuses_a_time_that_the_clocks_skip_or_repeat(
    db: None, time_machine: Any, date: str, start: str, said: str
) -> None:
    time_machine.move_to("2026-10-20T12:00:00+00:00")
    hudson = make_cast("Hudson", "hudson.example", timezone="America/New_York", language="en")
    answer = send(sign_in(hudson.alice), typed(hudson, date=date, start=start, end="05:00"))
    assert answer.status_code == 422
    assert said in said_about("start", answer.content.decode())
    assert booked(hudson) == []


def test_another_companys_room_does_not_exist(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    url = f"/bookings/new/?room={stranger.room.pk}"
    for answer in (
        alice_client.get(url),
        send(alice_client, typed(seoul, room=stranger.room.pk)),
        send(alice_client, typed(seoul, room=999_999_999_999)),
    ):
        assert answer.status_code == 404
        assert "Canary" not in answer.content.decode()
    assert booked(seoul) == []
    assert booked(stranger) == []


def test_a_taken_slot_names_who_has_it_and_offers_others(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.bob, seoul.room, title="Retro", start=at(10, 30))
    fields = typed(seoul)
    answer = send(alice_client, fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    for shown in ("Retro", "Bob", "10:30–11:30", seoul.other_room.name):
        assert shown in page
    assert len(booked(seoul)) == 1
    offer = f"{seoul.other_room.pk} 2026-12-02 10:00 2026-12-02 11:00"
    assert f'value="{offer}"' in page
    assert send(alice_client, {**fields, "offer": offer}).status_code == 302
    assert {row.room_id for row in booked(seoul)} == {seoul.room.pk, seoul.other_room.pk}


def test_who_has_a_private_slot_is_not_told(seoul: Cast, alice_client: Client) -> None:
    private = Booking.Visibility.PRIVATE
    make_booking(seoul.bob, seoul.room, title="Salary talk", visibility=private)
    page = send(alice_client, typed(seoul)).content.decode()
    assert "Private" in page
    assert "Salary" not in page
    assert "bob@" not in page


def test_a_double_click_books_once(seoul: Cast, alice_client: Client) -> None:
    fields = typed(seoul)
    first, second = send(alice_client, fields), send(alice_client, fields)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert len(booked(seoul)) == 1


def test_the_same_form_with_another_time_is_another_booking(
    seoul: Cast, alice_client: Client
) -> None:
    fields = typed(seoul)
    send(alice_client, fields)
    send(alice_client, {**fields, "start": "14:00", "end": "15:00"})
    assert [row.starts_at for row in booked(seoul)] == [at(10), at(14)]


@pytest.mark.parametrize(
    ("repeat", "rule"),
    [
        ("daily", "FREQ=DAILY;COUNT=3"),
        ("workdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=3"),
        ("weekly", "FREQ=WEEKLY;BYDAY=WE;COUNT=3"),
        ("monthly", "FREQ=MONTHLY;BYMONTHDAY=2;COUNT=3"),
        ("monthly-weekday", "FREQ=MONTHLY;BYDAY=1WE;COUNT=3"),
        ("custom", "FREQ=WEEKLY;BYDAY=WE;COUNT=3"),
    ],
)
def test_repeats_by_a_preset(seoul: Cast, alice_client: Client, repeat: str, rule: str) -> None:
    answer = send(alice_client, typed(seoul, repeat=repeat, repeat_count="3"))
    assert answer.status_code == 302
    rows = booked(seoul)
    assert len(rows) == 3
    assert rows[0].booking.rrule == rule


def test_what_is_not_on_the_screen_is_not_meant(seoul: Cast, alice_client: Client) -> None:
    hidden = {"repeat_every": "0", "repeat_weekdays": "9", "repeat_until": "x"}
    fields = typed(seoul, repeat="weekly", repeat_ends="after", repeat_count="2", **hidden)
    assert send(alice_client, fields).status_code == 302
    assert booked(seoul)[0].booking.rrule == "FREQ=WEEKLY;BYDAY=WE;COUNT=2"


def test_a_repeat_ends_on_its_last_day(seoul: Cast, alice_client: Client) -> None:
    send(alice_client, typed(seoul, start="23:00", end="23:30", repeat="daily",
                             repeat_until="2026-12-04"))  # fmt: skip
    assert [row.starts_at for row in booked(seoul)] == [at(23, 0, day=day) for day in (2, 3, 4)]


def test_the_form_opens_with_what_the_address_says(seoul: Cast, alice_client: Client) -> None:
    query: Query = {
        "room": seoul.room.pk,
        "date": "2026-12-02",
        "start": "13:15",
        "end": "14:45",
    }
    page = alice_client.get("/bookings/new/", query).content.decode()
    assert f'<option value="{seoul.room.pk}" selected>' in page
    for value in ("2026-12-02", "13:15", "14:45"):
        assert f'value="{value}"' in page


def test_times_are_those_of_the_rooms_wall(seoul: Cast, alice_client: Client) -> None:
    room = make_room(seoul.company, "Liberty", building="New York", timezone="America/New_York")
    query: Query = {
        "room": room.pk,
        "date": "2026-12-02",
        "start": "09:00",
        "end": "10:00",
    }
    page = alice_client.get("/bookings/new/", query).content.decode()
    assert 'value="2026-12-01"' in page
    assert 'value="19:00"' in page
    assert "America/New_York" in page
    send(alice_client, typed(seoul, room=room.pk, date="2026-12-01", start="19:00", end="20:00"))
    assert [row.starts_at for row in booked(seoul)] == [at(9)]


@pytest.mark.parametrize(
    ("clock", "shown"),
    [("", ("2026-12-01", "23:00", "00:30")), ("&clock=room", ("2026-12-02", "13:00", "14:30"))],
)
def test_a_url_names_times_of_the_companys_wall_or_of_the_rooms(
    seoul: Cast, alice_client: Client, clock: str, shown: tuple[str, ...]
) -> None:
    room = make_room(seoul.company, "Hudson", building="New York", timezone="America/New_York")
    query = f"room={room.pk}&date=2026-12-02&start=13:00&end=14:30{clock}"
    form = alice_client.get(f"/bookings/new/?{query}").context["form"]
    values = [str(form[name].value())[:10] for name in ("date", "start", "end")]
    assert [value.removesuffix(":00") for value in values] == [*shown]


@pytest.mark.parametrize("query", ["room=x", "date=x", "start=x", "end=25:00", "start=10:00&end=x"])
def test_an_address_that_makes_no_sense_is_refused(alice_client: Client, query: str) -> None:
    assert alice_client.get(f"/bookings/new/?{query}").status_code == 422


def test_an_open_page_gets_the_panel_alone(seoul: Cast, alice_client: Client) -> None:
    panel = alice_client.get("/bookings/new/", headers=PANEL).content.decode()
    assert "<html" not in panel
    assert 'name="title"' in panel
    assert "<html" in alice_client.get("/bookings/new/").content.decode()


def test_what_was_typed_is_shown_as_text(seoul: Cast, alice_client: Client) -> None:
    send(alice_client, typed(seoul, title="<script>alert(1)</script>"))
    page = alice_client.get("/", {"date": "2026-12-02"}).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
