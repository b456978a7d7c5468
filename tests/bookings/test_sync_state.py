"""How far each date is on its way to Google, by the outbox."""

from typing import Any

from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from bookings.models import Occurrence, OutboxEntry
from bookings.outbox import announce
from bookings.sync_state import Sync, outbox_states
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking


def states(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        rows = list(Occurrence.objects.select_related("booking").order_by("starts_at"))
        found = outbox_states(rows)
        return [found[row.pk].state.value for row in rows]


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


def test_what_google_refused_has_failed_and_says_why(seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    settle(seoul, state="dead", last_error="No such calendar")
    assert states(seoul) == [Sync.FAILED]
    with company_scope(seoul.company.pk):
        assert outbox_states([row])[row.pk].reason == "No such calendar"


def test_a_changed_date_is_pending_alone(seoul: Cast) -> None:
    first = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    settle(seoul, acked_v=F("desired_v"))
    with company_scope(seoul.company.pk):
        announce(first.booking, [first.original_start])
    assert states(seoul) == [Sync.PENDING, Sync.SYNCED, Sync.SYNCED]


def test_all_dates_cost_one_query(seoul: Cast) -> None:
    for hour in (9, 10, 11):
        make_booking(seoul.alice, seoul.room, start=at(hour))
    with company_scope(seoul.company.pk):
        rows = list(Occurrence.objects.select_related("booking"))
        with CaptureQueriesContext(connection) as queries:
            outbox_states(rows)
    assert len(queries) == 1
