"""POST /api/v1/bookings/preview."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program, wish

PREVIEW = f"{BOOKINGS}/preview"
DAILY = ["RRULE:FREQ=DAILY;COUNT=3"]


def stored(cast: Cast) -> int:
    with company_scope(cast.company.pk):
        return Booking.objects.count()


def test_it_shows_every_date_and_writes_nothing(program: Program, seoul: Cast) -> None:
    lunch = make_booking(seoul.bob, seoul.room, start=at(10, 30, day=3), minutes=30, title="Lunch")

    answer = program.post(PREVIEW, wish(seoul.room.pk, recurrence=DAILY))

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["counts"] == {"occurrences": 3, "free": 2, "taken": 1, "outside": 0}
    first, taken, _last = told["occurrences"]
    assert first == {
        "original_start": "2026-12-02T10:00:00+09:00",
        "start": "2026-12-02T10:00:00+09:00",
        "end": "2026-12-02T11:00:00+09:00",
        "room": seoul.room.pk,
        "status": "free",
        "free": True,
        "reason": None,
        "left_out": False,
        "moved_by_clock": False,
        "hour_differs": False,
        "conflicts": [],
        "alternatives": [],
    }
    assert [(found["id"], found["title"]) for found in taken["conflicts"]] == [
        (str(lunch.public_id), "Lunch")
    ]
    assert [(offer["room"], offer["start"][11:16]) for offer in taken["alternatives"]] == [
        (seoul.other_room.pk, "10:00"),
        (seoul.room.pk, "09:30"),
        (seoul.room.pk, "11:00"),
    ]
    assert told["recurrence_words"] == "every day, 3 times"
    assert (told["start_moved"], told["google_would_decline"], told["skipped"]) == (None, False, [])
    assert told["rooms"] == [
        {"room": seoul.other_room.pk, "room_name": seoul.other_room.name, "free": 3}
    ]
    assert stored(seoul) == 1


def test_what_it_shows_is_what_is_booked(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, day=3))
    body = wish(seoul.room.pk, recurrence=DAILY, on_conflict="skip")

    shown = program.post(PREVIEW, body).json()
    made = program.post(BOOKINGS, body).json()

    assert made["skipped"] == shown["skipped"]
    listed = program.get(BOOKINGS, {"series": made["series_id"]}).json()["results"]
    free = [date for date in shown["occurrences"] if date["status"] == "free"]
    assert [(row["start"], row["end"]) for row in listed] == [
        (date["start"], date["end"]) for date in free
    ]


def test_a_single_booking_has_one_date(program: Program, seoul: Cast) -> None:
    told = program.post(PREVIEW, wish(seoul.room.pk)).json()

    assert told["counts"] == {"occurrences": 1, "free": 1, "taken": 0, "outside": 0}
    assert told["recurrence_words"] == ""


def test_choices_are_shown_as_they_would_be_made(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, recurrence=tuple(DAILY))
    body = wish(seoul.room.pk, recurrence=DAILY, choices=choices(seoul))

    told = program.post(PREVIEW, body).json()

    assert [(date["status"], date["left_out"], date["room"]) for date in told["occurrences"]] == [
        ("taken", True, seoul.room.pk),
        ("free", False, seoul.other_room.pk),
        ("free", False, seoul.room.pk),
    ]
    assert told["occurrences"][2]["start"] == "2026-12-04T15:00:00+09:00"
    assert [skipped["start"][:10] for skipped in told["skipped"]] == ["2026-12-02"]


def choices(cast: Cast) -> list[dict[str, Any]]:
    """Leave out the second, another room on the third, another time on the fourth."""
    return [
        {"date": "2026-12-02T10:00:00+09:00", "act": "skip"},
        {"date": "2026-12-03T01:00:00Z", "act": "move", "room": cast.other_room.pk},
        {"date": "2026-12-04T10:00:00+09:00", "act": "move", "start": "2026-12-04T15:00:00+09:00"},
    ]


def test_choices_are_booked(program: Program, seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, recurrence=tuple(DAILY))
    body = wish(seoul.room.pk, recurrence=DAILY, choices=choices(seoul))

    made = program.post(BOOKINGS, body)

    assert made.status_code == 201, made.content
    listed = program.get(BOOKINGS, {"series": made.json()["series_id"]}).json()["results"]
    assert [(row["start"], row["end"], row["room"]) for row in listed] == [
        ("2026-12-03T10:00:00+09:00", "2026-12-03T11:00:00+09:00", seoul.other_room.pk),
        ("2026-12-04T15:00:00+09:00", "2026-12-04T16:00:00+09:00", seoul.room.pk),
    ]
    assert [row["original_start"][11:16] for row in listed] == ["10:00", "10:00"]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"act": "skip"}, "choices.0.date"),
        ({"date": "2026-12-03T10:00:00+09:00", "act": "drop"}, "choices.0.act"),
        ({"date": "2026-12-03T10:00:00+09:00", "act": "move"}, "choices.0"),
        ({"date": "2026-12-03T10:00:00+09:00", "act": "skip", "room": 1}, "choices.0"),
        ({"date": "2026-12-03T10:00:00+09:00", "act": "keep"}, "choices"),
        ({"date": "2026-12-05T10:00:00+09:00", "act": "skip"}, "choices"),
    ],
)
@pytest.mark.parametrize("path", [PREVIEW, BOOKINGS])
def test_an_odd_choice_is_named(
    program: Program, seoul: Cast, path: str, choice: dict[str, Any], field: str
) -> None:
    body = wish(seoul.room.pk, recurrence=DAILY, choices=[choice])

    answer = program.post(path, body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert stored(seoul) == 0


def test_a_choice_cannot_name_a_room_of_another_company(
    program: Program, seoul: Cast, stranger: Cast
) -> None:
    choice = {"date": "2026-12-03T10:00:00+09:00", "act": "move", "room": stranger.room.pk}
    body = wish(seoul.room.pk, recurrence=DAILY, choices=[choice])

    for path in (PREVIEW, BOOKINGS):
        assert program.post(path, body).status_code == 404
        choice["room"] = 2**70
        assert program.post(path, body).status_code == 404


@pytest.mark.parametrize(
    "rule",
    [
        ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"],
        ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101"],
        ["RRULE:FREQ=DAILY;UNTIL=20261101T000000Z"],
        ["RRULE:FREQ=DAILY;COUNT=10000"],
        ["RRULE:FREQ=DAILY;BYFOO=1"],
        ["RRULE:FREQ=SECONDLY"],
        ["RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"],
        ["EXRULE:FREQ=DAILY;COUNT=2"],
        ["RRULE:FREQ=DAILY;COUNT=1", "EXDATE:20261202T100000"],
    ],
)
@pytest.mark.parametrize("path", [PREVIEW, BOOKINGS])
def test_a_rule_that_cannot_be_is_told_in_a_sentence(
    program: Program, seoul: Cast, path: str, rule: list[str]
) -> None:
    answer = program.post(path, wish(seoul.room.pk, recurrence=rule))

    problem = answer.json()
    assert (answer.status_code, list(problem["errors"])) == (422, ["recurrence"])
    assert problem["detail"].endswith(".")
    assert stored(seoul) == 0


def test_who_may_only_read_may_look_ahead(seoul: Cast, make_program: MakeProgram) -> None:
    reader = make_program(seoul.company, "read")

    assert reader.post(PREVIEW, wish(seoul.room.pk)).status_code == 200
    assert reader.post(BOOKINGS, wish(seoul.room.pk)).status_code == 403


def test_a_private_conflict_keeps_its_title(seoul: Cast, make_program: MakeProgram) -> None:
    make_booking(seoul.alice, seoul.room, title="Salaries", visibility="private")

    answer = make_program(seoul.company, member=seoul.bob).post(PREVIEW, wish(seoul.room.pk))

    assert answer.json()["occurrences"][0]["conflicts"][0]["title"] is None
    assert b"Salaries" not in answer.content


def test_many_choices_cost_no_more_queries_than_one(program: Program, seoul: Cast) -> None:
    def count(number: int) -> int:
        chosen = [
            {
                "date": f"2026-12-{2 + later:02}T10:00:00+09:00",
                "act": "move",
                "room": seoul.other_room.pk,
            }
            for later in range(number)
        ]
        rule = ["RRULE:FREQ=DAILY;COUNT=20"]
        with CaptureQueriesContext(connection) as queries:
            answer = program.post(PREVIEW, wish(seoul.room.pk, recurrence=rule, choices=chosen))
        assert answer.status_code == 200, answer.content
        return len(queries)

    program.get(BOOKINGS)  # which notes that the key is in use
    assert count(1) == count(20)
