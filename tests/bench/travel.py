"""From “event moved in Google” to “row changed” and to “page changed”, all processes real."""

import threading
import time
from datetime import datetime, timedelta
from io import StringIO

import httpx
from django.core.management import call_command

from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.models import Door, Occurrence, OutboxEntry, Room
from calendars.connect import connect
from calendars.models import GoogleConnection
from tenants.models import Member
from tenants.scope import company_scope
from tests import factories
from tests.bench.installation import make_company, tomorrow_at_eight, wait_until, worker
from tests.bench.measure import emit_times
from tests.bench.programs import browser
from tests.environment import google_standin

RUNS = 20
CALENDAR = "travel@resource.calendar.google.com"
DOMAIN = "travel.example"
PATIENCE = 20  # seconds
BETWEEN = 1.2  # seconds: a calendar that changes more often is read once a second


def run(base: str) -> None:
    """Moves one event back and forth by Google's own interface."""
    member = make_company(DOMAIN)
    google = google_standin.control
    google.add_account(member.email, hd=DOMAIN, admin=True)
    google.add_room_calendar(CALENDAR, name="Travel", time_zone="Asia/Seoul", domain=DOMAIN)
    room = factories.make_room(member.company, "Travel", calendar=CALENDAR)
    connect(
        company_id=member.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=member.email,
        secret=google.grant(member.email),
    )
    with worker(), browser(member, base) as client:
        occurrence = _booked(member, room)
        call_command("calendars", "renew", company=member.company_id, stdout=StringIO())
        wait_until(lambda: _is_synced(member), seconds=PATIENCE)
        event = google.events(CALENDAR)[0]["id"]
        rows, pages = [], []
        with _Page(client) as page:
            for number in range(RUNS):
                time.sleep(BETWEEN)
                start = occurrence.starts_at + timedelta(hours=1 + number % 2)
                to_row, to_page = _move(member, event, start, page)
                rows.append(to_row)
                pages.append(to_page)
    emit_times("travel.google_to_row", rows)
    emit_times("travel.google_to_page", pages)


def _booked(member: Member, room: Room) -> Occurrence:
    start = tomorrow_at_eight()
    with company_scope(member.company_id):
        draft = Draft(
            title="Travels", starts_at=start, ends_at=start + timedelta(hours=1),
            timezone="Asia/Seoul",
        )  # fmt: skip
        booked = create_booking(
            by=Actor(Door.WEB, member), company=member.company, room=room, draft=draft
        )
        return booked.occurrences[0]


def _is_synced(member: Member) -> bool:
    with company_scope(member.company_id):
        return not any(entry.is_pending for entry in OutboxEntry.objects.filter(consumer="google"))


def _move(member: Member, event: str, start: datetime, page: "_Page") -> tuple[float, float]:
    seen = page.messages
    began = time.perf_counter()
    google_standin.control.ui_edit(
        CALENDAR, event,
        start=start.isoformat(),
        end=(start + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    wait_until(lambda: _starts_at(member) == start, seconds=PATIENCE)
    to_row = time.perf_counter() - began
    wait_until(lambda: page.messages > seen, seconds=PATIENCE)
    page.fetch()
    return to_row * 1000, (time.perf_counter() - began) * 1000


def _starts_at(member: Member) -> datetime:
    with company_scope(member.company_id):
        return Occurrence.objects.get().starts_at


class _Page:
    """An open page: it listens to the live stream and fetches its grid again when told."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.messages = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "_Page":
        self._thread.start()
        wait_until(lambda: self._open, seconds=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False

    _open = False

    def _listen(self) -> None:
        with self.client.stream("GET", "/live", timeout=None) as answer:
            self._open = True
            for line in answer.iter_lines():
                self.messages += line.startswith("data:")
                if not self._open:
                    return

    def fetch(self) -> None:
        """What the page's script does on a message."""
        self.client.get("/", params={"date": f"{tomorrow_at_eight():%Y-%m-%d}"}).raise_for_status()
