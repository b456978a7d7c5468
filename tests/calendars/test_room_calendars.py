"""A room gets a calendar, loses it, or trades it for another: its bookings follow."""

from typing import Any

import pytest

from bookings.drafts import Actor
from bookings.edits.date_edits import change_occurrence
from bookings.models import Door, Room
from calendars.lease import LeaseLost, take_lease
from calendars.links import follow_room
from calendars.models import CalendarLink
from calendars.tasks import sweep, sync_link, sync_room
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there
from tests.calendars.conftest import Linked
from tests.conftest import sign_in
from tests.factories import at, make_booking, make_room

THIRD = "three@resource.calendar.google.com"


def give(linked: Linked, room: Room, calendar: str) -> None:
    with company_scope(linked.company_id):
        Room.objects.filter(pk=room.pk).update(google_calendar_id=calendar)
    room.google_calendar_id = calendar


def add_third_calendar(linked: Linked) -> None:
    linked.google.control.add_room_calendar(
        THIRD, "One", time_zone="Asia/Seoul", domain="hangang.example"
    )


def test_two_rooms_may_swap_their_calendars(linked: Linked) -> None:
    one, two = linked.cast.room, linked.cast.other_room
    make_booking(linked.cast.alice, one, title="in one")
    linked.push()
    give(linked, one, "")
    give(linked, two, linked.calendar)
    give(linked, one, linked.other_calendar)
    for _again in range(2):
        for room in (one, two):
            sync_room(linked.company_id, room.pk)
    assert linked.link(one).google_calendar_id == linked.other_calendar
    assert linked.link(two).google_calendar_id == linked.calendar
    assert linked.event(linked.other_calendar)["summary"] == "in one"


def test_an_administrator_gives_a_room_another_calendar(
    linked: Linked, django_capture_on_commit_callbacks: Any
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    add_third_calendar(linked)
    client, room = sign_in(linked.cast.admin), linked.cast.room
    form = {"name": room.name, "building": "Main", "floor": "", "seats": "6", "other": "",
            "is_open": "on"}  # fmt: skip
    for calendar in (THIRD, "", linked.calendar):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"/settings/rooms/{room.pk}/", {**form, "calendar": calendar})
        assert answer.status_code == 302
        for _again in range(2):
            sync_room(linked.company_id, room.pk)
        with company_scope(linked.company_id):
            links = list(CalendarLink.objects.filter(room=room))
        assert [link.google_calendar_id for link in links] == [calendar] * bool(calendar)
        assert linked.event(THIRD)["summary"] == "Design review", "what stands there stays there"
        assert linked.date(room).status == "confirmed"
    assert linked.event()["summary"] == "Design review"
    edit_there(linked, linked.event()["id"], summary="Heard")
    linked.sync()
    assert linked.date().booking.title == "Heard"


def test_a_room_that_gets_a_calendar_again_brings_its_bookings(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    add_third_calendar(linked)
    give(linked, linked.cast.room, "")
    sync_room(linked.company_id, linked.cast.room.pk)
    give(linked, linked.cast.room, THIRD)
    sync_room(linked.company_id, linked.cast.room.pk)
    assert linked.event(THIRD)["summary"] == "Design review"


def test_the_dates_of_a_series_move_to_another_calendar_as_they_are(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",))
    change(linked, {"starts_at": at(14, day=9), "ends_at": at(15, day=9)}, index=1)
    cancel(linked, index=2)
    linked.push()
    add_third_calendar(linked)
    give(linked, linked.cast.room, THIRD)
    sync_room(linked.company_id, linked.cast.room.pk)
    linked.sync()
    there = linked.google.control.events(THIRD, cancelled=True)
    dates = {event["id"][-16:]: event for event in there if "recurringEventId" in event}
    assert dates["20261209T010000Z"]["start"]["dateTime"] == "2026-12-09T14:00:00+09:00"
    assert dates["20261216T010000Z"]["status"] == "cancelled"


def test_who_reads_the_old_calendar_cannot_write_down_what_it_said(linked: Linked) -> None:
    link = linked.link()
    lease = take_lease(linked.company_id, link.pk)
    assert lease is not None
    add_third_calendar(linked)
    give(linked, linked.cast.room, THIRD)
    follow_room(linked.company_id, linked.cast.room.pk)
    with pytest.raises(LeaseLost), company_scope(linked.company_id):
        lease.write(sync_token="of the old calendar")
    assert linked.link().sync_token == ""


@pytest.mark.worker
def test_a_booking_that_goes_to_a_room_without_calendar_leaves_google(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[tuple[int, int]] = []
    monkeypatch.setattr("calendars.tasks.wake", lambda _task, links, _queue: nudged.extend(links))
    bare = make_room(linked.cast.company, name="Bare")
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"room": bare})
    sweep()
    assert nudged == [(linked.company_id, linked.link().pk)]
    sync_link(*nudged[0])
    assert linked.events() == []
    linked.sync()
    assert linked.date(bare).status == "confirmed"

    nudged.clear()
    sweep()
    assert nudged == []


def test_a_booking_that_comes_back_from_a_room_without_calendar_is_there_again(
    linked: Linked,
) -> None:
    bare = make_room(linked.cast.company, name="Bare")
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"room": bare})
    linked.push()
    linked.sync()
    with company_scope(linked.company_id):
        change_occurrence(
            by=Actor(Door.WEB, linked.cast.admin),
            company=linked.cast.company,
            occurrence=linked.date(bare),
            changes={"room": linked.cast.room},
        )
    linked.push()
    assert linked.event()["summary"] == "Design review"
    edit_there(linked, linked.event()["id"], summary="Still heard")
    linked.sync()
    assert linked.date().booking.title == "Still heard"
