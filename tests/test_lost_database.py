"""A database that was restarted: who connected before notices at the next request."""

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def young(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is kept between requests, and is not replaced for its age."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    connection.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def begin_a_request() -> None:
    """What Django does with a connection that it kept (`request_started`)."""
    connection.close_if_unusable_or_obsolete()


def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    lost = backend()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as another:
        another.execute("SELECT pg_terminate_backend(%s, 10000)", [lost])
    begin_a_request()
    assert backend() != lost


def test_one_that_is_well_is_kept() -> None:
    kept = backend()
    begin_a_request()
    assert backend() == kept


def test_one_with_something_to_say_is_asked_and_kept() -> None:
    kept = backend()
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as another:
        another.execute("NOTIFY something")
    begin_a_request()
    assert backend() == kept
