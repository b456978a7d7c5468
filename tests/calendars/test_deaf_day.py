"""A day on which no notification arrives: everything is found by looking, and somebody is told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from calendars.models import CalendarLink, Channel
from calendars.polling import STRETCH
from calendars.tasks import poll_due, sync_link
from calendars.watch import renew_channel
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.both import both_equal
from tests.calendars.conftest import Linked
from tests.calendars.test_health import health, page
from tests.calendars.test_status import waiting_tasks
from tests.calendars.test_webhook import headers
from tests.calendars.test_webhook import post as notify

CHANGES = 4
FAILS = "notifications do not arrive"


def look(redis: Any) -> None:
    """Beat and a worker; what is known of the load is forgotten every ten minutes."""
    redis.delete(STRETCH)
    poll_due()
    found = waiting_tasks(redis)
    redis.delete("sync", "bulk", *redis.keys("calendars:queued:*"))
    for _name, arguments in found:
        sync_link(*arguments)


@pytest.mark.worker
def test_all_changes_are_found_within_the_interval_and_the_page_says_so(
    linked: Linked, settings: Any, redis: Any
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"  # where nobody listens
    settings.GOOGLE_POLLS_PER_DAY = 16  # so that the day has few of them
    for room in (linked.cast.room, linked.cast.other_room):
        renew_channel(linked.company_id, linked.link(room).pk)
        linked.sync(room)
    start = timezone.now()
    changes = [start + timedelta(hours=24 / CHANGES * number) for number in range(CHANGES)]
    looks = 0
    now = start
    while now < start + timedelta(days=1):
        with company_scope(linked.company_id):
            (soonest,) = CalendarLink.objects.order_by("next_poll_at").values_list(
                "next_poll_at", flat=True
            )[:1]
        is_change = bool(changes) and changes[0] < soonest
        now = changes.pop(0) if is_change else soonest
        with time_machine.travel(now, tick=False):
            if is_change:
                hour = 8 + CHANGES - len(changes)
                make_there(linked, event_body(f"At {hour}", f"{hour:02}:00", f"{hour + 1:02}:00"))
                continue
            look(redis)
            looks += 1
            if linked.link().last_pull_at == now:
                assert len(linked.dates()) == CHANGES - len(changes)
    with time_machine.travel(now, tick=False):
        both_equal(linked)
        assert looks < settings.GOOGLE_POLLS_PER_DAY * 1.5
        link = linked.link()
        assert link.missed_pushes == CHANGES
        assert health(linked).push_fails
        shown = page(linked, "?show=trouble")
        assert FAILS in shown
        assert f"missed {CHANGES}" in shown

        with company_scope(linked.company_id):
            channel = Channel.objects.get(link=link, state=Channel.State.LIVE)
        assert notify(headers(channel)).status_code == 204
    with time_machine.travel(now + timedelta(seconds=1), tick=False):
        assert linked.push().done
        assert not health(linked).push_fails
        assert FAILS not in page(linked)
