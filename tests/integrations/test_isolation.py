"""No call shows or touches anything of another company, and none tells that it is there."""

from typing import Any

import pytest

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program, wish

NEVER_WAS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def canary(stranger: Cast) -> Occurrence:
    return make_booking(stranger.alice, stranger.room, title="Canary talk", external_reference="cc")


def test_foreign_ids_are_as_good_as_none(
    program: Program, seoul: Cast, stranger: Cast, canary: Occurrence
) -> None:
    own = make_booking(seoul.alice, seoul.room)
    foreign: list[tuple[Any, Any]] = [
        (
            program.get(f"/api/v1/rooms/{stranger.room.pk}"),
            program.get("/api/v1/rooms/2147483647"),
        ),
        (
            program.get(f"{BOOKINGS}/{canary.public_id}"),
            program.get(f"{BOOKINGS}/{NEVER_WAS}"),
        ),
        (
            program.patch(f"{BOOKINGS}/{canary.public_id}", {"title": "Mine"}),
            program.patch(f"{BOOKINGS}/{NEVER_WAS}", {"title": "Mine"}),
        ),
        (
            program.delete(f"{BOOKINGS}/{canary.public_id}"),
            program.delete(f"{BOOKINGS}/{NEVER_WAS}"),
        ),
        (
            program.post(BOOKINGS, wish(stranger.room.pk)),
            program.post(BOOKINGS, wish(2147483647)),
        ),
        (
            program.patch(f"{BOOKINGS}/{own.public_id}", {"room": stranger.room.pk}),
            program.patch(f"{BOOKINGS}/{own.public_id}", {"room": 2147483647}),
        ),
    ]
    for there, nowhere in foreign:
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
    with company_scope(stranger.company.pk):
        assert Occurrence.objects.get().shown_title == "Canary talk"


def test_lists_and_filters_show_the_own_company_alone(
    program: Program, seoul: Cast, stranger: Cast, canary: Occurrence
) -> None:
    for query in (
        {},
        {"room": stranger.room.pk},
        {"organizer": stranger.alice.email},
        {"external_reference": "cc"},
    ):
        assert program.get(BOOKINGS, query).json()["results"] == []
    names = {room["id"] for room in program.get("/api/v1/rooms").json()["results"]}
    assert names == {seoul.room.pk, seoul.other_room.pk}
    for query in ({"building": stranger.room.building_id}, {"q": stranger.room.name[:4]}):
        shown = program.get("/api/v1/rooms", query).json()["results"]
        assert stranger.room.pk not in [room["id"] for room in shown]


def test_a_cursor_of_another_company_opens_nothing(
    program: Program, seoul: Cast, stranger: Cast, canary: Occurrence, make_program: MakeProgram
) -> None:
    make_booking(stranger.alice, stranger.room, start=at(20))
    following = make_program(stranger.company).get(f"{BOOKINGS}?limit=1").json()["next"]
    assert program.get(following).json()["results"] == []


def test_alternatives_are_of_the_own_company(program: Program, seoul: Cast, stranger: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    offers = program.post(BOOKINGS, wish(seoul.room.pk)).json()["alternatives"]
    assert {offer["room"] for offer in offers} == {seoul.room.pk, seoul.other_room.pk}


def test_a_session_sees_the_company_it_signed_in_to(
    alice_client: Any, stranger: Cast, canary: Occurrence
) -> None:
    assert alice_client.get(f"{BOOKINGS}/{canary.public_id}").status_code == 404
    assert alice_client.get(BOOKINGS).json()["results"] == []
