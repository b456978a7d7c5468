"""A date without a place gets it when it becomes free, also in rooms without a calendar."""

from typing import Any

import pytest

from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor
from bookings.edits.editing import cancel_booking, change_booking
from bookings.extending import extend
from bookings.models import Booking, Door, Occurrence
from tenants.scope import company_scope
from tests.bookings.series_ahead import acts, all_heard, dates, later, refreshed, waiting
from tests.bookings.test_create_booking import book
from tests.conftest import Cast
from tests.factories import at


def two_that_meet(cast: Cast) -> tuple[Booking, Booking]:
    """An older and a younger endless series, whose first common date the older one has."""
    yearly = ("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3",)
    older = book(cast, starts_at=at(10, day=3), ends_at=at(11, day=3), recurrence=yearly).booking
    younger = book(cast, starts_at=at(10, day=5), ends_at=at(11, day=5),
                   recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR",)).booking  # fmt: skip
    with later(days=30):
        extend(cast.company.pk)
    return older, younger


def settle(cast: Cast) -> list[Any]:
    with company_scope(cast.company.pk):
        return settle_conflicts([cast.room.pk])


def test_while_the_room_is_taken_nothing_changes(seoul: Cast) -> None:
    _older, younger = two_that_meet(seoul)

    assert settle(seoul) == []
    assert len(dates(seoul, younger, status="conflicted")) == 1


def test_the_place_goes_to_the_date_that_waited_and_its_owner_can_read_so(seoul: Cast) -> None:
    older, younger = two_that_meet(seoul)
    (lost,) = dates(seoul, younger, status="conflicted")
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(booking=older).update(status="cancelled")
    all_heard(seoul)

    assert [row.pk for row in settle(seoul)] == [lost.pk]

    assert dates(seoul, younger, status="conflicted") == []
    assert acts(seoul, younger) == [
        ("conflicted", lost.original_start), ("placed", lost.original_start),
    ]  # fmt: skip
    assert waiting(seoul, younger) == {"reminders"}, "Google has the date all along"
    assert settle(seoul) == []


def test_extending_looks_after_what_was_missed(seoul: Cast) -> None:
    older, younger = two_that_meet(seoul)
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(booking=older).update(status="cancelled")

    with later(days=31):
        extend(seoul.company.pk)

    assert dates(seoul, younger, status="conflicted") == []


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_however_the_place_becomes_free(seoul: Cast, scope: str) -> None:
    older, younger = two_that_meet(seoul)

    with company_scope(seoul.company.pk):
        cancel_booking(
            by=Actor(Door.WEB, seoul.admin), company=refreshed(seoul).company,
            occurrence=dates(seoul, older)[-1], scope=scope,
        )  # fmt: skip

    assert dates(seoul, younger, status="conflicted") == []


@pytest.mark.parametrize("scope", ["this", "all"])
def test_a_move_to_another_room_makes_way_too(seoul: Cast, scope: str) -> None:
    older, younger = two_that_meet(seoul)

    with company_scope(seoul.company.pk):
        change_booking(
            by=Actor(Door.WEB, seoul.admin), company=refreshed(seoul).company,
            occurrence=dates(seoul, older)[-1], scope=scope, changes={"room": seoul.other_room},
        )  # fmt: skip

    assert dates(seoul, younger, status="conflicted") == []


def test_a_date_that_comes_and_goes_is_left_to_a_person(seoul: Cast) -> None:
    older, younger = two_that_meet(seoul)
    (lost,) = dates(seoul, younger, status="conflicted")
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(booking=older).update(status="cancelled")
    for _time in range(2):
        assert [row.pk for row in settle(seoul)] == [lost.pk]
        with company_scope(seoul.company.pk):
            Occurrence.objects.filter(pk=lost.pk).update(status="conflicted")

    assert settle(seoul) == []
    with later(hours=2):
        assert settle(seoul) == []
    with company_scope(seoul.company.pk):
        assert Occurrence.objects.get(pk=lost.pk).reason == "restless"
