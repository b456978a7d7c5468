"""An open form keeps its time: for its person alone, for a while, and for nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from bookings.access import get_occurrence
from bookings.alternatives import taken_spans
from bookings.drafts import Actor
from bookings.edits.editing import change_booking
from bookings.errors import RoomTaken
from bookings.holding import hold, release
from bookings.models import Booking, Door, Hold, Occurrence, OutboxEntry, RoomClock
from bookings.spans import Span
from tenants.models import Member
from tenants.scope import company_scope
from tests.bookings.test_booking_form import booked, typed
from tests.conftest import NOON_IN_SEOUL, Cast, sign_in
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS

TEN = Span(at(10), at(11))
DAY = "/?date=2026-12-02"


@pytest.fixture(autouse=True)
def clock(seoul: Cast) -> Iterator[Any]:
    with time_machine.travel(NOON_IN_SEOUL, tick=False) as travel:
        yield travel


def keep(member: Member, cast: Cast, span: Span = TEN, *, form: str = "one", **place: Any) -> Any:
    with company_scope(cast.company.pk):
        return hold(member=member, room=place.get("room", cast.room), span=span, form=form)


def holds(cast: Cast) -> list[Hold]:
    with company_scope(cast.company.pk):
        return list(Hold.objects.select_related("member"))


def test_somebody_elses_booking_is_refused_with_who_and_until_when(
    seoul: Cast, alice_client: Client
) -> None:
    keep(seoul.alice, seoul)
    said = "Alice is booking this: held until 12:02"
    with pytest.raises(RoomTaken) as refused:
        make_booking(seoul.bob, seoul.room)
    (conflict,) = refused.value.conflicts
    assert conflict.shown_title == said
    body = {
        "room": seoul.room.pk, "title": "Mine", "start": "2026-12-02T10:30:00+09:00",
        "end": "2026-12-02T11:30:00+09:00", "timezone": "Asia/Seoul",
    }  # fmt: skip
    bob = sign_in(seoul.bob)
    answer = bob.post(BOOKINGS, body, content_type="application/json")
    assert answer.status_code == 409
    (conflict,) = answer.json()["conflicts"]
    assert (conflict["title"], conflict["held_until"]) == (said, "2026-12-01T12:02:00+09:00")
    page = bob.post("/bookings/new/", typed(seoul)).content.decode()
    assert said in page
    assert seoul.alice.email not in page, "who it is has a name"
    look = bob.post("/bookings/new/look/", typed(seoul)).content.decode()
    assert said in look
    assert "Held for somebody else" in look
    assert "Already booked" not in look
    offers = re.findall(r'name="offer" value="(\d+) 2026-12-02 (\d\d:\d\d)', look)
    assert (str(seoul.other_room.pk), "10:00") in offers
    assert (str(seoul.room.pk), "10:00") not in offers, "what is held is not offered"
    assert alice_client.post("/bookings/new/", typed(seoul)).status_code == 302, "the holder's own"
    assert holds(seoul) == []
    (row,) = booked(seoul)
    assert row.booking.organizer_id == seoul.alice.pk


def test_moving_something_there_is_refused_too(seoul: Cast) -> None:
    single = make_booking(seoul.bob, seoul.room, start=at(14))
    series = make_booking(
        seoul.bob, seoul.room, start=at(16), recurrence=("RRULE:FREQ=DAILY;COUNT=3",)
    )
    keep(seoul.alice, seoul)
    for row, scope in ((single, "this"), (series, "all")):
        with company_scope(seoul.company.pk), pytest.raises(RoomTaken):
            change_booking(
                by=Actor(Door.WEB, seoul.bob), company=seoul.company,
                occurrence=get_occurrence(row.public_id), scope=scope,
                changes={"starts_at": at(10, 30), "ends_at": at(11, 30)},
            )  # fmt: skip


def test_it_is_over_without_anybody_cleaning_up(seoul: Cast, clock: Any) -> None:
    keep(seoul.alice, seoul)
    with company_scope(seoul.company.pk):
        assert taken_spans([seoul.room], [TEN])[seoul.room.pk] == {0}
    clock.shift(timedelta(minutes=2))
    bob = sign_in(seoul.bob)
    assert "held until" not in bob.get(DAY).content.decode()
    with company_scope(seoul.company.pk):
        assert taken_spans([seoul.room], [TEN])[seoul.room.pk] == set()
    keep(seoul.bob, seoul)
    assert [each.member for each in holds(seoul)] == [seoul.bob]
    clock.shift(timedelta(minutes=2))
    assert make_booking(seoul.alice, seoul.room)


def test_an_open_form_holds_on_for_ten_minutes_at_most(seoul: Cast, clock: Any) -> None:
    begun = timezone.now()
    until = []
    for _minute in range(12):
        if held := keep(seoul.alice, seoul):
            until.append(held.expires_at - begun)
        clock.shift(timedelta(minutes=1))
    minutes = [2, 3, 4, 5, 6, 7, 8, 9, 10, 10]
    assert until == [timedelta(minutes=each) for each in minutes]
    assert keep(seoul.alice, seoul, form="one") is None
    assert keep(seoul.alice, seoul, form="another")


def test_a_person_holds_one_time_that_moves_with_the_form(seoul: Cast) -> None:
    keep(seoul.alice, seoul)
    keep(seoul.alice, seoul, room=seoul.other_room)
    (held,) = holds(seoul)
    assert held.room_id == seoul.other_room.pk
    assert make_booking(seoul.bob, seoul.room)
    with pytest.raises(RoomTaken):
        keep(seoul.bob, seoul, room=seoul.other_room)
    with pytest.raises(RoomTaken):
        keep(seoul.alice, seoul, room=seoul.room)


def test_it_reaches_neither_history_nor_listeners_nor_google(seoul: Cast) -> None:
    keep(seoul.alice, seoul)
    with company_scope(seoul.company.pk):
        assert not Booking.objects.exists()
        assert not Occurrence.objects.exists()
        assert not OutboxEntry.objects.exists()


def test_the_database_has_the_last_word(seoul: Cast) -> None:
    held = keep(seoul.alice, seoul)
    with company_scope(seoul.company.pk):
        clashing = {
            name: getattr(held, name)
            for name in ("room", "starts_at", "ends_at", "block_from", "block_to", "form",
                         "begun_at", "expires_at")
        }  # fmt: skip
        with pytest.raises(IntegrityError, match="hold_no_overlap"), transaction.atomic():
            Hold.objects.create(member=seoul.bob, **clashing)


def test_the_form_holds_extends_and_gives_up(seoul: Cast, alice_client: Client, clock: Any) -> None:
    fields = typed(seoul, title="")
    answer = alice_client.post("/bookings/new/hold/", fields)
    assert "HX-Trigger" not in answer
    note = answer.content.decode()
    assert "Held for you until 12:02" in note
    clock.shift(timedelta(seconds=45))
    alice_client.post("/bookings/new/hold/", fields)
    (held,) = holds(seoul)
    assert f"{held.expires_at:%H:%M:%S}" == "03:02:45"
    elsewhen = {**fields, "start": "13:00", "end": "14:00"}
    alice_client.post("/bookings/new/hold/", elsewhen)
    assert holds(seoul)[0].starts_at == at(13)
    make_booking(seoul.bob, seoul.room, start=at(16))
    taken = alice_client.post("/bookings/new/hold/", {**fields, "start": "16:00", "end": "17:00"})
    assert "Held for you" not in taken.content.decode()
    assert taken["HX-Trigger"] == "look-again", "which says who has it"
    assert holds(seoul) == [], "what the form names no more is free"
    alice_client.post("/bookings/new/hold/", fields)
    assert alice_client.post("/bookings/new/give-up/").status_code == 204
    assert holds(seoul) == []


def test_others_see_it_and_pages_are_told(seoul: Cast, alice_client: Client) -> None:
    def version() -> int:
        with company_scope(seoul.company.pk):
            return int(RoomClock.objects.get(room=seoul.room).version)

    before = version()
    keep(seoul.alice, seoul)
    assert version() == before + 1
    page = sign_in(seoul.bob).get(DAY).content.decode()
    until = int(holds(seoul)[0].expires_at.timestamp())
    assert f'<li class="bar held s120 w12" data-until="{until}"><b>Alice</b>' in page
    assert "held until 12:02" in page
    assert 'class="bar held"' in page, "the legend"
    assert "held until" not in alice_client.get(DAY).content.decode(), "her form shows her own"
    with company_scope(seoul.company.pk):
        release(seoul.alice)
    assert version() == before + 2
