"""Every model with a company has all the nets; found by reflection, so that none is forgotten."""

import re
from typing import Any

import pytest
from django.db import connection, models

from tenants.isolation import TenantManager, TenantModel
from tests.conftest import become
from tests.tenants.tenant_tables import TABLES, TENANT_MODELS, relations

pytestmark = pytest.mark.django_db
by_label = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)


def query(sql: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@by_label
def test_its_managers_fail_closed(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel)
    for manager in (model._default_manager, model._base_manager, *model._meta.managers):
        assert isinstance(manager, TenantManager), manager
        with pytest.raises(Exception, match="company_scope"):
            manager.all()


@by_label
def test_row_security_is_forced_and_has_one_policy(model: type[models.Model]) -> None:
    table = model._meta.db_table

    assert query(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table
    ) == [(True, True)]
    ((command, permissive, roles, seen, written),) = query(
        "SELECT cmd, permissive, roles::text, qual, with_check FROM pg_policies"
        " WHERE tablename = %s",
        table,
    )
    assert (command, permissive, roles) == ("ALL", "PERMISSIVE", "{public}")
    assert seen == written
    assert "app.company" in seen


@by_label
def test_its_relations_are_composite_keys(model: type[models.Model]) -> None:
    for field in relations(model):
        target = field.related_model._meta
        assert query(
            "SELECT confrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND conname = %s AND convalidated",
            model._meta.db_table,
            f"{model._meta.db_table}_{field.column}_company_fk",
        ) == [
            (
                target.db_table,
                f"FOREIGN KEY (company_id, {field.column}) REFERENCES"
                f" {target.db_table}(company_id, {target.pk.column})",
            )
        ], field


def test_every_table_with_a_company_column_is_known_here() -> None:
    found = query(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'company_id'"
    )
    assert {name for (name,) in found} == {*TABLES, "tenants_domain"}


@pytest.mark.parametrize("role", ["roomly_app", "roomly_worker"])
def test_the_serving_roles_own_nothing_and_pass_no_policy_by(role: str) -> None:
    assert query(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = %s",
        role,
    ) == [(False, False, False, False)]
    assert query(
        "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", role
    ) == []  # fmt: skip
    assert query("SELECT has_schema_privilege(%s, 'public', 'CREATE')", role) == [(False,)]
    granted = query(
        "SELECT 1 FROM pg_auth_members JOIN pg_roles AS other ON other.oid = roleid"
        " WHERE member = %s::regrole AND (other.rolsuper OR other.rolbypassrls)",
        role,
    )
    assert granted == [], "no way to become a role that is not bound"


def test_functions_that_look_across_companies_are_the_workers_alone() -> None:
    functions = query(
        "SELECT oid::regprocedure::text, pg_get_function_result(oid), proconfig::text"
        " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"
    )

    assert len(functions) >= 4
    for name, result, config in functions:
        for role, may in (("roomly_worker", True), ("roomly_app", False), ("public", False)):
            ((allowed,),) = query("SELECT has_function_privilege(%s, %s, 'EXECUTE')", role, name)
            assert allowed == may, (name, role)
        assert not {"text", "jsonb", "json"} & set(re.findall(r"\w+", result)), "ids only"
        assert "search_path" in config, name


def test_views_would_have_to_run_as_who_asks() -> None:
    become("")
    views = query("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    assert views == [], "a view runs as its owner, past the policies, unless security_invoker"
