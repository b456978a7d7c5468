"""POST /api/v1/bookings."""

from typing import Any

import pytest
from django.conf import settings

from bookings.models import Booking, IdempotencyKey, Occurrence, OutboxEntry
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program, wish

NEW = {"title": "New"}


def occurrences(cast: Cast) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        return list(Occurrence.objects.order_by("starts_at").select_related("booking"))


def test_a_booking_reads_back_as_the_contract_says(program: Program, seoul: Cast) -> None:
    sent = wish(
        seoul.room.pk,
        description="Bring drafts",
        timezone="Asia/Seoul",
        attendees=[{"email": "Minji@Example.com", "name": "Minji", "optional": True}],
        video=True,
        visibility="public",
        reminders=[10, 60],
        hold=False,
        external_reference="crm-7",
        metadata={"conversation_id": "c-1"},
        on_conflict="reject",
        recurrence=[],
    )
    answer = program.post(BOOKINGS, sent)
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    (row,) = occurrences(seoul)
    assert answer["Location"] == f"http://testserver{BOOKINGS}/{row.public_id}"
    assert answer["ETag"] == told["etag"] == '"1-1"'
    attendee = {
        "email": "minji@example.com",
        "name": "Minji",
        "optional": True,
        "response": "needsAction",
    }
    assert told == {
        "id": str(row.public_id),
        "series_id": None,
        "original_start": "2026-12-02T10:00:00+09:00",
        "room": seoul.room.pk,
        "title": "Design review",
        "description": "Bring drafts",
        "start": "2026-12-02T10:00:00+09:00",
        "end": "2026-12-02T11:00:00+09:00",
        "timezone": "Asia/Seoul",
        "recurrence": [],
        "attendees": [attendee],
        "organizer": None,
        "video": True,
        "video_url": None,
        "visibility": "public",
        "reminders": [10, 60],
        "external_reference": "crm-7",
        "metadata": {"conversation_id": "c-1"},
        "status": "confirmed",
        "reason": None,
        "sync": "pending",
        "google_event_id": told["google_event_id"],
        "html_link": None,
        "etag": '"1-1"',
        "updated_at": "2026-12-01T03:00:00+00:00",
        "skipped": [],
    }
    told.pop("skipped")
    again = program.get(answer["Location"])
    assert again.json() == told
    assert again["ETag"] == told["etag"]


def test_the_zone_is_the_rooms_unless_told(program: Program, seoul: Cast) -> None:
    answer = program.post(BOOKINGS, wish(seoul.room.pk, start="2026-12-02T01:00:00Z"))
    assert answer.json()["start"] == "2026-12-02T10:00:00+09:00"
    elsewhere = wish(seoul.other_room.pk, timezone="America/New_York")
    assert program.post(BOOKINGS, elsewhere).json()["start"] == "2026-12-01T20:00:00-05:00"


def test_a_key_of_a_member_books_in_their_name(seoul: Cast, make_program: MakeProgram) -> None:
    program = make_program(seoul.company, member=seoul.bob)
    told = program.post(BOOKINGS, wish(seoul.room.pk)).json()
    assert told["organizer"] == {"email": seoul.bob.email, "name": seoul.bob.name}


def test_a_booking_sets_off_for_google_and_the_reminders(program: Program, seoul: Cast) -> None:
    program.post(BOOKINGS, wish(seoul.room.pk))
    with company_scope(seoul.company.pk):
        waiting = set(OutboxEntry.objects.values_list("consumer", flat=True))
    assert waiting == set(settings.BOOKING_LISTENERS)


def test_a_series_is_made_of_its_dates(program: Program, seoul: Cast) -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=WE,FR;COUNT=4"
    told = program.post(BOOKINGS, wish(seoul.room.pk, recurrence=[rule])).json()
    rows = occurrences(seoul)
    assert [f"{row.starts_at:%d}" for row in rows] == ["02", "04", "09", "11"]
    assert told["series_id"] == str(rows[0].booking.public_id)
    assert told["id"] == str(rows[0].public_id)
    assert told["recurrence"] == [rule]


def test_a_taken_room_answers_what_is_in_the_way_and_what_is_free(
    program: Program, seoul: Cast
) -> None:
    existing = make_booking(seoul.alice, seoul.room, start=at(10))
    make_booking(seoul.alice, seoul.room, start=at(12, 30))
    small = make_room(seoul.company, "Closet", capacity=1)
    guests = [{"email": f"guest{number}@example.com"} for number in range(3)]
    answer = program.post(BOOKINGS, wish(seoul.room.pk, attendees=guests))
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "room_taken"
    assert problem["conflicts"] == [
        {
            "id": str(existing.public_id),
            "room": seoul.room.pk,
            "start": "2026-12-02T10:00:00+09:00",
            "end": "2026-12-02T11:00:00+09:00",
            "title": "Design review",
            "visibility": "default",
            "held_until": None,
            "date": "2026-12-02T10:00:00+09:00",
        }
    ]
    offers = [(offer["room"], offer["start"][11:16]) for offer in problem["alternatives"]]
    assert offers == [
        (seoul.other_room.pk, "10:00"),
        (seoul.room.pk, "09:00"),
        (seoul.room.pk, "11:00"),
        (seoul.room.pk, "13:30"),
    ]
    assert small.pk not in [room for room, _time in offers]
    assert len(occurrences(seoul)) == 2


def test_every_alternative_can_be_booked(program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, start=at(10))
    offers = program.post(BOOKINGS, wish(seoul.room.pk)).json()["alternatives"]
    assert offers
    for offer in offers:
        body = wish(offer["room"], start=offer["start"], end=offer["end"])
        assert program.post(BOOKINGS, body).status_code == 201


def test_a_private_conflict_keeps_its_title(seoul: Cast, make_program: MakeProgram) -> None:
    make_booking(seoul.alice, seoul.room, title="Salaries", visibility="private")
    answer = make_program(seoul.company, member=seoul.bob).post(BOOKINGS, wish(seoul.room.pk))
    assert answer.json()["conflicts"][0]["title"] is None
    assert b"Salaries" not in answer.content
    assert seoul.alice.email.encode() not in answer.content


def test_a_series_leaves_out_taken_dates_when_told_to(program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, start=at(10, day=3))
    series = wish(seoul.room.pk, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    refused = program.post(BOOKINGS, series)
    assert refused.status_code == 409
    assert [offer["room"] for offer in refused.json()["alternatives"]] == [seoul.other_room.pk]
    assert len(occurrences(seoul)) == 1

    answer = program.post(BOOKINGS, {**series, "on_conflict": "skip"})
    assert answer.status_code == 201
    assert answer.json()["skipped"] == [
        {"start": "2026-12-03T10:00:00+09:00", "end": "2026-12-03T11:00:00+09:00"}
    ]
    listed = program.get(BOOKINGS, {"from": "2026-12-01T00:00:00Z"}).json()["results"]
    assert [row["start"][8:10] for row in listed if row["series_id"]] == ["02", "04"]


ODD: list[tuple[dict[str, Any], str]] = [
    ({"start": "2026-12-02T10:00:00"}, "start"),
    ({"start": "2026-12-02 10:00"}, "start"),
    ({"start": "2026-12-02"}, "start"),
    ({"start": "2026-13-02T10:00:00Z"}, "start"),
    ({"start": "0001-01-01T00:00:00+09:00"}, "start"),
    ({"start": 1764637200}, "start"),
    ({"start": None}, "start"),
    ({"start": "2026-11-30T10:00:00+09:00"}, "start"),
    ({"start": "2099-12-02T10:00:00+09:00", "end": "2099-12-02T11:00:00+09:00"}, "start"),
    ({"end": "2026-12-02T10:00:00+09:00"}, "end"),
    ({"end": "2026-12-02T09:00:00+09:00"}, "end"),
    ({"end": "2027-12-02T09:00:00+09:00"}, "end"),
    ({"timezone": "Seoul"}, "timezone"),
    ({"timezone": "GMT+9"}, "timezone"),
    ({"timezone": ""}, "timezone"),
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": "x" * 256}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "\ud800"}, "title"),
    ({"title": ["a"]}, "title"),
    ({"description": "x" * 8001}, "description"),
    ({"room": "the big one"}, "room"),
    ({"room": None}, "room"),
    ({"attendees": [{"email": "nobody"}]}, "attendees.0.email"),
    ({"attendees": [{"name": "Minji"}]}, "attendees.0.email"),
    ({"attendees": [{"email": "a@b.kr", "mail": "x"}]}, "attendees.0.mail"),
    ({"attendees": [{"email": "a@b.kr"}, {"email": "A@b.kr"}]}, "attendees"),
    ({"attendees": ["a@b.kr"]}, "attendees.0"),
    ({"attendees": [{"email": f"p{n}@example.com"} for n in range(201)]}, "attendees"),
    ({"video": "perhaps"}, "video"),
    ({"visibility": "secret"}, "visibility"),
    ({"reminders": [-1]}, "reminders"),
    ({"reminders": [1, 2, 3, 4, 5, 6]}, "reminders"),
    ({"reminders": ["soon"]}, "reminders.0"),
    ({"hold": True}, "hold"),
    ({"external_reference": "x" * 256}, "external_reference"),
    ({"metadata": ["a"]}, "metadata"),
    ({"metadata": {"k" * 38: "v"}}, "metadata"),
    ({"metadata": {"k": "v" * 1025}}, "metadata"),
    ({"metadata": {"k": "\x00"}}, "metadata"),
    ({"metadata": {"k": {"deep": ["\x00"]}}}, "metadata"),
    ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata"),
    ({"on_conflict": "overwrite"}, "on_conflict"),
    ({"recurrence": ["RRULE:FREQ=HOURLY"]}, "recurrence"),
    ({"recurrence": ["FREQ=DAILY"]}, "recurrence"),
    ({"recurrence": "RRULE:FREQ=DAILY"}, "recurrence"),
    ({"recurrence": ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101"]}, "recurrence"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(
    ("fields", "field"), ODD, ids=[f"{n}-{odd[1]}" for n, odd in enumerate(ODD)]
)
def test_an_odd_field_is_named_and_nothing_is_written(
    program: Program, seoul: Cast, fields: dict[str, Any], field: str
) -> None:
    key = {"Idempotency-Key": "odd"}
    answer = program.post(BOOKINGS, wish(seoul.room.pk) | fields, **key)
    assert answer.status_code == 422, answer.content
    problem = answer.json()
    assert list(problem["errors"]) == [field]
    assert all(problem["errors"][field])
    with company_scope(seoul.company.pk):
        assert not Booking.objects.exists()
        assert not Occurrence.objects.exists()
        assert not OutboxEntry.objects.exists()


def test_what_is_missing_is_named(program: Program) -> None:
    problem = program.post(BOOKINGS, {}).json()
    assert set(problem["errors"]) == {"room", "title", "start", "end"}


def test_a_closed_room_is_refused(program: Program, seoul: Cast) -> None:
    closed = make_room(seoul.company, "Closed", state="closed")
    problem = program.post(BOOKINGS, wish(closed.pk)).json()
    assert (problem["status"], list(problem["errors"])) == (422, ["room"])


@pytest.mark.parametrize("room", [0, -1, 2**31, 2**70])
def test_a_room_that_never_was_is_not_found(program: Program, seoul: Cast, room: int) -> None:
    assert program.post(BOOKINGS, wish(room)).status_code == 404
    with company_scope(seoul.company.pk):
        assert not IdempotencyKey.objects.exists()


def test_fractions_of_a_second_are_left_out(program: Program, seoul: Cast) -> None:
    start, end = "2026-12-02T10:00:00.123456+09:00", "2026-12-02T11:00:00.9+09:00"
    answer = program.post(BOOKINGS, wish(seoul.room.pk, start=start, end=end))
    assert answer.json()["start"] == "2026-12-02T10:00:00+09:00"
    assert answer.json()["end"] == "2026-12-02T11:00:00+09:00"
