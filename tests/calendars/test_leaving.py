"""People who leave: what they have booked is listed, and given to somebody or called off."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings.models import BookingEvent, Occurrence
from calendars import long_work
from calendars.directory.people import begin_reading_people
from calendars.leaving import Leaver, leavers
from calendars.long_work import Turn, latest, run
from calendars.models import DirectoryPerson, GoogleConnection, LongWork
from calendars.work_kinds import HANDING_OVER
from tenants.models import Member
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.conftest import Linked
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking

pytestmark = pytest.mark.django_db

PAGE = "/settings/people/leaving/"
ALICE, BOB = "alice@hangang.example", "bob@hangang.example"
WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=6",)


class Killed(BaseException):
    """As abrupt as it gets inside one process."""


def read(linked: Linked) -> LongWork:
    work = begin_reading_people(linked.company_id)
    run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        found: LongWork = LongWork.objects.get(pk=work.pk)
    return found


def left(linked: Linked) -> dict[str, Leaver]:
    with company_scope(linked.company_id):
        return {leaver.person.email: leaver for leaver in leavers()}


def titles(leaver: Leaver) -> list[tuple[str, int]]:
    return [(held.occurrence.booking.title, held.dates) for held in leaver.bookings]


def suspend(linked: Linked, email: str = ALICE) -> None:
    linked.google.control.change_account(email, suspended=True)


def book_two(linked: Linked) -> tuple[Occurrence, Occurrence]:
    cast = linked.cast
    single = make_booking(cast.alice, cast.room, start=at(10), title="Single")
    series = make_booking(
        cast.alice, cast.other_room, start=at(14), title="Series", recurrence=WEEKLY
    )
    return single, series


def organizers(linked: Linked) -> dict[str, str]:
    with company_scope(linked.company_id):
        rows = Occurrence.objects.exclude(status="cancelled").select_related("booking__organizer")
        return {row.booking.title: str(row.booking.organizer) for row in rows}


def post(client: Client, **said: Any) -> str:
    return client.post(PAGE, {"person": ALICE, **said}, follow=True).content.decode()


@pytest.mark.parametrize("how", ["suspended", "archived", "deleted"])
def test_who_left_is_listed_with_what_is_to_come(at_home: Linked, how: str) -> None:
    book_two(at_home)
    make_booking(at_home.cast.bob, at_home.cast.room, start=at(16), title="Not theirs")
    read(at_home)
    assert left(at_home) == {}
    if how == "deleted":
        at_home.google.control.delete_account(ALICE)
    else:
        at_home.google.control.change_account(ALICE, **{how: True})
    assert read(at_home).state == "done"
    leaver = left(at_home)[ALICE]
    assert leaver.person.state == ("gone" if how == "deleted" else how)
    assert titles(leaver) == [("Single", 1), ("Series", 6)]
    with time_machine.travel(at(9, day=10), tick=False):
        assert titles(left(at_home)[ALICE]) == [("Series", 4)]
    if how != "deleted":
        at_home.google.control.change_account(ALICE, suspended=False, archived=False)
        read(at_home)
        assert left(at_home) == {}


def test_organisers_whom_only_google_knows_are_found_too(at_home: Linked) -> None:
    at_home.google.control.add_account("carol@hangang.example")
    make_there(at_home, event_body(), actor="carol@hangang.example")
    at_home.push()
    suspend(at_home, "carol@hangang.example")
    read(at_home)
    (leaver,) = left(at_home).values()
    assert (leaver.person.email, leaver.count) == ("carol@hangang.example", 1)
    post(sign_in(at_home.cast.admin), person="carol@hangang.example", to=BOB, hand_over_all="")
    finish(at_home)
    assert set(organizers(at_home).values()) == {"Bob"}


def test_renamed_is_not_gone_and_outsiders_are_nobody_s_leavers(
    at_home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendars.directory.reader.PAGE_SIZE", 1)
    at_home.google.control.delete_account(ALICE)
    at_home.google.control.add_account("alicia@hangang.example")
    at_home.google.control.change_account("alicia@hangang.example", aliases=[ALICE])
    with company_scope(at_home.company_id):
        Member.objects.filter(email=BOB).update(email="bob@partner.example")
    work = read(at_home)
    assert (work.state, work.done) == ("done", 3)
    assert left(at_home) == {}


def test_another_company_s_directory_says_nothing_about_our_people(at_home: Linked) -> None:
    at_home.google.control.add_account("root@elsewhere.example", admin=True)
    token = at_home.google.control.grant("root@elsewhere.example")
    with company_scope(at_home.company_id):
        google = GoogleConnection.objects.get()
        google.secret, google.access_token = token, ""
        google.save()
    work = read(at_home)
    assert (work.state, work.done) == ("done", 1)
    assert left(at_home) == {}


def test_one_click_gives_a_booking_to_somebody(at_home: Linked) -> None:
    single, series = book_two(at_home)
    suspend(at_home)
    read(at_home)
    client = sign_in(at_home.cast.admin)
    assert "Single" in client.get(PAGE).content.decode()
    assert organizers(at_home) == {"Single": "Alice", "Series": "Alice"}, "nothing by itself"
    said = post(client, to=BOB, hand_over=single.public_id)
    assert "“Single” is Bob&#x27;s now." in said
    post(client, to=BOB, hand_over=series.public_id)
    assert organizers(at_home) == {"Single": "Bob", "Series": "Bob"}
    assert "dealt with already" in post(client, to=BOB, hand_over=series.public_id)
    with company_scope(at_home.company_id):
        events = BookingEvent.objects.filter(act="changed", member=at_home.cast.admin)
        assert [(event.before, event.after.get("organizer")) for event in events] == [
            ({"organizer": ALICE}, BOB)
        ] * 2
    detail = client.get(f"/bookings/{single.public_id}/").content.decode()
    assert "Alice → Bob" in detail


def test_google_is_not_asked_to_change_for_a_new_organiser(linked: Linked) -> None:
    book_two(linked)
    linked.push()
    linked.push(linked.cast.other_room)
    suspend(linked)
    read(linked)
    post(sign_in(linked.cast.admin), to=BOB, hand_over_all="")
    linked.forget_calls()
    finish(linked)
    linked.push()
    linked.push(linked.cast.other_room)
    assert not {"insert", "patch", "delete", "move"} & set(linked.calls())
    assert len(linked.events(linked.other_calendar)) == 1, "the series was not cut"


def test_one_click_calls_a_booking_off(at_home: Linked) -> None:
    single, series = book_two(at_home)
    suspend(at_home)
    read(at_home)
    client = sign_in(at_home.cast.admin)
    post(client, release=series.public_id)
    assert organizers(at_home) == {"Single": "Alice"}
    post(client, release=single.public_id)
    assert organizers(at_home) == {}
    assert left(at_home)[ALICE].count == 0


def test_only_an_active_member_can_be_given_something(at_home: Linked, stranger: Cast) -> None:
    single, _series = book_two(at_home)
    suspend(at_home)
    suspend(at_home, BOB)
    read(at_home)
    client = sign_in(at_home.cast.admin)
    for nobody in (BOB, stranger.bob.email, "", "x@y.example"):
        assert "Choose to whom" in post(client, to=nobody, hand_over=single.public_id)
    assert organizers(at_home)["Single"] == "Alice"


def finish(linked: Linked) -> LongWork:
    with company_scope(linked.company_id):
        work = latest([HANDING_OVER])[HANDING_OVER]
    run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        found: LongWork = LongWork.objects.get(pk=work.pk)
    return found


def test_all_at_once_killed_half_way_and_done_once(
    at_home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    book_two(at_home)
    suspend(at_home)
    read(at_home)
    client = sign_in(at_home.cast.admin)
    post(client, to=BOB, hand_over_all="")
    post(client, to=BOB, hand_over_all="")  # pressed twice
    real, steps = Turn.advance, []

    def advance(turn: Turn, **values: Any) -> None:
        steps.append(values)
        if len(steps) == 2:
            raise Killed
        real(turn, **values)

    with monkeypatch.context() as patch:
        patch.setattr(Turn, "advance", advance)
        patch.setattr(long_work, "_release", lambda *_: None)
        with pytest.raises(Killed):
            finish(at_home)
    assert organizers(at_home) == {"Single": "Bob", "Series": "Alice"}
    assert "1 of 2" in client.get(PAGE).content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        work = finish(at_home)
    assert (work.state, work.done, work.result) == ("done", 2, {"left": 0})
    assert organizers(at_home) == {"Single": "Bob", "Series": "Bob"}
    with company_scope(at_home.company_id):
        assert BookingEvent.objects.filter(act="changed").count() == 2


def test_all_at_once_can_be_called_off(at_home: Linked) -> None:
    book_two(at_home)
    suspend(at_home)
    suspend(at_home, BOB)
    read(at_home)
    client = sign_in(at_home.cast.admin)
    post(client, release_all="")
    assert "of another person" in post(client, person=BOB, release_all="")
    assert finish(at_home).state == "done"
    assert organizers(at_home) == {}


def test_it_ends_when_whoever_began_it_may_not_any_more(at_home: Linked) -> None:
    book_two(at_home)
    suspend(at_home)
    read(at_home)
    post(sign_in(at_home.cast.admin), release_all="")
    with company_scope(at_home.company_id):
        Member.objects.filter(pk=at_home.cast.admin.pk).update(role=Member.Role.EMPLOYEE)
    assert finish(at_home).state == "failed"
    assert organizers(at_home) == {"Single": "Alice", "Series": "Alice"}


def test_it_is_for_administrators_of_this_company(at_home: Linked, stranger: Cast) -> None:
    single, _series = book_two(at_home)
    suspend(at_home)
    read(at_home)
    assert sign_in(at_home.cast.bob).get(PAGE).status_code == 403
    theirs = sign_in(stranger.admin)
    assert "Single" not in theirs.get(PAGE).content.decode()
    assert "does not exist" in post(theirs, release=single.public_id)
    with company_scope(stranger.company.pk):
        DirectoryPerson.objects.create(email=ALICE, state="suspended", seen_by=0)
    assert "dealt with already" in post(theirs, release=single.public_id)
    assert organizers(at_home)["Single"] == "Alice"
