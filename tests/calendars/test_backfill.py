"""A first reading takes single events over together: with the same outcome as one by one."""

import gc
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, BookingEvent, OutboxEntry, Participant, Room
from calendars.incorporate import Incoming
from calendars.links import restart
from calendars.models import GoogleCopy
from tenants.scope import company_scope
from tests.calendars.acts import event_body
from tests.calendars.conftest import Linked

GUESTS = [
    {"email": "bob@hangang.example", "displayName": "Bob", "responseStatus": "declined"},
    {"email": "guest@else.example", "optional": True},
]


def bodies() -> list[dict[str, Any]]:
    """Events of every kind, some of which want the same hour."""
    all_day = {"start": {"date": "2026-12-09"}, "end": {"date": "2026-12-11"}}
    return [
        event_body("first", "09:00", "10:00", attendees=GUESTS, description="with\x00words"),
        event_body("in its way", "09:30", "10:30"),
        event_body("weekly", "11:00", "12:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"]),
        event_body("in its way, too", "11:30", "12:30"),
        event_body("secret", "13:00", "14:00", visibility="private", attendees=GUESTS),
        event_body("see-through", "09:00", "10:00", transparency="transparent"),
        event_body("", "16:00", "17:00"),
        {"summary": "away", **all_day},
        event_body("marked", "18:00", "19:00",
                   extendedProperties={"private": {"roomly_cost": "1", "other": "2"}}),
        event_body("last", "19:00", "20:00", attendees=GUESTS[:1]),
    ]  # fmt: skip


def read(linked: Linked, room: Room) -> None:
    with company_scope(linked.company_id):
        restart(linked.link(room))
    assert linked.push(room).done


def outcome(linked: Linked, room: Room) -> list[Any]:
    """Everything that was written about a room, without what only names it."""
    rows = linked.dates(room)
    with company_scope(linked.company_id):
        mine = {"booking__room": room}
        return [
            [(row.booking.title, row.booking.description, row.booking.organizer_email,
              row.booking.organizer_id, row.booking.visibility, row.booking.all_day,
              row.booking.days, row.booking.timezone, row.booking.rrule, row.booking.metadata,
              row.booking.version, row.starts_at, row.ends_at, row.status, row.transparent,
              row.blocks, row.room_response, row.version) for row in rows],
            sorted(Participant.objects.filter(**mine).values_list(
                "booking__title", "email", "name", "optional", "response")),
            sorted((title, act, str({**after, "room": None}), str(before)) for title, act, after,
                   before in BookingEvent.objects.filter(**mine).values_list(
                       "booking__title", "act", "after", "before")),
            sorted(OutboxEntry.objects.filter(**mine).values_list(
                "booking__title", "consumer", "desired_v", "acked_v", "state")),
            sorted((copy.booking.title, copy.dirty, copy.raw, str(copy.base), bool(copy.etag),
                    bool(copy.html_link), copy.remote_updated is None)
                   for copy in GoogleCopy.objects.filter(**mine).select_related("booking")),
            Booking.objects.filter(room=room).count(),
        ]  # fmt: skip


def fill(linked: Linked) -> None:
    for calendar in (linked.calendar, linked.other_calendar):
        for body in bodies():
            linked.google.control.ui_create(calendar, body, actor="alice@hangang.example")


def test_together_is_as_one_by_one(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(linked)
    together, one_by_one = linked.cast.room, linked.cast.other_room
    taken, take_new = [], Incoming.take_new

    def counted(self: Incoming, copies: Any) -> None:
        taken.append(len(copies))
        take_new(self, copies)

    monkeypatch.setattr(Incoming, "take_new", counted)
    read(linked, together)
    assert sum(taken) >= len(bodies()) - 2  # all but the series and the marked one
    monkeypatch.setattr(Incoming, "stands_alone", lambda _self, _copies: set())
    read(linked, one_by_one)
    assert outcome(linked, together) == outcome(linked, one_by_one)
    assert {row.status for row in linked.dates()} == {"confirmed", "conflicted"}


def test_reading_again_changes_nothing(linked: Linked) -> None:
    fill(linked)
    read(linked, linked.cast.room)
    before = outcome(linked, linked.cast.room)
    read(linked, linked.cast.room)
    assert outcome(linked, linked.cast.room) == before


def test_ten_times_as_many_events_take_no_more_statements(linked: Linked) -> None:
    def statements(room: Room, calendar: str, events: int) -> int:
        for number in range(events):
            hour, quarter = divmod(number, 4)
            begins, ends = f"{hour:02}:{quarter * 15:02}", f"{hour:02}:{quarter * 15 + 14:02}"
            body = event_body(f"{number}", begins, ends, attendees=GUESTS)
            linked.google.control.ui_create(calendar, body, actor="alice@hangang.example")
        with CaptureQueriesContext(connection) as queries:
            read(linked, room)
        return len(queries)

    few = statements(linked.cast.room, linked.calendar, 4)
    many = statements(linked.cast.other_room, linked.other_calendar, 40)
    assert many == few


def test_what_fails_together_is_read_again_and_taken_one_by_one(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(linked)
    read(linked, linked.cast.other_room)
    settle, failed = Incoming.settle, list[bool]()

    def fails_once(self: Incoming) -> Any:
        if not failed:
            failed.append(True)
            raise ValueError("an event like no other")
        return settle(self)

    monkeypatch.setattr(Incoming, "settle", fails_once)
    read(linked, linked.cast.room)
    assert failed
    assert outcome(linked, linked.cast.room) == outcome(linked, linked.cast.other_room)
    assert gc.isenabled()
