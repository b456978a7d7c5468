"""The week and the month of one room: what they show, to whom, and the ways from there."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.holding import hold
from bookings.models import Booking, HouseRules, Room
from bookings.spans import Span
from tenants.models import User
from tenants.scope import company_scope
from tests.bookings.test_day_view import bars, queries_of
from tests.conftest import NOON_IN_SEOUL, Cast, sign_in
from tests.factories import at, make_booking, make_room

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)
COLUMN = re.compile(r'aria-labelledby="on-(.*?)".*?</section>', re.DOTALL)
CELL = re.compile(
    r'<li class="cell.*?<h3 id="on-(.*?)".*?(?=<li class="cell|</section>)', re.DOTALL
)
Address = Callable[..., str]
FORM = "/bookings/new/?room={room}&amp;date={day}&amp;start={clock}"


def days_of(client: Client, url: str) -> dict[str, str]:
    """The markup of each day by its date."""
    page = client.get(url).content.decode()
    return {found[1]: found[0] for found in (CELL if "/month/" in url else COLUMN).finditer(page)}


def week_of(room: Room, query: str = "") -> str:
    return f"/rooms/{room.pk}/{query}"


def month_of(room: Room, query: str = "") -> str:
    return f"/rooms/{room.pk}/month/{query}"


def test_a_week_begins_on_sunday_and_shows_each_day_its_bookings(
    seoul: Cast, alice_client: Client
) -> None:
    row = make_booking(seoul.bob, seoul.room, title="Retro")
    make_booking(seoul.bob, seoul.other_room, title="Elsewhere")
    page = alice_client.get(week_of(seoul.room)).content.decode()
    assert "Nov 29 – Dec 5, 2026" in page
    assert "Elsewhere" not in page
    days = days_of(alice_client, week_of(seoul.room))
    assert [*days] == ["2026-11-29", "2026-11-30", *(f"2026-12-0{day}" for day in range(1, 6))]
    (bar,) = bars("".join(days.values()))
    assert bar in days["2026-12-02"]
    assert f'class="bar s120 w12 sending" href="/bookings/{row.public_id}/"' in bar
    assert "Retro" in bar
    assert re.search(r'aria-label="Tuesday, December 1, 2026"\s+aria-current="date"', page)


def test_weeks_and_months_lead_to_their_neighbours_and_to_each_other(
    seoul: Cast, alice_client: Client
) -> None:
    page = alice_client.get(week_of(seoul.room, "?date=2027-01-01")).content.decode()
    for link in ("?date=2026-12-20", "?date=2027-01-03", month_of(seoul.room, "?date=2027-01-01")):
        assert f'href="{link}"' in page
    assert "Dec 27 – Jan 2, 2027" in page
    page = alice_client.get(month_of(seoul.room, "?date=2027-01-31")).content.decode()
    for link in ("?date=2026-12-01", "?date=2027-02-01", week_of(seoul.room, "?date=2027-01-31")):
        assert f'href="{link}"' in page
    assert "January 2027" in page
    day = alice_client.get("/?date=2026-12-02").content.decode()
    assert f'href="{week_of(seoul.room, "?date=2026-12-02")}"' in day


@pytest.mark.parametrize("address", [week_of, month_of])
def test_it_costs_three_statements_however_much_is_booked(
    seoul: Cast, alice_client: Client, address: Address
) -> None:
    for hour in (10, 12, 14, 16):
        make_booking(seoul.alice, seoul.room, start=at(hour), recurrence=DAILY)
    asked = queries_of(alice_client, address(seoul.room))
    assert [re.findall(r'(?:FROM|EXECUTE) "?([a-z]+_[a-z]+)', query)[-1] for query in asked] == [
        "tenants_member", "bookings_room", "bookings_booking",
    ]  # fmt: skip


def test_empty_time_leads_to_the_form_with_room_and_time(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9), minutes=70)
    days = days_of(alice_client, week_of(seoul.room))

    def offers(day: str, clock: str) -> bool:
        return FORM.format(room=seoul.room.pk, day=day, clock=clock) in days[day]

    assert offers("2026-12-02", "08:30")
    assert not offers("2026-12-02", "09:00")
    assert not offers("2026-12-02", "10:00"), "taken for its first ten minutes"
    assert offers("2026-12-02", "10:30")
    assert not offers("2026-12-01", "11:30"), "over"
    assert offers("2026-12-01", "12:00")
    assert not offers("2026-11-30", "15:00")
    book = re.search(r'class="book"\s+href="(.*?)"', days["2026-12-02"])
    assert book
    assert book[1].endswith("start=10:30"), "the first free half hour of the working day"
    form = alice_client.get(book[1].replace("&amp;", "&")).context["form"]
    assert form["room"].value() == seoul.room.pk
    assert (str(form["date"].value()), str(form["start"].value())) == ("2026-12-02", "10:30:00")


def test_a_closed_room_offers_nothing(seoul: Cast, alice_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(state=Room.State.CLOSED)
    page = alice_client.get(week_of(seoul.room)).content.decode()
    assert "/bookings/new/" not in page
    assert "Closed" in page


def test_a_room_elsewhere_keeps_the_clock_of_its_own_wall(
    seoul: Cast, alice_client: Client
) -> None:
    abroad = make_room(seoul.company, "Thames", timezone="Europe/London")
    make_booking(seoul.bob, abroad, start=at(19), timezone="Europe/London")  # 10:00 in London
    page = alice_client.get(week_of(abroad)).content.decode()
    assert "Times are those of the room: Europe/London." in page
    days = days_of(alice_client, week_of(abroad))
    assert "10:00–11:00" in days["2026-12-02"]
    noon = re.search(r'href="([^"]*)">12:00<', days["2026-12-02"])
    assert noon
    form = alice_client.get(noon[1].replace("&amp;", "&")).context["form"]
    assert str(form["start"].value()) == "12:00:00"


def test_what_goes_on_over_midnight_is_on_both_days(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.bob, seoul.room, start=at(23), minutes=120)
    make_booking(seoul.bob, seoul.other_room, start=at(23), minutes=60)
    days = days_of(alice_client, week_of(seoul.room))
    assert [day for day in days if bars(days[day])] == ["2026-12-02", "2026-12-03"]
    days = days_of(alice_client, week_of(seoul.other_room))
    assert [day for day in days if bars(days[day])] == ["2026-12-02"]


@pytest.mark.parametrize("address", [week_of, month_of])
def test_private_titles_and_others_words(
    seoul: Cast, alice_client: Client, address: Address
) -> None:
    hostile = "<script>alert('%')</script>"
    make_booking(
        seoul.alice, seoul.room, title="Salary talk", visibility=Booking.Visibility.PRIVATE
    )
    make_booking(seoul.bob, seoul.room, title=hostile, start=at(15))
    url = address(seoul.room)
    own = alice_client.get(url).content.decode()
    assert "Salary talk" in own
    assert "<script>alert" not in own
    seen = sign_in(seoul.bob).get(url).content.decode()
    assert "Salary talk" not in seen
    assert "Private" in seen


@pytest.mark.parametrize("address", [week_of, month_of])
def test_another_companys_room_does_not_exist(
    stranger: Cast, alice_client: Client, address: Address
) -> None:
    assert alice_client.get(address(stranger.room)).status_code == 404
    assert alice_client.get(address(stranger.room, "?date=x")).status_code == 404


def test_a_month_shows_the_first_few_and_how_many_more(seoul: Cast, alice_client: Client) -> None:
    for hour in (15, 9, 11, 13, 17):
        make_booking(seoul.bob, seoul.room, start=at(hour), title=f"At {hour}")
    days = days_of(alice_client, month_of(seoul.room))
    assert (min(days), max(days), len(days)) == ("2026-11-29", "2027-01-02", 35)
    busy = days["2026-12-02"]
    assert re.findall(r"At \d+", busy) == ["At 9", "At 11", "At 13"]
    assert "+2 more" in busy
    assert f'href="/?date=2026-12-02#room-{seoul.room.pk}"' in busy
    assert "more" not in days["2026-12-03"]


def test_a_day_of_a_month_leads_to_the_form_of_its_first_free_half_hour(
    seoul: Cast, alice_client: Client
) -> None:
    for hour in (9, 10, 11, 12):  # the last of them is not shown
        make_booking(seoul.bob, seoul.room, start=at(hour))
    days = days_of(alice_client, month_of(seoul.room))
    form = FORM.format
    assert form(room=seoul.room.pk, day="2026-12-02", clock="13:00") in days["2026-12-02"]
    assert form(room=seoul.room.pk, day="2026-12-03", clock="09:00") in days["2026-12-03"]
    assert form(room=seoul.room.pk, day="2026-12-01", clock="12:00") in days["2026-12-01"], "now"
    assert "/bookings/new/" not in days["2026-11-30"], "over"
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(state=Room.State.CLOSED)
    assert "/bookings/new/" not in "".join(days_of(alice_client, month_of(seoul.room)).values())


def test_the_names_of_days_are_those_of_the_language(seoul: Cast, alice_client: Client) -> None:
    User.objects.filter(pk=seoul.alice.user_id).update(language="ko")
    assert "2026년 11월 29일 – 12월 5일" in alice_client.get(week_of(seoul.room)).content.decode()
    assert "2026년 12월" in alice_client.get(month_of(seoul.room)).content.decode()


def test_a_week_keeps_the_rules_of_the_house_and_shows_what_is_held(
    seoul: Cast, alice_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(private_titles=True, opening_hours=[600, 1020] * 7)
        hold(member=seoul.bob, room=seoul.room, span=Span(at(15), at(16)), form="one")
    make_booking(seoul.bob, seoul.room, title="Salary talk")
    asked = queries_of(alice_client, week_of(seoul.room))
    assert len(asked) == 4
    page = alice_client.get(week_of(seoul.room)).content.decode()
    assert "Salary talk" not in page
    assert page.count('<i class="closed s0 w120"></i>') == 7
    held = days_of(alice_client, week_of(seoul.room))["2026-12-02"]
    assert 'class="bar held s180 w12"' in held
    assert "15:00–16:00" in held
    assert "held until" in held


@pytest.mark.parametrize("address", [week_of, month_of])
def test_an_open_page_that_looks_again_is_told_where_nothing_has_changed(
    seoul: Cast, alice_client: Client, address: Address
) -> None:
    url, looks = address(seoul.room), {"HX-Request": "true"}
    tag = alice_client.get(url, headers=looks)["ETag"]
    again = looks | {"If-None-Match": tag}
    with time_machine.travel(NOON_IN_SEOUL, tick=False) as clock:
        with CaptureQueriesContext(connection) as asked:
            assert alice_client.get(url, headers=again).status_code == 304
        assert not [each for each in asked if "bookings_booking" in each["sql"]]
        assert alice_client.get(url, headers={"If-None-Match": tag}).status_code == 200
        assert alice_client.get(f"{url}?date=2026-12-20", headers=again).status_code == 200
        assert sign_in(seoul.bob).get(url, headers=again).status_code == 200
        clock.shift(timedelta(minutes=5))
        assert alice_client.get(url, headers=again).status_code == 200  # the line of now moved on
        clock.shift(timedelta(minutes=-5))
        make_booking(seoul.bob, seoul.room)
        assert alice_client.get(url, headers=again).status_code == 200
