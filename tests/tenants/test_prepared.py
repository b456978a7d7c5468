"""Queries that are written once a process, and the company that goes with a scope's first one."""

import pytest
from django.db import connection

from tenants.models import Member
from tenants.prepared import Prepared
from tenants.scope import NoCompanyScope, company_scope
from tests.conftest import Cast

BY_EMAIL = Prepared[Member](
    lambda email: Member.objects.select_related("company").filter(email=email, active=True), "@"
)


def test_each_call_is_answered_for_the_company_and_the_value_of_that_call(
    seoul: Cast, stranger: Cast
) -> None:
    for cast, other in ((seoul, stranger), (stranger, seoul)):
        with company_scope(cast.company.pk):
            found = BY_EMAIL.first(cast.alice.email)
            assert (found, BY_EMAIL.first(other.alice.email)) == (cast.alice, None)
            assert BY_EMAIL.all(cast.bob.email) == [cast.bob]
        assert found
        assert found.company.name == cast.company.name


def test_nothing_is_asked_outside_a_company(seoul: Cast) -> None:
    with pytest.raises(NoCompanyScope):
        BY_EMAIL.first(seoul.alice.email)


def test_an_example_that_gets_lost_is_told_and_not_asked_for(seoul: Cast) -> None:
    lost = Prepared[Member](lambda email: Member.objects.filter(email=email.lower()), "A@")
    with company_scope(seoul.company.pk), pytest.raises(ValueError, match="example"):
        lost.first(seoul.alice.email)


def test_whatever_comes_first_in_a_scope_is_for_its_company(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        assert len([*Member.objects.iterator()]) == 3
    with company_scope(seoul.company.pk):
        assert Member.objects.filter(pk=seoul.bob.pk).update(name="Bobby") == 1
    with company_scope(seoul.company.pk), connection.cursor() as cursor:
        rename = "UPDATE tenants_member SET name = %s WHERE id = %s"
        cursor.executemany(rename, [("Ali", seoul.alice.pk), ("Bob", seoul.bob.pk)])
        cursor.execute("SELECT name FROM tenants_member ORDER BY id")
        assert [name for (name,) in cursor.fetchall()][1:] == ["Ali", "Bob"]
