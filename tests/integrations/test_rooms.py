"""GET /api/v1/rooms."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Floor, Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import make_room
from tests.integrations.conftest import Program

ROOMS = "/api/v1/rooms"


@pytest.fixture
def lab(seoul: Cast) -> Room:
    room = make_room(
        seoul.company, "Lab", building="Annex", capacity=20, equipment=["video", "whiteboard"]
    )
    with company_scope(seoul.company.pk):
        room.floor = Floor.objects.create(building=room.building, name="Third")
        room.save()
    return room


def names(program: Program, **filters: object) -> list[str]:
    answer = program.get(ROOMS, filters)
    assert answer.status_code == 200, answer.json()
    return [room["name"] for room in answer.json()["results"]]


def test_a_room_reads_as_the_contract_says(program: Program, lab: Room) -> None:
    answer = program.get(f"{ROOMS}/{lab.pk}")
    assert answer.json() == {
        "id": lab.pk,
        "name": "Lab",
        "building": "Annex",
        "building_id": lab.building_id,
        "floor": "Third",
        "floor_id": lab.floor_id,
        "capacity": 20,
        "equipment": ["video", "whiteboard"],
        "timezone": "Asia/Seoul",
        "calendar_id": None,
        "state": "open",
    }


def test_filters_narrow_the_list_together(program: Program, lab: Room, seoul: Cast) -> None:
    everything = sorted([seoul.room.name, seoul.other_room.name, "Lab"])
    assert names(program) == everything
    assert names(program, building="annex") == ["Lab"]
    assert names(program, building=lab.building_id) == ["Lab"]
    assert names(program, floor="third") == ["Lab"]
    assert names(program, floor=lab.floor_id) == ["Lab"]
    assert names(program, min_capacity=20) == ["Lab"]
    assert names(program, min_capacity=21) == []
    assert names(program, equipment=["video", "whiteboard"]) == ["Lab"]
    assert names(program, equipment=["video", "phone"]) == []
    assert names(program, q="la") == ["Lab"]
    assert names(program, q="anne") == ["Lab"]
    assert names(program, q="%") == []
    assert names(program, building="Main", min_capacity=20) == []


def test_a_floors_name_is_no_mere_id(program: Program, lab: Room, seoul: Cast) -> None:
    other = make_room(seoul.company, "Cellar")
    with company_scope(seoul.company.pk):
        other.floor = Floor.objects.create(building=other.building, name=str(lab.floor_id))
        other.save()
    assert names(program, floor=str(lab.floor_id)) == ["Cellar"]


def test_pages_follow_each_other_without_loss(program: Program, seoul: Cast) -> None:
    for building in ("A", "B", "C"):
        make_room(seoul.company, "Twin", building=building)
    address: str | None = f"{ROOMS}?limit=2"
    seen: list[int] = []
    while address:
        page = program.get(address).json()
        assert len(page["results"]) <= 2
        seen += [room["id"] for room in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_capacity=many", "min_capacity"),
        ("min_capacity=-1", "min_capacity"),
        ("limit=0", "limit"),
        ("limit=100000", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyJ4Il0", "cursor"),  # ["x"]
        ("cursor=%ED%95%9C", "cursor"),
        ("q=%00", "q"),
    ],
)
def test_a_bad_filter_is_named(program: Program, query: str, field: str) -> None:
    answer = program.get(f"{ROOMS}?{query}")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_numbers_beyond_the_database_find_nothing(program: Program, seoul: Cast) -> None:
    assert names(program, min_capacity=2**70) == []
    assert names(program, floor=2**70) == []
    assert program.get(f"{ROOMS}/{2**70}").status_code == 404


def test_the_list_costs_the_same_however_long(program: Program, seoul: Cast) -> None:
    program.get(ROOMS)
    with CaptureQueriesContext(connection) as few:
        program.get(ROOMS)
    for number in range(20):
        make_room(seoul.company, f"Room {number:02}")
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(ROOMS).json()["results"]) == 22
    assert len(many) == len(few)
