"""How long Google waits for our answer to a notification, in process."""

import time
import uuid
from datetime import timedelta
from functools import partial
from statistics import median, quantiles

from django.test import Client
from django.utils import timezone

from calendars.models import CalendarLink, Channel
from calendars.watch import token_of
from tenants.scope import company_scope
from tests import factories
from tests.bench.installation import make_company
from tests.bench.measure import emit, emit_times, timed

RUNS = 500


def run(_base: str) -> None:
    """True notifications and forged ones."""
    member = make_company("webhook.example")
    room = factories.make_room(member.company, "Webhook", calendar="webhook@example.com")
    with company_scope(member.company_id):
        link = CalendarLink.objects.create(room=room, google_calendar_id=room.google_calendar_id)
        channel = Channel.objects.create(
            id=uuid.uuid4(), link=link, resource_id="resource", state=Channel.State.LIVE,
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
    client = Client()
    headers = {
        "X-Goog-Channel-ID": str(channel.pk),
        "X-Goog-Channel-Token": token_of(member.company_id, link.pk, str(channel.pk)),
        "X-Goog-Resource-ID": "resource",
        "X-Goog-Resource-State": "exists",
    }
    forged = headers | {"X-Goog-Channel-Token": "v1.1.1.forged"}
    for name, sent in (("webhook.changed", headers), ("webhook.forged", forged)):
        notify = partial(client.post, "/api/calendar/webhook", headers=sent)
        times = [timed(notify) for _ in range(RUNS)]
        emit_times(name, times)
        emit(name, "p99", quantiles(times, n=100)[98], "ms", RUNS)
        # What is ours of it, however busy the machine is.
        cpu = [timed(notify, clock=time.process_time) for _ in range(RUNS)]
        emit(name, "cpu_p50", median(cpu), "ms", RUNS)
        emit(name, "cpu_p99", quantiles(cpu, n=100)[98], "ms", RUNS)
