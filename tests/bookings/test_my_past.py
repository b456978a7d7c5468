"""My bookings that are over: the latest first, page by page, and nobody else's."""

import re

import pytest
import time_machine
from django.test import Client

from bookings.web import mine_views
from tests.bookings.test_day_view import queries_of
from tests.conftest import Cast
from tests.factories import at, make_booking

PAST = "/bookings/?when=past"
TWO_DAYS = ("RRULE:FREQ=DAILY;COUNT=2",)


def titles(client: Client, url: str) -> list[str]:
    return re.findall(r"Meeting \w+", client.get(url).content.decode())


def test_what_is_over_is_there_the_latest_first(
    seoul: Cast, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is over yet" in alice_client.get(PAST).content.decode()
    make_booking(seoul.alice, seoul.room, title="Meeting A")
    make_booking(seoul.alice, seoul.room, title="Meeting B", start=at(12), recurrence=TWO_DAYS)
    make_booking(seoul.alice, seoul.room, title="Meeting C", start=at(14, day=3))
    make_booking(seoul.bob, seoul.other_room, title="Meeting D")
    assert titles(alice_client, PAST) == []
    with time_machine.travel(at(13, 30, day=3), tick=False):
        assert titles(alice_client, PAST) == ["Meeting B", "Meeting B", "Meeting A"]
        assert titles(alice_client, "/bookings/") == ["Meeting C"]
        assert len(queries_of(alice_client, PAST)) == 2
        monkeypatch.setattr(mine_views, "MOST_SHOWN", 2)
        assert titles(alice_client, PAST) == ["Meeting B", "Meeting B"]
        page = alice_client.get(PAST).content.decode()
        assert 'href="?when=past&amp;page=2"' in page
        assert titles(alice_client, f"{PAST}&page=2") == ["Meeting A"]
        assert "page=3" not in alice_client.get(f"{PAST}&page=2").content.decode()
        assert alice_client.get(f"{PAST}&page=x").status_code == 422
