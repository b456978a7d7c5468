"""Statements that are planned once a connection: what they answer, and for whom."""

from typing import Any

import pytest
from django.db import connection

from tenants.planned import execute_planned
from tenants.scope import company_scope
from tests.conftest import Cast

NAMES = "SELECT name FROM tenants_member WHERE company_id = %(company)s AND email LIKE %(like)s"


def ask(sql: str, parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        execute_planned(cursor, sql, parameters)
        return [value for (value,) in cursor.fetchall()]


def planned() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_the_same_is_answered_the_first_time_and_by_the_plan(seoul: Cast, stranger: Cast) -> None:
    """Both companies by one plan: what is seen is asked when it is executed."""
    for cast in (seoul, stranger, seoul, stranger):
        with company_scope(cast.company.pk):
            about = {"company": cast.company.pk, "like": cast.alice.email}
            assert ask(NAMES, about) == [cast.alice.name]
        with company_scope(cast.company.pk):
            assert not ask(NAMES, {"company": cast.company.pk, "like": "%nobody"})
        other = stranger if cast is seoul else seoul
        with company_scope(cast.company.pk):
            assert not ask(NAMES, {"company": other.company.pk, "like": other.alice.email})


def test_percent_signs_and_parameters_without_a_name(seoul: Cast) -> None:
    sql = "SELECT name || %s FROM tenants_member WHERE id = %s AND email LIKE '%%@%%'"
    with company_scope(seoul.company.pk):
        for _ in range(3):
            assert ask(sql, ["%s", seoul.alice.pk]) == [f"{seoul.alice.name}%s"]


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_plans_its_own() -> None:
    sql = "SELECT %s::int + 40 AS another_connection"
    assert [ask(sql, [2]) for _ in range(3)] == [[42]] * 3
    assert planned()
    connection.close()
    assert [ask(sql, [2]) for _ in range(3)] == [[42]] * 3
    assert planned() == 1
