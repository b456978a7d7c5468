"""Calling a booking off, one date or all that are left."""

from typing import Any

import pytest

from bookings.drafts import Actor
from bookings.edits.date_edits import cancel_occurrence
from bookings.errors import Changed
from bookings.models import Booking, Door, Occurrence
from bookings.occurrences import version_tag
from tenants.errors import NotAllowed
from tenants.models import Member
from tenants.scope import company_scope
from tests.bookings.test_change_booking import change
from tests.conftest import Cast
from tests.factories import at, cancel_all, make_booking


def cancel(
    cast: Cast, row: Occurrence, *, by: Member | None = None, expected: str | None = None
) -> Occurrence:
    with company_scope(cast.company.pk):
        return cancel_occurrence(
            by=Actor(Door.WEB, by or cast.alice), company=cast.company, occurrence=row,
            expected_version=expected,
        )  # fmt: skip


def cancel_series(
    cast: Cast, booking: Booking, *, by: Member | None = None, seen: str | None = None
) -> Occurrence:
    with company_scope(cast.company.pk):
        return cancel_all(by or cast.alice, booking, seen=seen)


def statuses(cast: Cast, booking: Booking) -> list[str]:
    with company_scope(cast.company.pk):
        rows = booking.occurrences.order_by("original_start")
        return list(rows.values_list("status", flat=True))


@pytest.fixture
def row(seoul: Cast) -> Occurrence:
    return make_booking(seoul.alice, seoul.room)


@pytest.fixture
def date(seoul: Cast) -> Occurrence:
    """The first date of a series of three: today at three, and the two days after."""
    rule = ("RRULE:FREQ=DAILY;COUNT=3",)
    return make_booking(seoul.alice, seoul.room, start=at(15, day=1), recurrence=rule)


def test_a_cancelled_booking_stays_as_history_and_frees_its_room(
    seoul: Cast, row: Occurrence
) -> None:
    cancel(seoul, row)

    assert statuses(seoul, row.booking) == ["cancelled"]
    make_booking(seoul.bob, seoul.room)
    with company_scope(seoul.company.pk):
        event = row.booking.history.last()
    assert (event.act, event.member_id, event.original_start) == ("cancelled", seoul.alice.pk, None)
    assert event.before["title"] == "Design review"


def test_cancelling_twice_changes_nothing(seoul: Cast, row: Occurrence) -> None:
    seen = version_tag(row)
    cancel(seoul, row, expected=seen)

    again = cancel(seoul, row, expected=seen)

    assert again.version == 2
    with company_scope(seoul.company.pk):
        assert [event.act for event in row.booking.history.all()] == ["created", "cancelled"]


def test_one_date_of_a_series_is_cancelled_alone(seoul: Cast, date: Occurrence) -> None:
    cancel(seoul, date)

    assert statuses(seoul, date.booking) == ["cancelled", "confirmed", "confirmed"]
    with company_scope(seoul.company.pk):
        assert date.booking.history.last().original_start == date.original_start


def test_only_who_may_change_it_may_cancel_it(seoul: Cast, row: Occurrence) -> None:
    with pytest.raises(NotAllowed):
        cancel(seoul, row, by=seoul.bob)
    with pytest.raises(NotAllowed):
        cancel_series(seoul, row.booking, by=seoul.bob)

    assert statuses(seoul, row.booking) == ["confirmed"]


def test_who_saw_an_older_version_is_told(seoul: Cast, row: Occurrence) -> None:
    seen = version_tag(row)
    change(seoul, row, title="Retro")

    with pytest.raises(Changed):
        cancel(seoul, row, expected=seen)
    with pytest.raises(Changed):
        cancel_series(seoul, row.booking, seen=seen)


def test_a_series_ends_and_what_is_over_stays(
    seoul: Cast, date: Occurrence, time_machine: Any
) -> None:
    time_machine.move_to(at(16, day=1), tick=False)

    cancelled = cancel_series(seoul, date.booking, seen=version_tag(date))

    assert statuses(seoul, date.booking) == ["confirmed", "cancelled", "cancelled"]
    assert cancelled.booking.rrule == "FREQ=DAILY;COUNT=1"
    assert cancelled.booking.version == 2
    cancel_series(seoul, date.booking)
    with company_scope(seoul.company.pk):
        assert date.booking.history.count() == 2


def test_dates_that_moved_to_another_room_are_cancelled_with_their_series(
    seoul: Cast, date: Occurrence
) -> None:
    change(seoul, date, room=seoul.other_room)

    cancel_series(seoul, date.booking)

    assert statuses(seoul, date.booking) == ["cancelled"] * 3
    make_booking(seoul.bob, seoul.other_room, start=at(15, day=1))
