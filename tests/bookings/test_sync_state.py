"""How far each date is on its way to Google, by the outbox."""

from typing import Any

from django.db.models import F

from bookings.models import OutboxEntry
from bookings.outbox import announce
from bookings.shown import shown_dates
from bookings.sync_state import Sync
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking


def states(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        shown = shown_dates([cast.room.pk], at(0), at(0, day=20))
        return [date.sync for date in shown]


def settle(cast: Cast, **values: Any) -> None:
    with company_scope(cast.company.pk):
        OutboxEntry.objects.filter(consumer="google").update(**values)


def test_a_new_booking_is_pending_until_google_has_it(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    assert states(seoul) == [Sync.PENDING]
    settle(seoul, acked_v=F("desired_v"))
    assert states(seoul) == [Sync.SYNCED]


def test_only_google_counts(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    settle(seoul, acked_v=F("desired_v"))
    with company_scope(seoul.company.pk):
        OutboxEntry.objects.filter(consumer="reminders").update(state="dead")
    assert states(seoul) == [Sync.SYNCED]


def test_what_google_refused_has_failed(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    settle(seoul, state="dead", last_error="No such calendar")
    assert states(seoul) == [Sync.FAILED]


def test_a_changed_date_is_pending_alone(seoul: Cast) -> None:
    first = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    settle(seoul, acked_v=F("desired_v"))
    with company_scope(seoul.company.pk):
        announce(first.booking, [first.original_start])
    assert states(seoul) == [Sync.PENDING, Sync.SYNCED, Sync.SYNCED]
