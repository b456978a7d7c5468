"""A search that the database cannot answer in time is given up, and what was typed stays."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.test import Client

from bookings import availability
from tests.integrations.conftest import Program

pytestmark = pytest.mark.django_db(transaction=True)
TEN = {"start": "2026-12-02T10:00:00+09:00", "end": "2026-12-02T11:00:00+09:00"}


@pytest.fixture(autouse=True)
def impatient(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "SEARCH_TIMEOUT", "50ms")


@contextmanager
def slow_database() -> Iterator[None]:
    """What searches read is not to be had."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE bookings_hold IN ACCESS EXCLUSIVE MODE")
        yield


def test_the_page_says_so_beside_the_form(alice_client: Client) -> None:
    with slow_database():
        page = alice_client.get("/find/", {"date": "2026-12-02", "seats": "2"})
    assert page.status_code == 422
    told = page.content.decode()
    assert "This search took too long." in told
    assert 'value="2026-12-02"' in told
    assert 'value="2"' in told


def test_a_program_is_told_to_try_again(program: Program) -> None:
    with slow_database():
        answer = program.get("/api/v1/availability", TEN)
    assert answer.status_code == 503
    assert answer.json()["code"] == "search_too_long"
    assert program.get("/api/v1/availability", TEN).status_code == 200
