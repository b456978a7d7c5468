"""PATCH and DELETE of /api/v1/bookings/{id}."""

from typing import Any
from uuid import uuid4

import pytest

from bookings.models import Booking, Occurrence, RoomClock
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program

DAILY = ("RRULE:FREQ=DAILY;COUNT=3",)


def place(row: Occurrence) -> str:
    return f"{BOOKINGS}/{row.public_id}"


def statuses(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        return list(Occurrence.objects.order_by("starts_at").values_list("status", flat=True))


def test_all_of_a_single_booking_can_be_changed(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    changes: dict[str, Any] = {
        "room": seoul.other_room.pk,
        "title": "Retro",
        "description": "Look back",
        "start": "2026-12-02T14:00:00+09:00",
        "end": "2026-12-02T15:30:00+09:00",
        "visibility": "public",
        "video": True,
        "reminders": [5],
        "external_reference": "crm-9",
        "metadata": {"a": "b"},
    }
    attendees = [{"email": "minji@example.com"}]
    answer = program.patch(place(row), {**changes, "attendees": attendees})
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert {name: told[name] for name in changes} == changes
    assert [guest["email"] for guest in told["attendees"]] == ["minji@example.com"]
    assert (told.pop("skipped"), told.pop("lost")) == ([], [])
    assert told == program.get(place(row)).json()


def test_what_is_not_sent_stays(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, description="Bring drafts", reminders=(5,))
    before = program.get(place(row)).json()
    after = program.patch(place(row), {"title": "Retro"}).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"title", "etag"}  # the frozen clock keeps updated_at


def test_guests_may_be_sent_back_as_they_were_read(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    program.patch(place(row), {"attendees": [{"email": "minji@example.com"}]})
    read = program.get(place(row)).json()["attendees"]
    answer = program.patch(place(row), {"attendees": [{**read[0], "response": "accepted"}]})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["attendees"] == read  # how somebody answered is theirs to say


def test_one_date_of_a_series_moves_alone(program: Program, seoul: Cast) -> None:
    first = make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    moved = {"start": "2026-12-02T16:00:00+09:00", "end": "2026-12-02T17:00:00+09:00"}
    told = program.patch(place(first), {**moved, "scope": "this", "title": "Late"}).json()
    assert (told["start"], told["title"]) == (moved["start"], "Late")
    assert told["original_start"] == "2026-12-02T10:00:00+09:00"
    others = program.get(BOOKINGS, {"from": at(0, day=3).isoformat()}).json()["results"]
    assert {(row["start"][11:16], row["title"]) for row in others} == {("10:00", "Design review")}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"recurrence": ["RRULE:FREQ=HOURLY"]}, "recurrence"),
        ({"hold": True}, "hold"),
        ({"on_conflict": "overwrite"}, "on_conflict"),
        ({"status": "cancelled"}, "status"),
        ({"status": "confirmed", "title": "Back"}, "status"),
        ({"status": "confirmed", "scope": "all"}, "status"),
        ({"choices": [{"date": "2026-12-02T10:00:00+09:00", "act": "skip"}]}, "choices"),
        ({"scope": "some"}, "scope"),
        ({"organizer": "bob@hangang.example"}, "organizer"),
        ({"title": ""}, "title"),
        ({"end": "2026-12-02T09:00:00+09:00"}, "end"),
        ({"start": "2026-12-02T10:30:00"}, "start"),
        ({"start": "2026-11-30T10:30:00Z"}, "start"),
    ],
)
def test_an_odd_change_is_named_and_nothing_is_written(
    program: Program, seoul: Cast, body: dict[str, Any], field: str
) -> None:
    row = make_booking(seoul.alice, seoul.room)
    before = program.get(place(row)).json()
    answer = program.patch(place(row), body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert program.get(place(row)).json() == before


def test_what_all_dates_share_is_refused_for_one(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    shared = {"visibility": "private", "video": True, "external_reference": "crm-9",
              "timezone": "Europe/Bucharest"}  # fmt: skip
    before = program.get(place(row)).json()
    for name, value in shared.items():
        answer = program.patch(place(row), {name: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])
        assert answer.json()["detail"].endswith("Change it for all events.")
        assert program.patch(place(row), {name: before[name]}).status_code == 200  # as it is


def test_moving_onto_another_booking_names_it(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    other = make_booking(seoul.bob, seoul.room, start=at(11))
    later = {"start": "2026-12-02T10:30:00+09:00", "end": "2026-12-02T11:30:00+09:00"}
    answer = program.patch(place(row), later)
    assert answer.status_code == 409
    problem = answer.json()
    assert [found["id"] for found in problem["conflicts"]] == [str(other.public_id)]
    offers = [(offer["room"], offer["start"][11:16]) for offer in problem["alternatives"]]
    assert offers == [
        (seoul.other_room.pk, "10:30"),
        (seoul.room.pk, "10:00"),
        (seoul.room.pk, "12:00"),
    ]


def test_a_tag_that_is_out_of_date_changes_nothing(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    seen = program.get(place(row))["ETag"]
    changed = program.patch(place(row), {"title": "First"}, **{"If-Match": seen})
    assert changed.status_code == 200
    assert changed["ETag"] != seen
    for refused in (
        program.patch(place(row), {"title": "Second"}, **{"If-Match": seen}),
        program.delete(place(row), **{"If-Match": seen}),
        program.delete(f"{place(row)}?scope=all", **{"If-Match": seen}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "changed")
    assert program.get(place(row)).json()["title"] == "First"
    several = {"If-Match": f'"x", W/{changed["ETag"]}'}
    assert program.patch(place(row), {"title": "Third"}, **several).status_code == 200
    assert program.delete(place(row), **{"If-Match": "*"}).status_code == 204


def test_a_member_changes_only_what_they_organise(seoul: Cast, make_program: MakeProgram) -> None:
    row = make_booking(seoul.alice, seoul.room)
    bob = make_program(seoul.company, member=seoul.bob)
    assert bob.patch(place(row), {"title": "Mine"}).status_code == 403
    assert bob.delete(place(row)).status_code == 403
    for allowed in (seoul.alice, seoul.admin):
        program = make_program(seoul.company, member=allowed)
        assert program.patch(place(row), {"title": "Ours"}).status_code == 200


def test_a_refusal_takes_back_even_the_rooms_version(
    seoul: Cast, make_program: MakeProgram
) -> None:
    def version() -> int:
        with company_scope(seoul.company.pk):
            return int(RoomClock.objects.get(room=seoul.room).version)

    row = make_booking(seoul.alice, seoul.room)
    before = version()
    bob = make_program(seoul.company, member=seoul.bob)
    assert bob.patch(place(row), {"title": "Mine"}).status_code == 403
    assert version() == before


def test_cancelling_twice_is_as_good_as_once(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    assert [program.delete(place(row)).status_code for _ in range(2)] == [204, 204]
    assert program.get(place(row)).json()["status"] == "cancelled"
    assert program.patch(place(row), {"title": "Back"}).status_code == 404


def test_cancelling_one_date_leaves_the_others(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    assert program.delete(place(row)).status_code == 204
    assert statuses(seoul) == ["cancelled", "confirmed", "confirmed"]


def test_cancelling_all_takes_every_date(program: Program, seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    tag = program.get(place(row))["ETag"]
    answer = program.delete(f"{place(row)}?scope=all", **{"If-Match": tag})
    assert answer.status_code == 204
    assert statuses(seoul) == ["cancelled"] * 3


def test_cancelling_the_following_leaves_what_came_before(program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    second = program.get(BOOKINGS).json()["results"][1]["id"]
    answer = program.delete(f"{BOOKINGS}/{second}?scope=following")
    assert answer.status_code == 204
    assert statuses(seoul) == ["confirmed", "cancelled", "cancelled"]


def test_a_booking_that_never_was_is_not_found(program: Program, seoul: Cast) -> None:
    for address in (f"{BOOKINGS}/{uuid4()}", f"{BOOKINGS}/17"):
        assert program.get(address).status_code == 404
        assert program.patch(address, {"title": "x"}).status_code == 404
        assert program.delete(address).status_code == 404
    with company_scope(seoul.company.pk):
        assert not Booking.objects.exists()
