"""What people do in Google Calendar happens in Roomly too."""

from typing import Any

import pytest

from bookings.drafts import Attendee
from bookings.models import BookingEvent, OutboxEntry, Participant
from calendars.budget import Budget, Lane
from calendars.google import GoogleCalendar, Page
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there, event_body, make_there
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking


def test_an_event_made_there_is_a_booking_of_its_maker(linked: Linked) -> None:
    made = make_there(
        linked,
        event_body(
            description="Menu", attendees=[{"email": "bob@hangang.example", "displayName": "Bob"}]
        ),
    )
    assert linked.sync().done
    row = linked.date()
    assert row.booking.title == "Lunch"
    assert row.booking.description == "Menu"
    assert row.booking.organizer == linked.cast.alice
    assert row.booking.origin == "google"
    assert (row.starts_at, row.ends_at) == (at(12), at(13))
    assert row.status == "confirmed"
    with company_scope(linked.company_id):
        assert [p.email for p in Participant.objects.all()] == ["bob@hangang.example"]
        assert BookingEvent.objects.get().door == "google"
    linked.forget_calls()
    assert linked.push().done
    assert linked.calls() == {}
    assert linked.event()["etag"] == made["etag"]


def test_a_stranger_s_event_is_the_company_s_with_the_address_kept(linked: Linked) -> None:
    linked.google.control.add_account("guest@elsewhere.example")
    make_there(linked, event_body(), actor="guest@elsewhere.example")
    linked.sync()
    booking = linked.date().booking
    assert booking.organizer is None
    assert booking.organizer_email == "guest@elsewhere.example"


def test_an_event_moved_retitled_and_deleted_there_is_so_here(linked: Linked) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    event_id = linked.event()["id"]
    edit_there(linked, event_id, start="2026-12-02T15:00:00", end="2026-12-02T16:30:00")
    linked.sync()
    moved = linked.date()
    assert (moved.starts_at, moved.ends_at) == (at(15), at(16, 30))
    assert moved.public_id == row.public_id
    assert moved.booking.dtstart_local.hour == 15

    edit_there(linked, event_id, summary="Retitled there")
    linked.sync()
    assert linked.date().booking.title == "Retitled there"

    linked.google.control.ui_delete(linked.calendar, event_id)
    linked.sync()
    assert linked.date().status == "cancelled"
    linked.forget_calls()
    assert linked.push().done
    assert linked.calls() == {}


def test_what_came_from_google_is_told_to_the_reminders_and_not_to_google(linked: Linked) -> None:
    make_there(linked, event_body())
    linked.sync()
    with company_scope(linked.company_id):
        pending = {entry.consumer: entry.is_pending for entry in OutboxEntry.objects.all()}
    assert pending == {"google": False, "reminders": True}


def test_an_overlap_is_kept_as_a_conflict_and_settles_when_one_goes(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, start=at(12))
    linked.push()
    made = make_there(linked, event_body(start="12:30", end="13:30"))
    linked.sync()
    ours, theirs = linked.dates()
    assert (ours.status, theirs.status) == ("confirmed", "conflicted")

    linked.google.control.ui_delete(linked.calendar, ours_id(linked, made))
    linked.sync()
    ours, theirs = linked.dates()
    assert (ours.status, theirs.status) == ("cancelled", "confirmed")


def ours_id(linked: Linked, other: Any) -> str:
    return next(str(event["id"]) for event in linked.events() if event["id"] != other["id"])


def test_a_conflict_settles_when_the_booking_in_the_way_is_cancelled_here(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, start=at(12))
    linked.push()
    make_there(linked, event_body(start="12:30", end="13:30"))
    linked.sync()
    cancel(linked, index=0)
    linked.push()
    assert [row.status for row in linked.dates()] == ["cancelled", "confirmed"]


def test_two_events_that_swap_places_there_do_not_conflict(linked: Linked) -> None:
    first = make_there(linked, event_body("first", "10:00", "11:00"))
    second = make_there(linked, event_body("second", "11:00", "12:00"))
    linked.sync()
    edit_there(linked, first["id"], start="2026-12-02T11:00:00", end="2026-12-02T12:00:00")
    edit_there(linked, second["id"], start="2026-12-02T10:00:00", end="2026-12-02T11:00:00")
    linked.sync()
    assert [(row.booking.title, row.status) for row in linked.dates()] == [
        ("second", "confirmed"),
        ("first", "confirmed"),
    ]


def test_past_and_long_events_are_facts(linked: Linked) -> None:
    body = event_body("Offsite")
    body["start"]["dateTime"] = "2026-11-20T09:00:00+09:00"
    body["end"]["dateTime"] = "2027-02-20T09:00:00+09:00"
    make_there(linked, body)
    assert linked.sync().done
    assert (linked.date().ends_at - linked.date().starts_at).days == 31
    linked.forget_calls()
    linked.sync()
    assert linked.calls() == {"list": 1}


def test_all_day_transparent_untitled_and_declined(linked: Linked) -> None:
    all_day = {"start": {"date": "2026-12-03"}, "end": {"date": "2026-12-05"}}
    make_there(linked, all_day)
    make_there(linked, {**event_body("shadow"), "transparency": "transparent"})
    make_there(linked, event_body("real"))
    assert linked.sync().done
    shadow, real, day = linked.dates()
    if shadow.booking.title == "real":
        shadow, real = real, shadow
    assert not shadow.blocks
    assert real.status == "confirmed"
    assert day.booking.title == ""
    assert day.booking.all_day
    assert day.booking.days == 2
    assert (day.starts_at, day.ends_at) == (at(0, day=3), at(0, day=5))


def test_a_room_that_is_invited_answers_for_itself(linked: Linked) -> None:
    alice = "alice@hangang.example"
    linked.google.control.configure(room_answer_seconds=0.0)
    body = event_body("By invitation", attendees=[{"email": linked.calendar}])
    linked.google.control.ui_create(alice, body)
    linked.google.control.wait_for_idle()
    linked.sync()
    row = linked.date()
    assert row.room_response == "accepted"
    assert row.status == "confirmed"
    assert row.booking.organizer == linked.cast.alice

    linked.google.control.ui_create(alice, {**body, "summary": "Too late"})
    linked.google.control.wait_for_idle()
    linked.sync()
    late = next(row for row in linked.dates() if row.booking.title == "Too late")
    assert late.room_response == "declined"
    assert not late.blocks


def test_of_a_private_event_only_the_times_are_kept(linked: Linked) -> None:
    make_there(
        linked,
        event_body(
            "Secret", description="very", visibility="private",
            attendees=[{"email": "lawyer@elsewhere.example"}],
        ),
    )  # fmt: skip
    linked.sync()
    booking = linked.date().booking
    assert (booking.title, booking.description, booking.visibility) == ("Busy", "", "private")
    (copy,) = linked.copies()
    stored = f"{copy.base}{copy.raw}"
    assert "Secret" not in stored
    assert "lawyer" not in stored


def test_a_booking_of_ours_keeps_its_words_when_it_is_made_private_there(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    edit_there(linked, linked.event()["id"], fields={"visibility": "private"})
    linked.sync()
    booking = linked.date().booking
    assert (booking.title, booking.visibility) == ("Design review", "private")


@pytest.mark.parametrize("kind", ["workingLocation", "focusTime", "birthday"])
def test_events_that_are_not_about_the_room_are_only_noted(linked: Linked, kind: str) -> None:
    make_there(linked, event_body(eventType=kind))
    assert linked.sync().done
    assert linked.dates() == []
    assert len(linked.copies()) == 1


def test_characters_that_the_database_cannot_store_are_left_out(linked: Linked) -> None:
    make_there(linked, event_body("a\x00b"))
    assert linked.sync().done
    assert linked.date().booking.title == "ab"


def test_an_answer_of_a_guest_is_no_change_of_the_booking(linked: Linked) -> None:
    make_booking(
        linked.cast.alice, linked.cast.room, attendees=(Attendee(email="bob@hangang.example"),)
    )
    linked.push()
    version = linked.date().booking.version
    answered = [{"email": "bob@hangang.example", "responseStatus": "accepted"}]
    edit_there(linked, linked.event()["id"], fields={"attendees": answered})
    linked.sync()
    assert linked.date().booking.version == version
    with company_scope(linked.company_id):
        assert Participant.objects.get().response == "accepted"


def test_an_event_moved_to_another_room_s_calendar_is_the_same_booking(linked: Linked) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    copy_over(linked)
    for room in (linked.cast.other_room, linked.cast.room):
        assert linked.sync(room).done
    moved = linked.date(linked.cast.other_room)
    assert moved.public_id == row.public_id
    assert moved.status == "confirmed"


def test_and_so_it_is_when_it_leaves_before_it_arrives(linked: Linked) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    copy_over(linked)
    for room in (linked.cast.room, linked.cast.other_room):
        assert linked.sync(room).done
    moved = linked.date(linked.cast.other_room)
    assert moved.public_id == row.public_id
    assert moved.status == "confirmed"


def copy_over(linked: Linked) -> None:
    """Somebody changes the calendar of the event in Google."""
    token = linked.google.control.access_token("admin@hangang.example")
    with GoogleCalendar(
        access_token=token, quota_user="test", budget=Budget(0, Lane.INTERACTIVE)
    ) as google:
        google.move(linked.calendar, linked.event()["id"], linked.other_calendar)


def test_a_private_event_stays_private_when_its_room_booking_is_changed_here(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Secret", visibility="private"))
    linked.sync()
    change(linked, {"starts_at": at(15), "ends_at": at(16)})
    assert linked.push().done
    assert linked.event()["summary"] == "Secret"
    assert linked.event()["start"]["dateTime"] == "2026-12-02T15:00:00+09:00"
    assert linked.date().booking.title == "Busy"
    (copy,) = linked.copies()
    assert "Secret" not in f"{copy.base}{copy.raw}{copy.attempts}"


STRANGE: list[Any] = [
    {"summary": "half a \ud83d pair"},
    {"attendees": [{"email": "x" * 300 + "@elsewhere.example"}, {"displayName": "nobody"}]},
    {"attendees": [{"email": "a@elsewhere.example", "responseStatus": "perhaps, who knows"}]},
    {"visibility": "somethingNew"},
    {"hangoutLink": "https://meet.example/" + "x" * 600},
    {"organizer": {"email": "o" * 400}},
    {"start": {"dateTime": "2026-12-02T10:00:00", "timeZone": "Nowhere/Atall"},
     "end": {"dateTime": "2026-12-02T11:00:00", "timeZone": "Nowhere/Atall"}},
    {"start": {"date": "2026-11-01"}, "end": {"date": "2027-11-01"}},
    {"recurrence": ["RRULE:FREQ=SECONDLY"]},
    {"recurrence": ["RRULE:nonsense", "X-ODD:1"]},
    {"recurrence": ["RRULE:FREQ=DAILY;UNTIL=whenever"]},
    {"recurrence": ["RRULE:FREQ=DAILY;INTERVAL=0"]},
    {"start": None},
    {"start": {"dateTime": "not a time"}},
    {"start": {"dateTime": "0001-01-01T00:00:00+14:00", "timeZone": "UTC"}},
    {"end": None},
    {"updated": "2026-12-01T00:00:00Z", "extendedProperties": {"private": {"roomly_rev": "x/y"}}},
    {"extendedProperties": {"private": {"roomly_booking": "not a uuid", "roomly_rev": "9" * 40}}},
    {"recurringEventId": "nosuchmaster", "originalStartTime": {"date": "2026-12-02"}},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(STRANGE)))
def test_no_event_however_strange_stops_the_others(
    linked: Linked, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Not all of these get past the stand-in, so they come in as a listing's page."""
    strange = {
        "id": "strange1",
        "etag": '"1"',
        "status": "confirmed",
        **event_body("strange", "18:00", "19:00"),
        **STRANGE[number],
    }
    strange = {name: value for name, value in strange.items() if value is not None}
    good = {"id": "good1", "etag": '"2"', "status": "confirmed", **event_body("good")}
    page = Page((strange, good), "Asia/Seoul", "", "next")
    monkeypatch.setattr(GoogleCalendar, "list_page", lambda *_args, **_named: page)
    assert linked.sync().done
    assert "good" in {row.booking.title for row in linked.dates()}
