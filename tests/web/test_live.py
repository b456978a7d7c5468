"""The live stream, through the real ASGI application, a real server, and the real Redis."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import httpx
import pytest
from django.conf import settings
from django.db import connection

from bookings import fan_out
from bookings.live import publish, redis_client
from bookings.web import live_views
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast, make_cast, sign_in
from tests.factories import make_booking

pytestmark = pytest.mark.real_clock
SECONDS = 10


class Listener:
    """A page's EventSource, read in a thread."""

    def __init__(self, url: str, cookie: str, last_event_id: str = "") -> None:
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.events: Queue[dict[str, str]] = Queue()
        self.headers = headers
        self.url = f"{url}/live"
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        try:
            with httpx.stream("GET", self.url, headers=self.headers, timeout=SECONDS) as answer:
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    if line:
                        fields[name or "comment"] = value
                    elif fields:
                        self.events.put(fields)
                        fields = {}
            self.events.put({"event": "end"})
        except httpx.HTTPError:
            self.events.put({"event": "lost"})

    def next(self, name: str) -> dict[str, str]:
        """The next event, which must have this name; the retry hint is none."""
        found = self.events.get(timeout=SECONDS)
        if "retry" in found:
            found = self.events.get(timeout=SECONDS)
        assert found.get("event", found) == name
        return found


@contextmanager
def listening(url: str, member: Member, last_event_id: str = "") -> Iterator[Listener]:
    cookie = sign_in(member).cookies[settings.SESSION_COOKIE_NAME].value
    page = Listener(url, cookie, last_event_id)
    yield page
    fan_out.close_streams()
    page.thread.join(SECONDS)
    assert not page.thread.is_alive()


def test_tells_which_rooms_and_days_changed(server: str, cast: Cast) -> None:
    with listening(server, cast.alice) as page:
        hello = page.next("hello")
        make_booking(cast.bob, cast.room)
        told = page.next("rooms")
        assert json.loads(told["data"]) == {"rooms": [cast.room.pk], "days": ["2026-12-02"]}
        assert int(told["id"]) > int(hello["id"])


def test_one_subscription_serves_all_pages_of_a_company(server: str, cast: Cast) -> None:
    with listening(server, cast.alice) as one, listening(server, cast.bob) as two:
        one.next("hello")
        two.next("hello")
        channel = f"live:{cast.company.pk}"
        assert redis_client().pubsub_numsub(channel) == [(channel, 1)]
        make_booking(cast.bob, cast.room)
        assert one.next("rooms") == two.next("rooms")


def test_another_company_hears_nothing(server: str, cast: Cast) -> None:
    canary = make_cast("Canary", "canary.example", timezone="America/New_York", language="en")
    with listening(server, canary.alice) as theirs, listening(server, cast.alice) as ours:
        theirs.next("hello")
        ours.next("hello")
        make_booking(cast.bob, cast.room)
        ours.next("rooms")
        publish(canary.company.pk, '{"own": true}')
        assert theirs.next("rooms")["data"] == '{"own": true}'


def test_who_missed_something_is_told_to_reload_once(server: str, cast: Cast) -> None:
    make_booking(cast.bob, cast.room)
    with listening(server, cast.alice, last_event_id="0") as page:
        version = page.next("hello")["id"]
        assert page.next("reload")["id"] == version
        publish(cast.company.pk, "{}")
        page.next("rooms")
    with listening(server, cast.alice, last_event_id=version) as page:
        page.next("hello")
        publish(cast.company.pk, "{}")
        page.next("rooms")


def test_strangers_hear_nothing(server: str) -> None:
    assert httpx.get(f"{server}/live").status_code == 403
    assert httpx.post(f"{server}/live").status_code in (403, 405)


def test_a_silent_stream_shows_that_it_lives(
    server: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_views, "HEARTBEAT", 0.1)
    with listening(server, cast.alice) as page:
        page.next("hello")
        assert page.events.get(timeout=SECONDS) == {"comment": "still here"}


def test_who_was_signed_out_is_cut_off(
    server: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_views, "TRUST", 0.0)
    with listening(server, cast.alice) as page:
        page.next("hello")
        with company_scope(cast.company.pk):
            Member.objects.filter(pk=cast.alice.pk).update(active=False)
        publish(cast.company.pk, "{}")
        page.next("end")


def test_streams_end_when_the_server_stops(server: str, cast: Cast) -> None:
    with listening(server, cast.alice) as page:
        page.next("hello")
        fan_out.close_streams()
        page.next("end")


def test_a_page_that_does_not_keep_up_gets_one_reload() -> None:
    messages = fan_out.Messages(fan_out.MOST_WAITING)
    for number in range(fan_out.MOST_WAITING + 1):
        fan_out._put(messages, f"{number}", instead="reload")
    assert messages.get_nowait() == "reload"
    assert messages.empty()


def other_connections() -> set[int]:
    """Process ids of everybody else who is connected to the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND usename = session_user"  # PostgreSQL's own visit, to tidy up
        )
        return {pid for (pid,) in cursor.fetchall()}


def test_an_open_stream_holds_no_database_connection(server: str, cast: Cast) -> None:
    before = other_connections()  # of threads that served pages and wait for the next
    with listening(server, cast.alice) as page:
        page.next("hello")
        deadline = time.monotonic() + SECONDS  # a server process takes its time to leave
        while other_connections() - before and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        assert other_connections() <= before
