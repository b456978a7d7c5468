"""How much rooms are used: when, which, and how long ahead; by the clock on each room's wall."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, HouseRules, Occurrence, Room
from bookings.usage.figures import Usage
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

USAGE = "/settings/usage/"
WEEK = {"when": "own", "first": "2026-12-01", "last": "2026-12-07"}  # Tuesday to Monday
WORKDAYS, HOURS = 5, 9  # the company's working hours in such a week


def report(client: Client, **query: str) -> Usage:
    page = client.get(USAGE, query or WEEK)
    assert page.status_code == 200
    usage: Usage = page.context["report"]
    return usage


def table(client: Client, name: str, **query: str) -> list[dict[str, str]]:
    answer = client.get(f"{USAGE}csv/", {"table": name, **(query or WEEK)})
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def used_hours(client: Client) -> dict[tuple[str, str], tuple[str, str]]:
    """What was booked in the hours of the week, and outside of those meant."""
    inside, outside = "Hours booked in them", "Hours booked outside"
    return {
        (row["Weekday"], row["Hour"]): (row[inside], row[outside])
        for row in table(client, "hours")
        if (row[inside], row[outside]) != ("0.0", "0.0")
    }


def test_counts_hours_of_the_week_against_the_working_hours(
    seoul: Cast, admin_client: Client
) -> None:
    make_booking(seoul.alice, seoul.room, start=at(10, 30), minutes=120)
    make_booking(seoul.bob, seoul.other_room, start=at(11), minutes=30)
    make_booking(seoul.bob, seoul.other_room, start=at(17, 30), minutes=60)
    assert used_hours(admin_client) == {
        ("Wed", "10:00"): ("0.5", "0.0"),
        ("Wed", "11:00"): ("1.5", "0.0"),
        ("Wed", "12:00"): ("0.5", "0.0"),
        ("Wed", "17:00"): ("0.5", "0.0"),
        ("Wed", "18:00"): ("0.0", "0.5"),
    }
    usage = report(admin_client)
    assert usage.all.meant == 2 * WORKDAYS * HOURS * 60
    assert (usage.all.within, usage.all.outside, usage.all.meetings) == (180, 30, 3)
    share = {row["Hour"]: row["Share in %"] for row in table(admin_client, "hours")
             if row["Weekday"] == "Wed"}  # fmt: skip
    assert (share["11:00"], share["10:00"], share["18:00"]) == ("75", "25", "")


def test_opening_hours_of_the_room_say_when_it_is_meant_to_be_used(
    seoul: Cast, admin_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(room=seoul.room, opening_hours=[600, 720] * 7)
    make_booking(seoul.alice, seoul.other_room, start=at(13))
    with company_scope(seoul.company.pk):
        Occurrence.objects.update(room=seoul.room)  # it was there before the rule
    rooms = {row["Room"]: row for row in table(admin_client, "rooms")}
    own = rooms[seoul.room.name]
    assert (own["Hours to be used"], own["Hours booked outside"]) == ("14.0", "1.0")
    assert own["Share in %"] == "0"


def test_a_room_elsewhere_keeps_its_own_hours_and_dates(seoul: Cast, admin_client: Client) -> None:
    new_york = make_room(seoul.company, "Hudson", timezone="America/New_York")
    make_booking(seoul.alice, new_york, start=at(23))  # nine in the morning of the second there
    make_booking(seoul.alice, new_york, start=at(12, day=8))  # the evening of the seventh there
    make_booking(seoul.alice, new_york, start=at(10, day=1) + timedelta(hours=3))  # November there
    assert used_hours(admin_client) == {
        ("Wed", "09:00"): ("1.0", "0.0"),
        ("Mon", "22:00"): ("0.0", "1.0"),
    }


def test_a_meeting_over_the_edge_of_the_period_counts_as_far_as_it_is_inside(
    seoul: Cast, admin_client: Client
) -> None:
    make_booking(seoul.alice, seoul.room, start=at(22, day=7), minutes=26 * 60)
    usage = report(admin_client)
    assert (usage.all.booked, usage.all.meetings) == (120, 1)
    query = {"when": "own", "first": "2026-12-09", "last": "2026-12-09"}
    assert report(admin_client, **query).all.booked == 0
    make_booking(seoul.alice, seoul.room, start=at(0, day=9), minutes=20 * 24 * 60)
    query = {"when": "own", "first": "2026-12-25", "last": "2026-12-25"}
    assert report(admin_client, **query).all.booked == 24 * 60, "one that began long before"


def test_only_what_has_its_room_is_usage(seoul: Cast, admin_client: Client) -> None:
    for number, status in enumerate(("cancelled", "conflicted", "released")):
        row = make_booking(seoul.alice, seoul.room, start=at(10 + number))
        with company_scope(seoul.company.pk):
            Occurrence.objects.filter(pk=row.pk).update(status=status)
    page = admin_client.get(USAGE, WEEK)
    assert page.context["report"].all.meetings == 0
    assert "Nothing was booked in this period." in page.content.decode()


def test_the_busiest_rooms_come_first_and_the_least_used_are_told(
    seoul: Cast, admin_client: Client
) -> None:
    rooms = [make_room(seoul.company, f"Room {number}") for number in range(9)]
    for number, room in enumerate(rooms):
        if number:
            make_booking(seoul.alice, room, start=at(9), minutes=30 * number)
    page = admin_client.get(USAGE, WEEK)
    assert [line.name for line in page.context["busiest"]] == [
        "Room 8", "Room 7", "Room 6", "Room 5", "Room 4"
    ]  # fmt: skip
    least = [line.name for line in page.context["least_used"]]
    assert {seoul.room.name, seoul.other_room.name, "Room 0"} == set(least[:3])
    assert least[3:] == ["Room 1", "Room 2"]
    assert len(page.context["rooms"]) == 11


def test_a_closed_room_counts_only_where_it_was_booked(seoul: Cast, admin_client: Client) -> None:
    make_booking(seoul.alice, seoul.room)
    with company_scope(seoul.company.pk):
        Room.objects.update(state=Room.State.CLOSED)
    assert [row["Room"] for row in table(admin_client, "rooms")] == [seoul.room.name]


def test_how_long_ahead_counts_each_decision_once(seoul: Cast, admin_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, start=at(12, 10, day=1), minutes=20)
    make_booking(seoul.alice, seoul.room, start=at(15, day=1))
    make_booking(seoul.alice, seoul.room, start=at(9), recurrence=("RRULE:FREQ=DAILY;COUNT=5",))
    make_booking(seoul.bob, seoul.room, start=at(11, day=7))
    there = make_booking(seoul.bob, seoul.room, start=at(14, day=7)).booking
    with company_scope(seoul.company.pk):
        Booking.objects.filter(pk=there.pk).update(origin=Booking.Origin.GOOGLE)
    bookings = {row["Booked ahead"]: row["Bookings"] for row in table(admin_client, "ahead")}
    assert {words: number for words, number in bookings.items() if number != "0"} == {
        "under 15 min": "1", "1 to 4 h": "1", "4 to 24 h": "1", "3 to 7 days": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("when", "first", "last"),
    [("", "2026-12-01", "2026-12-18"), ("last", "2026-11-01", "2026-11-30")],
)
def test_offers_this_month_and_the_last(
    seoul: Cast, admin_client: Client, when: str, first: str, last: str
) -> None:
    with time_machine.travel(at(12, day=18), tick=False):
        page = admin_client.get(USAGE, {"when": when}).content.decode()
    assert f'value="{first}"' in page
    assert f'value="{last}"' in page


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-12-07", "2026-12-01", "The end must be after the start."),
        ("2025-01-01", "2026-12-01", "at most a year"),
        ("soon", "2026-12-01", "Enter a valid date."),
        ("0001-01-01", "0001-01-02", "Enter a valid date."),
    ],
)
def test_a_period_that_cannot_be_is_said_beside_the_field(
    seoul: Cast, admin_client: Client, first: str, last: str, said: str
) -> None:
    query = {"when": "own", "first": first, "last": last}
    page = admin_client.get(USAGE, query)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert f'value="{first}"' in page.content.decode()
    assert admin_client.get(f"{USAGE}csv/", {**query, "table": "rooms"}).status_code == 404


def test_a_name_that_begins_like_a_formula_does_nothing_in_a_spreadsheet(
    seoul: Cast, admin_client: Client
) -> None:
    make_room(seoul.company, "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in [row["Room"] for row in table(admin_client, "rooms")]
    assert admin_client.get(f"{USAGE}csv/", {"table": "secrets"}).status_code == 404


def test_a_report_costs_two_statements_besides_who_asks(seoul: Cast, admin_client: Client) -> None:
    for hour in range(9, 17):
        make_booking(seoul.alice, seoul.room, start=at(hour))
    admin_client.get(USAGE, WEEK)
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(USAGE, WEEK)
    frames = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config")
    statements = [query["sql"] for query in asked if not query["sql"].startswith(frames)]
    assert len([sql for sql in statements if "bookings_" in sql]) <= 3, statements


def test_only_administrators_of_the_company_see_it(
    seoul: Cast, stranger: Cast, admin_client: Client, alice_client: Client
) -> None:
    make_booking(stranger.alice, stranger.room)
    assert alice_client.get(USAGE).status_code == 403
    assert alice_client.get(f"{USAGE}csv/", {"table": "rooms"}).status_code == 403
    usage = report(admin_client)
    assert usage.all.meetings == 0
    assert stranger.room.name not in admin_client.get(USAGE, WEEK).content.decode()


def test_a_company_without_rooms_is_told_how_they_get_here(
    seoul: Cast, admin_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        seoul.room.delete()
        seoul.other_room.delete()
    page: Any = admin_client.get(USAGE)
    assert "How rooms get here" in page.content.decode()
