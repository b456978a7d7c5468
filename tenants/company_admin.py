"""What every admin page over one company's rows has in common."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.encryption import EncryptedTextField
from tenants.operator import entered_company
from tenants.scope import active_company_id


class CompanyForm(forms.ModelForm[Any]):
    """Belongs to the entered company, so that rules about "once per company" are checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company_id = active_company_id()

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"company"}


class CompanyRows:
    """Pages over one company's rows; they exist only after the operator entered a company."""

    model: Any
    exclude: ClassVar[Any] = ("company",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _entered(request) and super().has_module_permission(request)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered(request) and super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered(request) and super().has_add_permission(request)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered(request) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered(request) and super().has_delete_permission(request, obj)  # type: ignore[misc]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Other people's secrets are never shown, whatever a page lists."""
        return (*self.exclude, *_secrets(self.model))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.defer(*_secrets(self.model))


class ReadOnly(CompanyRows):
    """Rows that only the services may write: every column to look at, no form."""

    fields: ClassVar[Any] = None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = self.get_exclude(request, obj)
        columns = [field.name for field in self.model._meta.fields if field.name not in hidden]
        return self.fields or columns

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CompanyScopedAdmin(CompanyRows, admin.ModelAdmin[Any]):
    """Rows that the operator may change."""

    form = CompanyForm
    list_per_page = 50


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin[Any]):
    """Rows that the operator may look at."""

    list_per_page = 50
    show_full_result_count = False  # one table may hold every date of years


class ReadOnlyInline(ReadOnly, admin.TabularInline[Any, Any]):
    """Rows that the operator may look at on the page of what they belong to."""

    extra = 0


def _entered(request: HttpRequest) -> bool:
    return entered_company(request) is not None


def _secrets(model: Any) -> list[str]:
    return [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]
