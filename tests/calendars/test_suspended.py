"""A company that the operator switched off: its calendars are left alone, and go on afterwards."""

from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Occurrence
from calendars.alarms import look_for_late_calendars
from calendars.tasks import poll_due, renew_channels, sweep, sync_link, sync_room
from tenants.models import Company
from tests.calendars.acts import edit_there, event_body, make_there
from tests.calendars.both import both_equal
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.calendars.test_status import waiting_tasks
from tests.factories import at, make_booking

pytestmark = pytest.mark.worker


def suspend(linked: Linked, *, suspended: bool) -> None:
    at_last = timezone.now() if suspended else None
    Company.objects.filter(pk=linked.company_id).update(suspended_at=at_last)


def work(linked: Linked, redis: Any) -> None:
    """Beat, its workers, and one whom somebody else had woken."""
    sweep()
    poll_due()
    renew_channels()
    look_for_late_calendars()
    for name, arguments in waiting_tasks(redis):
        if name == sync_link.name:
            sync_link(*arguments)
    sync_room(linked.company_id, linked.cast.room.pk)


def test_nothing_is_asked_or_told_while_it_lasts_and_nothing_is_lost(
    linked: Linked, redis: Any
) -> None:
    known = make_there(linked, event_body("Known"))
    assert linked.sync().done
    suspend(linked, suspended=True)
    make_booking(linked.cast.alice, linked.cast.room, start=at(15))
    edit_there(linked, known["id"], summary="Changed there")
    make_there(linked, event_body("Made there", "17:00", "18:00"))
    linked.forget_calls()
    for minutes in (0, 3, 60, 60 * 24):
        with later(minutes * 60):
            redis.flushdb()
            work(linked, redis)
            assert waiting_tasks(redis) == []
            assert not linked.sync().done
    assert linked.calls() == {}
    assert linked.link().alarmed_at is None

    suspend(linked, suspended=False)
    with later(2 * 24 * 3600):
        redis.flushdb()
        work(linked, redis)
        titles = {row.shown_title: row.status for row in linked.dates()}
        assert titles == dict.fromkeys(
            ("Changed there", "Design review", "Made there"), Occurrence.Status.CONFIRMED
        )
        both_equal(linked)
