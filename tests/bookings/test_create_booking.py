"""Booking a room once."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.access import get_rooms
from bookings.creating import Booked, create_booking
from bookings.drafts import Actor, Attendee, Choice, Draft
from bookings.errors import InvalidRule, OutsideRules, RoomTaken
from bookings.models import Booking, BookingEvent, Door, Occurrence, OutboxEntry, Override, Room
from tenants.errors import InvalidInput, NotFound
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking


def book(cast: Cast, room: Room | None = None, **fields: Any) -> Booked:
    """Books through the service, as Alice, tomorrow at ten for an hour."""
    skip_taken = fields.pop("skip_taken", False)
    choices = fields.pop("choices", ())
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
            choices=choices,
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


DAILY = ("RRULE:FREQ=DAILY;COUNT=3",)


def all_dates(cast: Cast, booking: Booking) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        return list(booking.occurrences.select_related("room").order_by("original_start"))


def test_each_date_can_be_decided_by_itself(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, recurrence=DAILY)

    booked = book(
        seoul,
        recurrence=("RRULE:FREQ=DAILY;COUNT=4",),
        choices=[
            Choice(start=at(10), act="skip"),
            Choice(start=at(10, day=3), act="move", room=seoul.other_room),
            Choice(start=at(10, day=4), act="move", starts_at=at(15, day=4)),
        ],
    )

    skipped, elsewhere, later, plain = all_dates(seoul, booked.booking)
    assert (skipped.status, skipped.reason) == ("cancelled", "skipped")
    assert (elsewhere.room, elsewhere.starts_at) == (seoul.other_room, at(10, day=3))
    assert elsewhere.override_mask == Override.ROOM
    assert (later.room, later.starts_at, later.ends_at) == (
        seoul.room, at(15, day=4), at(16, day=4),
    )  # fmt: skip
    assert later.override_mask == Override.TIME
    assert (plain.starts_at, plain.override_mask) == (at(10, day=5), 0)
    assert all(row.original_start.hour == 10 for row in (skipped, elsewhere, later, plain))
    assert booked.booking.exdates == [skipped.original_start]
    assert [row.pk for row in booked.occurrences] == [elsewhere.pk, later.pk, plain.pk]
    assert [row.pk for row in booked.skipped] == [skipped.pk]


def test_dates_with_a_room_or_time_of_their_own_are_told_by_themselves(seoul: Cast) -> None:
    booked = book(
        seoul,
        recurrence=DAILY,
        choices=[Choice(start=at(10, day=3), act="move", room=seoul.other_room)],
    )

    with company_scope(seoul.company.pk):
        told = set(booked.booking.outbox.values_list("consumer", "original_start"))
    moved = booked.occurrences[1].original_start
    assert told == {(who, what) for who in settings.BOOKING_LISTENERS for what in (None, moved)}


def test_the_history_tells_what_was_in_the_way_of_a_date_left_out(seoul: Cast) -> None:
    lunch = make_booking(seoul.bob, seoul.room, start=at(10, 30, day=3), minutes=15)
    choices = [Choice(start=at(10, day=4), act="skip")]  # of a date that is free

    booked = book(seoul, recurrence=DAILY, choices=choices, skip_taken=True)

    with company_scope(seoul.company.pk):
        event = booked.booking.history.get()
    assert event.after["skipped"] == [
        {"date": "2026-12-04T10:00:00", "by": []},
        {"date": "2026-12-03T10:00:00", "by": [str(lunch.public_id)]},
    ]
    reasons = [row.reason for row in all_dates(seoul, booked.booking)]
    assert reasons == ["", "skipped", ""], "what nobody had is not offered again"


def test_every_clash_is_named_with_the_date_that_it_is_in_the_way_of(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9, 30, day=3), minutes=45)
    make_booking(seoul.bob, seoul.room, start=at(10, 45, day=3))
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=4))
    before = stored(seoul)

    with pytest.raises(RoomTaken) as refusal:
        book(
            seoul,
            recurrence=DAILY,
            choices=[Choice(start=at(10, day=4), act="move", room=seoul.other_room)],
        )

    assert [
        (clash.wanted.starts_at, [row.starts_at for row in clash.conflicts])
        for clash in refusal.value.clashes
    ] == [
        (at(10, day=3), [at(9, 30, day=3), at(10, 45, day=3)]),
        (at(10, day=4), [at(10, day=4)]),
    ]
    assert len(refusal.value.conflicts) == 3
    assert stored(seoul) == before


def test_a_chosen_place_that_is_taken_is_not_left_out_in_silence(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10))
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=3))
    before = stored(seoul)

    with pytest.raises(RoomTaken):
        book(
            seoul,
            recurrence=DAILY,
            skip_taken=True,
            choices=[Choice(start=at(10, day=3), act="move", room=seoul.other_room)],
        )

    assert stored(seoul) == before


@pytest.mark.parametrize(
    "choices",
    [
        [Choice(start=at(11), act="skip")],
        [Choice(start=at(10), act="skip"), Choice(start=at(10), act="skip")],
        [Choice(start=at(10), act="keep")],
        [Choice(start=at(10, day=day), act="skip") for day in (2, 3, 4)],
        [Choice(start=at(10), act="move", starts_at=at(9, day=1))],
        [Choice(start=at(10), act="move", starts_at=at(10, 30), ends_at=at(10, 15))],
        [Choice(start=at(10), act="move", starts_at=at(10, 30, day=3))],
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(seoul: Cast, choices: list[Choice]) -> None:
    with pytest.raises(InvalidInput):
        book(seoul, recurrence=DAILY, choices=choices)

    assert stored(seoul) == 0


def test_a_single_booking_leaves_nothing_to_choose(seoul: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        book(seoul, choices=[Choice(start=at(10), act="skip")])

    assert refusal.value.field == "choices"


def test_a_series_begins_on_its_rule(seoul: Cast) -> None:
    booked = book(seoul, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2",))

    assert [row.starts_at for row in booked.occurrences] == [at(10, day=4), at(10, day=11)]
    assert booked.booking.dtstart_local == booked.occurrences[0].original_start


def test_the_second_of_two_equal_hours_loses_no_date(seoul: Cast) -> None:
    second = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)  # 01:30 in New York, for the second time
    seoul.company.bookable_until = at(0, year=2028)
    with company_scope(seoul.company.pk):
        seoul.company.save()

    booked = book(
        seoul, starts_at=second, ends_at=second + timedelta(hours=1),
        timezone="America/New_York", recurrence=DAILY,
    )  # fmt: skip

    assert len(booked.occurrences) == 3


def test_a_date_without_a_time_is_one_at_the_hour_of_the_series(seoul: Cast) -> None:
    booked = book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=2", "RDATE;VALUE=DATE:20261210"))

    assert [row.starts_at for row in booked.occurrences][-1] == at(10, day=10)


def test_the_number_of_queries_does_not_grow_with_the_series(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):  # which their rules come with
        rooms = get_rooms([seoul.room.pk, seoul.other_room.pk])
    seoul = replace(seoul, room=rooms[seoul.room.pk], other_room=rooms[seoul.other_room.pk])

    def count(times: int, day: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            book(
                seoul, starts_at=at(10, day=day), ends_at=at(11, day=day), skip_taken=True,
                recurrence=(f"RRULE:FREQ=WEEKLY;COUNT={times}",),
                choices=[Choice(start=at(10, day=day), act="move", room=seoul.other_room)],
            )  # fmt: skip
        return len(queries)

    make_booking(seoul.bob, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=11",))

    assert count(3, day=3) == count(50, day=4)
