"""The company of a piece of code begins and ends with its scope."""

from contextlib import suppress

import pytest
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from bookings.models import Room
from tenants.roles import refuse_unsafe_role
from tenants.scope import (
    CompanyScopeConflict,
    NoCompanyScope,
    active_company_id,
    company_glance,
    company_scope,
)
from tests.conftest import Cast, become

pytestmark = pytest.mark.django_db


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.company', true)")
        return str(cursor.fetchone()[0] or "")


def test_outside_a_scope_no_query_can_be_built(seoul: Cast) -> None:
    for attempt in (Room.objects.all, Room.objects.count, lambda: seoul.room.clock):
        with pytest.raises(NoCompanyScope):
            attempt()


def test_a_scope_of_another_company_inside_is_refused(seoul: Cast, stranger: Cast) -> None:
    with company_scope(seoul.company.pk):
        with pytest.raises(CompanyScopeConflict), company_scope(stranger.company.pk):
            pass
        assert active_company_id() == seoul.company.pk
        assert Room.objects.count() == 2


def test_a_scope_of_the_same_company_inside_joins(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        with company_scope(seoul.company.pk):
            assert Room.objects.count() == 2
        assert Room.objects.count() == 2
        assert setting() == str(seoul.company.pk)


def test_the_company_outlives_a_savepoint_in_which_it_was_told(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            Room.objects.filter(pk=seoul.room.pk).update(capacity=-1)
        assert Room.objects.count() == 2


def test_scopes_one_after_the_other_see_one_company_each(seoul: Cast, stranger: Cast) -> None:
    for cast in (seoul, stranger, seoul):
        with company_scope(cast.company.pk):
            assert {room.company_id for room in Room.objects.all()} == {cast.company.pk}


def test_an_object_of_one_company_cannot_be_saved_for_another(seoul: Cast, stranger: Cast) -> None:
    stranger.room.name = "Mine"
    with pytest.raises(DatabaseError, match="did not affect"), company_scope(seoul.company.pk):
        stranger.room.save(force_update=True)
    with pytest.raises(DatabaseError, match="row-level"), company_scope(seoul.company.pk):
        Room(building=stranger.room.building, company=stranger.company, capacity=1).save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0"])
def test_nothing_of_a_scope_is_left_on_its_connection(
    transactional_db: None, seoul: Cast, statement: str
) -> None:
    with suppress(DataError), company_scope(seoul.company.pk), connection.cursor() as cursor:
        assert setting() == str(seoul.company.pk)
        cursor.execute(statement)

    assert setting() == ""
    with transaction.atomic():
        assert setting() == ""
    with pytest.raises(NoCompanyScope):
        active_company_id()


@pytest.mark.django_db(transaction=True)
def test_a_glance_sees_one_company_and_leaves_no_transaction(
    transactional_db: None, seoul: Cast, stranger: Cast
) -> None:
    for cast in (seoul, stranger):
        with company_glance(cast.company.pk):
            for _again in range(2):
                assert {room.company_id for room in Room.objects.all()} == {cast.company.pk}
                assert not connection.in_atomic_block
            assert setting() == str(cast.company.pk)
        assert setting() == ""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bookings_room")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_glance_and_a_scope_do_not_become_each_other_or_another_company(
    transactional_db: None, seoul: Cast, stranger: Cast
) -> None:
    with company_glance(seoul.company.pk):
        for other in (seoul, stranger):
            with pytest.raises(CompanyScopeConflict), company_scope(other.company.pk):
                pass
    with company_scope(seoul.company.pk):
        with pytest.raises(CompanyScopeConflict), company_glance(stranger.company.pk):
            pass
        with company_glance(seoul.company.pk):
            assert Room.objects.count() == 2
        assert Room.objects.count() == 2


def test_within_a_longer_transaction_the_setting_is_taken_back(seoul: Cast) -> None:
    with transaction.atomic():
        with company_scope(seoul.company.pk):
            pass
        assert setting() == ""


def test_after_an_error_within_a_longer_transaction_the_setting_is_taken_back(seoul: Cast) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), company_scope(seoul.company.pk):
            raise ZeroDivisionError
        assert setting() == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("role", "safe"), [("", False), ("roomly_app", True), ("roomly_worker", True)]
)
def test_a_process_refuses_to_serve_under_a_role_that_is_not_bound(
    transactional_db: None, role: str, safe: bool
) -> None:
    become(role)
    if safe:
        refuse_unsafe_role()
        return
    with pytest.raises(ImproperlyConfigured, match="bypasses row-level security"):
        refuse_unsafe_role()
    with pytest.raises(SystemExit, match="bypasses row-level security"):
        worker_init.send(sender=None)
