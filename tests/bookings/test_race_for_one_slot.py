"""Many clients want one room: one gets it, the others hear so, nobody deadlocks."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from psycopg.errors import ExclusionViolation

from bookings.claims import constraint_speaks
from bookings.drafts import Actor
from bookings.edits.date_edits import change_occurrence
from bookings.errors import Busy, RoomTaken
from bookings.holding import hold
from bookings.models import Door, Hold, Occurrence, Room, RoomClock
from bookings.spans import Span
from tenants.models import Member
from tenants.scope import company_scope
from tests.bookings.concurrently import at_once
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking

pytestmark = pytest.mark.django_db(transaction=True)
SLOT, HOUR = at(10), timedelta(hours=1)


@pytest.fixture
def rooms(transactional_db: None, seoul: Cast) -> Cast:
    """The company, committed, so that other connections see it."""
    return seoul


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def patiently(act: Callable[[], Any]) -> Any:
    """Tries again where a slow machine lets the queue grow too long, as the refusal asks."""
    while True:
        with suppress(Busy):
            return act()


def clock_of(cast: Cast, room: Room) -> int:
    with company_scope(cast.company.pk):
        return int(RoomClock.objects.get(room=room).version)


def test_of_a_hundred_clients_one_wins_and_the_others_are_told(rooms: Cast) -> None:
    book = partial(make_booking, rooms.alice, rooms.room, start=SLOT)

    results = at_once([partial(patiently, book)] * 100)

    assert outcomes(results) == {"Occurrence": 1, "RoomTaken": 99}
    (winner,) = [result for result in results if isinstance(result, Occurrence)]
    assert all(error.conflicts == [winner] for error in results if error is not winner)
    assert clock_of(rooms, rooms.room) == 1, "who was refused changed nothing"


def test_either_somebody_holds_it_or_somebody_has_it(rooms: Cast) -> None:
    def keep(member: Member) -> Hold | None:
        with company_scope(rooms.company.pk):
            return hold(member=member, room=rooms.room, span=Span(SLOT, SLOT + HOUR), form="one")

    holding = [partial(patiently, partial(keep, member)) for member in (rooms.alice, rooms.bob)]
    book = partial(make_booking, rooms.admin, rooms.room, start=SLOT)
    results = at_once([*holding, *[partial(patiently, book)] * 10])

    found = outcomes(results)
    assert found.pop("RoomTaken") == 11
    assert found in ({"Hold": 1}, {"Occurrence": 1})


def test_over_http_too_one_wins_and_the_others_get_a_clear_409(rooms: Cast) -> None:
    wish = {
        "room": rooms.room.pk, "title": "Race", "timezone": "Asia/Seoul",
        "start": SLOT.isoformat(), "end": at(11).isoformat(),
    }  # fmt: skip
    clients = [sign_in(member) for member in (rooms.admin, rooms.alice, rooms.bob) * 4]

    def book(client: Client) -> Any:
        answer = client.post("/api/v1/bookings", wish, content_type="application/json")
        if answer.status_code == Busy.status:
            raise Busy
        return answer

    answers = at_once([partial(patiently, partial(book, client)) for client in clients])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert len(refused.json()["conflicts"]) == 1


def test_clients_who_want_different_times_all_win(rooms: Cast) -> None:
    acts = [
        partial(make_booking, rooms.alice, rooms.room, start=at(hour, quarter), minutes=15)
        for hour in range(8, 18)
        for quarter in (0, 15, 30, 45)
    ]  # fmt: skip

    results = at_once([partial(patiently, act) for act in acts])

    assert outcomes(results) == {"Occurrence": 40}
    assert clock_of(rooms, rooms.room) == 40, "no writer's step was lost"


def test_swapping_two_rooms_in_both_directions_does_not_deadlock(rooms: Cast) -> None:
    here = [make_booking(rooms.alice, rooms.room, start=at(h)) for h in range(23)]
    there = [make_booking(rooms.alice, rooms.other_room, start=at(h)) for h in range(23)]

    def move(row: Occurrence, room: Room) -> Occurrence:
        with company_scope(rooms.company.pk):
            return change_occurrence(
                by=Actor(Door.WEB, rooms.admin), company=rooms.company, occurrence=row,
                changes={"room": room, "starts_at": at(row.starts_at.hour, 0, day=9),
                         "ends_at": at(row.starts_at.hour, 30, day=9)},
            )  # fmt: skip

    acts = [partial(move, row, rooms.other_room) for row in here]
    acts += [partial(move, row, rooms.room) for row in there]

    results = at_once([partial(patiently, act) for act in acts])

    assert outcomes(results) == {"Occurrence": 46}


def test_the_constraint_alone_refuses_what_passed_the_queue_by(rooms: Cast) -> None:
    taken = make_booking(rooms.alice, rooms.room, start=SLOT)

    def insert_beside_the_queue() -> None:
        with company_scope(rooms.company.pk):
            fields = ("room_id", "starts_at", "ends_at", "block_from", "block_to")
            Occurrence.objects.create(
                booking=taken.booking,
                original_start=taken.original_start.replace(year=2028),
                **{name: getattr(taken, name) for name in fields},
            )

    with pytest.raises(IntegrityError) as refusal:
        insert_beside_the_queue()
    assert isinstance(refusal.value.__cause__, ExclusionViolation)
    with pytest.raises(RoomTaken), constraint_speaks():
        insert_beside_the_queue()


def test_the_constraint_alone_lets_one_of_many_in(rooms: Cast) -> None:
    """Without the queue, too, no two overlap; only the refusals take longer."""
    bookings = [make_booking(rooms.alice, rooms.other_room, start=at(h)) for h in (1, 2, 3, 4)]

    def steal(row: Occurrence) -> int:
        with company_scope(rooms.company.pk), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bookings_occurrence SET room_id = %s, starts_at = %s, ends_at = %s,"
                " block_from = %s, block_to = %s WHERE id = %s",
                [rooms.room.pk, SLOT, at(11), SLOT, at(11), row.pk],
            )
            return int(cursor.rowcount)

    results = at_once([partial(steal, row) for row in bookings])

    assert [result for result in results if result == 1] == [1]
    with company_scope(rooms.company.pk):
        assert Occurrence.objects.filter(room=rooms.room).count() == 1
