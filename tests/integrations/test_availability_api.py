"""GET /availability and POST /availability/common."""

from typing import Any

import pytest

from bookings.models import Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.integrations.conftest import MakeProgram, Program
from tests.integrations.test_schema import checker, schema

__all__ = ["schema"]

FREE = "/api/v1/availability"
COMMON = "/api/v1/availability/common"
TEN = {"start": "2026-12-02T10:00:00+09:00", "end": "2026-12-02T11:00:00+09:00"}
DAY = {"start": "2026-12-02T00:00:00+09:00", "end": "2026-12-03T00:00:00+09:00"}


def rooms(program: Program, **query: Any) -> list[str]:
    answer = program.get(FREE, TEN | query)
    assert answer.status_code == 200, answer.content
    return [each["room_name"] for each in answer.json()["results"]]


def common(program: Program, *attendees: Any, **more: Any) -> Any:
    body = {"attendees": attendees, "duration": 60, "from": TEN["start"], **more}
    answer = program.post(COMMON, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def starts(slots: Any) -> list[str]:
    return [slot["start"] for slot in slots]


def test_free_rooms_by_what_they_have(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room)
    make_room(seoul.company, "Hall", capacity=40, equipment=["video"], building="Annex")
    assert rooms(program) == [seoul.other_room.name, "Hall"]
    assert rooms(program, min_capacity=20) == ["Hall"]
    assert rooms(program, equipment=["VIDEO"]) == ["Hall"]
    assert rooms(program, building="annex") == ["Hall"]
    assert rooms(program, building=seoul.room.building_id) == [seoul.other_room.name]


@pytest.mark.parametrize("duration", ["60", "PT1H", "PT60M"])
def test_times_within_a_longer_one(program: Program, seoul: Cast, duration: str) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9))
    first, second = program.get(FREE, DAY | {"duration": duration}).json()["results"]
    assert first["room"] == seoul.other_room.pk
    assert second["slots"] == [
        {
            "start": "2026-12-02T10:00:00+09:00",
            "end": "2026-12-02T11:00:00+09:00",
            "free_from": "2026-12-02T10:00:00+09:00",
            "free_until": "2026-12-02T18:00:00+09:00",
        }
    ]


def test_where_nothing_fits_there_is_what_comes_nearest(program: Program, seoul: Cast) -> None:
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room, start=at(10, 15), minutes=45)
    answer = program.get(FREE, TEN).json()
    assert answer["results"] == []
    assert [(each["kind"], each["start"][11:16]) for each in answer["nearest"]] == [
        ("time", "09:15"), ("time", "11:00"), ("shorter", "10:00"), ("shorter", "10:00"),
    ]  # fmt: skip


def test_people_who_are_busy_here_rule_a_time_out(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, 30), minutes=30)
    answer = program.get(FREE, TEN | {"attendees": f"{seoul.bob.email}, {seoul.alice.email}"})
    assert answer.json()["results"] == []
    assert answer.json()["unknown_attendees"] == [seoul.bob.email, seoul.alice.email]
    assert rooms(program, attendees=[seoul.alice.email]) == [seoul.other_room.name]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": "2026-12-02"}, "start"),
        ({"end": TEN["start"]}, "end"),
        ({"duration": "an hour"}, "duration"),
        ({"duration": "PT2H"}, "end"),
        ({"duration": "0"}, "duration"),
        ({"end": "2027-01-02T10:00:00+09:00", "duration": 60}, "end"),
        ({"start": "2026-11-02T10:00:00+09:00", "end": "2026-11-02T11:00:00+09:00"}, "start"),
        ({"start": "9999-12-31T22:00:00Z", "end": "9999-12-31T23:59:00Z"}, "start"),
        ({"attendees": "nobody"}, "attendees"),
        ({"rooms": "3"}, "rooms"),
    ],
)
def test_what_cannot_be_asked(program: Program, query: Any, field: str) -> None:
    answer = program.get(FREE, TEN | query)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert any(name.startswith(field) for name in answer.json()["errors"]), answer.json()


def test_another_companys_building_is_as_good_as_none(program: Program, stranger: Cast) -> None:
    there = program.get(FREE, TEN | {"building": stranger.room.building_id})
    nowhere = program.get(FREE, TEN | {"building": "2147483647"})
    assert (there.status_code, there.content) == (404, nowhere.content)


def test_people_of_another_company_are_not_known(
    seoul: Cast, stranger: Cast, make_program: MakeProgram
) -> None:
    make_booking(stranger.alice, stranger.room)
    answer = common(make_program(seoul.company, "read"), stranger.alice.email)
    assert starts(answer["slots"])[0] == TEN["start"]
    assert answer["attendees"][0]["timezone"] is None


def test_who_asks_needs_a_key(program: Program) -> None:
    assert Program("nonsense").get(FREE, TEN).status_code == 401
    assert Program("nonsense").post(COMMON, {}).status_code == 401


def test_common_times_at_most_three_a_day(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9), minutes=150)
    answer = common(program, seoul.bob.email, seoul.alice.email, to=DAY["end"])
    assert starts(answer["slots"]) == [f"2026-12-02T{hour}:30:00+09:00" for hour in (11, 12, 13)]
    assert answer["alternatives"] == []
    assert answer["attendees"][0] == {
        "email": seoul.bob.email, "optional": False, "calendar_known": False,
        "timezone": "Asia/Seoul",
    }  # fmt: skip


def test_optional_people_make_a_time_better(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9), minutes=480)
    maybe = {"email": seoul.bob.email.upper(), "optional": True}
    day = common(program, seoul.alice.email, maybe, to=DAY["end"])["slots"]
    assert starts(day) == [f"2026-12-02T{hour}:00:00+09:00" for hour in ("10", "11", "17")]
    assert [slot["unavailable"] for slot in day] == [[seoul.bob.email]] * 2 + [[]]


def test_where_there_is_none_the_next_seven_days_are_looked_at(
    program: Program, seoul: Cast
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(8), minutes=60 * 30)
    answer = common(program, seoul.bob.email, to=DAY["end"])
    assert answer["slots"] == []
    found = starts(answer["alternatives"])
    assert found[:2] == ["2026-12-03T14:00:00+09:00", "2026-12-03T15:00:00+09:00"]
    days = {start[:10] for start in found}
    assert days == {f"2026-12-0{day}" for day in (3, 4, 7, 8, 9)}
    assert len(found) == 3 * 4 + 1, "the last day ends at ten"


def test_answers_are_what_the_schema_says(
    schema: dict[str, Any], program: Program, seoul: Cast
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, 15))
    with company_scope(seoul.company.pk):
        Room.objects.filter(pk=seoul.other_room.pk).update(capacity=2)
    answers = {
        "AvailabilityReading": [
            program.get(FREE, TEN),
            program.get(FREE, TEN | {"min_capacity": 3}),
        ],
        "CommonReading": [
            program.post(COMMON, {"attendees": [seoul.bob.email], "duration": "PT1H"})
        ],
    }
    for name, given in answers.items():
        for answer in given:
            assert answer.status_code == 200, answer.content
            checker(schema, name).validate(answer.json())
            assert set(answer.json()) == set(schema["components"]["schemas"][name]["properties"])
    example = schema["paths"][COMMON]["post"]["requestBody"]["content"]["application/json"]
    for value in example["examples"].values():
        checker(schema, "CommonBody").validate(value["value"])
