"""Two companies' requests in random order over few connections: nothing crosses over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.conftest import Cast, sign_in
from tests.factories import make_booking

REQUESTS = 1000
CONNECTIONS = 4
DAY = "2026-12-02"


@dataclass(frozen=True)
class Side:
    """A company as the fuzz sees it: its sessions, its words, and its ids."""

    cookies: Any
    words: tuple[str, str]
    booking: str
    room: int


def side_of(cast: Cast) -> Side:
    title = f"Secret of {cast.company.name}"
    row = make_booking(cast.alice, cast.room, title=title)
    return Side(
        sign_in(cast.alice).cookies, (cast.company.name, title), str(row.public_id), cast.room.pk
    )


def ask(random: Random, own: Side, other: Side) -> Any:
    """One request of a company's member, often enough one that fails half way."""
    client = Client()
    client.cookies = own.cookies
    wish = {
        "room": own.room, "title": "Again", "timezone": "UTC",
        "start": f"{DAY}T01:30:00Z", "end": f"{DAY}T02:30:00Z",
    }  # fmt: skip
    asks: list[Callable[[], Any]] = [
        lambda: client.get(f"/grid/?date={DAY}"),
        lambda: client.get(f"/bookings/{own.booking}/"),
        lambda: client.get(f"/bookings/{other.booking}/"),
        lambda: client.get("/api/v1/rooms"),
        lambda: client.get(
            "/api/v1/bookings", {"from": f"{DAY}T00:00:00Z", "to": f"{DAY}T23:00:00Z"}
        ),
        lambda: client.get(f"/api/v1/bookings/{other.booking}"),
        lambda: client.get(f"/api/v1/rooms/{other.room}"),
        lambda: client.post("/api/v1/bookings", wish, content_type="application/json"),
    ]
    return random.choice(asks)()


@pytest.mark.django_db(transaction=True)
def test_no_word_of_one_company_reaches_the_other(
    transactional_db: None, seoul: Cast, stranger: Cast
) -> None:
    sides = [side_of(seoul), side_of(stranger)]

    def one(seed: int) -> tuple[int, bool]:
        random = Random(seed)
        own, other = random.sample(sides, 2)
        answer = ask(random, own, other)
        text = answer.content.decode()
        assert not any(word in text for word in other.words), (seed, answer.request)
        return answer.status_code, any(word in text for word in own.words)

    def work(first: int) -> list[tuple[int, bool]]:
        try:
            return [one(seed) for seed in range(first, REQUESTS, CONNECTIONS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        results = [result for part in pool.map(work, range(CONNECTIONS)) for result in part]

    assert len(results) == REQUESTS
    assert {status for status, _ in results} == {200, 404, 409}
    assert sum(own for _, own in results) > REQUESTS / 3, "their own words they do see"
