"""An open page that looks again: a day that is as it was is neither read nor sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.access import get_occurrence
from bookings.drafts import Actor, Attendee
from bookings.edits.editing import change_booking
from bookings.holding import LASTS, hold, release
from bookings.models import Building, Door, Floor, HouseRules, OutboxEntry, Room
from bookings.spans import Span
from tenants.models import Company, User
from tenants.scope import company_scope
from tests.conftest import NOON_IN_SEOUL, Cast, sign_in
from tests.factories import at, cancel_all, make_booking, make_room

GRID = "/grid/?date=2026-12-02"


def tag_of(client: Client, url: str = GRID) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer["ETag"]


def look_again(client: Client, tag: str, url: str = GRID) -> int:
    return client.get(url, headers={"If-None-Match": tag}).status_code


def test_an_unchanged_day_is_not_read(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room)
    tag = tag_of(alice_client)
    with CaptureQueriesContext(connection) as asked:
        assert look_again(alice_client, tag) == 304
    assert not [query for query in asked if "bookings_booking" in query["sql"]]
    assert look_again(alice_client, tag, f"{GRID}&building={seoul.room.building_id}") == 200
    assert look_again(sign_in(seoul.bob), tag) == 200


def _floor(cast: Cast) -> None:
    floor = Floor.objects.create(building=cast.room.building, name="2F")
    Room.objects.filter(pk=cast.room.pk).update(floor=floor)


def _google(**values: object) -> Callable[[Cast], object]:
    return lambda cast: OutboxEntry.objects.filter(consumer="google").update(**values)


def _hold(cast: Cast) -> None:
    hold(member=cast.bob, room=cast.other_room, span=Span(at(15), at(16)), form="one")


CHANGES: dict[str, Callable[[Cast], object]] = {
    "booked": lambda cast: make_booking(cast.bob, cast.other_room, start=at(15)),
    "cancelled": lambda cast: cancel_all(
        cast.alice, cast.room.bookings.select_related("organizer").get()
    ),
    "sent to Google": _google(acked_v=F("desired_v")),
    "refused by Google": _google(state="dead"),
    "room renamed": lambda cast: Room.objects.filter(pk=cast.room.pk).update(name="Han"),
    "building renamed": lambda cast: Building.objects.update(name="North"),
    "put on a floor": _floor,
    "room added": lambda cast: make_room(cast.company, "New"),
    "company moved": lambda cast: Company.objects.filter(pk=cast.company.pk).update(
        timezone="Asia/Tokyo"
    ),
    "other hours": lambda cast: Company.objects.filter(pk=cast.company.pk).update(
        working_from="08:00"
    ),
    "ruled": lambda cast: HouseRules.objects.create(private_titles=True),
    "room ruled": lambda cast: HouseRules.objects.create(room=cast.room, opening_hours=[540] * 14),
    "held": _hold,
    "other language": lambda cast: User.objects.filter(pk=cast.alice.user_id).update(language="ko"),
    "room manager": lambda cast: (
        type(cast.alice).objects.filter(pk=cast.alice.pk).update(role="room_manager")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_the_page_shows_gives_it_another_tag(
    seoul: Cast, alice_client: Client, change: str
) -> None:
    make_booking(seoul.alice, seoul.room)
    tag = tag_of(alice_client)
    with company_scope(seoul.company.pk):
        CHANGES[change](seoul)
    assert look_again(alice_client, tag) == 200


def test_a_rule_changed_or_taken_back_gives_it_another_tag(
    seoul: Cast, alice_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        rules = HouseRules.objects.create(opening_hours=[540, 1080] * 7)
    tags = [tag_of(alice_client)]
    for change in (
        lambda: HouseRules.objects.filter(pk=rules.pk).update(opening_hours=[600, 1080] * 7),
        lambda: HouseRules.objects.all().delete(),
    ):
        with company_scope(seoul.company.pk):
            change()
        tags.append(tag_of(alice_client))
    assert len({*tags}) == 3


def test_a_hold_given_up_over_or_of_another_name_gives_it_another_tag(
    seoul: Cast, alice_client: Client
) -> None:
    with time_machine.travel(NOON_IN_SEOUL, tick=False) as clock:
        for ending in (
            lambda: clock.shift(LASTS),
            lambda: release(seoul.bob),
            lambda: type(seoul.bob).objects.filter(pk=seoul.bob.pk).update(name="Robert"),
        ):
            with company_scope(seoul.company.pk):
                _hold(seoul)
            tag = tag_of(alice_client)
            assert look_again(alice_client, tag) == 304
            with company_scope(seoul.company.pk):
                ending()
            assert look_again(alice_client, tag) == 200


def test_whoever_becomes_a_guest_may_read_the_title(seoul: Cast, alice_client: Client) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(private_titles=True)
    row = make_booking(seoul.bob, seoul.room, title="Layoffs")
    tag = tag_of(alice_client)
    with company_scope(seoul.company.pk):
        change_booking(
            by=Actor(Door.WEB, seoul.bob), company=seoul.company, scope="this",
            occurrence=get_occurrence(row.public_id),
            changes={"attendees": (Attendee(email=seoul.alice.email),)},
        )  # fmt: skip
    assert look_again(alice_client, tag) == 200
    assert "Layoffs" in alice_client.get(GRID).content.decode()


def test_another_companys_changes_leave_it_as_it_is(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    tag = tag_of(alice_client)
    make_booking(stranger.alice, stranger.room)
    with company_scope(stranger.company.pk):
        Room.objects.filter(pk=stranger.room.pk).update(name="Moved")
        HouseRules.objects.create(private_titles=True)
        hold(member=stranger.bob, room=stranger.room, span=Span(at(15), at(16)), form="one")
    assert look_again(alice_client, tag) == 304


def test_todays_page_changes_as_time_passes(seoul: Cast, alice_client: Client) -> None:
    today, tomorrow = tag_of(alice_client, "/grid/"), tag_of(alice_client)
    with time_machine.travel(NOON_IN_SEOUL, tick=False) as clock:
        clock.shift(timedelta(minutes=5))
        assert look_again(alice_client, today, "/grid/") == 200
        assert look_again(alice_client, tomorrow) == 304
