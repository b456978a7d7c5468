"""The page "Find a room": its form, what it finds, and the way to the booking form."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from bookings.models import HouseRules, Room
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_company, make_member, make_room

TEN = {"date": "2026-12-02", "start": "10:00", "end": "11:00", "length": "60"}


def text(answer: Any) -> str:
    """What the page says, without its markup."""
    found = answer.content.decode().partition('id="found"')[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", found)))


def find(client: Client, **query: Any) -> Any:
    answer = client.get("/find/", TEN | query)
    assert answer.status_code == 200
    return answer


def links(answer: Any) -> list[str]:
    return [
        unescape(link)
        for link in re.findall(r'href="(/bookings/new/[^"]*)"', answer.content.decode())
    ]


def test_it_opens_with_what_is_free_now(alice_client: Client, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(12, day=1))
    answer = alice_client.get("/find/")
    assert answer.status_code == 200
    assert "2 rooms are free" in text(answer)
    assert links(answer) == [
        f"/bookings/new/?room={seoul.other_room.pk}&date=2026-12-01&start=12%3A00&end=12%3A30",
        f"/bookings/new/?room={seoul.room.pk}&date=2026-12-01&start=13%3A00&end=13%3A30",
    ]
    assert "free until 18:00" in text(answer)


def test_one_click_opens_the_booking_form_filled_in(alice_client: Client, seoul: Cast) -> None:
    (link, *_others) = links(find(alice_client, people="Minji@example.com"))
    form = alice_client.get(link).content.decode()
    for value in ('value="2026-12-02"', 'value="10:00"', 'value="11:00"', "minji@example.com"):
        assert value in form
    assert f'<option value="{seoul.room.pk}" selected' in form


def test_a_room_of_another_zone_is_booked_at_its_own_clock(
    alice_client: Client, seoul: Cast
) -> None:
    make_room(
        seoul.company, "Hudson", building="New York", timezone="America/New_York", capacity=99
    )
    answer = find(alice_client, start="13:30", end="14:30", seats="50")
    assert "Book 23:30–12-02 00:30" not in text(answer)
    (link,) = links(answer)
    form = alice_client.get(link).content.decode()
    for value in ("2026-12-01", "23:30", "00:30", "2026-12-02"):
        assert f'value="{value}"' in form


def test_what_is_asked_narrows_it_down(alice_client: Client, seoul: Cast) -> None:
    hall = make_room(
        seoul.company, "Hall", building="Annex", capacity=30, equipment=["video", "x1"]
    )
    for query in ({"seats": "20"}, {"equipment": ["video", "x1"]}, {"building": hall.building_id}):
        answer = find(alice_client, **query)
        assert [f"room={hall.pk}&" in link for link in links(answer)] == [True], query
    assert "30 seats, 10 to spare" in text(find(alice_client, seats="20"))


def test_nothing_fits_and_what_comes_nearest_is_one_click_away(
    alice_client: Client, seoul: Cast
) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(equipment=["video"])
    make_booking(seoul.bob, seoul.room, start=at(10, 30), minutes=30)
    answer = find(alice_client, equipment="video")
    said = text(answer)
    order = [
        "Nothing fits exactly",
        "Another room at that time",
        "Another time",
        "A shorter meeting",
    ]
    assert re.findall("|".join(order), said) == order
    assert "without: Video conference" in said
    assert "30 min instead of 1 h" in said
    assert {alice_client.get(link).status_code for link in links(answer)} == {200}


def test_people_who_are_busy_and_people_who_are_not_known(
    alice_client: Client, seoul: Cast
) -> None:
    make_booking(seoul.bob, seoul.room)
    said = text(find(alice_client, people=seoul.bob.email))
    assert "Nothing fits exactly" in said
    assert f"they may be busy: {seoul.bob.email}" in said


def test_when_everybody_is_free_is_shown_in_their_zones(alice_client: Client, seoul: Cast) -> None:
    hudson = make_room(seoul.company, "Hudson", building="New York", timezone="America/New_York")
    for room in (seoul.room, seoul.other_room, hudson):
        make_booking(seoul.admin, room)
    make_booking(seoul.bob, hudson, start=at(12), minutes=30)
    make_booking(seoul.alice, hudson, start=at(0, day=3))
    answer = find(alice_client, people=f"{seoul.bob.email},{seoul.alice.email}")
    said = text(answer)
    assert "When everybody is free Wednesday, December 2, 2026 11:00–12:00" in said, said
    assert "11:00–12:00 21:00–22:00 America/New_York" in said
    assert "10:00–11:00" not in said.partition("When everybody")[2].partition("Thursday")[0]
    (first, *_others) = re.findall(r'class="chip"\s+href="([^"]*)"', answer.content.decode())
    assert "3 rooms are free" in text(alice_client.get(unescape(first)))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"end": "09:00"}, "The end must be after the start."),
        ({"date": "2026-11-30"}, "This time is over."),
        ({"date": "soon"}, "Enter a valid date."),
        ({"length": "x"}, "Select a valid choice."),
        ({"people": "nobody"}, "“nobody” is not an e-mail address."),
        ({"length": "240"}, "This time is shorter than the meeting."),
        ({"building": "x"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    alice_client: Client, query: Any, said: str
) -> None:
    answer = alice_client.get("/find/", TEN | {"people": "a@b.example"} | query)
    assert answer.status_code == 422
    assert said in unescape(answer.content.decode())
    assert f'value="{(TEN | query)["start"]}"' in answer.content.decode()


def test_empty_states(alice_client: Client, seoul: Cast) -> None:
    assert "Your largest room has 6 seats." in text(find(alice_client, seats="80"))
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room, start=at(6), minutes=60 * 12)
    assert "Nothing is free around that time" in text(find(alice_client))
    company = make_company(name="New", domain="new.example")
    said = text(find(sign_in(make_member(company, "first@new.example"))))
    assert "Your company has no rooms in Roomly yet." in said


def test_a_closed_day_is_called_so_with_the_way_to_the_next_open_one(
    alice_client: Client, seoul: Cast
) -> None:
    week = [540, 1080] * 5 + [0, 0] * 2
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(opening_hours=week)
    answer = find(alice_client, date="2026-12-05")
    assert "Closed on this day (rule of the company)." in text(answer)
    assert "Look on Monday, December 7, 2026" in text(answer)
    (link,) = re.findall(r'href="(/find/\?[^"]*)"', answer.content.decode().split('id="found"')[1])
    assert "start=10%3A00&end=11%3A00" in unescape(link)
    assert "2 rooms are free" in text(alice_client.get(unescape(link)))
    late = find(alice_client, date="2026-12-05", start="20:00", end="22:00")
    assert "start=09%3A00&amp;end=18%3A00" in late.content.decode()


def test_another_companys_building_is_as_good_as_none(alice_client: Client, stranger: Cast) -> None:
    foreign = alice_client.get("/find/", TEN | {"building": stranger.room.building_id})
    assert foreign.status_code == 404
    assert alice_client.get("/find/", {"building": "2147483647"}).status_code == 404


def test_a_stranger_signs_in_first() -> None:
    answer = Client().get("/find/?seats=4")
    assert answer.status_code == 302
    assert answer["Location"].endswith("next=/find/%3Fseats%3D4")


def test_in_the_evening_the_next_hours_or_the_next_morning(
    alice_client: Client, seoul: Cast, time_machine: Any
) -> None:
    for now, first in ((at(17, 50, day=1), "18:00"), (at(23, 30, day=1), "09:00")):
        time_machine.move_to(now, tick=False)
        page = alice_client.get("/find/").content.decode()
        assert f'name="start" value="{first}"' in page
    assert 'name="date" value="2026-12-02"' in page
