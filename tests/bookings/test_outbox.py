"""What listeners are told of a booking: that it changed, folded, and never of a rollback."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from bookings import outbox
from bookings.models import Booking, Occurrence, OutboxEntry
from tenants.scope import company_scope
from tests.bookings.test_cancel_booking import cancel
from tests.bookings.test_change_booking import change
from tests.conftest import Cast
from tests.factories import make_booking


@pytest.fixture
def row(seoul: Cast) -> Occurrence:
    return make_booking(seoul.alice, seoul.room)


def entry(cast: Cast, consumer: str = "google", **subject: Any) -> OutboxEntry:
    with company_scope(cast.company.pk):
        found: OutboxEntry = OutboxEntry.objects.get(consumer=consumer, **subject)
    return found


def acknowledge(cast: Cast, version: int) -> None:
    """What a listener does when it has delivered a version."""
    with company_scope(cast.company.pk):
        OutboxEntry.objects.filter(consumer="google").update(acked_v=version)


def announce(cast: Cast, booking: Booking, **rest: Any) -> None:
    with company_scope(cast.company.pk):
        outbox.announce(booking, **rest)


def announce_and_fail(cast: Cast, booking: Booking) -> None:
    with company_scope(cast.company.pk):
        outbox.announce(booking)
        raise RuntimeError


def test_ten_edits_are_one_entry(seoul: Cast, row: Occurrence) -> None:
    for number in range(10):
        change(seoul, row, title=f"Title {number}")

    told = entry(seoul)
    assert (told.desired_v, told.acked_v) == (11, 0)


def test_a_change_during_a_delivery_stays_pending(seoul: Cast, row: Occurrence) -> None:
    noted = entry(seoul).desired_v
    change(seoul, row, title="Retro")

    acknowledge(seoul, noted)

    assert entry(seoul).is_pending
    acknowledge(seoul, entry(seoul).desired_v)
    assert not entry(seoul).is_pending


def test_the_wait_is_counted_from_the_first_change_that_was_not_delivered(
    seoul: Cast, row: Occurrence, time_machine: Any
) -> None:
    first = entry(seoul).first_pending_at
    time_machine.move_to(first + timedelta(seconds=60), tick=False)
    change(seoul, row, title="Retro")
    assert entry(seoul).first_pending_at == first

    acknowledge(seoul, 2)
    time_machine.move_to(first + timedelta(seconds=120), tick=False)
    change(seoul, row, title="Planning")
    assert (entry(seoul).first_pending_at - first).total_seconds() == 120


def test_a_rollback_leaves_no_entry(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        OutboxEntry.objects.all().delete()

    with pytest.raises(RuntimeError):
        announce_and_fail(seoul, row.booking)

    with company_scope(seoul.company.pk):
        assert not OutboxEntry.objects.exists()


def test_nobody_is_nudged_before_the_commit_or_after_a_rollback(
    seoul: Cast, row: Occurrence, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(RuntimeError):
        announce_and_fail(seoul, row.booking)
    assert callbacks == []

    with django_capture_on_commit_callbacks() as callbacks:
        announce(seoul, row.booking)
    assert len(callbacks) == 2


def test_where_a_change_came_from_needs_no_delivery(seoul: Cast, row: Occurrence) -> None:
    acknowledge(seoul, 1)

    announce(seoul, row.booking, seen_by="google")

    assert not entry(seoul).is_pending
    assert entry(seoul, "reminders").is_pending


def test_a_new_subject_seen_in_google_is_pending_for_others_only(
    seoul: Cast, row: Occurrence
) -> None:
    subject = row.original_start.replace(day=9)

    announce(seoul, row.booking, subjects=[subject], seen_by="google")

    assert not entry(seoul, original_start=subject).is_pending
    assert entry(seoul, "reminders", original_start=subject).is_pending


def test_master_and_dates_are_subjects_of_their_own(seoul: Cast) -> None:
    date = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    change(seoul, date, title="Special")
    cancel(seoul, date)

    with company_scope(seoul.company.pk):
        told = OutboxEntry.objects.filter(consumer="google").order_by("pk")
        assert [(one.original_start, one.desired_v) for one in told] == [
            (None, 1),
            (date.original_start, 2),
        ]


def test_a_subject_named_twice_is_announced_once(seoul: Cast, row: Occurrence) -> None:
    announce(seoul, row.booking, subjects=[None, None])

    assert entry(seoul).desired_v == 2


def test_a_change_gives_a_refused_entry_another_try_but_not_a_broken_connection(
    seoul: Cast, row: Occurrence
) -> None:
    failed = {"tries": 7, "error_class": "refused", "last_error": "400"}
    for state, after in (("dead", "ok"), ("stalled", "ok"), ("blocked", "blocked")):
        with company_scope(seoul.company.pk):
            OutboxEntry.objects.update(state=state, **failed)
        announce(seoul, row.booking)
        told = entry(seoul)
        assert (told.state, told.tries, told.last_error) == (after, 0, "")


def test_entries_of_one_lineage_share_a_lane(seoul: Cast, row: Occurrence) -> None:
    later = make_booking(seoul.alice, seoul.other_room).booking
    later.split_from = row.booking

    announce(seoul, later, subjects=[row.original_start])

    assert entry(seoul, booking=later, original_start=row.original_start).lane == row.booking_id


def test_only_what_is_pending_is_due(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        due = OutboxEntry.objects.filter(acked_v__lt=F("desired_v"))
        assert due.count() == 2
        due.filter(consumer="google").update(acked_v=F("desired_v"))
        assert [one.consumer for one in due] == ["reminders"]


def test_what_may_be_taken_back_waits_for_every_listener(seoul: Cast, row: Occurrence) -> None:
    announce(seoul, row.booking, can_undo=True)
    with company_scope(seoul.company.pk):
        told = list(OutboxEntry.objects.filter(booking=row.booking))
    assert {entry.next_at for entry in told} == {timezone.now() + outbox.UNDO_TIME}
    announce(seoul, row.booking)
    assert entry(seoul).next_at == timezone.now()
