"""Endless series are kept ahead, and nobody books where one of them has yet to arrive."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings import claims, extending, outbox
from bookings.drafts import Actor
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.edits.restoring import restore_occurrence
from bookings.errors import OutsideRules
from bookings.extending import Progress, extend
from bookings.horizon import due_companies
from bookings.models import Booking, Door
from bookings.occurrences import series_of
from bookings.recurrence import expand
from tenants.scope import company_scope
from tests.bookings.series_ahead import (
    DAILY,
    WEEKLY,
    acts,
    all_heard,
    dates,
    keys,
    later,
    promise,
    refreshed,
    stored,
    waiting,
)
from tests.bookings.test_create_booking import book
from tests.conftest import Cast
from tests.factories import at, cancel_all, make_booking

A_WEEK = timedelta(days=7)


def by(cast: Cast) -> Actor:
    return Actor(Door.WEB, cast.admin)


def test_the_promise_and_every_date_up_to_it_move_with_the_days(seoul: Cast) -> None:
    booking = book(seoul, recurrence=WEEKLY).booking
    before = len(dates(seoul, booking))

    with later(days=30):
        assert extend(seoul.company.pk) is Progress.DONE

        assert promise(seoul) == refreshed(seoul).company.horizon_target(timezone.now())
    rows = dates(seoul, booking)
    assert len(rows) == before + 5, "30 days and a week of slack"
    ahead = expand(series_of(booking), at(10), promise(seoul))
    assert keys(rows) == [place.original_start for place in ahead]
    assert {row.status for row in rows} == {"confirmed"}
    assert stored(seoul, booking).horizon_until == promise(seoul)


def test_extending_again_changes_nothing(seoul: Cast) -> None:
    booking = book(seoul, recurrence=DAILY).booking
    with later(days=1):
        extend(seoul.company.pk)
        before = [(row.pk, row.version) for row in dates(seoul, booking)]
        extend(seoul.company.pk)

    assert [(row.pk, row.version) for row in dates(seoul, booking)] == before
    assert stored(seoul, booking).version == 1, "who has the form open is not told of a change"


def test_a_company_is_due_once_a_day(seoul: Cast, stranger: Cast) -> None:
    mine, theirs = seoul.company.pk, stranger.company.pk
    assert due_companies() == [mine, theirs]

    extend(mine)
    assert due_companies() == [theirs]
    with later(hours=23):
        assert due_companies() == [theirs]
    with later(hours=25):
        assert set(due_companies()) == {mine, theirs}


def test_a_suspended_company_is_left_alone(seoul: Cast) -> None:
    seoul.company.suspended_at = at(9)
    seoul.company.save()

    assert due_companies() == []


def test_a_longer_horizon_is_reached_in_small_transactions(seoul: Cast) -> None:
    booking = book(seoul, recurrence=DAILY).booking
    seoul.company.horizon_days = 730
    seoul.company.save()

    assert extend(seoul.company.pk) is Progress.DONE

    rows = dates(seoul, booking)
    assert len(rows) == 737
    assert rows[-1].starts_at < promise(seoul) <= rows[-1].starts_at + timedelta(days=1)


def test_nobody_books_past_the_promise(seoul: Cast) -> None:
    too_far = promise(seoul) + timedelta(days=1)
    with pytest.raises(OutsideRules):
        make_booking(seoul.alice, seoul.room, start=too_far)

    extend(seoul.company.pk)
    make_booking(refreshed(seoul).alice, seoul.room, start=too_far)


def test_reminders_hear_of_new_dates_and_google_has_nothing_to_hear(seoul: Cast) -> None:
    booking = book(seoul, recurrence=WEEKLY).booking
    still = book(seoul, starts_at=at(15), ends_at=at(16), recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    all_heard(seoul)

    with later(days=7):
        extend(seoul.company.pk)

    assert waiting(seoul, booking) == {"reminders"}
    assert waiting(seoul, still.booking) == set()


def test_what_google_has_yet_to_hear_keeps_waiting(seoul: Cast) -> None:
    booking = book(seoul, recurrence=WEEKLY).booking

    with later(days=7):
        extend(seoul.company.pk)

    assert waiting(seoul, booking) == {"google", "reminders"}


def test_cancelled_and_excluded_dates_do_not_come_back(seoul: Cast) -> None:
    """A date past the promise can be one already: Google knows it, or the promise was shortened."""
    booking = book(seoul, recurrence=(*WEEKLY, "EXDATE:20271208T010000Z")).booking
    with later(days=7):
        extend(seoul.company.pk)
        last = dates(seoul, booking)[-1]
        with company_scope(seoul.company.pk):
            cancel_occurrence(by=by(seoul), company=seoul.company, occurrence=last)
            Booking.objects.update(horizon_until=at(0, day=1, month=12, year=2027))
        assert extend(seoul.company.pk) is Progress.DONE

    again = dates(seoul, booking)
    assert [row.status for row in again if row.pk == last.pk] == ["cancelled"]
    assert len({row.original_start for row in again}) == len(again)
    assert not [row for row in again if f"{row.original_start:%m-%d}" == "12-08"]


def test_new_dates_are_in_the_room_of_the_series(seoul: Cast) -> None:
    booking = book(seoul, recurrence=WEEKLY).booking
    with company_scope(seoul.company.pk):
        change_occurrence(
            by=by(seoul), company=seoul.company, occurrence=dates(seoul, booking)[-1],
            changes={"room": seoul.other_room},
        )  # fmt: skip

    with later(days=30):
        extend(seoul.company.pk)

    assert [row.room_id for row in dates(seoul, booking)[-6:]] == [
        seoul.other_room.pk, *[seoul.room.pk] * 5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;UNTIL=20261216", "FREQ=YEARLY;COUNT=1"]
)
def test_a_series_that_has_come_to_its_end_is_done_with(seoul: Cast, rule: str) -> None:
    booking = book(seoul, recurrence=(f"RRULE:{rule}",)).booking
    before = keys(dates(seoul, booking))

    assert extend(seoul.company.pk) is Progress.DONE

    assert stored(seoul, booking).horizon_until is None
    assert keys(dates(seoul, booking)) == before


@pytest.mark.parametrize(
    ("rule", "dates_there"),
    [("FREQ=WEEKLY;COUNT=60", 60), ("FREQ=MONTHLY;UNTIL=20280105T120000Z", 14),
     ("FREQ=YEARLY", 2), ("FREQ=YEARLY;COUNT=3", 3)],
)  # fmt: skip
def test_a_series_goes_on_to_its_end_and_no_further(
    seoul: Cast, rule: str, dates_there: int
) -> None:
    booking = book(seoul, recurrence=(f"RRULE:{rule}",)).booking

    for years in (0.5, 1.0, 1.7):
        with later(days=365 * years):
            assert extend(seoul.company.pk) is Progress.DONE
            if rule == "FREQ=YEARLY" and years == 0.5:
                assert len(dates(seoul, booking)) == 2
                break

    assert len(dates(seoul, booking)) == dates_there


def test_extra_dates_come_too(seoul: Cast) -> None:
    lines = ("RRULE:FREQ=DAILY;COUNT=2", "RDATE:20271220T010000Z")
    booking = book(seoul, recurrence=lines).booking
    assert len(dates(seoul, booking)) == 2

    with later(days=30):
        extend(seoul.company.pk)

    assert f"{dates(seoul, booking)[-1].starts_at:%Y-%m-%d %H:%M}" == "2027-12-20 01:00"


def test_the_wall_clock_stays_when_the_clocks_change(stranger: Cast) -> None:
    booking = book(
        stranger, starts_at=at(23), ends_at=at(23, 30), timezone="America/New_York",
        recurrence=WEEKLY,
    ).booking  # fmt: skip

    with later(days=200):
        extend(stranger.company.pk)

    assert {row.original_start.time() for row in dates(stranger, booking)} == {
        booking.dtstart_local.time()
    }
    assert len({row.starts_at.time() for row in dates(stranger, booking)[-30:]}) == 2


def test_what_was_called_off_gets_no_new_dates(seoul: Cast) -> None:
    ahead = book(seoul, starts_at=at(10, day=30), ends_at=at(11, day=30), recurrence=WEEKLY).booking
    running = book(seoul, starts_at=at(15), ends_at=at(16), recurrence=WEEKLY).booking
    with later(days=10):
        for booking in (ahead, running):
            with company_scope(seoul.company.pk):
                cancel_all(seoul.admin, booking)
        before = [len(dates(seoul, booking)) for booking in (ahead, running)]

        assert extend(seoul.company.pk) is Progress.DONE

    assert [len(dates(seoul, booking)) for booking in (ahead, running)] == before


def test_a_series_that_is_called_off_at_this_moment_gets_none_either(
    seoul: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = book(
        seoul, starts_at=at(10, day=30), ends_at=at(11, day=30), recurrence=WEEKLY
    ).booking
    before = len(dates(seoul, booking))
    real = claims.lock_rooms

    def lock_after_somebody_else(rooms: list[int]) -> None:
        monkeypatch.undo()
        cancel_all(seoul.admin, booking)
        real(rooms)

    with later(days=10):
        monkeypatch.setattr(extending, "lock_rooms", lock_after_somebody_else)
        assert extend(seoul.company.pk) is Progress.DONE

    assert len(dates(seoul, booking)) == before


def test_a_series_that_is_brought_back_goes_on_where_it_would_be(seoul: Cast) -> None:
    booking = book(
        seoul, starts_at=at(10, day=30), ends_at=at(11, day=30), recurrence=WEEKLY
    ).booking
    with company_scope(seoul.company.pk):
        cancel_all(seoul.admin, booking)
    with later(days=20):
        extend(seoul.company.pk)
        last = dates(seoul, booking)[-1]
        with company_scope(seoul.company.pk):
            restore_occurrence(by=by(seoul), company=seoul.company, occurrence=last)

        assert extend(seoul.company.pk) is Progress.DONE

    standing = keys([row for row in dates(seoul, booking) if row.status == "confirmed"])
    weeks = [last.original_start + A_WEEK * week for week in range(5)]
    assert standing == [week for week in weeks if week < promise(seoul).replace(tzinfo=None)]
    assert len(standing) > 1


def test_a_taken_date_is_a_conflict_of_the_younger_and_the_owner_can_read_why(seoul: Cast) -> None:
    """Two endless series that first meet beyond the horizon."""
    yearly = ("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3",)
    older = book(seoul, title="All hands", recurrence=yearly,
                 starts_at=at(10, day=3), ends_at=at(11, day=3)).booking  # fmt: skip
    younger = book(seoul, starts_at=at(10, day=5), ends_at=at(11, day=5),
                   recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR",)).booking  # fmt: skip

    with later(days=30):
        assert extend(seoul.company.pk) is Progress.DONE

    (kept,) = dates(seoul, older, starts_at__year=2027)
    (lost,) = dates(seoul, younger, status="conflicted")
    assert (kept.status, kept.starts_at) == ("confirmed", lost.starts_at)
    assert lost.original_start == kept.original_start
    assert acts(seoul, younger) == [("conflicted", lost.original_start)]
    assert acts(seoul, older) == []


def test_a_series_that_cannot_be_extended_keeps_the_promise_but_no_one_else(
    seoul: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    broken = book(seoul, recurrence=WEEKLY).booking
    sound = book(seoul, starts_at=at(15), ends_at=at(16), recurrence=WEEKLY).booking
    before = promise(seoul)
    with company_scope(seoul.company.pk):
        Booking.objects.filter(pk=broken.pk).update(rrule="FREQ=NEVER")

    with later(days=30):
        assert extend(seoul.company.pk) is Progress.STUCK

    assert promise(seoul) == before
    assert len(dates(seoul, sound)) == 53 + 5


def test_the_time_of_a_task_ends_between_two_series(seoul: Cast) -> None:
    booking = book(seoul, recurrence=WEEKLY).booking
    before = promise(seoul)

    with later(days=30):
        assert extend(seoul.company.pk, seconds=-1) is Progress.UNFINISHED
        assert (promise(seoul), len(dates(seoul, booking))) == (before, 53)
        assert extend(seoul.company.pk) is Progress.DONE


class Killed(BaseException):
    """As abrupt as it gets inside one process."""


@pytest.mark.parametrize(
    ("module", "step", "passes", "reached"),
    [
        (extending, "lock_rooms", 1, [58, 53, 53]),
        (extending, "note_taken", 1, [58, 53, 53]),
        (outbox, "announce", 1, [58, 53, 53]),
        (extending, "move_promise", 0, [58, 58, 58]),
    ],
)
def test_killed_at_any_point_it_goes_on_where_it_was(
    seoul: Cast, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, passes: int,
    reached: list[int],
) -> None:  # fmt: skip
    series = [
        book(seoul, starts_at=at(hour), ends_at=at(hour, 30), recurrence=WEEKLY).booking
        for hour in (8, 9, 10)
    ]
    real, calls = getattr(module, step), count()

    def die(*args: Any, **more: Any) -> Any:
        if next(calls) >= passes:
            raise Killed
        return real(*args, **more)

    with later(days=30):
        before = promise(seoul)
        with monkeypatch.context() as patch:
            patch.setattr(module, step, die)
            with pytest.raises(Killed):
                extend(seoul.company.pk)
        assert [len(dates(seoul, booking)) for booking in series] == reached
        assert promise(seoul) == before

        assert extend(seoul.company.pk) is Progress.DONE

    assert [len(dates(seoul, booking)) for booking in series] == [58] * 3
    assert promise(seoul) > before


def test_series_without_new_dates_cost_no_transaction_each(seoul: Cast) -> None:
    for hour in range(24):
        book(seoul, starts_at=at(hour), ends_at=at(hour, 30),
             recurrence=("RRULE:FREQ=MONTHLY",))  # fmt: skip
    extend(seoul.company.pk)

    with later(days=1), CaptureQueriesContext(connection) as queries:
        extend(seoul.company.pk)

    assert len([q for q in queries if "bookings_booking" in q["sql"]]) <= 4
