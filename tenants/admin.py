"""Companies, their domains and their people, for the operator."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenants.models import Company, Domain, Member, User
from tenants.operator import OPERATOR_SESSION_KEY, entered_company


class CompanyScopedAdmin(admin.ModelAdmin[Any]):
    """Pages over one company's rows; they exist only after the operator entered a company."""

    exclude: Any = ("company",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return entered_company(request) is not None and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return entered_company(request) is not None and super().has_view_permission(request, obj)


class ReadOnlyAdmin(CompanyScopedAdmin):
    """For rows that only the services may write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DomainInline(admin.TabularInline[Domain, Company]):
    model = Domain
    extra = 1


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin[Company]):
    list_display = ("name", "domain_names", "timezone", "language", "suspended_at", "enter")
    list_filter = ("language", "timezone", ("suspended_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "domains__name")
    inlines = (DomainInline,)
    readonly_fields = ("bookable_until", "suspended_at", "created_at")
    actions = ("suspend", "resume")

    def get_urls(self) -> list[Any]:
        enter = self.admin_site.admin_view(self.enter_view)
        return [path("<int:pk>/enter/", enter, name="enter_company"), *super().get_urls()]

    @admin.display(description=_("domains"))
    def domain_names(self, company: Company) -> str:
        return ", ".join(domain.name for domain in company.domains.all())

    @admin.display(description=_("data"))
    def enter(self, company: Company) -> SafeString:
        url = reverse("admin:enter_company", args=[company.pk])
        return format_html('<a href="{}">{}</a>', url, _("Enter"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        return super().get_queryset(request).prefetch_related("domains")

    def enter_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        company = Company.objects.get(pk=pk)
        request.session[OPERATOR_SESSION_KEY] = company.pk
        messages.info(request, _("You are now looking at %(name)s.") % {"name": company.name})
        return HttpResponseRedirect(reverse("admin:index"))

    @admin.action(description=_("Suspend the selected companies"))
    def suspend(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        companies.filter(suspended_at=None).update(suspended_at=timezone.now())

    @admin.action(description=_("Let the selected companies work again"))
    def resume(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        companies.update(suspended_at=None)


@admin.register(Member)
class MemberAdmin(CompanyScopedAdmin):
    list_display = ("email", "name", "role", "active", "joined_at")
    list_filter = ("role", "active")
    search_fields = ("email", "name")
    readonly_fields = ("user", "email", "name", "joined_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # people join by signing in


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ("username", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("username", "email", "first_name", "last_name")
    fields = (
        "username",
        "email",
        "first_name",
        "last_name",
        "is_active",
        "is_staff",
        "is_superuser",
    )
