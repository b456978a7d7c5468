"""What is offered to somebody whose room is taken."""

from datetime import datetime, timedelta

import pytest

from bookings.alternatives import Span, alternatives, free_starts
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

HOUR = timedelta(hours=1)


def starts(*busy: tuple[int, int], wanted: int = 10, until: int = 18) -> list[int]:
    taken = [(at(since), at(to)) for since, to in busy]
    found = free_starts(taken, Span(at(wanted), at(wanted + 1)), at(until))
    return [(start - at(0)) // HOUR for start in found]


@pytest.mark.parametrize(
    ("busy", "found"),
    [
        ([], [10]),
        ([(10, 11)], [11]),
        ([(9, 11), (12, 13)], [11, 13]),
        ([(10, 17)], [17]),
        ([(10, 18)], []),
        ([(8, 14), (9, 10), (14, 15)], [15]),
        ([(10, 11), (11, 12)], [12]),
    ],
)
def test_the_first_start_in_each_gap(busy: list[tuple[int, int]], found: list[int]) -> None:
    assert starts(*busy) == found


def test_starts_lie_on_quarters_of_an_hour() -> None:
    busy = [(at(10), at(11, 2))]
    (start,) = free_starts(busy, Span(at(10), at(11)), at(18))
    assert start == at(11, 15)


def offered(cast: Cast, *spans: Span, seats: int = 1) -> list[tuple[str, datetime]]:
    with company_scope(cast.company.pk):
        offers = alternatives(
            company=cast.company, room=cast.room, spans=spans or [TEN], seats=seats
        )
        return [(offer.room.name, offer.span.starts_at) for offer in offers]


TEN = Span(at(10), at(11))


def test_near_and_alike_rooms_come_first(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    make_room(seoul.company, "Far", building="Annex")
    make_room(seoul.company, "Hall", capacity=100)
    make_room(seoul.company, "Closed", state="closed")
    names = [name for name, start in offered(seoul) if start == at(10)]
    assert names == [seoul.other_room.name, "Hall", "Far"]
    assert [name for name, start in offered(seoul, seats=50) if start == at(10)] == ["Hall"]


def test_a_rooms_buffers_are_kept_free(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    seoul.other_room.buffer_after = timedelta(minutes=15)
    with company_scope(seoul.company.pk):
        seoul.other_room.save()
    assert (seoul.other_room.name, at(10)) in offered(seoul)
    make_booking(seoul.bob, seoul.other_room, start=at(11))
    assert (seoul.other_room.name, at(10)) not in offered(seoul)


def test_a_series_needs_a_room_that_is_free_each_time(seoul: Cast) -> None:
    later = Span(at(10, day=9), at(11, day=9))
    assert offered(seoul, TEN, later) == [(seoul.other_room.name, at(10))]
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=9))
    assert offered(seoul, TEN, later) == []


def test_times_end_with_the_working_day_unless_the_wish_was_later(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, start=at(16), minutes=105)
    late = Span(at(17), at(18))
    assert [at_ for name, at_ in offered(seoul, late) if name == seoul.room.name] == []
    evening = Span(at(17, 30), at(18, 30))
    found = [at_ for name, at_ in offered(seoul, evening) if name == seoul.room.name]
    assert found == [at(17, 45)]
