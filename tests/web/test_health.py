"""What operators and robots ask."""

from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from django.db import connection
from django.test import Client
from redis import Redis

from roomly import health


def test_the_process_lives(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_is_ready_with_database_redis_and_migrations(db: None, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.json() == {"database": True, "redis": True, "migrations": True}
    assert answer.status_code == 200


def test_is_not_ready_without_redis(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(health, "redis_client", lambda: nowhere)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["redis"] is False


def test_is_not_ready_with_a_migration_to_come(db: None, client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'bookings'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] is False


def test_is_not_ready_without_its_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    with django_db_blocker.unblock():
        connection.close()
        answer = client.get("/readyz")
        connection.close()
    assert answer.status_code == 503
    assert answer.json()["database"] is False


def test_robots_may_reach_the_hook(client: Client) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").content.decode().splitlines())
    assert robots.can_fetch("APIs-Google", "/api/calendar/webhook")
    assert not robots.can_fetch("Googlebot", "/")
