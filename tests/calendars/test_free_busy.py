"""When people are busy by their own calendars: asked once a minute, and never for long."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from bookings.people import ask_calendars
from bookings.spans import Span
from calendars import free_busy
from calendars.connect import connect
from calendars.grants import EVENTS_SCOPE
from calendars.models import GoogleConnection
from tenants.scope import NoCompanyScope, active_company_id
from tests.calendars.conftest import Linked, connect_as_admin
from tests.conftest import sign_in
from tests.factories import at
from tests.integrations.conftest import MakeProgram, make_program

__all__ = ["make_program"]

pytestmark = pytest.mark.django_db(transaction=True)  # the thread that asks has its own connection

WINDOW = Span(at(9), at(18))
COMMON = "/api/v1/availability/common"


@pytest.fixture
def home(unconnected: Linked, monkeypatch: pytest.MonkeyPatch) -> Linked:
    """Connected; nothing has been read, and nothing has to be. The machine may be slow."""
    monkeypatch.setattr(free_busy, "PATIENCE", 20)
    connect_as_admin(unconnected)
    unconnected.forget_calls()
    return unconnected


def meet(linked: Linked, who: str, hour: int, **fields: Any) -> None:
    times = {
        name: {"dateTime": at(clock).isoformat()}
        for name, clock in (("start", hour), ("end", hour + 1))
    }
    linked.google.control.ui_create(who, {"summary": "Dentist", **times, **fields}, actor=who)


def asked(linked: Linked, *emails: str) -> Any:
    return ask_calendars(linked.company_id, emails, WINDOW)


def queries(linked: Linked) -> int:
    return linked.calls().get("query", 0)


def test_ranges_alone_are_read_and_kept_for_a_minute(home: Linked, redis: Redis) -> None:
    alice, bob = home.cast.alice.email, home.cast.bob.email
    meet(home, alice, 10)
    meet(home, alice, 14, transparency="transparent")
    first = asked(home, alice, bob, "nobody@hangang.example")
    assert first == {
        alice: [Span(at(10), at(11))], bob: [], "nobody@hangang.example": None,
    }  # fmt: skip
    assert asked(home, alice, bob, "nobody@hangang.example") == first
    assert ask_calendars(home.company_id, [alice], Span(at(11), at(12))) == {alice: first[alice]}
    assert queries(home) == 1, "asked once for all, and for all of the day"
    (key,) = redis.keys(f"calendars:busy:{home.company_id}:*:{alice}")
    assert 0 < redis.ttl(key) <= 60
    assert "Dentist" not in str(redis.get(key))
    assert ask_calendars(home.company_id + 1, [alice], WINDOW) == {alice: None}, "not connected"


def test_fifty_calendars_a_call(home: Linked) -> None:
    many = [f"p{number}@hangang.example" for number in range(60)]
    assert set(asked(home, *many).values()) == {None}
    assert queries(home) == 2


def test_nobody_waits_for_google_longer_than_that(
    home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free_busy, "PATIENCE", 0.2)
    one_by_one = ThreadPoolExecutor(1)
    monkeypatch.setattr(free_busy, "_askers", one_by_one)
    alice = home.cast.alice.email
    meet(home, alice, 10)
    home.google.control.fault("latency", method="freebusy.query", latency=1)
    began = time.perf_counter()
    assert asked(home, alice) == {alice: None}
    assert time.perf_counter() - began < 0.9
    assert asked(home, alice) == {alice: None}, "without asking again at once"
    one_by_one.submit(int).result()  # behind the call that was late
    assert asked(home, alice) == {alice: [Span(at(10), at(11))]}, "what came later is kept"
    assert queries(home) == 1


@pytest.mark.parametrize("trouble", ["backendError", "forbidden", "drop"])
def test_what_google_does_not_tell_is_unknown(home: Linked, trouble: str) -> None:
    alice = home.cast.alice.email
    home.google.control.fault(trouble, method="freebusy.query", times=None)
    assert asked(home, alice) == {alice: None}


def test_a_grant_from_before_this_was_asked_for_stays_good(home: Linked) -> None:
    email = home.cast.admin.email
    connect(
        company_id=home.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=email,
        secret=home.google.control.grant(email, scopes=["openid", "email", EVENTS_SCOPE]),
    )
    assert asked(home, home.cast.alice.email) == {home.cast.alice.email: None}
    assert home.connection().state == GoogleConnection.State.ACTIVE
    assert home.push().done


def test_the_api_tells_whose_calendar_it_knows(home: Linked, make_program: MakeProgram) -> None:
    alice = home.cast.alice.email
    meet(home, alice, 10)
    body = {
        "attendees": [alice, "nobody@hangang.example"], "duration": 60,
        "from": "2026-12-02T10:00:00+09:00", "to": "2026-12-02T12:00:00+09:00",
    }  # fmt: skip
    answer = make_program(home.cast.company).post(COMMON, body).json()
    assert [slot["start"] for slot in answer["slots"]] == ["2026-12-02T11:00:00+09:00"]
    assert [each["calendar_known"] for each in answer["attendees"]] == [True, False]


def test_the_strip_of_a_form_asks_between_transactions_and_once_a_minute(
    home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = home.cast.alice.email, home.cast.bob.email
    meet(home, bob, 10)
    monkeypatch.setattr(settings, "FREE_BUSY", f"{__name__}.{asked_outside.__name__}")
    client, form = sign_in(home.cast.alice), {"room": home.cast.room.pk, "date": "2026-12-02"}
    form |= {"start": "10:30", "end": "11:30", "attendees": f"{alice}, {bob}, eve@else.example"}
    page = client.post("/bookings/new/free-busy/", form).content.decode()
    said = re.findall(r"<b>(.*?)</b> <span>(.*?)</span>", page)
    assert said == [
        ("Alice", "free"), ("Bob", "busy 10:00–11:00"), ("eve@else.example", "cannot be seen"),
    ]  # fmt: skip
    assert "Of those whose calendar cannot be seen" in page
    assert "Dentist" not in page
    later = client.post("/bookings/new/free-busy/", {**form, "start": "16:00", "end": "17:00"})
    assert later.content.decode().count("<span>free</span>") == 2
    assert queries(home) == 1


def asked_outside(*asked: Any) -> Any:
    assert not connection.in_atomic_block
    with pytest.raises(NoCompanyScope):
        active_company_id()
    return free_busy.busy_ranges(*asked)
