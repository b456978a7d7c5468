"""A company whose two rooms have calendars at the stand-in for Google."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from bookings.models import Occurrence, OutboxEntry, Room
from calendars.connect import connect
from calendars.models import CalendarLink, GoogleConnection, GoogleCopy
from calendars.sync import Outcome, sync_calendar
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.conftest import Cast
from tests.factories import make_booking

CALENDARS = {"One": "one@resource.calendar.google.com", "Two": "two@resource.calendar.google.com"}

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)


@dataclass(frozen=True)
class Linked:
    """The company's calendars, from both sides."""

    cast: Cast
    google: Any
    calendar: str
    other_calendar: str
    http: httpx.Client

    @property
    def company_id(self) -> int:
        return self.cast.company.pk

    def link(self, room: Room | None = None) -> CalendarLink:
        with company_scope(self.company_id):
            found: CalendarLink = CalendarLink.objects.get(room=room or self.cast.room)
        return found

    def has_calendar(self, room: Room) -> bool:
        with company_scope(self.company_id):
            return CalendarLink.objects.filter(room=room).exists()

    def sync(self, room: Room | None = None) -> Outcome:
        """What a worker does once it was told of a change on either side."""
        with company_scope(self.company_id):
            link = self.link(room)
            CalendarLink.objects.filter(pk=link.pk).update(generation=link.generation + 1)
        return sync_calendar(self.company_id, link.pk)

    def push(self, room: Room | None = None) -> Outcome:
        """What a worker does after a booking changed."""
        return sync_calendar(self.company_id, self.link(room).pk)

    def events(self, calendar: str = "") -> list[dict[str, Any]]:
        """What stands in Google, by its start."""
        found = self.google.control.events(calendar or self.calendar)
        return sorted(found, key=lambda event: str(event.get("start")))

    def event(self, calendar: str = "") -> dict[str, Any]:
        (only,) = self.events(calendar)
        return only

    def ask(self, method: str, calendar: str, event_id: str = "", **content: Any) -> Any:
        """What Google answers to a program of the administrator's, which is not Roomly."""
        token = self.google.control.access_token(self.cast.admin.email)
        place = f"{self.google.url}/calendar/v3/calendars/{quote(calendar)}/events/{event_id}"
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.http.request(method, place.rstrip("/"), headers=headers, **content)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def dates(self, room: Room | None = None) -> list[Occurrence]:
        """Every date of a room, by its start."""
        with company_scope(self.company_id):
            found = Occurrence.objects.filter(room=room or self.cast.room)
            return list(found.select_related("booking__organizer").order_by("starts_at", "pk"))

    def date(self, room: Room | None = None) -> Occurrence:
        (only,) = self.dates(room)
        return only

    def entries(self) -> list[OutboxEntry]:
        with company_scope(self.company_id):
            return list(OutboxEntry.objects.filter(consumer="google").order_by("pk"))

    def copies(self) -> list[GoogleCopy]:
        with company_scope(self.company_id):
            return list(GoogleCopy.objects.order_by("pk"))

    def connection(self) -> GoogleConnection:
        with company_scope(self.company_id):
            found: GoogleConnection = GoogleConnection.objects.get()
        return found

    def calls(self) -> dict[str, int]:
        """How often each method of Google was called since `forget_calls`."""
        counts: dict[str, int] = self.google.control.counts()
        return {name.rpartition(".")[2]: times for name, times in counts.items() if "." in name}

    def forget_calls(self) -> None:
        self.google.control.clear_requests()


def give_calendar(google: Any, cast: Cast, room: Room, calendar: str) -> None:
    domain = cast.admin.email.partition("@")[2]
    google.control.add_room_calendar(calendar, room.name, time_zone="Asia/Seoul", domain=domain)
    with company_scope(cast.company.pk):
        Room.objects.filter(pk=room.pk).update(google_calendar_id=calendar)
    room.google_calendar_id = calendar


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Whoever speaks to Google without Roomly; made once, as httpx reads certificates for each."""
    one_call_each = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(trust_env=False, verify=False, limits=one_call_each) as client:
        yield client


@pytest.fixture
def unconnected(seoul: Cast, google: Any, http: httpx.Client) -> Linked:
    """Rooms that have calendars, and a company that is not connected yet."""
    rooms = {seoul.room: CALENDARS["One"], seoul.other_room: CALENDARS["Two"]}
    beginning("unconnected", lambda: give_accounts_and_calendars(google, seoul, rooms))
    for room, calendar in rooms.items():
        room.google_calendar_id = calendar
    return Linked(seoul, google, CALENDARS["One"], CALENDARS["Two"], http)


def give_accounts_and_calendars(google: Any, cast: Cast, rooms: dict[Room, str]) -> None:
    for person in (cast.admin, cast.alice, cast.bob):
        google.control.add_account(person.email, admin=person.is_admin, time_zone="Asia/Seoul")
    for room, calendar in rooms.items():
        give_calendar(google, cast, room, calendar)


@pytest.fixture
def at_home(unconnected: Linked) -> Linked:
    """Connected, and Google's directory says of the rooms what is so here; nothing is read yet."""
    for calendar in CALENDARS.values():
        unconnected.google.control.change_room(calendar, building="Main", capacity=6)
    connect_as_admin(unconnected)
    return unconnected


def connect_as_admin(linked: Linked) -> None:
    connect(
        company_id=linked.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=linked.cast.admin.email,
        secret=linked.google.control.grant(linked.cast.admin.email),
    )


@pytest.fixture
def linked(unconnected: Linked) -> Linked:
    """Connected, and read once: empty on both sides."""
    beginning("linked", lambda: connect_and_read(unconnected))
    return unconnected


def connect_and_read(linked: Linked) -> None:
    connect_as_admin(linked)
    for room in (linked.cast.room, linked.cast.other_room):
        assert linked.push(room).done
    linked.forget_calls()
    assert not connection.needs_rollback


@pytest.fixture
def daily(linked: Linked) -> Linked:
    """A series at ten from the second to the sixth of December, known on both sides."""
    beginning("five days", lambda: book_five(linked))
    return linked


def book_five(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=DAILY)
    assert linked.push().done
    assert linked.sync().done
