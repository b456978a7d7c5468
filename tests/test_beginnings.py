"""What tests begin with is the same whether it was made or put back."""

from datetime import UTC, datetime
from typing import Any

import time_machine
from django.db import connection, transaction
from redis import Redis

from tests.beginnings import State, beginning, state_of_all
from tests.conftest import Cast, become, make_cast


class Maker:
    """Makes a company, an account at Google and a key in Redis, and counts how often."""

    def __init__(self, google: Any, redis: Redis) -> None:
        self.google, self.redis, self.times = google, redis, 0

    def make(self) -> Cast:
        self.times += 1
        self.google.control.add_account("minji@third.example")
        self.redis.set("tests:key", "value", px=60_000)
        return make_cast("Third", "third.example", timezone="UTC", language="en")

    def begin(self, name: str) -> tuple[Cast, State]:
        """A test that begins, and leaves nothing behind."""
        self.google.control.reset()
        self.redis.flushdb()
        with transaction.atomic():
            cast = beginning(name, self.make)
            found = state_of_all()
            transaction.set_rollback(True)
        return cast, found


def test_it_is_made_once_and_put_back_alike(db: None, google: Any, redis: Redis) -> None:
    maker = Maker(google, redis)
    made, put_back = maker.begin("third"), maker.begin("third")
    assert maker.times == 1
    assert made == put_back
    assert "Third" in put_back[1].rows
    assert 0 < redis.pttl("tests:key") <= 60_000
    assert google.control.access_token("minji@third.example")


def test_it_is_made_anew_from_another_beginning(db: None, google: Any, redis: Redis) -> None:
    maker = Maker(google, redis)
    maker.begin("from nothing")
    make_cast("Fourth", "fourth.example", timezone="UTC", language="en")
    maker.begin("from nothing")
    assert maker.times == 2


def test_it_is_made_anew_while_the_clock_runs(db: None, google: Any, redis: Redis) -> None:
    maker = Maker(google, redis)
    with time_machine.travel(datetime.now(UTC), tick=True):
        maker.begin("in time")
        maker.begin("in time")
    assert maker.times == 2


def test_it_is_made_anew_with_other_settings(
    db: None, google: Any, redis: Redis, settings: Any
) -> None:
    maker = Maker(google, redis)
    maker.begin("with settings")
    settings.GOOGLE_SECONDS_BETWEEN_PULLS = 1
    maker.begin("with settings")
    assert maker.times == 2


def test_what_is_made_later_has_keys_of_its_own(db: None, google: Any, redis: Redis) -> None:
    maker = Maker(google, redis)
    made, _found = maker.begin("the first")
    become("")
    with connection.cursor() as cursor:  # as a test does that wants the same keys each time
        cursor.execute(f"ALTER SEQUENCE tenants_company_id_seq RESTART WITH {made.company.pk}")
    become("roomly_app")
    google.control.reset()
    redis.flushdb()
    put_back = beginning("the first", maker.make)
    later = make_cast("Later", "later.example", timezone="UTC", language="en")
    assert maker.times == 1
    assert later.company.pk > put_back.company.pk
