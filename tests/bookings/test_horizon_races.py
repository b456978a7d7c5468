"""Extending series while people book, with real connections: nobody gets in between."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from bookings import extending
from bookings.errors import OutsideRules, RoomTaken
from bookings.extending import Progress, extend
from bookings.horizon import hold_promise, move_promise
from bookings.models import Occurrence
from bookings.occurrences import series_of
from bookings.recurrence import expand
from tenants.scope import company_scope
from tests.bookings.concurrently import at_once
from tests.bookings.series_ahead import DAILY, WEEKLY, dates, keys, later, promise, refreshed
from tests.bookings.test_create_booking import book
from tests.conftest import Cast
from tests.factories import at, make_booking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rooms(transactional_db: None, seoul: Cast) -> Cast:
    """The company, committed, so that other connections see it."""
    return seoul


def gaps(cast: Cast, booking: Any) -> set[Any]:
    """The dates of a series up to the promise that have no row."""
    wanted = expand(series_of(booking), booking.created_at, promise(cast))
    return {place.original_start for place in wanted} - set(keys(dates(cast, booking)))


def test_two_runs_at_once_make_each_date_once(rooms: Cast) -> None:
    series = [
        book(rooms, starts_at=at(hour), ends_at=at(hour, 30), recurrence=DAILY).booking
        for hour in range(1, 9)
    ]
    with later(days=3):
        outcomes = at_once([partial(extend, rooms.company.pk)] * 3)

        assert outcomes == [Progress.DONE] * 3
        for booking in series:
            rows = dates(rooms, booking)
            assert len(set(keys(rows))) == len(rows)
            assert {row.status for row in rows} == {"confirmed"}
            assert not gaps(rooms, booking)


def test_who_books_while_the_promise_moves_never_takes_a_date_of_an_older_series(
    rooms: Cast,
) -> None:
    """Each client wants a slot of an endless series just past the old promise."""
    endless = book(rooms, recurrence=DAILY).booking
    with later(days=5):
        slots = [at(10, day=2 + day, year=2027) for day in range(1, 6)]
        acts: list[Callable[[], Any]] = [partial(extend, rooms.company.pk)]
        acts += [
            partial(lambda slot: make_booking(refreshed(rooms).bob, rooms.room, start=slot), slot)
            for slot in slots * 4
        ]
        outcomes = at_once(acts)

    assert outcomes[0] is Progress.DONE
    assert {type(outcome) for outcome in outcomes[1:]} <= {OutsideRules, RoomTaken}
    assert {row.status for row in dates(rooms, endless)} == {"confirmed"}
    assert not gaps(rooms, endless)


def test_a_series_made_while_the_promise_moves_has_no_gap(
    rooms: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the old promise, and would commit after the extension has looked at all series."""
    has_read, moved = Event(), Event()
    first = at(10, day=6, month=1, year=2027)

    def create() -> Any:
        with company_scope(rooms.company.pk):
            booked = book(
                rooms, starts_at=first, ends_at=first + timedelta(hours=1), recurrence=WEEKLY
            )
            has_read.set()
            moved.wait(timeout=0.7)  # in vain: the promise waits for this transaction
        return booked.booking

    def run() -> Any:
        has_read.wait(timeout=30)
        return extend(rooms.company.pk)

    def move(company_id: int, target: datetime) -> bool:
        done = move_promise(company_id, target)
        moved.set()
        return done

    monkeypatch.setattr(extending, "move_promise", move)
    with later(days=30):
        booking, outcome = at_once([create, run])

        assert outcome is Progress.DONE
        assert booking.horizon_until < promise(rooms)
        assert not gaps(rooms, booking)


def test_series_made_and_extended_at_random_have_no_gaps(rooms: Cast) -> None:
    def create(hour: int) -> Any:
        return book(refreshed(rooms), starts_at=at(hour, day=9), ends_at=at(hour, 30, day=9),
                    recurrence=DAILY).booking  # fmt: skip

    acts: list[Callable[[], Any]] = [partial(create, hour) for hour in range(8, 20)]
    acts += [partial(extend, rooms.company.pk)] * 2
    with later(days=2):
        *made, _one, _two = at_once(acts)
        assert extend(rooms.company.pk) is Progress.DONE

        assert [gaps(rooms, booking) for booking in made] == [set()] * 12


def test_the_promise_waits_for_whoever_holds_it(rooms: Cast) -> None:
    target = promise(rooms) + timedelta(days=1)
    held, done = Event(), Event()

    def hold() -> Any:
        with company_scope(rooms.company.pk):
            before = hold_promise(rooms.company.pk)
            held.set()
            done.wait(timeout=0.5)
            return before, hold_promise(rooms.company.pk), done.is_set()

    def move() -> bool:
        held.wait(timeout=30)
        moved = move_promise(rooms.company.pk, target)
        done.set()
        return moved

    (before, after, moved_meanwhile), moved = at_once([hold, move])

    assert (before, moved_meanwhile, moved) == (after, False, True)
    assert promise(rooms) == target


def test_an_extension_and_bookings_in_one_room_do_not_deadlock(rooms: Cast) -> None:
    for hour in range(6):
        book(rooms, starts_at=at(hour), ends_at=at(hour, 30), recurrence=DAILY)
    acts: list[Callable[[], Any]] = [partial(extend, rooms.company.pk)] * 2
    acts += [
        partial(make_booking, rooms.alice, rooms.room, start=at(hour, quarter, day=20), minutes=15)
        for hour in range(8, 14)
        for quarter in (0, 15, 30, 45)
    ]  # fmt: skip
    with later(days=2):
        outcomes = at_once(acts)

    assert outcomes[:2] == [Progress.DONE] * 2
    assert all(isinstance(outcome, Occurrence) for outcome in outcomes[2:])
