"""Administrators keep the company's rooms: one by its form, a new one, many at once."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis

from bookings.live import channel_of
from bookings.models import Building, Floor, Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import make_booking, make_room

ROOMS = "/settings/rooms/"


def typed(**fields: Any) -> dict[str, Any]:
    """The form of one room, filled in."""
    usual = {"name": "Namsan", "building": "Main", "floor": "", "seats": "8", "other": "",
             "is_open": "on"}  # fmt: skip
    return {**usual, **fields}


def many(*rooms: Room, **fields: Any) -> dict[str, Any]:
    """The form of many rooms with nothing chosen, but for what is."""
    empty = dict.fromkeys(("building", "floor", "seats", "state"), "")
    return {**empty, "room": [room.pk for room in rooms], **fields}


def kept(cast: Cast) -> dict[str, Room]:
    with company_scope(cast.company.pk):
        return {room.name: room for room in Room.objects.select_related("building", "floor")}


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def path_of(room: Room) -> str:
    return f"{ROOMS}{room.pk}/"


def test_rooms_are_listed_by_building_and_floor_with_what_there_is_to_know(
    seoul: Cast, admin_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        floor = Floor.objects.create(building=seoul.room.building, name="2F")
    make_room(seoul.company, "Nodeul", floor=floor, equipment=["video", "sofa"],
              calendar="c_1@resource.calendar.google.com", state=Room.State.CLOSED)  # fmt: skip
    page = " ".join(admin_client.get(ROOMS).content.decode().split())
    order = [page.index(word) for word in ("Main</h2>", "2F</h3>", "Nodeul <", "Hangang One <")]
    assert order[0] < order[1] < order[2], "the building, the floor, its room"
    assert "6 seats · Video conference, sofa" in page
    assert "c_1@resource.calendar.google.com" in page
    assert page.count("no bookings") == 1
    for path in (path_of(seoul.room), f"/settings/rules/rooms/{seoul.room.pk}/", f"{ROOMS}import/"):
        assert f'href="{path}"' in page
    assert f'href="{ROOMS}" aria-current="page"' in page, "in the navigation"


def test_a_room_gets_another_name_place_and_equipment(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(equipment=["sofa"])
    page = admin_client.get(path_of(seoul.room)).content.decode()
    assert re.search(r'value="sofa"[^>]*checked', page)
    for _twice in range(2):
        answer = admin_client.post(
            path_of(seoul.room),
            typed(building="Annex", floor="B2", equipment=["video"], other="Lamp, screen"),
            follow=True,
        )
        assert "“Namsan” is saved." in answer.content.decode()
    room = kept(seoul)["Namsan"]
    assert room.pk == seoul.room.pk
    assert (room.capacity, room.equipment) == (8, ["video", "lamp", "screen"])
    assert room.floor is not None
    assert (str(room.building), str(room.floor), room.floor.position) == ("Annex", "B2", -2)
    admin_client.post(path_of(seoul.room), typed(building="Annex", is_open=""))
    room = kept(seoul)["Namsan"]
    assert (room.floor, room.state, room.equipment) == (None, Room.State.CLOSED, [])


def test_what_the_form_does_not_name_stays(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(
            google_calendar_id="c_1@x", position=4, timezone="Asia/Tokyo"
        )
    admin_client.post(path_of(seoul.room), typed(google_calendar_id="mine@x", position="1"))
    room = kept(seoul)["Namsan"]
    assert (room.google_calendar_id, room.position) == ("c_1@x", 4)
    assert room.zone_name == "Asia/Tokyo"


def test_a_room_gets_a_calendar_another_one_and_none(seoul: Cast, admin_client: Client) -> None:
    path, first = path_of(seoul.room), "c_1@resource.calendar.google.com"
    for address in (first, f" {first} ", "c_2@resource.calendar.google.com", ""):
        assert admin_client.post(path, typed(calendar=address)).status_code == 302
        assert kept(seoul)["Namsan"].google_calendar_id == address.strip()
        assert (
            f'value="{address.strip()}"' in admin_client.get(path).content.decode() or not address
        )
    admin_client.post(f"{ROOMS}new/", typed(name="Nodeul", calendar=first))
    assert kept(seoul)["Nodeul"].google_calendar_id == first
    log = admin_client.get("/settings/audit-log/", {"text": "Namsan"}).content.decode()
    assert "<s>c_2@resource.calendar.google.com</s>" in log


@pytest.mark.parametrize("address", ["no address", "x", "c_1@", "x" * 250 + "@google.com"])
def test_what_is_no_address_of_a_calendar_is_refused(
    seoul: Cast, admin_client: Client, address: str
) -> None:
    answer = admin_client.post(path_of(seoul.room), typed(calendar=address))
    assert list(errors(answer)) == ["calendar"]
    assert f'value="{address}"' in answer.content.decode(), "what was typed stays"


def test_a_calendar_belongs_to_one_room(seoul: Cast, stranger: Cast, admin_client: Client) -> None:
    address = "c_1@resource.calendar.google.com"
    make_room(seoul.company, "Nodeul", calendar=address)
    make_room(stranger.company, "Canary", calendar="c_2@resource.calendar.google.com")
    answer = admin_client.post(path_of(seoul.room), typed(calendar=address, seats="9"))
    said = "The room Nodeul has this calendar already. A calendar belongs to one room."
    assert errors(answer) == {"calendar": [said]}
    assert "Namsan" not in kept(seoul), "all or nothing"
    other = typed(calendar="c_2@resource.calendar.google.com")
    assert admin_client.post(path_of(seoul.room), other).status_code == 302, "of another company"


def test_whoever_syncs_calendars_hears_of_another_one_and_of_nothing_else(
    seoul: Cast, admin_client: Client, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    nudged: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "bookings.outbox.nudge", lambda task, company, room, **_more: nudged.append((task, room))
    )
    address = "c_1@resource.calendar.google.com"
    for form in (typed(calendar=address), typed(calendar=address, seats="9")):
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(path_of(seoul.room), form)
    assert ("calendars.tasks.sync_room", seoul.room.pk) in nudged
    assert len(nudged) == len({*nudged})


def test_a_building_that_is_new_keeps_the_hours_of_the_room_that_moves_there(
    seoul: Cast, admin_client: Client
) -> None:
    abroad = make_room(seoul.company, "Hudson", building="New York")
    with company_scope(seoul.company.pk):
        Building.objects.filter(name="New York").update(timezone="America/New_York")
    admin_client.post(path_of(abroad), typed(building="Hudson Yards"))
    moved = kept(seoul)["Namsan"]
    assert (moved.building.timezone, moved.timezone) == ("America/New_York", "")
    admin_client.post(path_of(abroad), typed(building="Main"))
    assert kept(seoul)["Namsan"].zone_name == "Asia/Seoul", "as the others there"


def test_a_new_room_can_be_booked(seoul: Cast, admin_client: Client) -> None:
    assert admin_client.get(f"{ROOMS}new/").status_code == 200
    assert admin_client.post(f"{ROOMS}new/", typed(building="Annex")).status_code == 302
    room = kept(seoul)["Namsan"]
    assert room.building.timezone == seoul.company.timezone
    assert make_booking(seoul.alice, room).pk
    again = admin_client.post(f"{ROOMS}new/", typed(building="Annex"))
    assert errors(again) == {"name": ["Another room of this building has this name."]}


def test_a_company_without_rooms_begins_here(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.all().delete()
        Building.objects.all().delete()
    assert "no rooms in Roomly yet" in admin_client.get(ROOMS).content.decode()
    assert admin_client.post(f"{ROOMS}new/", typed()).status_code == 302
    assert list(kept(seoul)) == ["Namsan"]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "Hangang Two"}, "name", "Another room of this building has this name."),
        ({"name": "x" * 101}, "name", "at most 100"),
        ({"building": " "}, "building", "required"),
        ({"floor": "x" * 51}, "floor", "at most 50"),
        ({"seats": "0"}, "seats", "greater than or equal to 1"),
        ({"seats": "99999"}, "seats", "less than or equal to"),
        ({"equipment": ["cannon"]}, "equipment", "not one of the available choices"),
        ({"other": "a lamp that is far too long"}, "other", "at most 20 letters"),
    ],
)
def test_what_cannot_be_right_is_said_beside_the_field_and_what_was_typed_stays(
    seoul: Cast, admin_client: Client, wrong: dict[str, str], field: str, said: str
) -> None:
    before = admin_client.get(ROOMS).content
    for path in (f"{ROOMS}new/", path_of(seoul.room)):
        answer = admin_client.post(path, typed(**{"building": "Main", **wrong}))
        (message,) = errors(answer)[field]
        assert said in message
        page = answer.content.decode()
        assert 'value="8"' in page or "seats" in wrong
        assert f'value="{wrong.get("name", "Namsan")}"' in page or wrong.get("name") == ""
    assert sorted(kept(seoul)) == ["Hangang One", "Hangang Two"]
    assert before.count(b"</li>") == admin_client.get(ROOMS).content.count(b"</li>")


def test_a_refused_name_leaves_no_new_building_behind(seoul: Cast, admin_client: Client) -> None:
    other = make_room(seoul.company, "Hangang One", building="Annex")
    answer = admin_client.post(
        ROOMS, many(seoul.room, other, seoul.other_room, building="North", seats="12")
    )
    assert errors(answer) == {
        "building": ["These names would be there twice in the building: Hangang One"]
    }
    page = answer.content.decode()
    assert 'value="North"' in page
    assert 'value="12"' in page
    assert len(re.findall(r'name="room"[^>]*checked', page)) == 3, "the ticks stay"
    with company_scope(seoul.company.pk):
        assert not Building.objects.filter(name="North").exists()
        assert not Room.objects.filter(capacity=12).exists()


def test_many_rooms_are_changed_by_one_press(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.room.pk).update(equipment=["phone", "video"])
    third = make_room(seoul.company, "Third", capacity=3)
    sent = many(seoul.room, seoul.other_room, seats="10", floor="5F", add=["video", "screen"],
                take=["phone"], state="closed")  # fmt: skip
    page = admin_client.post(ROOMS, sent, follow=True).content.decode()
    assert "2 rooms changed" in page
    rooms = kept(seoul)
    assert rooms["Hangang One"].equipment == ["video", "screen"]
    for name in ("Hangang One", "Hangang Two"):
        room = rooms[name]
        assert (str(room.floor), room.capacity, room.state) == ("5F", 10, Room.State.CLOSED)
    assert (rooms["Third"].capacity, rooms["Third"].state) == (3, third.state)
    assert "0 rooms changed" in admin_client.post(ROOMS, sent, follow=True).content.decode()


def test_each_room_gets_the_floor_of_its_own_building(seoul: Cast, admin_client: Client) -> None:
    annex = make_room(seoul.company, "Busan", building="Annex")
    admin_client.post(ROOMS, many(seoul.room, annex, floor="3F"))
    rooms = kept(seoul)
    for name in ("Hangang One", "Busan"):
        floor = rooms[name].floor
        assert floor is not None
        assert floor.building_id == rooms[name].building_id
    admin_client.post(ROOMS, many(seoul.room, building="Annex"))
    moved = kept(seoul)["Hangang One"]
    assert (str(moved.building), moved.floor) == ("Annex", None), "the floor was not there"


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"seats": "0"}, "seats", "greater than or equal to 1"),
        ({"state": "burnt"}, "state", "not one of the available choices"),
        ({"add": ["video"], "take": ["video"]}, "take", "added and taken away"),
        ({}, "__all__", "Choose what is to be set."),
        ({"room": [], "seats": "4"}, "__all__", "Tick the rooms"),
    ],
)
def test_many_rooms_are_left_as_they_are_where_something_is_wrong(
    seoul: Cast, admin_client: Client, sent: dict[str, Any], field: str, said: str
) -> None:
    answer = admin_client.post(ROOMS, {**many(seoul.room), **sent})
    (message,) = errors(answer)[field]
    assert said in message
    assert said in answer.content.decode()
    assert kept(seoul)["Hangang One"].capacity == seoul.room.capacity


def test_only_administrators_and_only_for_their_own_rooms(
    seoul: Cast, stranger: Cast, alice_client: Client, admin_client: Client
) -> None:
    for path in (ROOMS, f"{ROOMS}new/", path_of(seoul.room)):
        assert alice_client.get(path).status_code == 403
        assert alice_client.post(path, typed()).status_code == 403
    assert admin_client.get(path_of(stranger.room)).status_code == 404
    assert admin_client.post(path_of(stranger.room), typed()).status_code == 404
    both = many(seoul.room, stranger.room, seats="40")
    for wrong in (both, many(seats="4", room=["x"]), many(seats="4", room=["9" * 5000])):
        assert admin_client.post(ROOMS, wrong).status_code == 404
    for cast in (seoul, stranger):
        assert {room.capacity for room in kept(cast).values()} == {6}, "all or nothing"
    assert "Canary" not in admin_client.get(ROOMS).content.decode()


def test_an_open_day_looks_again_and_sees_it(
    seoul: Cast, admin_client: Client, alice_client: Client, redis: Redis,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    grid = "/grid/?date=2026-12-02"
    pages = redis.pubsub()  # type: ignore[no-untyped-call]
    pages.subscribe(channel_of(seoul.company.pk))
    pages.get_message(timeout=5)
    for path, form in (
        (path_of(seoul.room), typed()),
        (f"{ROOMS}new/", typed(name="Nodeul")),
        (ROOMS, many(seoul.other_room, state="closed")),
    ):
        tag = alice_client.get(grid)["ETag"]
        with django_capture_on_commit_callbacks(execute=True):
            assert admin_client.post(path, form).status_code == 302
        told = pages.get_message(timeout=5)
        assert told
        assert json.loads(told["data"])["days"] == [], "on whatever day"
        assert alice_client.get(grid, headers={"If-None-Match": tag}).status_code == 200
    page = alice_client.get(grid).content.decode()
    assert "Namsan" in page
    assert "Nodeul" in page
    pages.close()


def test_it_asks_as_many_questions_however_many_rooms(seoul: Cast, admin_client: Client) -> None:
    def questions(change: dict[str, Any] | None) -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = admin_client.post(ROOMS, change) if change else admin_client.get(ROOMS)
        assert answer.status_code == (302 if change else 200)
        return len(asked)

    with company_scope(seoul.company.pk):
        floor = Floor.objects.create(building=seoul.room.building, name="2F")
        Room.objects.update(floor=floor)
    two = [seoul.room, seoul.other_room]
    before = questions(None), questions(many(*two, seats="3", floor="2F"))
    more = [make_room(seoul.company, f"Room {n}", floor=floor) for n in range(8)]
    after = questions(None), questions(many(*two, *more, seats="4", floor="2F"))
    assert after == before
