"""What the database itself lets the serving roles see, without any code of ours in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from tests.conftest import Cast, become
from tests.tenants.tenant_tables import (
    APPEND_ONLY,
    CHANGEABLE,
    TABLES,
    TENANT_MODELS,
    add_spares,
    fill,
    relations,
    row_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(seoul: Cast, stranger: Cast) -> tuple[Cast, Cast]:
    fill(seoul)
    fill(stranger, hour=14)
    return seoul, stranger


@pytest.fixture
def refused() -> Any:
    """`with refused(words)`: the database says no, with these words."""
    return lambda words: pytest.raises(DatabaseError, match=words)


@contextmanager
def acting_for(company_id: int | None) -> Iterator[Any]:
    """A cursor in a transaction that names a company, or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.company', %s, true)", [str(company_id or "")])
        yield cursor


def companies_in(cursor: Any, table: str) -> list[int]:
    cursor.execute(f"SELECT DISTINCT company_id FROM {table} ORDER BY 1")
    return [company_id for (company_id,) in cursor.fetchall()]


def test_without_a_company_there_are_no_rows(filled: tuple[Cast, Cast]) -> None:
    with acting_for(None) as cursor:
        assert [table for table in TABLES if companies_in(cursor, table)] == []


@pytest.mark.parametrize("role", ["roomly_app", "roomly_worker"])
def test_a_company_sees_its_own_rows_alone(filled: tuple[Cast, Cast], role: str) -> None:
    become(role)
    for cast in filled:
        own = [cast.company.pk]
        with acting_for(cast.company.pk) as cursor:
            seen = {table: companies_in(cursor, table) for table in TABLES}
        assert seen == dict.fromkeys(TABLES, own)


@pytest.mark.parametrize("act", ["UPDATE {} SET company_id = company_id", "DELETE FROM {}"])
def test_rows_of_another_company_are_neither_changed_nor_deleted(
    filled: tuple[Cast, Cast], act: str
) -> None:
    ours, theirs = (cast.company.pk for cast in filled)
    with acting_for(ours) as cursor:
        for table in CHANGEABLE:
            cursor.execute(f"{act.format(table)} WHERE company_id = %s", [theirs])
            assert cursor.rowcount == 0, table


def test_a_row_cannot_be_given_to_another_company(filled: tuple[Cast, Cast], refused: Any) -> None:
    ours, theirs = (cast.company.pk for cast in filled)
    for table in CHANGEABLE:
        with refused("row-level security"), acting_for(ours) as cursor:
            cursor.execute(f"UPDATE {table} SET company_id = %s", [theirs])


@pytest.mark.parametrize("role", ["roomly_app", "roomly_worker"])
@pytest.mark.parametrize("act", ["UPDATE {} SET company_id = company_id", "DELETE FROM {}"])
def test_what_is_only_added_to_is_neither_changed_nor_deleted_by_anybody_who_serves(
    filled: tuple[Cast, Cast], refused: Any, role: str, act: str
) -> None:
    become(role)
    for table in APPEND_ONLY:
        with refused("permission denied"), acting_for(filled[0].company.pk) as cursor:
            cursor.execute(act.format(table))
        with refused("permission denied"), acting_for(filled[0].company.pk) as cursor:
            cursor.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize("for_nobody", [True, False])
def test_inserts_for_another_company_are_refused(
    filled: tuple[Cast, Cast], refused: Any, for_nobody: bool
) -> None:
    ours, theirs = (cast.company.pk for cast in filled)
    for model in TENANT_MODELS:
        columns = ", ".join(
            str(field.column) for field in model._meta.local_fields if not field.generated
        )
        copy_as_owner(model, columns, theirs)
        with refused("row-level security"), acting_for(None if for_nobody else ours) as cursor:
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {columns} FROM copied"
            )


def copy_as_owner(model: type[models.Model], columns: str, company_id: int) -> None:
    """Puts a row of a company where the serving role can read it."""
    become("")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(
            f"CREATE TEMPORARY TABLE copied AS SELECT {columns} FROM {model._meta.db_table}"
            " WHERE company_id = %s LIMIT 1",
            [company_id],
        )
        cursor.execute("GRANT SELECT ON copied TO roomly_app")
    become("roomly_app")


def test_a_row_cannot_point_at_another_companys_even_by_the_owners_hand(
    filled: tuple[Cast, Cast], refused: Any
) -> None:
    ours, theirs = filled
    add_spares(theirs)
    pointing = [
        (model, field)
        for model in TENANT_MODELS
        for field in relations(model)
        if not field.primary_key  # a clock's room: taken already, says the key before the relation
    ]
    assert len(pointing) > 20
    for model, field in pointing:
        mine = row_of(model, ours)
        foreign = row_of(field.related_model, theirs, order="-pk")
        become("")
        with refused("_company_fk"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET {field.column} = %s"
                f" WHERE {model._meta.pk.column} = %s",
                [foreign.pk, mine.pk],
            )
        become("roomly_app")
