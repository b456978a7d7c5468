"""Dates that a series had to leave out are offered again when what was in their way is gone."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.drafts import Actor
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.edits.skipped import free_again
from bookings.models import Booking, Door, Occurrence
from tenants.scope import company_scope
from tests.bookings.series_ahead import DAILY, keys, later
from tests.bookings.test_create_booking import book
from tests.conftest import Cast
from tests.factories import at, make_booking


def offered(cast: Cast, booking: Booking) -> list[Any]:
    with company_scope(cast.company.pk):
        return keys(free_again(booking))


def cancel(cast: Cast, row: Occurrence) -> None:
    with company_scope(cast.company.pk):
        cancel_occurrence(by=Actor(Door.WEB, cast.admin), company=cast.company, occurrence=row)


@pytest.fixture
def blocker(seoul: Cast) -> Occurrence:
    return make_booking(seoul.bob, seoul.room, start=at(10, day=4), title="Interview")


@pytest.fixture
def series(seoul: Cast, blocker: Occurrence) -> Booking:
    booked = book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=5",), skip_taken=True)
    assert [row.original_start.day for row in booked.skipped] == [4]
    return booked.booking


def test_nothing_is_offered_while_the_room_is_taken(seoul: Cast, series: Booking) -> None:
    assert offered(seoul, series) == []


def test_a_date_is_offered_once_the_other_booking_is_cancelled(
    seoul: Cast, series: Booking, blocker: Occurrence
) -> None:
    cancel(seoul, blocker)

    (free,) = offered(seoul, series)
    assert f"{free:%m-%d %H:%M}" == "12-04 10:00"


def test_or_moved_away_but_not_if_it_still_touches(
    seoul: Cast, series: Booking, blocker: Occurrence
) -> None:
    def move(start: Any, end: Any) -> None:
        with company_scope(seoul.company.pk):
            change_occurrence(
                by=Actor(Door.WEB, seoul.admin), company=seoul.company, occurrence=blocker,
                changes={"starts_at": start, "ends_at": end},
            )  # fmt: skip

    move(at(10, 59, day=4), at(12, day=4))
    assert offered(seoul, series) == []
    move(at(11, day=4), at(12, day=4))
    assert len(offered(seoul, series)) == 1


def test_a_date_that_somebody_called_off_is_not_offered(seoul: Cast, series: Booking) -> None:
    with company_scope(seoul.company.pk):
        rows = list(Occurrence.objects.filter(booking=series).order_by("original_start"))
    cancel(seoul, rows[1])

    assert offered(seoul, series) == []


def test_what_is_over_or_in_a_closed_room_is_not_offered(
    seoul: Cast, series: Booking, blocker: Occurrence
) -> None:
    cancel(seoul, blocker)

    with later(days=4):
        assert offered(seoul, series) == []
    seoul.room.state = seoul.room.State.CLOSED
    with company_scope(seoul.company.pk):
        seoul.room.save()
    assert offered(seoul, series) == []


def test_a_long_event_that_began_weeks_before_is_seen(
    seoul: Cast, series: Booking, blocker: Occurrence
) -> None:
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=4))
    cancel(seoul, blocker)
    make_booking(seoul.bob, seoul.room, start=at(10, 30, day=4), minutes=60 * 12)

    assert offered(seoul, series) == []


def test_one_query_however_many_dates(seoul: Cast) -> None:
    rows = [make_booking(seoul.bob, seoul.room, start=at(10, day=day)) for day in range(2, 30)]
    booking = book(seoul, recurrence=DAILY, skip_taken=True).booking
    for row in rows:
        cancel(seoul, row)

    with company_scope(seoul.company.pk), CaptureQueriesContext(connection) as queries:
        rooms = {row.room.building.name for row in free_again(booking)}

    assert (len(queries), rooms) == (1, {"Main"})
    assert len(offered(seoul, booking)) == 28
