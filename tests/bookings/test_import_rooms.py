"""manage.py import_rooms."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bookings.models import Building, Room
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import make_booking

HEADER = "name,building,floor,capacity,equipment,timezone,calendar_id"
TABLE = f"""{HEADER}
여의도,한강관,3층,12,video;screen,Asia/Seoul,c_1@resource.calendar.google.com
Busan,Annex,B2,4,"whiteboard, phone",,
"""


@pytest.fixture
def company(seoul: Cast) -> Cast:
    """A company without rooms."""
    with company_scope(seoul.company.pk):
        Room.objects.all().delete()
        Building.objects.all().delete()
    return seoul


@pytest.fixture
def load(company: Cast, tmp_path: Path) -> Any:
    def run(text: str | bytes, **options: Any) -> list[str]:
        file = tmp_path / "rooms.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        out = StringIO()
        options.setdefault("company", company.company.pk)
        call_command("import_rooms", str(file), stdout=out, **options)
        return out.getvalue().splitlines()

    return run


def rooms(cast: Cast) -> dict[str, Room]:
    with company_scope(cast.company.pk):
        return {room.name: room for room in Room.objects.select_related("building", "floor")}


def test_a_table_makes_rooms_with_their_places(load: Any, company: Cast) -> None:
    assert load(TABLE) == [
        "new        한강관 / 여의도",
        "new        Annex / Busan",
        "2 new, 0 changed, 0 unchanged.",
    ]
    found = rooms(company)
    room, annex = found["여의도"], found["Busan"]
    assert (room.capacity, room.equipment) == (12, ["video", "screen"])
    assert room.google_calendar_id == "c_1@resource.calendar.google.com"
    assert room.floor is not None
    assert (room.floor.name, room.floor.position, room.zone_name) == ("3층", 3, "Asia/Seoul")
    assert annex.floor is not None
    assert (annex.equipment, annex.floor.position) == (["whiteboard", "phone"], -2)
    with company_scope(company.company.pk):
        noted = AuditEntry.objects.values_list("act", "subject", "door").order_by("subject")
        assert list(noted) == [
            ("rooms.made", "Busan", "operator"), ("rooms.made", "여의도", "operator")
        ]  # fmt: skip
    booked = make_booking(company.alice, room)  # its clock is there
    assert booked.pk


def test_a_second_run_changes_nothing(load: Any) -> None:
    load(TABLE)
    assert load(TABLE)[-1] == "0 new, 0 changed, 2 unchanged."


def test_rooms_are_known_by_calendar_then_by_name(load: Any, company: Cast) -> None:
    load(TABLE)
    before = {name: room.pk for name, room in rooms(company).items()}
    changed = TABLE.replace("여의도", "밤섬").replace(",4,", ",5,")
    assert load(changed) == [
        "changed    한강관 / 밤섬: name 여의도 → 밤섬",
        "changed    Annex / Busan: capacity 4 → 5",
        "0 new, 2 changed, 0 unchanged.",
    ]
    after = {name: room.pk for name, room in rooms(company).items()}
    assert after == {"밤섬": before["여의도"], "Busan": before["Busan"]}


def test_what_is_left_empty_stays(load: Any, company: Cast) -> None:
    load(TABLE)
    load("name,building,capacity\n여의도,한강관,14\n")
    room = rooms(company)["여의도"]
    assert (room.capacity, room.equipment) == (14, ["video", "screen"])
    assert room.google_calendar_id


def test_a_dry_run_says_the_same_and_writes_nothing(load: Any, company: Cast) -> None:
    said = load(TABLE, dry_run=True)
    assert said[:2] == ["new        한강관 / 여의도", "new        Annex / Busan"]
    assert "Nothing was written" in said[-1]
    assert rooms(company) == {}


def test_headers_may_be_spaced_and_come_in_any_order(load: Any, company: Cast) -> None:
    load(
        "\ufeffCapacity,Name,Building,Time zone,Calendar ID\n"
        "8,Pier,Hudson,America/New_York,c_9@x.example\n\n"
    )
    room = rooms(company)["Pier"]
    assert (room.capacity, room.zone_name) == (8, "America/New_York")
    assert room.google_calendar_id == "c_9@x.example"


def test_every_bad_line_is_named_and_nothing_is_written(load: Any, company: Cast) -> None:
    table = f"""{HEADER}
Good,A,,4,,,
,A,,4,,,
Zero,A,,0,,,
Many,A,,lots,,,
Nowhere,,,4,,,
Zone,A,,4,,Seoul,
Twin,A,,4,,,
Twin,A,,4,,,
One,A,,4,,,c_1@x
Two,A,,4,,,c_1@x
Long,A,,4,{"x" * 21},,
{"n" * 101},A,,4,,,
"""
    with pytest.raises(CommandError) as refusal:
        load(table)
    said = str(refusal.value)
    for line in range(3, 14):
        assert f"line {line}: " in said, line
    assert "line 2: " not in said
    for field in ("name:", "capacity:", "building:", "timezone:", "equipment:"):
        assert field in said
    assert rooms(company) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing: name, building, capacity"),
        ("name,building\nA,B\n", "missing: capacity"),
        (f"{HEADER},colour\n", "colour"),
        (f"{HEADER}\nA,B,,4,video,screen,Asia/Seoul,c_1\n", "Line 2 has more cells"),
        ("이름".encode("cp949"), "UTF-8"),
        ('name,building,capacity\n"A,B,4\n', "is not CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(load: Any, text: Any, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        load(text)


def test_a_missing_file_or_company_is_told(load: Any, company: Cast) -> None:
    with pytest.raises(CommandError, match="no company 4711"):
        load(TABLE, company=4711)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_rooms", "/nowhere.csv", company=company.company.pk)


def test_two_lines_cannot_mean_one_room(load: Any, company: Cast) -> None:
    load(TABLE)
    both = f"{HEADER}\nNew,한강관,,4,,,c_1@resource.calendar.google.com\n여의도,한강관,,4,,,\n"
    with pytest.raises(CommandError, match="line 3: an earlier line"):
        load(both)


def test_a_taken_name_is_refused(load: Any, company: Cast) -> None:
    load(TABLE)
    taken = f"{HEADER}\nBusan,Annex,,4,,,c_1@resource.calendar.google.com\n"
    with pytest.raises(CommandError, match="line 2: another room"):
        load(taken)


def test_the_demos_own_tables_are_read(load: Any, company: Cast) -> None:
    demo = Path(__file__).parents[2] / "standins" / "demo" / "seoul-rooms.csv"
    assert load(demo.read_bytes())[-1] == "40 new, 0 changed, 0 unchanged."


def test_another_companys_rooms_stay_out_of_it(load: Any, stranger: Cast) -> None:
    mine = f"{HEADER}\n{stranger.room.name},Main,,4,,,\n"
    assert load(mine)[-1] == "1 new, 0 changed, 0 unchanged."
    assert rooms(stranger)[stranger.room.name].capacity == stranger.room.capacity
