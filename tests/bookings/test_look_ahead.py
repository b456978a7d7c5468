"""What the form of a new booking says before anything is booked."""

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking, HouseRules, Occurrence, Room
from tenants.scope import company_scope
from tests.bookings.test_booking_form import send, typed
from tests.conftest import Cast, make_cast, sign_in
from tests.factories import at, make_booking, make_room

WEEKLY = {"repeat": "weekly", "repeat_ends": "after", "repeat_count": "4"}  # 2 to 23 December


def look(client: Client, fields: dict[str, Any]) -> str:
    answer = client.post("/bookings/new/look/", fields)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def weekly(cast: Cast, **changes: Any) -> dict[str, Any]:
    return typed(cast, **WEEKLY, chosen_in=cast.room.pk, **changes)


def test_writes_nothing(seoul: Cast, alice_client: Client) -> None:
    assert "4 dates are free" in look(alice_client, weekly(seoul))
    with company_scope(seoul.company.pk):
        assert not Booking.objects.exists()


def test_needs_neither_a_title_nor_people_that_can_be_read(
    seoul: Cast, alice_client: Client
) -> None:
    page = look(alice_client, weekly(seoul, title="", attendees="nobody"))
    assert "4 dates are free" in page
    assert "“nobody” is not an e-mail address." in page.split('id="wrong-attendees"')[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "2026-12-03", "repeat": "workdays"}, "Every weekday (Mon to Fri), 4 times"),
        ({"repeat_ends": "on", "repeat_until": "2026-12-01"}, "ends before its first date"),
        ({"repeat": "custom", "repeat_weekdays": "4"}, "The series begins on Fri, 4 Dec 2026"),
        ({"repeat_count": "60"}, "dates cannot be booked"),
        ({"start": ""}, "Every week on Wed, 4 times"),
        ({"repeat_ends": "on", "repeat_until": ""}, "look-status"),
    ],
)
def test_says_what_would_happen(
    seoul: Cast, alice_client: Client, changes: dict[str, str], said: str
) -> None:
    assert said in look(alice_client, weekly(seoul) | changes)


def test_says_whose_clock_is_meant_as_soon_as_another_room_is_chosen(
    seoul: Cast, alice_client: Client
) -> None:
    hudson = make_room(seoul.company, "Hudson", building="New York", timezone="America/New_York")
    said = "Times are those of the room: America/New_York."
    assert said in look(alice_client, typed(seoul, room=hudson.pk))
    assert said not in look(alice_client, typed(seoul))
    row = make_booking(seoul.alice, seoul.room)
    change = typed(seoul, room=hudson.pk, version="1")
    path = f"/bookings/{row.public_id}/edit/look/"
    assert said in alice_client.post(path, change).content.decode()


def test_labels_are_drawn_again_only_for_another_date(seoul: Cast, alice_client: Client) -> None:
    first = look(alice_client, weekly(seoul))
    assert "Weekly on Wednesday" in first
    assert 'value="2026-12-02 "' in first
    again = look(alice_client, weekly(seoul, named_for="2026-12-02 "))
    assert "Weekly on Wednesday" not in again


def test_another_time_on_another_day_says_so(seoul: Cast, alice_client: Client) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(opening_hours=[480, 1200] * 5 + [0, 0] * 2)
    once = look(alice_client, typed(seoul, date="2026-12-05"))
    assert f"{seoul.room} · Fri, 4 Dec 2026 19:00–20:00" in once
    weeks = look(alice_client, weekly(seoul, date="2026-12-05"))
    assert ">Fri, 18 Dec 2026 19:00–20:00</option>" in weeks


def test_a_private_booking_in_the_way_stays_private(seoul: Cast, alice_client: Client) -> None:
    private = Booking.Visibility.PRIVATE
    make_booking(seoul.bob, seoul.room, title="Salary talk", visibility=private)
    page = look(alice_client, weekly(seoul))
    assert "Private 10:00–11:00" in page
    assert "Salary" not in page
    assert "bob@" not in page


def test_marks_the_nights_in_which_clocks_change(db: None, time_machine: Any) -> None:
    time_machine.move_to("2027-02-20T12:00:00+00:00")
    hudson = make_cast("Hudson", "hudson.example", timezone="America/New_York", language="en")
    fields = typed(hudson, date="2027-03-13", start="02:30", end="03:00", repeat="daily",
                   repeat_ends="after", repeat_count="3")  # fmt: skip
    page = look(sign_in(hudson.alice), fields)
    assert page.count("The clocks change") == 1
    assert "Sun, 14 Mar 2027</b> <span>03:30–04:00" in page


def test_warns_where_googles_room_would_decline(seoul: Cast, alice_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(
            google_calendar_id="c_1@resource.calendar.google.com"
        )
    for day in (2, 9, 16):
        make_booking(seoul.bob, seoul.room, start=at(10, day=day))
    warning = "would decline the whole series"
    assert warning in look(alice_client, weekly(seoul))
    skips = [f"2026-12-{day:02}T01:00:00Z skip" for day in (2, 9, 16)]
    assert warning not in look(alice_client, weekly(seoul, choice=skips))


def test_choices_are_for_one_room(seoul: Cast, alice_client: Client) -> None:
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room, start=at(10, day=9))
    skip = "2026-12-09T01:00:00Z skip"
    assert "1 date is skipped" in look(alice_client, weekly(seoul, choice=skip))
    moved = weekly(seoul, choice=skip) | {"room": seoul.other_room.pk}
    assert "1 date is taken" in look(alice_client, moved)
    assert send(alice_client, moved).status_code == 409


def test_choices_for_dates_that_are_no_longer_asked_for_are_forgotten(
    seoul: Cast, alice_client: Client
) -> None:
    skip = "2026-12-09T01:00:00Z skip"
    answer = send(alice_client, weekly(seoul, choice=skip) | {"start": "13:00", "end": "14:00"})
    assert answer.status_code == 302
    with company_scope(seoul.company.pk):
        assert Occurrence.objects.filter(status="confirmed").count() == 4


@pytest.mark.parametrize(
    "choice", ["x", "2026-12-09T01:00:00Z fly", "2026-12-09T01:00:00Z move x y z"]
)
def test_refuses_choices_that_are_none(seoul: Cast, alice_client: Client, choice: str) -> None:
    answer = send(alice_client, weekly(seoul, choice=choice))
    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()


def test_another_companys_room_cannot_be_chosen(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    times = "2026-12-09T01:00:00Z 2026-12-09T02:00:00Z"
    choice = f"2026-12-09T01:00:00Z move {stranger.room.pk} {times}"
    assert send(alice_client, weekly(seoul, choice=choice)).status_code == 404
