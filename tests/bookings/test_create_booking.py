"""Booking a room once."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from bookings.creating import Booked, create_booking
from bookings.drafts import Actor, Attendee, Draft
from bookings.errors import InvalidRule, OutsideRules, RoomTaken
from bookings.models import Booking, BookingEvent, Door, Occurrence, OutboxEntry, Room
from tenants.errors import InvalidInput, NotFound
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking


def book(cast: Cast, room: Room | None = None, **fields: Any) -> Booked:
    """Books through the service, as Alice, tomorrow at ten for an hour."""
    skip_taken = fields.pop("skip_taken", False)
    values: dict[str, Any] = {
        "title": "Design review",
        "starts_at": at(10),
        "ends_at": at(11),
        "timezone": "Asia/Seoul",
    }
    with company_scope(cast.company.pk):
        return create_booking(
            by=Actor(Door.WEB, cast.alice),
            company=cast.company,
            room=room or cast.room,
            draft=Draft(**(values | fields)),
            skip_taken=skip_taken,
        )


def stored(cast: Cast) -> int:
    with company_scope(cast.company.pk):
        return sum(
            model._default_manager.count()
            for model in (Booking, Occurrence, BookingEvent, OutboxEntry)
        )


def test_a_single_booking_is_a_series_of_one(seoul: Cast) -> None:
    booked = book(seoul)

    (row,) = booked.occurrences
    assert booked.skipped == []
    assert row.public_id == booked.booking.public_id
    assert (row.starts_at, row.ends_at) == (at(10), at(11))
    assert row.original_start == booked.booking.dtstart_local
    assert f"{row.original_start:%H:%M}" == "10:00", "the wall clock of the booking's zone"
    assert not booked.booking.is_series


def test_the_organiser_is_who_books(seoul: Cast) -> None:
    booking = book(seoul).booking

    assert booking.organizer == seoul.alice
    assert booking.organizer_email == "alice@hangang.example"


def test_history_tells_who_made_it_and_by_which_door(seoul: Cast) -> None:
    booking = book(seoul).booking

    with company_scope(seoul.company.pk):
        (event,) = booking.history.all()
    assert (event.member_id, event.door, event.act) == (seoul.alice.pk, "web", "created")
    assert event.after["title"] == "Design review"
    assert event.before == {}


def test_every_listener_is_told_once(seoul: Cast) -> None:
    booking = book(seoul).booking

    with company_scope(seoul.company.pk):
        entries = list(booking.outbox.all())
    assert {entry.consumer for entry in entries} == set(settings.BOOKING_LISTENERS)
    assert all(entry.is_pending and entry.original_start is None for entry in entries)


def test_guests_are_kept_as_given(seoul: Cast) -> None:
    guests = (Attendee(email="bo@x.example", name="Bo"), Attendee(email="li@x.example"))

    booking = book(seoul, attendees=guests).booking

    with company_scope(seoul.company.pk):
        people = [(guest.email, guest.name, guest.optional) for guest in booking.participants.all()]
    assert people == [("bo@x.example", "Bo", False), ("li@x.example", "", False)]


@pytest.mark.parametrize(
    ("start", "end"),
    [((10, 0), (11, 0)), ((9, 30), (10, 1)), ((10, 59), (12, 0)), ((10, 15), (10, 30))],
)
def test_a_taken_room_is_refused_and_nothing_is_written(
    seoul: Cast, start: tuple[int, int], end: tuple[int, int]
) -> None:
    taken = book(seoul).occurrences[0]
    before = stored(seoul)

    with pytest.raises(RoomTaken) as refusal:
        book(seoul, starts_at=at(*start), ends_at=at(*end))

    assert refusal.value.conflicts == [taken]
    assert stored(seoul) == before


def test_a_caller_that_handles_the_refusal_keeps_nothing_of_the_attempt(seoul: Cast) -> None:
    book(seoul)
    before = stored(seoul)

    with company_scope(seoul.company.pk), suppress(RoomTaken):
        book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))

    assert stored(seoul) == before


def test_neighbours_may_touch_and_other_rooms_are_free(seoul: Cast) -> None:
    book(seoul)

    book(seoul, starts_at=at(9), ends_at=at(10))
    book(seoul, starts_at=at(11), ends_at=at(12))
    book(seoul, seoul.other_room)


def test_buffers_keep_a_room_free_around_a_booking(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        seoul.room.buffer_after = timedelta(minutes=10)
        seoul.room.save()
    book(seoul)

    with pytest.raises(RoomTaken):
        book(seoul, starts_at=at(11), ends_at=at(12))
    book(seoul, starts_at=at(11, 10), ends_at=at(12))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"description": "x" * 8001}, "description"),
        ({"timezone": "Asia/Atlantis"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"ends_at": at(10)}, "end"),
        ({"ends_at": at(9)}, "end"),
        ({"ends_at": at(10) + timedelta(days=31, seconds=1)}, "end"),
        ({"starts_at": at(11, day=1), "ends_at": at(13, day=1)}, "start"),
        ({"starts_at": at(10, year=2028), "ends_at": at(11, year=2028)}, "start"),
        ({"attendees": (Attendee(email="nobody"),)}, "attendees"),
        ({"attendees": (Attendee(email="a@x.io"), Attendee(email="A@x.io"))}, "attendees"),
        ({"attendees": (Attendee(email="a@x.example", name="n" * 151),)}, "attendees"),
        ({"attendees": tuple(Attendee(email=f"a{n}@x.example") for n in range(201))}, "attendees"),
        ({"reminders": (1, 2, 3, 4, 5, 6)}, "reminders"),
        ({"reminders": (-1,)}, "reminders"),
        ({"visibility": "secret"}, "visibility"),
        ({"external_reference": "x" * 256}, "external_reference"),
        ({"metadata": {"note": "a\x00b"}}, "metadata"),
    ],
)  # fmt: skip
def test_bad_input_names_its_field_and_writes_nothing(
    seoul: Cast, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        book(seoul, **fields)

    assert refusal.value.field == field
    assert stored(seoul) == 0


def test_the_running_quarter_of_an_hour_can_still_be_booked(seoul: Cast) -> None:
    book(seoul, starts_at=at(11, 45, day=1), ends_at=at(13, day=1))

    with pytest.raises(OutsideRules):
        book(seoul, seoul.other_room, starts_at=at(11, 44, day=1), ends_at=at(13, day=1))


def test_a_closed_room_is_refused(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        seoul.room.state = Room.State.CLOSED
        seoul.room.save()

    with pytest.raises(OutsideRules):
        book(seoul)


def test_a_room_of_another_company_does_not_exist(seoul: Cast, stranger: Cast) -> None:
    with pytest.raises(NotFound):
        book(seoul, stranger.room)

    assert stored(stranger) == stored(seoul) == 0


def test_a_booking_without_a_member_is_the_companys_own(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        booked = create_booking(
            by=Actor(Door.API),
            company=seoul.company,
            room=seoul.room,
            draft=Draft(title="Robot", starts_at=at(10), ends_at=at(11), timezone="Asia/Seoul"),
        )

    assert booked.booking.organizer is None


def test_a_cancelled_date_frees_the_room_a_conflicting_one_never_held_it(seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    for status in (Occurrence.Status.CANCELLED, Occurrence.Status.CONFLICTED):
        with company_scope(seoul.company.pk):
            Occurrence.objects.filter(pk=row.pk).update(status=status)
        row = book(seoul).occurrences[0]


def test_a_series_that_runs_into_itself_is_refused(seoul: Cast) -> None:
    with pytest.raises(InvalidRule, match="overlap"):
        book(seoul, ends_at=at(10, day=3, minute=1), recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
