"""What is offered to somebody whose room is taken."""

from datetime import datetime, timedelta

import pytest

from bookings.alternatives import MOST_ROOMS, alternatives, near_starts
from bookings.models import HouseRules
from bookings.spans import Span
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

HOUR = timedelta(hours=1)


def starts(*busy: tuple[int, int], wanted: int = 10) -> list[int]:
    taken = [(at(since), at(to)) for since, to in busy]
    found = near_starts(taken, Span(at(wanted), at(wanted + 1)), at(9), at(18))
    return [(start - at(0)) // HOUR for start in found]


@pytest.mark.parametrize(
    ("busy", "found"),
    [
        ([], [10]),
        ([(10, 11)], [9, 11]),
        ([(9, 11), (12, 13)], [11, 13]),
        ([(9, 17)], [17]),
        ([(9, 18)], []),
        ([(8, 14), (14, 15)], [15]),
        ([(8, 20)], []),
        ([(10, 11), (11, 12)], [9, 12]),
        ([(10, 11), (12, 13), (14, 15), (16, 17)], [9, 11, 13]),
    ],
)
def test_the_nearest_start_in_each_gap(busy: list[tuple[int, int]], found: list[int]) -> None:
    assert starts(*busy) == found


def test_starts_lie_on_quarters_of_an_hour() -> None:
    busy = [(at(9, 58), at(11, 2))]
    found = near_starts(busy, Span(at(10), at(10, 45)), at(9, 5), at(18))
    assert found == [at(11, 15)], "from 9:05 to 9:58 there is no quarter that leaves 45 minutes"
    assert near_starts(busy, Span(at(10), at(10, 30)), at(9, 5), at(18)) == [at(9, 15), at(11, 15)]


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


def test_rooms_whose_rules_say_no_do_not_hide_those_further_away(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    for number in range(MOST_ROOMS + 1):
        short = make_room(seoul.company, f"Short {number}")
        with company_scope(seoul.company.pk):
            HouseRules.objects.create(room=short, max_length=30)
    make_room(seoul.company, "Far", building="Annex")
    names = [name for name, start in offered(seoul) if start == at(10)]
    assert names == [seoul.other_room.name, "Far"]


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
    assert [at_ for name, at_ in offered(seoul, late) if name == seoul.room.name] == [at(15)]
    evening = Span(at(17, 30), at(18, 30))
    found = [at_ for name, at_ in offered(seoul, evening) if name == seoul.room.name]
    assert found == [at(15), at(17, 45)]
