"""BEGIN and savepoints reach the database along with a statement, and mean what they always do."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import DataError, ProgrammingError
from psycopg import ServerCursor
from psycopg.pq import TransactionStatus

pytestmark = pytest.mark.django_db(transaction=True)

Messages = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def names() -> None:
    """A table of the session's own."""
    run("CREATE TEMPORARY TABLE IF NOT EXISTS names (name text PRIMARY KEY)")
    run("TRUNCATE names")


@pytest.fixture
def messages(tmp_path: Path) -> Iterator[Messages]:
    """What was sent to the database since the last call, as libpq itself tells it."""
    told = tmp_path / "trace"
    with told.open("w") as file:
        connection.connection.pgconn.trace(file.fileno())
        yield lambda: sent(told)
        connection.connection.pgconn.untrace()


def sent(told: Path) -> list[str]:
    found = re.findall(r'\tF\t\d+\tQuery\t "(.*)"', told.read_text())
    os.truncate(told, 0)
    return found


def run(sql: str, parameters: list[str] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def add(name: str) -> None:
    run("INSERT INTO names VALUES (%s)", [name])


def kept() -> list[object]:
    return [name for (name,) in run("SELECT name FROM names ORDER BY name")]


def test_a_transaction_costs_its_statements_and_the_commit(messages: Messages) -> None:
    with transaction.atomic():
        add("a")
        assert run("SELECT 100 %% 7, %s", ["100 % 7"]) == [(2, "100 % 7")]
    assert [message.split(" ")[0] for message in messages()] == ["BEGIN;", "SELECT", "COMMIT"]


def test_one_in_which_nothing_is_asked_costs_nothing(messages: Messages) -> None:
    with transaction.atomic(), transaction.atomic():
        pass
    with suppress(KeyError), transaction.atomic():
        raise KeyError
    assert messages() == []


def test_a_savepoint_costs_nothing_more(messages: Messages) -> None:
    with transaction.atomic():
        add("a")
        with transaction.atomic():
            add("b")
        with suppress(KeyError), transaction.atomic():
            add("c")
            raise KeyError
        add("d")
    assert len(messages()) == 5
    assert kept() == ["a", "b", "d"]


def test_what_is_undone_last_is_not_committed() -> None:
    with transaction.atomic():
        add("a")
        with suppress(KeyError), transaction.atomic():
            add("b")
            raise KeyError
    assert kept() == ["a"]


def test_the_first_statement_of_a_savepoint_may_fail() -> None:
    add("a")
    with transaction.atomic():
        with pytest.raises(DatabaseError, match="duplicate"), transaction.atomic():
            add("a")
        add("b")
    assert kept() == ["a", "b"]


def test_the_first_statement_of_a_transaction_may_fail() -> None:
    add("a")
    with pytest.raises(DatabaseError, match="duplicate"), transaction.atomic():
        add("a")
    add("b")
    assert kept() == ["a", "b"]


def test_savepoints_nest_before_anything_is_asked() -> None:
    with transaction.atomic():
        with suppress(KeyError), transaction.atomic():
            with transaction.atomic():
                pass
            raise KeyError
        with suppress(KeyError), transaction.atomic():
            with transaction.atomic():
                add("a")
            raise KeyError
        add("b")
    assert kept() == ["b"]


def test_by_hand_too() -> None:
    with transaction.atomic():
        early = transaction.savepoint()
        add("a")
        late = transaction.savepoint()
        transaction.savepoint_rollback(late)
        add("b")
        transaction.savepoint_rollback(late)
        add("c")
        transaction.savepoint_commit(early)
    assert kept() == ["a", "c"]


def test_a_statement_that_cannot_be_written_leaves_the_transaction_to_the_next() -> None:
    with suppress(KeyError), transaction.atomic():
        with pytest.raises(DataError, match="NUL"):
            add("\x00")
        connection.needs_rollback = False
        add("a")
        raise KeyError
    assert kept() == []


def test_one_that_is_no_sql_leaves_it_too() -> None:
    with suppress(KeyError), transaction.atomic():
        with pytest.raises(ProgrammingError, match="syntax"):
            run("SELEC 1")
        add("a")
        raise KeyError
    assert kept() == []


def test_many_statements_at_once_are_in_the_transaction() -> None:
    with suppress(KeyError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO names VALUES (%s)", [("a",), ("b",)])
        assert kept() == ["a", "b"]
        raise KeyError
    assert kept() == []


def test_a_cursor_on_the_server_is_in_the_transaction(messages: Messages) -> None:
    add("a")
    messages()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        assert isinstance(cursor.cursor, ServerCursor)
        cursor.execute("SELECT name FROM names")
        assert cursor.fetchall() == [("a",)]
        assert messages()[0] == "BEGIN"


def test_a_lost_connection_loses_what_waited_with_it() -> None:
    with suppress(DatabaseError), transaction.atomic():
        connection.close()
        add("a")
    assert run("SELECT 1") == [(1,)]
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE
