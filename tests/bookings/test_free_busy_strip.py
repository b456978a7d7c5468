"""Whether the people of an open form are free at its time: a strip for each, and words."""

import re
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import Participant
from bookings.people import MOST_PEOPLE, Busy
from bookings.spans import Span
from bookings.web.form.strips import Bar, State, Strip, Strips
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

NEW = "/bookings/new/free-busy/"
EVE = "eve@else.example"
SEOUL = ZoneInfo("Asia/Seoul")


def strips(cast: Cast, since: int = 14, until: int = 15, **more: Any) -> Strips:
    return Strips(chosen=Span(at(since), at(until)), company=cast.company, zone=SEOUL, **more)


def strip(of: Strips, *busy: Span, known: bool = True) -> Strip:
    return of.strip(EVE, "Eve", Busy(busy, known))


@pytest.mark.parametrize(
    ("busy", "known", "state", "words"),
    [
        ([], True, State.FREE, "free"),
        ([Span(at(9), at(14)), Span(at(15), at(16))], True, State.FREE, "free"),
        ([Span(at(14, 30), at(16))], True, State.BUSY, "busy 14:30–16:00"),
        (
            [Span(at(13), at(14, 15)), Span(at(14, 45), at(15, 30)), Span(at(14), at(14, 30))],
            True,
            State.BUSY,
            "busy 13:00–14:30, 14:45–15:30",
        ),
        ([], False, State.UNKNOWN, "cannot be seen"),
        ([Span(at(9), at(10))], False, State.UNKNOWN, "cannot be seen"),
        ([Span(at(14), at(15))], False, State.BUSY, "busy 14:00–15:00"),
    ],
)
def test_how_somebody_is_at_the_chosen_time(
    seoul: Cast, busy: list[Span], known: bool, state: State, words: str
) -> None:
    found = strip(strips(seoul), *busy, known=known)
    assert (found.state, found.words) == (state, words)


def test_the_strip_is_the_working_day_and_the_chosen_time_where_that_is_outside(
    seoul: Cast,
) -> None:
    assert strips(seoul).ends == ["09:00", "18:00"]
    assert strips(seoul).mark == Bar(300, 60)
    late = strips(seoul, 19, 20)
    assert late.ends == ["09:00", "20:00"]
    assert late.mark == Bar(600, 60)
    assert late.whole_days == Span(at(0), at(0, day=3)), "another time of the day asks nothing new"


def test_what_is_drawn_is_said_too(seoul: Cast) -> None:
    found = strip(strips(seoul), Span(at(7), at(9, 30)), Span(at(16), at(17)), Span(at(17), at(22)))
    assert found.bars == [Bar(0, 30), Bar(420, 120)]
    assert found.hours == "busy 09:00–09:30, 16:00–18:00"
    assert strip(strips(seoul)).hours == "free 09:00–18:00"
    assert strip(strips(seoul), known=False).hours == ""
    some = strip(strips(seoul), Span(at(16), at(17)), known=False)
    assert some.hours == "busy 16:00–17:00, otherwise not known"


def test_a_booking_keeps_nobody_from_coming_to_it(seoul: Cast) -> None:
    of = strips(seoul, own=Span(at(14), at(15)), invited=[EVE])
    assert strip(of, Span(at(14), at(15))).words == "has this meeting"
    assert strip(of, Span(at(13), at(16))).state == State.HERE, "what touches it is not in the way"
    later = strips(seoul, 14, 16, own=Span(at(14), at(15)), invited=[EVE])
    assert strip(later, Span(at(14), at(16))).words == "busy 15:00–16:00"
    somebody_new = strips(seoul, own=Span(at(14), at(15)))
    assert strip(somebody_new, Span(at(14), at(15))).state == State.BUSY
    assert strip(of, Span(at(14), at(15)), known=False).state == State.UNKNOWN


def typed(cast: Cast, *people: str, **changes: Any) -> dict[str, Any]:
    fields = {"room": cast.room.pk, "date": "2026-12-02", "start": "14:00", "end": "15:00"}
    return {**fields, "attendees": ", ".join(people), **changes}


def shown(answer: Any) -> dict[str, str]:
    """What is said of each person."""
    assert answer.status_code == 200
    found = re.findall(r"<b>(.*?)</b> <span>(.*?)</span>", answer.content.decode())
    return {unescape(who): words for who, words in found}


def test_without_google_it_shows_what_is_booked_here_and_says_so(
    seoul: Cast, alice_client: Client
) -> None:
    make_booking(seoul.bob, seoul.other_room, start=at(14, 30))
    answer = alice_client.post(NEW, typed(seoul, seoul.bob.email, f"Eve <{EVE}>"))
    assert shown(answer) == {"Bob": "busy 14:30–15:30", "Eve": "cannot be seen"}
    page = answer.content.decode()
    assert "Wed, 2 Dec 2026 · 14:00–15:00" in page
    assert "only what is booked in Roomly is shown" in page
    assert '<rect x="330" y="2" width="60"' in page
    assert 'style="' not in page


def test_times_are_those_of_the_room(seoul: Cast, alice_client: Client) -> None:
    hudson = make_room(seoul.company, "Hudson", building="New York", timezone="America/New_York")
    make_booking(seoul.bob, hudson, start=at(23))  # 09:00 there
    fields = typed(seoul, seoul.bob.email, room=hudson.pk, start="09:30", end="10:30")
    assert shown(alice_client.post(NEW, fields)) == {"Bob": "busy 09:00–10:00"}


def test_in_the_form_of_a_change_the_booking_itself_is_not_in_the_way(
    seoul: Cast, alice_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room, start=at(14))
    with company_scope(seoul.company.pk):
        Participant.objects.create(booking=row.booking, email=seoul.bob.email)
    path = f"/bookings/{row.public_id}/edit/free-busy/"
    assert shown(alice_client.post(NEW, typed(seoul, seoul.bob.email))) == {
        "Bob": "busy 14:00–15:00"
    }
    assert shown(alice_client.post(path, typed(seoul, seoul.bob.email))) == {
        "Bob": "cannot be seen"
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"attendees": ""},
        {"attendees": "bo"},
        {"start": ""},
        {"date": "soon"},
        {"end": "13:00"},
        {"end_date": "2027-12-02"},
        {"room": ""},
    ],
)
def test_it_says_nothing_of_a_form_that_cannot_be_read(
    seoul: Cast, alice_client: Client, changes: dict[str, str]
) -> None:
    answer = alice_client.post(NEW, typed(seoul, seoul.bob.email) | changes)
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_address_that_is_wrong_hides_nobody_else(seoul: Cast, alice_client: Client) -> None:
    answer = alice_client.post(NEW, typed(seoul, "zzz", seoul.bob.email, seoul.bob.email.upper()))
    assert [*shown(answer)] == ["Bob"]


def test_a_long_list_is_cut_and_says_so(seoul: Cast, alice_client: Client) -> None:
    many = [f"p{number}@else.example" for number in range(MOST_PEOPLE + 2)]
    answer = alice_client.post(NEW, typed(seoul, *many))
    assert len(shown(answer)) == MOST_PEOPLE
    assert "2 more people are not shown." in answer.content.decode()


def test_another_companys_rooms_and_bookings_are_as_good_as_none(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    row = make_booking(stranger.alice, stranger.room)
    foreign_room = typed(seoul, seoul.bob.email, room=stranger.room.pk)
    assert alice_client.post(NEW, foreign_room).status_code == 404
    path = f"/bookings/{row.public_id}/edit/free-busy/"
    assert alice_client.post(path, typed(seoul, seoul.bob.email)).status_code == 404
    busy_there = alice_client.post(NEW, typed(seoul, stranger.alice.email, start="10:00"))
    assert shown(busy_there) == {stranger.alice.email: "cannot be seen"}


def test_who_may_not_change_a_booking_is_not_told(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room)
    path = f"/bookings/{row.public_id}/edit/free-busy/"
    assert alice_client.post(path, typed(seoul, seoul.bob.email)).status_code == 403


def test_a_handful_of_statements_however_many_people_and_bookings(
    seoul: Cast, alice_client: Client
) -> None:
    for hour in range(9, 18):
        make_booking(seoul.bob, seoul.room, start=at(hour))

    def asked(*people: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            alice_client.post(NEW, typed(seoul, *people))
        return [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]

    asked(seoul.bob.email)  # what is planned once a connection is planned
    one, many = asked(seoul.bob.email), asked(seoul.bob.email, seoul.admin.email, EVE)
    assert len(one) == len(many) <= 9, one
