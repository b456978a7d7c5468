"""GET /api/v1/bookings."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.drafts import Actor, Attendee
from bookings.edits.date_edits import cancel_occurrence
from bookings.models import Door
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program

MOST_QUERIES = 8


def titles(program: Program, **filters: Any) -> list[str]:
    filters = {name.rstrip("_"): value for name, value in filters.items()}
    answer = program.get(BOOKINGS, filters)
    assert answer.status_code == 200, answer.json()
    return [row["title"] for row in answer.json()["results"]]


@pytest.fixture
def day(seoul: Cast) -> None:
    """Three bookings: 9 to 10 by Alice, 10 to 11 by Bob, 11 to 12 by Alice in the other room."""
    make_booking(seoul.alice, seoul.room, start=at(9), title="A", external_reference="crm-1")
    make_booking(seoul.bob, seoul.room, start=at(10), title="B")
    make_booking(seoul.alice, seoul.other_room, start=at(11), title="C")


def test_a_range_takes_what_it_touches(program: Program, day: None) -> None:
    assert titles(program) == ["A", "B", "C"]
    assert titles(program, from_=at(10).isoformat()) == ["B", "C"]
    assert titles(program, to=at(10).isoformat()) == ["A"]
    assert titles(program, from_=at(9, 59).isoformat(), to=at(10, 1).isoformat()) == ["A", "B"]


def test_filters_narrow_the_list_together(program: Program, day: None, seoul: Cast) -> None:
    assert titles(program, room=seoul.room.pk) == ["A", "B"]
    assert titles(program, room=[seoul.room.pk, seoul.other_room.pk]) == ["A", "B", "C"]
    assert titles(program, organizer="ALICE@hangang.example") == ["A", "C"]
    assert titles(program, external_reference="crm-1") == ["A"]
    assert titles(program, room=seoul.other_room.pk, organizer=seoul.bob.email) == []


def test_what_was_cancelled_is_listed_only_when_asked_for(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, title="Gone")
    with company_scope(seoul.company.pk):
        cancel_occurrence(by=Actor(Door.WEB, seoul.alice), company=seoul.company, occurrence=row)
    assert titles(program) == []
    assert titles(program, status="cancelled") == ["Gone"]
    assert titles(program, status=["confirmed", "cancelled"]) == ["Gone"]


def test_a_series_is_one_row_a_date(program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    rows = program.get(BOOKINGS).json()["results"]
    assert [row["start"][:10] for row in rows] == ["2026-12-02", "2026-12-03", "2026-12-04"]
    assert len({row["id"] for row in rows}) == 3
    assert len({row["series_id"] for row in rows}) == 1


def test_the_private_keeps_its_time_and_loses_its_words(
    seoul: Cast, make_program: MakeProgram
) -> None:
    row = make_booking(
        seoul.alice, seoul.room, title="Salaries", visibility="private",
        attendees=(Attendee(email="secret@example.com"),), external_reference="hr-1",
        metadata={"topic": "raise"},
    )  # fmt: skip
    bob = make_program(seoul.company, member=seoul.bob)
    for answer in (bob.get(BOOKINGS), bob.get(f"{BOOKINGS}/{row.public_id}")):
        for word in ("Salaries", "secret@", "hr-1", "raise", seoul.alice.email):
            assert word not in answer.content.decode()
    (shown,) = bob.get(BOOKINGS).json()["results"]
    assert (shown["title"], shown["start"][11:16]) == (None, "10:00")
    assert titles(bob, organizer=seoul.alice.email) == []
    assert titles(bob, external_reference="hr-1") == []
    for allowed in (seoul.alice, seoul.admin):
        program = make_program(seoul.company, member=allowed)
        assert titles(program, organizer=seoul.alice.email) == ["Salaries"]


def test_pages_follow_each_other_though_many_start_together(program: Program, seoul: Cast) -> None:
    for day in (2, 3):
        for room in (seoul.room, seoul.other_room):
            make_booking(seoul.alice, room, start=at(10, day=day))
    address: str | None = f"{BOOKINGS}?limit=1&from=2026-12-01T00:00:00Z"
    seen = []
    while address:
        page = program.get(address).json()
        seen += [(row["start"], row["id"]) for row in page["results"]]
        address = page["next"]
    assert [start[:10] for start, _id in seen] == ["2026-12-02"] * 2 + ["2026-12-03"] * 2
    assert len({row_id for _start, row_id in seen}) == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-12-01", "to"),
        ("room=big", "room.0"),
        ("status=lost", "status"),
        ("organizer=alice", "organizer"),
    ],
)
def test_a_bad_filter_is_named(program: Program, query: str, field: str) -> None:
    answer = program.get(f"{BOOKINGS}?{query}")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_a_hundred_bookings_cost_as_many_queries_as_one(program: Program, seoul: Cast) -> None:
    guests = (Attendee(email="a@example.com"), Attendee(email="b@example.com"))
    make_booking(seoul.alice, seoul.room, attendees=guests)
    program.get(BOOKINGS)  # notes the key's use
    with CaptureQueriesContext(connection) as one:
        program.get(BOOKINGS)
    rule = ("RRULE:FREQ=DAILY;COUNT=33",)
    for hour in (13, 15, 17):
        make_booking(seoul.bob, seoul.room, start=at(hour), recurrence=rule, attendees=guests)
    with CaptureQueriesContext(connection) as hundred:
        assert len(program.get(BOOKINGS, {"limit": 100}).json()["results"]) == 100
    assert len(hundred) == len(one) <= MOST_QUERIES
