"""The day of some rooms: by place, size, equipment, a free time, a star, or a rule that lets in."""

import pytest
from django.test import Client

from bookings.favourites import star
from bookings.holding import hold
from bookings.models import Floor, HouseRules, Occurrence, Room
from bookings.spans import Span
from tenants.scope import company_scope
from tests.bookings.test_day_view import queries_of
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_room

DAY = "/?date=2026-12-02"
TEN = "&from=10:00&until=11:00"


def shown(client: Client, query: str, cast: Cast) -> set[str]:
    """The names of the rooms on the page."""
    answer = client.get(f"{DAY}{query}")
    assert answer.status_code == 200
    page = answer.content.decode()
    with company_scope(cast.company.pk):
        return {room.name for room in Room.objects.all() if f'id="room-{room.pk}"' in page}


@pytest.fixture
def hall(seoul: Cast) -> Room:
    """A large room with a screen on the second floor of another building."""
    hall = make_room(
        seoul.company, "Hall", building="Annex", capacity=40, equipment=["screen", "video"]
    )
    with company_scope(seoul.company.pk):
        hall.floor = Floor.objects.create(building=hall.building, name="2F")
        hall.save()
    return hall


def test_place_size_and_equipment(seoul: Cast, alice_client: Client, hall: Room) -> None:
    for query in (
        f"&building={hall.building_id}", f"&floor={hall.floor_id}", "&seats=12",
        "&equipment=screen", "&equipment=screen&equipment=video&seats=40",
    ):  # fmt: skip
        assert shown(alice_client, query, seoul) == {"Hall"}
    assert shown(alice_client, "&equipment=screen&equipment=phone", seoul) == set()
    page = alice_client.get(f"{DAY}&seats=12").content.decode()
    assert "1 of 3 rooms" in page
    assert '<a class="chip clear" id="clear-filters" href="?date=2026-12-02">' in page
    assert "No room is like this." in alice_client.get(f"{DAY}&seats=99").content.decode()


def test_who_has_no_favourites_is_told_how_to_get_some(seoul: Cast, alice_client: Client) -> None:
    page = alice_client.get(f"{DAY}&starred=1").content.decode()
    assert "The star ☆ beside a room makes it one." in page


def test_rooms_that_are_free_at_a_time(seoul: Cast, alice_client: Client, hall: Room) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9, 30), minutes=45)
    assert shown(alice_client, TEN, seoul) == {"Hall", seoul.other_room.name}
    with company_scope(seoul.company.pk):
        Occurrence.objects.update(transparent=True)
        hold(member=seoul.bob, room=hall, span=Span(at(10), at(11)), form="one")
        HouseRules.objects.create(room=seoul.other_room, max_length=30)
    assert shown(alice_client, TEN, seoul) == {seoul.room.name}
    assert shown(sign_in(seoul.bob), TEN, seoul) == {"Hall", seoul.room.name}
    assert shown(alice_client, "&from=23:00&until=24:00", seoul) == {"Hall", seoul.room.name}


def test_only_rooms_that_can_be_booked(seoul: Cast, alice_client: Client, hall: Room) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=hall.pk).update(state="closed")
    assert shown(alice_client, "&bookable=1", seoul) == {seoul.room.name, seoul.other_room.name}
    wednesday = [540, 1080] * 2 + [0, 0] + [540, 1080] * 4
    for rule in ({"opening_hours": wednesday}, {"notice": 3 * 24 * 60}, {"horizon": 1}):
        with company_scope(seoul.company.pk):
            ruled = HouseRules.objects.create(room=seoul.room, **rule)
        expected = {seoul.room.name} if "horizon" in rule else set()
        assert shown(alice_client, "&bookable=1", seoul) == expected | {seoul.other_room.name}
        with company_scope(seoul.company.pk):
            ruled.delete()


def test_a_star_is_a_persons_own(seoul: Cast, alice_client: Client) -> None:
    url = f"/rooms/{seoul.room.pk}/star/"
    for _twice in range(2):
        assert alice_client.post(url, {"starred": "1"}).status_code == 302
    assert shown(alice_client, "&starred=1", seoul) == {seoul.room.name}
    assert shown(sign_in(seoul.bob), "&starred=1", seoul) == set()
    assert alice_client.post(url, {"starred": ""}, headers={"HX-Request": "1"}).status_code == 204
    assert shown(alice_client, "&starred=1", seoul) == set()


def test_a_star_gives_the_day_another_tag(seoul: Cast, alice_client: Client) -> None:
    tag = alice_client.get("/grid/")["ETag"]
    with company_scope(seoul.company.pk):
        star(seoul.bob, seoul.room, starred=True)
    again = {"If-None-Match": tag}
    assert alice_client.get("/grid/", headers=again).status_code == 304
    with company_scope(seoul.company.pk):
        star(seoul.alice, seoul.room, starred=True)
    assert alice_client.get("/grid/", headers=again).status_code == 200
    tag = alice_client.get("/grid/")["ETag"]
    for query in ("?starred=1", "?seats=2", "?from=10:00&until=11:00"):
        assert alice_client.get(f"/grid/{query}", headers={"If-None-Match": tag}).status_code == 200


def test_filters_ask_no_more_questions(seoul: Cast, alice_client: Client, hall: Room) -> None:
    make_booking(seoul.alice, seoul.room)
    query = f"{DAY}{TEN}&seats=2&bookable=1"
    assert len(queries_of(alice_client, query)) == 3


def test_what_cannot_be_read_or_is_not_ours(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    with company_scope(stranger.company.pk):
        floor = Floor.objects.create(building=stranger.room.building, name="9F")
        Room.objects.filter(pk=stranger.room.pk).update(floor=floor)
    assert alice_client.get(f"{DAY}&floor={floor.pk}").status_code == 404
    for query in ("&seats=many", "&from=soon&until=11:00", "&floor=x"):
        assert alice_client.get(f"{DAY}{query}").status_code == 422
