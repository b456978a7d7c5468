"""What makes a table a company's own: scoped manager, composite foreign keys, row-level security.

Every model with a company derives from TenantModel, points at other tenant models through
CompanyForeignKey, and is isolated by an IsolateTable operation in the migration that creates it.
"""

from functools import lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.sql import Query

from tenants.scope import active_company_id

_Model = TypeVar("_Model", bound=models.Model)


@lru_cache(maxsize=1000)
def _of_company(model: type[models.Model], company_id: int) -> Query:
    """What each query of a company begins with: to copy it is quicker than to write it again."""
    query: Query = models.QuerySet(model).filter(company_id=company_id).query
    return query


class TenantManager(models.Manager[_Model]):
    """Queries of the active company only; raises NoCompanyScope outside a scope."""

    def get_queryset(self) -> models.QuerySet[_Model]:
        everything: models.QuerySet[_Model] = super().get_queryset()
        everything.query = _of_company(everything.model, active_company_id()).clone()
        return everything


class TenantModel(models.Model):
    """A row of one company."""

    company = models.ForeignKey("tenants.Company", models.CASCADE, related_name="+")

    objects: models.Manager[Any] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.company_id is None:
            self.company_id = active_company_id()
        super().save(*args, **kwargs)


class CompanyForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key inside one company: (company, x) refers to (company, id).

    Django knows single-column keys only, so the database constraint is added by IsolateTable.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class _Isolation(Operation):
    """What Django's model state knows nothing of, and what goes with its table or column."""

    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Changes no model."""

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Undoes nothing."""


class IsolateTable(_Isolation):
    """Gives a tenant table its composite keys and its forced row-level security policy."""

    def __init__(self, model: str, *, key: str = "id") -> None:
        self.model = model
        self.key = key

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {"key": self.key}

    def describe(self) -> str:
        return f"Isolate the companies' rows of {self.model}"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_company_key"
            f" UNIQUE (company_id, {self.key})"
        )
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and not field.db_constraint:  # type: ignore[attr-defined]
                schema_editor.execute(_composite_key(model, field))
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        own = "company_id = nullif(current_setting('app.company', true), '')::int"
        schema_editor.execute(
            f"CREATE POLICY company_isolation ON {table} USING ({own}) WITH CHECK ({own})"
        )


class IsolateColumn(_Isolation):
    """Gives a CompanyForeignKey that was added to an isolated table its composite key."""

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model, self.field], {}

    def describe(self) -> str:
        return f"Keep {self.field} of {self.model} inside its company"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        field = model._meta.get_field(self.field)
        schema_editor.execute(_composite_key(model, field))


def _composite_key(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> str:
    table = model._meta.db_table
    target = field.related_model._meta
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.column}_company_fk "
        f"FOREIGN KEY (company_id, {field.column}) "
        f"REFERENCES {target.db_table} (company_id, {target.pk.column})"
    )
