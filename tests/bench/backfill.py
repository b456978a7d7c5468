"""Reading a calendar of 10,000 events for the first time, and again when nothing changed there."""

import gc
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import F

from bookings.models import Occurrence
from calendars.connect import connect
from calendars.models import CalendarLink, GoogleConnection
from calendars.sync import sync_calendar
from tenants.models import Member
from tenants.scope import company_scope
from tests import factories
from tests.bench.installation import gather_statistics, make_company, tomorrow_at_eight
from tests.bench.measure import emit
from tests.environment import google_standin

EVENTS = 10_000
CALENDAR = "backfill@resource.calendar.google.com"
DOMAIN = "backfill.example"
HALF_HOUR = timedelta(minutes=30)


def run(_base: str) -> None:
    """A first reading, and one of 10,000 events of which none is news."""
    member = make_company(DOMAIN)
    google = google_standin.control
    google.add_account(member.email, hd=DOMAIN, admin=True)
    google.add_room_calendar(CALENDAR, name="Backfill", time_zone="Asia/Seoul", domain=DOMAIN)
    factories.make_room(member.company, "Backfill", calendar=CALENDAR)
    connect(
        company_id=member.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=member.email,
        secret=google.grant(member.email),
    )
    with company_scope(member.company_id):
        link = CalendarLink.objects.get()
    sync_calendar(member.company_id, link.pk)  # a worker has imported Google's library long ago
    _fill(member)
    _forget_token(member)
    read = _measured("backfill.first", lambda: sync_calendar(member.company_id, link.pk))
    with company_scope(member.company_id):
        assert read.done, read.reason
        assert Occurrence.objects.filter(status="confirmed").count() == EVENTS
    _forget_token(member)
    gather_statistics()
    _measured("backfill.unchanged", lambda: sync_calendar(member.company_id, link.pk))


def _forget_token(member: Member) -> None:
    with company_scope(member.company_id):
        CalendarLink.objects.update(sync_token="", list_after=None, generation=F("generation") + 1)


def _fill(member: Member) -> None:
    start = tomorrow_at_eight()
    for number in range(EVENTS):
        begins = start + number * HALF_HOUR
        google_standin.control.ui_create(
            CALENDAR,
            {
                "summary": f"Meeting {number}",
                "description": "What we talk about",
                "start": {"dateTime": begins.isoformat(), "timeZone": "Asia/Seoul"},
                "end": {"dateTime": (begins + HALF_HOUR).isoformat(), "timeZone": "Asia/Seoul"},
                "attendees": [{"email": f"guest{number % 50}@{DOMAIN}"}],
            },
            actor=member.email,
        )


def _measured(bench: str, act: Callable[[], Any]) -> Any:
    """Figures of one reading. A core's are of the worker's thread, from the call to its return, the
    parsing of Google's answers included, and of the database's process that serves it. The
    stand-in has a thread of its own, and what it keeps is not for our garbage collector to look
    through."""
    google_standin.control.clear_requests()
    gc.collect()
    gc.freeze()
    database = _database_time()
    began, cpu = time.perf_counter(), time.thread_time()
    outcome = act()
    took, spent = time.perf_counter() - began, time.thread_time() - cpu
    database = _database_time() - database
    counts = google_standin.control.counts()
    lists = sum(times for name, times in counts.items() if name.endswith("events.list"))
    emit(bench, "list_calls", lists, "calls", EVENTS)
    emit(bench, "events_per_second", EVENTS / took, "1/s", EVENTS)
    emit(bench, "events_per_second_and_core", EVENTS / spent, "1/s", EVENTS)
    emit(bench, "events_per_second_and_core_of_database", EVENTS / database, "1/s", EVENTS)
    return outcome


def _database_time() -> float:
    """The CPU seconds that the process behind our connection has used (Linux, proc(5))."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime, stime
