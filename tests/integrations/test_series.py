"""PATCH and DELETE of a series' dates: scopes, conflicts by date, and what somebody else did."""

from datetime import datetime
from typing import Any

import pytest

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program

FOUR = ("RRULE:FREQ=DAILY;COUNT=4",)  # 2 to 5 December at ten
AFTERNOON = {"start": "2026-12-03T14:00:00+09:00", "end": "2026-12-03T15:00:00+09:00"}


def place(row: Any) -> str:
    return f"{BOOKINGS}/{row['id'] if isinstance(row, dict) else row.public_id}"


def listed(program: Program, **query: Any) -> list[Any]:
    return list(program.get(BOOKINGS, query).json()["results"])


@pytest.fixture
def series(seoul: Cast, program: Program) -> list[Any]:
    """Four dates, as the API lists them."""
    row = make_booking(seoul.alice, seoul.room, recurrence=FOUR)
    return listed(program, series=row.booking.public_id)


def stored(cast: Cast) -> list[tuple[datetime, str]]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.order_by("starts_at", "pk")
        return list(rows.values_list("starts_at", "status"))


FIELDS: dict[str, Any] = {
    "title": "Retro",
    "description": "Look back",
    "visibility": "public",
    "video": True,
    "reminders": [5],
    "external_reference": "crm-9",
    "metadata": {"a": "b"},
}


@pytest.mark.parametrize(("scope", "changed"), [("following", 2), ("all", 4)])
def test_every_field_reaches_as_far_as_the_scope(
    program: Program, series: list[Any], seoul: Cast, scope: str, changed: int
) -> None:
    guests = [{"email": "minji@example.com"}]
    body = {**FIELDS, "scope": scope, "attendees": guests, "room": seoul.other_room.pk}

    answer = program.patch(place(series[2]), body)

    assert answer.status_code == 200, answer.content
    assert answer["ETag"] == answer.json()["etag"]
    rows = listed(program, series=series[0]["series_id"])
    new = [row for row in rows if {name: row[name] for name in FIELDS} == FIELDS]
    assert len(new) == changed
    assert {row["room"] for row in new} == {seoul.other_room.pk}
    assert all(row["attendees"][0]["email"] == "minji@example.com" for row in new)
    assert [row["id"] for row in rows] == [row["id"] for row in series], "ids stay"


def test_a_start_without_an_end_leaves_the_end_where_it_is(
    program: Program, series: list[Any]
) -> None:
    told = program.patch(place(series[1]), {"start": "2026-12-03T10:15:00+09:00"}).json()
    assert (told["start"][11:16], told["end"][11:16]) == ("10:15", "11:00")

    later = {"start": "2026-12-03T11:00:00+09:00"}
    assert list(program.patch(place(series[1]), later).json()["errors"]) == ["end"]


def test_a_rule_that_is_read_can_be_sent_back(program: Program, seoul: Cast) -> None:
    lines = (*FOUR, "EXDATE:20261203T100000", "RDATE:20261210T100000")
    row = make_booking(seoul.alice, seoul.room, recurrence=lines)
    before = listed(program, series=row.booking.public_id)
    read = before[0]["recurrence"]
    assert read == [
        *FOUR,
        "RDATE;TZID=Asia/Seoul:20261210T100000",
        "EXDATE;TZID=Asia/Seoul:20261203T100000",
    ]

    answer = program.patch(place(row), {"recurrence": read, "scope": "all"})

    assert (answer.status_code, answer.json()["recurrence"]) == (200, read)
    after = listed(program, series=row.booking.public_id)
    assert [(row["id"], row["start"]) for row in after] == [
        (row["id"], row["start"]) for row in before
    ]


def test_a_single_booking_becomes_a_series_and_one_again(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)

    made = program.patch(place(row), {"recurrence": list(FOUR)})
    assert made.status_code == 200, made.content
    assert len(listed(program, series=made.json()["series_id"])) == 4

    alone = program.patch(place(row), {"recurrence": [], "scope": "all"})
    assert (alone.status_code, alone.json()["series_id"]) == (200, None)
    assert [found["start"][:10] for found in listed(program)] == ["2026-12-02"]


def test_each_conflict_names_the_date_that_it_is_in_the_way_of(
    program: Program, series: list[Any], seoul: Cast
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(13, 30, day=3))
    make_booking(seoul.bob, seoul.room, start=at(14, 30, day=3), minutes=15)
    make_booking(seoul.bob, seoul.room, start=at(14, day=5), title="Lunch")
    make_booking(seoul.bob, seoul.other_room, start=at(14, day=4))
    before = stored(seoul)

    answer = program.patch(place(series[1]), {**AFTERNOON, "scope": "all"})

    assert answer.status_code == 409
    problem = answer.json()
    assert [(found["date"], found["start"][8:16]) for found in problem["conflicts"]] == [
        ("2026-12-03T14:00:00+09:00", "03T13:30"),
        ("2026-12-03T14:00:00+09:00", "03T14:30"),
        ("2026-12-05T14:00:00+09:00", "05T14:00"),
    ]
    assert [offer["room"] for offer in problem["alternatives"]] == [seoul.other_room.pk]
    assert stored(seoul) == before


def test_each_date_of_a_change_can_be_decided_by_itself(
    program: Program, series: list[Any], seoul: Cast
) -> None:
    for day in (3, 4, 5):
        make_booking(seoul.bob, seoul.room, start=at(14, day=day))
    dates = [f"2026-12-0{day}T14:00:00+09:00" for day in (3, 4, 5)]
    choices = [
        {"date": dates[0], "act": "keep"},
        {"date": dates[1], "act": "skip"},
        {"date": dates[2], "act": "move", "room": seoul.other_room.pk},
    ]

    answer = program.patch(
        place(series[0]),
        {
            "start": "2026-12-02T14:00:00+09:00",
            "end": "2026-12-02T15:00:00+09:00",
            "scope": "all",
            "choices": choices,
        },
    )

    assert answer.status_code == 200, answer.content
    assert [skipped["start"][:10] for skipped in answer.json()["skipped"]] == ["2026-12-04"]
    rows = listed(program, series=series[0]["series_id"])
    assert [(row["start"][8:16], row["room"]) for row in rows] == [
        ("02T14:00", seoul.room.pk),
        ("03T10:00", seoul.room.pk),
        ("05T14:00", seoul.other_room.pk),
    ]


def test_a_choice_that_is_taken_too_names_its_date(
    program: Program, series: list[Any], seoul: Cast
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14, day=3))
    make_booking(seoul.bob, seoul.room, start=at(16, day=3))
    date = "2026-12-03T14:00:00+09:00"
    choice = {"date": date, "act": "move", "start": "2026-12-03T16:00:00+09:00"}

    answer = program.patch(place(series[1]), {**AFTERNOON, "scope": "all", "choices": [choice]})

    assert answer.status_code == 409
    assert [found["date"] for found in answer.json()["conflicts"]] == [date]


def test_dates_that_lose_their_place_are_told(program: Program, series: list[Any]) -> None:
    program.patch(place(series[3]), {"start": "2026-12-05T16:00:00+09:00"} | {
        "end": "2026-12-05T17:00:00+09:00"})  # fmt: skip

    shorter = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"], "scope": "all"}
    told = program.patch(place(series[0]), shorter).json()

    assert told["lost"] == [
        {"start": "2026-12-05T16:00:00+09:00", "end": "2026-12-05T17:00:00+09:00"}
    ]
    assert len(listed(program, series=series[0]["series_id"])) == 2


def test_a_date_that_is_off_its_new_rule_still_answers(program: Program, series: list[Any]) -> None:
    weekly = {"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2"], "scope": "all"}

    answer = program.patch(place(series[0]), weekly)

    assert answer.status_code == 200, answer.content
    rows = listed(program, series=series[0]["series_id"])
    assert [row["start"][:10] for row in rows] == ["2026-12-04", "2026-12-11"]


def test_the_list_of_a_series_follows_it_through_its_parts(
    program: Program, series: list[Any], seoul: Cast
) -> None:
    make_booking(seoul.alice, seoul.other_room)
    later = program.patch(place(series[2]), {"title": "Retro", "scope": "following"}).json()
    assert later["series_id"] != series[0]["series_id"]

    for part in (series[0]["series_id"], later["series_id"]):
        titles = [row["title"] for row in listed(program, series=part)]
        assert titles == ["Design review"] * 2 + ["Retro"] * 2
    assert listed(program, series=series[0]["id"]) == [], "an id of a date is none of a series"


def test_a_series_of_another_company_is_empty(
    program: Program, stranger: Cast, series: list[Any]
) -> None:
    foreign = make_booking(stranger.alice, stranger.room, start=at(22), recurrence=FOUR)
    assert listed(program, series=foreign.booking.public_id) == []


@pytest.mark.parametrize(
    ("scope", "left"), [("this", [2, 3, 5]), ("following", [2, 3]), ("all", [])]
)
def test_cancelling_reaches_as_far_as_the_scope(
    program: Program, series: list[Any], scope: str, left: list[int]
) -> None:
    for _twice in range(2):
        assert program.delete(f"{place(series[2])}?scope={scope}").status_code == 204
        rows = listed(program, series=series[0]["series_id"])
        assert [int(row["start"][8:10]) for row in rows] == left


def test_a_cancelled_date_comes_back(program: Program, series: list[Any], seoul: Cast) -> None:
    back = {"status": "confirmed"}
    program.delete(place(series[1]))

    answer = program.patch(place(series[1]), back)
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert program.patch(place(series[1]), back).status_code == 200, "twice is as good as once"
    assert len(listed(program, series=series[0]["series_id"])) == 4

    program.delete(place(series[1]))
    taken = make_booking(seoul.bob, seoul.room, start=at(10, 30, day=3))
    answer = program.patch(place(series[1]), back)
    assert answer.status_code == 409
    assert [found["id"] for found in answer.json()["conflicts"]] == [str(taken.public_id)]
    assert answer.json()["alternatives"][0]["room"] == seoul.other_room.pk


def test_a_skipped_date_says_why_and_comes_back_once_it_is_free(
    program: Program, seoul: Cast
) -> None:
    lunch = make_booking(seoul.bob, seoul.room, start=at(10, day=3))
    body = {
        "room": seoul.room.pk, "title": "Standup", "recurrence": list(FOUR),
        "start": "2026-12-02T10:00:00+09:00", "end": "2026-12-02T11:00:00+09:00",
        "on_conflict": "skip",
    }  # fmt: skip
    made = program.post(BOOKINGS, body).json()
    (skipped,) = listed(program, series=made["series_id"], status="cancelled")
    assert (skipped["reason"], skipped["start"][:10]) == ("skipped", "2026-12-03")

    assert program.patch(place(skipped), {"status": "confirmed"}).status_code == 409
    program.delete(place(lunch))
    told = program.patch(place(skipped), {"status": "confirmed"}).json()
    assert (told["status"], told["reason"], told["recurrence"]) == ("confirmed", None, list(FOUR))


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_the_second_of_two_is_told_what_the_first_did(
    program: Program, series: list[Any], seoul: Cast, make_program: MakeProgram, scope: str
) -> None:
    alice = make_program(seoul.company, member=seoul.alice)
    mine = {"If-Match": series[1]["etag"]}
    alice.patch(place(series[1]), {"title": "Theirs", **AFTERNOON})

    for second in (
        program.patch(place(series[1]), {"title": "Mine", "scope": scope}, **mine),
        program.delete(f"{place(series[1])}?scope={scope}", **mine),
    ):
        assert (second.status_code, second.json()["code"]) == (412, "changed")
        told = second.json()
        assert told["current"] == program.get(place(series[1])).json()
        (change,) = told["changes"]
        assert (change["by"]["email"], change["act"]) == (seoul.alice.email, "changed")
        assert change["before"] == {
            "title": "Design review",
            "start": at(10, day=3).isoformat(),
            "end": at(11, day=3).isoformat(),
        }
        assert change["after"]["title"] == "Theirs"
        assert change["date"] == series[1]["original_start"]


def test_what_was_changed_of_a_private_booking_is_for_its_people(
    seoul: Cast, make_program: MakeProgram, program: Program
) -> None:
    row = make_booking(seoul.alice, seoul.room, title="Salaries", visibility="private")
    seen = program.get(place(row))["ETag"]
    program.patch(place(row), {"title": "Bonuses"})

    answer = make_program(seoul.company, member=seoul.bob).patch(
        place(row), {"title": "Mine"}, **{"If-Match": seen}
    )

    assert answer.status_code == 403
    assert b"Bonuses" not in answer.content


ODD: list[tuple[dict[str, Any], str]] = [
    ({"recurrence": ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"]}, "recurrence"),  # not yet
    ({"recurrence": ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261101"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=DAILY;COUNT=10000"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=DAILY;BYFOO=1"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=HOURLY"]}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"]}, "recurrence"),
    ({"recurrence": "RRULE:FREQ=DAILY"}, "recurrence"),
    ({"timezone": "Seoul"}, "timezone"),
    ({"title": " "}, "title"),
    ({"end": "2026-12-03T09:00:00+09:00"}, "end"),
    ({"start": "2026-11-03T10:00:00+09:00", "end": "2026-11-03T11:00:00+09:00"}, "start"),
    ({"choices": [{"date": "2026-12-03T10:00:00+09:00", "act": "drop"}]}, "choices.0.act"),
]


@pytest.mark.parametrize(("body", "field"), ODD, ids=[f"{n}-{odd[1]}" for n, odd in enumerate(ODD)])
@pytest.mark.parametrize("scope", ["following", "all"])
def test_an_odd_change_of_a_series_is_named_and_nothing_is_written(
    program: Program, series: list[Any], seoul: Cast, scope: str, body: dict[str, Any], field: str
) -> None:
    before, tags = stored(seoul), [row["etag"] for row in listed(program)]

    answer = program.patch(place(series[1]), {**body, "scope": scope})

    problem = answer.json()
    assert (answer.status_code, list(problem["errors"])) == (422, [field])
    assert all(text.endswith(".") or "“" in text for text in problem["errors"][field])
    assert (stored(seoul), [row["etag"] for row in listed(program)]) == (before, tags)


def test_one_date_has_no_rule_of_its_own(program: Program, series: list[Any]) -> None:
    answer = program.patch(place(series[1]), {"recurrence": ["RRULE:FREQ=WEEKLY"]})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["scope"])
