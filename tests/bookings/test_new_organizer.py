"""A booking is given to another organiser: who may, what of a series, and what stays history."""

from typing import Any

import pytest
import time_machine

from bookings.drafts import Actor, Changes
from bookings.edits.editing import change_booking
from bookings.models import Booking, BookingEvent, Door, Occurrence
from tenants.errors import InvalidInput, NotAllowed
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking

pytestmark = pytest.mark.django_db

WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=6",)


def give(by: Member, date: Occurrence, to: Member, **more: Any) -> None:
    with company_scope(by.company_id):
        row = Occurrence.objects.select_related("booking__organizer", "room").get(pk=date.pk)
        change_booking(
            by=Actor(Door.WEB, by), company=by.company, occurrence=row,
            changes=Changes(organizer=to), **more,
        )  # fmt: skip


def organizers(cast: Cast) -> list[tuple[str, str]]:
    with company_scope(cast.company.pk):
        rows = Booking.objects.order_by("pk").select_related("organizer")
        return [(str(row.organizer), row.organizer_email) for row in rows]


def test_an_organiser_gives_their_own_and_a_manager_anybody_s(seoul: Cast) -> None:
    date = make_booking(seoul.alice, seoul.room)
    with pytest.raises(NotAllowed):
        give(seoul.bob, date, seoul.bob)
    give(seoul.alice, date, seoul.bob)
    assert organizers(seoul) == [("Bob", seoul.bob.email)]
    give(seoul.admin, date, seoul.alice)
    assert organizers(seoul) == [("Alice", seoul.alice.email)]
    with company_scope(seoul.company.pk):
        event = BookingEvent.objects.filter(act="changed").latest("pk")
    assert (event.member_id, event.before, event.after) == (
        seoul.admin.pk, {"organizer": seoul.bob.email}, {"organizer": seoul.alice.email},
    )  # fmt: skip


def test_nobody_who_is_not_active_gets_one(seoul: Cast) -> None:
    date = make_booking(seoul.alice, seoul.room)
    with company_scope(seoul.company.pk):
        seoul.bob.active = False
        seoul.bob.save()
    with pytest.raises(InvalidInput):
        give(seoul.admin, date, seoul.bob)
    assert organizers(seoul) == [("Alice", seoul.alice.email)]


def test_a_running_series_is_given_without_being_cut(seoul: Cast) -> None:
    date = make_booking(seoul.alice, seoul.room, recurrence=WEEKLY)
    with pytest.raises(InvalidInput):
        give(seoul.admin, date, seoul.bob, scope="this")
    with time_machine.travel(at(9, day=15), tick=False):
        give(seoul.admin, date, seoul.bob, scope="all")
    assert organizers(seoul) == [("Bob", seoul.bob.email)]


def test_from_a_date_on_it_is_another_s(seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room, recurrence=WEEKLY)
    with company_scope(seoul.company.pk):
        third = Occurrence.objects.order_by("starts_at")[2]
    give(seoul.admin, third, seoul.bob, scope="following")
    assert organizers(seoul) == [("Alice", seoul.alice.email), ("Bob", seoul.bob.email)]
