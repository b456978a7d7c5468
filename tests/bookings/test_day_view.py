"""The day page: who has which room, in a fixed number of queries, and nobody else's."""

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.holding import hold
from bookings.models import Booking, HouseRules, Occurrence
from bookings.spans import Span
from bookings.web.days import Day
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_room

TOMORROW = "2026-12-02"
WEEKLY = ("RRULE:FREQ=WEEKLY;UNTIL=20261223T150000Z",)
TWICE_A_DAY = ("RRULE:FREQ=DAILY;BYHOUR=15,17;COUNT=4",)
CONTROL = re.compile(
    r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT set_config\('app.company', '')"
)


def queries_of(client: Client, url: str) -> list[str]:
    """The statements of one request, transaction control left out."""
    client.get(url)  # whatever is loaded once per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured if not CONTROL.match(query["sql"])]


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/"


def test_shows_todays_rooms_and_bookings(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14, day=1), title="Retro")
    page = alice_client.get("/").content.decode()
    assert "Tuesday, December 1, 2026" in page
    assert "14:00–15:00" in page
    assert "Retro" in page
    assert seoul.other_room.name in page


def test_a_bar_is_placed_by_the_wall_clock(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, start=at(10, 5), minutes=50)
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    assert 'class="bar s121 w10 mine sending"' in page


def test_whole_days_are_called_so(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, start=at(0), minutes=24 * 60)
    make_booking(seoul.alice, seoul.other_room, start=at(0), minutes=3 * 24 * 60)
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    assert "<time>All day</time>" in page
    assert "<time>All day, 12-02–12-04</time>" in page


def test_who_booked_is_told_to_those_who_may_see_it(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room, visibility=Booking.Visibility.PRIVATE)
    path = f"/bookings/{row.public_id}/organizer/"
    assert alice_client.get(path).content.decode() == "Alice"
    assert sign_in(seoul.bob).get(path).content == b""
    assert sign_in(stranger.alice).get(path).status_code == 404


@pytest.mark.parametrize("rooms", [2, 60])
def test_asks_the_same_few_questions_whatever_the_number_of_rooms(
    seoul: Cast, alice_client: Client, rooms: int
) -> None:
    for number in range(rooms - 2):
        make_room(seoul.company, f"Room {number}", building=f"B{number % 3}")
    make_booking(seoul.alice, seoul.room)
    make_booking(seoul.alice, seoul.room, start=at(15), recurrence=WEEKLY)
    make_booking(seoul.alice, seoul.other_room, start=at(15), recurrence=TWICE_A_DAY)
    asked = queries_of(alice_client, f"/?date={TOMORROW}")
    assert [re.findall(r'(?:FROM|EXECUTE) "?([a-z]+_[a-z]+)', query)[-1] for query in asked] == [
        "tenants_member", "bookings_room", "bookings_booking",
    ]  # fmt: skip


def test_an_administrators_page_asks_no_more_than_that(seoul: Cast, admin_client: Client) -> None:
    make_booking(seoul.alice, seoul.room)
    assert len(queries_of(admin_client, f"/?date={TOMORROW}")) == 3


def test_what_rules_and_holds_show_costs_one_question_more(
    seoul: Cast, alice_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(private_titles=True, opening_hours=[540, 1080] * 7)
        hold(member=seoul.bob, room=seoul.other_room, span=Span(at(15), at(16)), form="one")
    make_booking(seoul.bob, seoul.room)
    asked = queries_of(alice_client, f"/?date={TOMORROW}")
    assert len(asked) == 4
    assert "bookings_participant" in asked[-1]


def test_what_people_write_is_shown_as_they_wrote_it(seoul: Cast, alice_client: Client) -> None:
    hostile = "\"><script>alert('100% & more')</script>"
    room = make_room(
        seoul.company, f"Room {hostile}", building=f"House {hostile}", equipment=[hostile[:20]]
    )
    make_booking(seoul.alice, room, title=hostile)
    with company_scope(seoul.company.pk):
        hold(member=seoul.bob, room=seoul.room, span=Span(at(15), at(16)), form="one")
        Member.objects.filter(pk=seoul.bob.pk).update(name=f"Bob {hostile}")
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    written = "&quot;&gt;&lt;script&gt;alert(&#x27;100% &amp; more&#x27;)&lt;/script&gt;"
    assert f"<b>{written}</b>" in page
    assert f"<b>Bob {written}</b>" in page
    assert f">Room {written}</a></h3>" in page
    assert f'aria-label="Book Room {written}"' in page
    assert f"<span>House {written}</span>" in page
    assert "<script>alert" not in page


def test_a_private_title_is_for_its_organiser_and_room_managers(
    seoul: Cast, alice_client: Client, admin_client: Client
) -> None:
    make_booking(
        seoul.alice, seoul.room, title="Salary talk", visibility=Booking.Visibility.PRIVATE
    )
    url = f"/?date={TOMORROW}"
    assert "Salary talk" in alice_client.get(url).content.decode()
    assert "Salary talk" in admin_client.get(url).content.decode()
    page = sign_in(seoul.bob).get(url).content.decode()
    assert "Salary talk" not in page
    assert "Private" in page


def test_another_company_is_never_on_the_page(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    make_booking(stranger.alice, stranger.room, title="Canary plans", start=at(10))
    for url in ("/", f"/?date={TOMORROW}", f"/grid/?date={TOMORROW}", "/bookings/"):
        assert "Canary" not in alice_client.get(url).content.decode()


def test_another_companys_building_does_not_exist(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    assert alice_client.get("/", {"building": stranger.room.building_id}).status_code == 404


def test_a_building_can_be_chosen_and_shared_by_its_address(
    seoul: Cast, alice_client: Client
) -> None:
    annex = make_room(seoul.company, "Cellar", building="Annex")
    page = alice_client.get("/", {"building": annex.building_id}).content.decode()
    assert "Cellar" in page
    assert f'id="room-{seoul.room.pk}"' not in page


@pytest.mark.parametrize(
    "query", ["date=tomorrow", "date=2026-02-30", "date=0001-01-01", "building=x"]
)
def test_an_address_that_makes_no_sense_is_refused(alice_client: Client, query: str) -> None:
    answer = alice_client.get(f"/?{query}")
    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 12, 1), 24)]
)
def test_a_day_of_23_or_25_hours_keeps_its_wall_clock(day: date, hours: int) -> None:
    new_york = ZoneInfo("America/New_York")
    found = Day(day, new_york)
    assert (found.ends_at - found.starts_at).total_seconds() == hours * 3600
    ten = at(10, year=day.year, month=day.month, day=day.day, zone=new_york)
    assert found.minute_of(ten) == 600


def test_overlapping_bookings_are_drawn_one_above_the_other(
    seoul: Cast, alice_client: Client
) -> None:
    make_booking(seoul.bob, seoul.room)
    other = make_booking(seoul.bob, seoul.other_room, title="Moved here by Google")
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=other.pk).update(
            room=seoul.room, status=Occurrence.Status.CONFLICTED
        )
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    assert "room lanes2" in page
    assert re.search(r'class="bar s120 w12 conflicted sending l1"', page)
    assert "conflicting" in page


def bars(page: str) -> list[str]:
    return re.findall(r'<a class="bar .*?</a>', page)


def test_a_series_says_so_and_how(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, title="Once")
    make_booking(seoul.bob, seoul.other_room, title="Weekly", recurrence=WEEKLY)
    once, weekly = bars(alice_client.get("/", {"date": TOMORROW}).content.decode())
    assert "repeats" not in once
    assert "aria-description" not in once
    assert 'class="bar s120 w12 series sending"' in weekly
    assert 'aria-description="Every week on Wed until 23 Dec 2026"' in weekly
    assert "(repeats, on its way to Google Calendar)" in weekly


def test_dates_of_one_series_that_are_seen_together_share_a_name(
    seoul: Cast, alice_client: Client
) -> None:
    first = make_booking(seoul.bob, seoul.room, start=at(15), recurrence=TWICE_A_DAY)
    make_booking(seoul.bob, seoul.other_room, recurrence=WEEKLY)  # alone that day
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    assert re.findall(r'data-series="(.*?)"', page) == [str(first.public_id)] * 2


def test_a_part_that_was_cut_off_is_still_of_its_series(seoul: Cast, alice_client: Client) -> None:
    first = make_booking(seoul.bob, seoul.room)
    part = make_booking(seoul.bob, seoul.room, start=at(15))
    with company_scope(seoul.company.pk):
        Booking.objects.filter(pk=first.booking_id).update(rrule="FREQ=DAILY;COUNT=1")
        Booking.objects.filter(pk=part.booking_id).update(split_from=first.booking)
    page = alice_client.get("/", {"date": TOMORROW}).content.decode()
    assert page.count(f'data-series="{first.public_id}"') == 2


def test_a_rule_that_is_only_mirrored_is_not_explained(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room)
    with company_scope(seoul.company.pk):
        Booking.objects.filter(pk=row.booking_id).update(rrule="FREQ=HOURLY", opaque=True)
    (bar,) = bars(alice_client.get("/", {"date": TOMORROW}).content.decode())
    assert "repeats" in bar
    assert "title=" not in bar


def test_a_date_without_a_room_is_its_owners_to_do(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=WEEKLY)
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=row.pk).update(status=Occurrence.Status.CONFLICTED)
    (own,) = bars(alice_client.get("/", {"date": TOMORROW}).content.decode())
    assert 'class="bar s120 w12 mine series conflicted todo sending"' in own
    assert "needs another room or time" in own
    (seen,) = bars(sign_in(seoul.bob).get("/", {"date": TOMORROW}).content.decode())
    assert "conflicting" in seen
    assert "needs another room or time" not in seen


def test_my_bookings_begin_with_what_needs_a_room(seoul: Cast, alice_client: Client) -> None:
    first = make_booking(seoul.alice, seoul.room, title="Weekly", recurrence=WEEKLY)
    with company_scope(seoul.company.pk):
        last = Occurrence.objects.filter(booking=first.booking).latest("starts_at")
        Occurrence.objects.filter(pk=last.pk).update(status=Occurrence.Status.CONFLICTED)
    page = alice_client.get("/bookings/").content.decode()
    todo, upcoming = page.split("Needs another room or time")[1].split("</section>")
    assert f"/bookings/{last.public_id}/" in todo
    assert "Wednesday, December 23, 2026" in todo
    assert f"/bookings/{last.public_id}/" not in upcoming
    assert page.count("Every week on Wed until 23 Dec 2026") == 4
    assert page.count(f'data-series="{last.public_id}"') == 4


def test_my_bookings_cost_one_query_however_many_repeat(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room)
    asked = len(queries_of(alice_client, "/bookings/"))
    make_booking(seoul.alice, seoul.room, start=at(15), recurrence=WEEKLY)
    make_booking(seoul.alice, seoul.other_room, start=at(15), recurrence=TWICE_A_DAY)
    assert len(queries_of(alice_client, "/bookings/")) == asked


def test_the_legend_lists_only_what_is_on_the_screen(seoul: Cast, alice_client: Client) -> None:
    legend = alice_client.get("/").content.decode().split('id="legend"')[1]
    assert "outside of working hours" in legend, "which can be booked, as nothing is ruled"
    assert "closed" not in legend
    assert "yours" not in legend
    make_booking(seoul.alice, seoul.room, start=at(15, day=1))
    legend = alice_client.get("/").content.decode().split('id="legend"')[1]
    assert "yours" in legend
    assert "held" not in legend
