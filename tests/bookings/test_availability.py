"""Which rooms are free for a wish, in which order, and what comes nearest where none is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from bookings.availability import find_or_propose, find_rooms, nearest
from bookings.errors import OutsideRules
from bookings.models import Floor, Room
from bookings.ranking import FreeRoom, Wish
from bookings.spans import Span
from tenants.errors import InvalidInput
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

HOUR = timedelta(hours=1)
TEN = Span(at(10), at(11))


def wish(window: Span = TEN, length: timedelta | None = None, **more: Any) -> Wish:
    return Wish(window=window, length=length or window.length, **more)


def found(cast: Cast, wanted: Wish, member: Member | None = None) -> list[FreeRoom]:
    with company_scope(cast.company.pk):
        return find_rooms(company=cast.company, wish=wanted, member=member)


def names(rooms: list[FreeRoom]) -> list[str]:
    return [free.room.name for free in rooms]


def starts(free: FreeRoom) -> list[datetime]:
    return [slot.span.starts_at for slot in free.slots]


def proposed(cast: Cast, wanted: Wish) -> list[tuple[str, str, datetime, datetime]]:
    with company_scope(cast.company.pk):
        return [
            (each.kind, each.room.name, each.span.starts_at, each.span.ends_at)
            for each in nearest(company=cast.company, wish=wanted)
        ]


def change(room: Room, **fields: Any) -> None:
    with company_scope(room.company_id):
        Room.objects.filter(pk=room.pk).update(**fields)


def test_rooms_that_are_free_open_and_have_what_is_asked(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room)
    make_room(seoul.company, "Closed", state="closed")
    make_room(seoul.company, "Hall", capacity=40, equipment=["screen", "video"])
    far = make_room(seoul.company, "Far", building="Annex")
    assert names(found(seoul, wish())) == ["Far", seoul.other_room.name, "Hall"]
    assert names(found(seoul, wish(seats=7))) == ["Hall"]
    assert names(found(seoul, wish(equipment=["video"]))) == ["Hall"]
    assert names(found(seoul, wish(building_id=far.building_id))) == ["Far"]
    assert names(found(seoul, wish(Span(at(11), at(12)))))[:2] == ["Far", seoul.room.name]


def test_a_rooms_own_buffers_are_kept_free(seoul: Cast) -> None:
    change(seoul.room, buffer_before=timedelta(minutes=10), buffer_after=timedelta(minutes=20))
    with company_scope(seoul.company.pk):
        seoul.room.refresh_from_db()
    make_booking(seoul.bob, seoul.room, start=at(12))
    assert seoul.room.name in names(found(seoul, wish(Span(at(10), at(11, 30)))))
    assert seoul.room.name not in names(found(seoul, wish(Span(at(10), at(11, 31)))))
    assert seoul.room.name not in names(found(seoul, wish(Span(at(13, 29), at(14)))))
    assert seoul.room.name in names(found(seoul, wish(Span(at(13, 30), at(14)))))


def test_a_long_booking_that_began_weeks_ago_counts(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9), minutes=60 * 24 * 20)
    assert names(found(seoul, wish(Span(at(10, day=20), at(11, day=20))))) == [
        seoul.other_room.name
    ]
    assert len(found(seoul, wish(Span(at(10, day=23), at(11, day=23))))) == 2


def test_in_a_window_the_earliest_times_of_working_hours_come_first(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9), minutes=150)
    make_booking(seoul.bob, seoul.other_room, start=at(10), minutes=60)
    day = Span(at(0), at(0, day=3))
    first, second = found(seoul, wish(day, HOUR))
    assert (first.room, starts(first)) == (seoul.other_room, [at(9), at(11)])
    assert (second.room, starts(second)) == (seoul.room, [at(11, 30)])
    assert second.slots[0].gap == Span(at(11, 30), at(18))
    late = Span(at(17, 30), at(21))
    assert starts(found(seoul, wish(late, HOUR))[0]) == [at(17, 30)], "it does not fit before six"
    assert starts(found(seoul, wish(Span(at(9, day=5), at(18, day=5)), HOUR))[0]) == [at(9, day=5)]


def test_a_room_far_away_works_by_its_own_clock(seoul: Cast) -> None:
    make_room(seoul.company, "Hudson", building="New York", timezone="America/New_York")
    week = Span(at(0, day=3), at(0, day=8))
    by_name = {free.room.name: free for free in found(seoul, wish(week, HOUR))}
    assert starts(by_name["Hudson"])[0] == at(0, day=3), "ten in New York, and a working hour"
    assert starts(by_name[seoul.room.name])[0] == at(9, day=3)


def test_people_who_cannot_come(seoul: Cast) -> None:
    morning = Span(at(9), at(12))
    busy = [Span(at(9), at(10, 30))]
    assert starts(found(seoul, wish(morning, HOUR, busy=busy))[0]) == [at(10, 30)]
    assert found(seoul, wish(morning, HOUR, busy=[morning])) == []
    (slot, *_others) = found(seoul, wish(TEN, optional={"minji@hangang.example": [TEN]}))[0].slots
    assert slot.away == ["minji@hangang.example"]


def test_small_and_near_rooms_come_first_and_say_why(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        third, ninth = (
            Floor.objects.create(building=seoul.room.building, name=f"{n}F", position=n)
            for n in (3, 9)
        )
    change(seoul.room, floor=third)
    change(seoul.other_room, floor=ninth)
    make_room(seoul.company, "Beside", floor=third, capacity=8)
    make_room(seoul.company, "Annex", building="Annex")
    make_booking(seoul.alice, seoul.room, start=at(9))
    rooms = found(seoul, wish(seats=6), seoul.alice)
    assert names(rooms) == [seoul.room.name, "Beside", seoul.other_room.name, "Annex"]
    assert [free.reasons for free in rooms] == [
        ["6 seats, just right", "the room you had last", "right after your 09:00"],
        ["8 seats, 2 to spare", "same floor as your last booking", "right after your 09:00"],
        ["6 seats, just right", "same building as your last booking", "right after your 09:00"],
        ["6 seats, just right", "right after your 09:00"],
    ]
    assert found(seoul, wish(), seoul.bob)[0].reasons == ["6 seats"], "not Bob's bookings"


def test_a_gap_that_is_filled_exactly_leaves_long_ones_to_others(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.other_room, start=at(9))
    make_booking(seoul.bob, seoul.other_room, start=at(11))
    make_booking(seoul.bob, seoul.room, start=at(9))
    first, second = found(seoul, wish(Span(at(9), at(12)), HOUR))
    assert (first.room, second.room) == (seoul.other_room, seoul.room)
    assert "fills a gap exactly" in first.reasons


def test_what_cannot_be_booked_is_not_searched(seoul: Cast) -> None:
    with pytest.raises(OutsideRules, match="over"):
        found(seoul, wish(Span(at(10, day=1), at(11, day=1))))
    with pytest.raises(OutsideRules, match="over"):
        found(seoul, wish(Span(at(9, day=1), at(11, day=1)), HOUR))
    with pytest.raises(OutsideRules, match="open up to"):
        found(seoul, wish(Span(at(10, year=2028), at(11, year=2028))))
    with pytest.raises(OutsideRules, match="after the start"):
        found(seoul, wish(Span(at(11), at(10))))
    with pytest.raises(InvalidInput, match="shorter"):
        found(seoul, wish(TEN, 2 * HOUR))
    with pytest.raises(InvalidInput, match="14 days"):
        found(seoul, wish(Span(at(10), at(10, day=17)), HOUR))


@pytest.mark.parametrize(("minute", "first"), [(7, at(12, day=1)), (8, at(12, 15, day=1))])
def test_now_is_the_nearest_quarter(seoul: Cast, minute: int, first: datetime) -> None:
    today = Span(at(9, day=1), at(18, day=1))
    with time_machine.travel(at(12, minute, day=1), tick=False):
        assert starts(found(seoul, wish(today, HOUR))[0]) == [first]


def test_nothing_fits_another_room_then_another_time_then_a_shorter_meeting(seoul: Cast) -> None:
    change(seoul.room, equipment=["video"])
    make_booking(seoul.bob, seoul.room, start=at(10, 45), minutes=45)
    make_room(seoul.company, "Annex", building="Annex", equipment=["video"])
    wanted = wish(equipment=["video"], building_id=seoul.room.building_id)
    assert found(seoul, wanted) == []
    assert proposed(seoul, wanted) == [
        ("room", seoul.other_room.name, at(10), at(11)),
        ("room", "Annex", at(10), at(11)),
        ("time", seoul.room.name, at(9, 45), at(10, 45)),
        ("time", seoul.room.name, at(11, 30), at(12, 30)),
        ("shorter", seoul.room.name, at(10), at(10, 45)),
    ]
    with company_scope(seoul.company.pk):
        said = [each.reasons[0] for each in nearest(company=seoul.company, wish=wanted)]
    assert said == [
        "without: Video conference", "in Annex", "15 min earlier", "1 h 30 min later",
        "45 min instead of 1 h",
    ]  # fmt: skip


def test_where_everybody_is_busy_only_another_time_helps(seoul: Cast) -> None:
    wanted = wish(busy=[Span(at(9, 30), at(11, 30))])
    kinds = {(kind, start) for kind, _room, start, _end in proposed(seoul, wanted)}
    assert kinds == {("time", at(11, 30))}


def test_times_are_at_most_two_hours_off(seoul: Cast) -> None:
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room, start=at(9), minutes=270)
    assert proposed(seoul, wish()) == [], "free from half past one on"


def test_three_statements_whatever_is_asked(seoul: Cast, django_assert_num_queries: Any) -> None:
    for wanted in (wish(), wish(Span(at(9), at(9, day=9)), HOUR)):
        with company_scope(seoul.company.pk), django_assert_num_queries(3):
            find_rooms(company=seoul.company, wish=wanted, member=seoul.alice)
        with company_scope(seoul.company.pk), django_assert_num_queries(3):
            nearest(company=seoul.company, wish=wanted, member=seoul.alice)
        with company_scope(seoul.company.pk), django_assert_num_queries(3):
            rooms, near = find_or_propose(company=seoul.company, wish=wanted, member=seoul.alice)
        assert rooms
        assert not near


def test_one_statement_more_where_nothing_is_free(
    seoul: Cast, django_assert_num_queries: Any
) -> None:
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room)
    asked: Any = {"company": seoul.company, "wish": wish(), "member": seoul.alice}
    with company_scope(seoul.company.pk), django_assert_num_queries(4):
        rooms, near = find_or_propose(**asked)
    with company_scope(seoul.company.pk):
        assert (rooms, near) == ([], nearest(**asked))
    assert near


def test_another_companys_rooms_are_never_offered(seoul: Cast, stranger: Cast) -> None:
    assert {free.room.company_id for free in found(seoul, wish())} == {seoul.company.pk}
    assert found(seoul, wish(building_id=stranger.room.building_id)) == []
