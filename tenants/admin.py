"""Companies, their domains and their people, for the operator."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as AccountAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tenants.company_admin import CompanyScopedAdmin, ReadOnlyAdmin
from tenants.models import AdminNotice, AuditEntry, Company, Domain, Logo, Member, User
from tenants.operator import enter_company, leave_company


class DomainInline(admin.TabularInline[Domain, Company]):
    model = Domain
    extra = 1


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin[Company]):
    """Companies are suspended, never deleted: their bookings are other people's history."""

    list_display = ("name", "enter", "domain_names", "timezone", "language", "suspended_at")
    list_filter = ("language", ("suspended_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "domains__name")
    inlines = (DomainInline,)
    readonly_fields = ("bookable_until", "logo", "logo_width", "suspended_at", "created_at")
    actions = ("suspend", "resume")

    def get_urls(self) -> list[Any]:
        enter = self.admin_site.admin_view(require_POST(self.enter_view))
        leave = self.admin_site.admin_view(require_POST(self.leave_view))
        return [
            path("<int:pk>/enter/", enter, name="enter_company"),
            path("leave/", leave, name="leave_company"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("domains"))
    def domain_names(self, company: Company) -> str:
        return ", ".join(domain.name for domain in company.domains.all())

    @admin.display(description=_("data"))
    def enter(self, company: Company) -> SafeString:
        """A button of the list's own form, whose token it sends along."""
        url = reverse("admin:enter_company", args=[company.pk])
        return format_html(
            '<button class="button" formmethod="post" formaction="{}">{}</button>', url, _("Enter")
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        return super().get_queryset(request).prefetch_related("domains")

    def enter_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        if not self.has_view_permission(request):
            raise PermissionDenied
        company = get_object_or_404(Company, pk=pk)
        enter_company(request, company)
        messages.info(request, _("You are now looking at %(name)s.") % {"name": company.name})
        return HttpResponseRedirect(reverse("admin:index"))

    def leave_view(self, request: HttpRequest) -> HttpResponseRedirect:
        leave_company(request)
        return HttpResponseRedirect(reverse("admin:tenants_company_changelist"))

    @admin.action(description=_("Suspend the selected companies"), permissions=["change"])
    def suspend(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        companies.filter(suspended_at=None).update(suspended_at=timezone.now())

    @admin.action(description=_("Let the selected companies work again"), permissions=["change"])
    def resume(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        companies.update(suspended_at=None)


@admin.register(Member)
class MemberAdmin(CompanyScopedAdmin):
    """People join by signing in, and leave by being switched off: what they booked stays."""

    list_display = ("email", "name", "role", "active", "joined_at")
    list_filter = ("role", "active")
    search_fields = ("email", "name")
    readonly_fields = ("user", "email", "name", "joined_at")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AdminNotice)
class AdminNoticeAdmin(ReadOnlyAdmin):
    """What a company's administrators are told that they have to do."""

    list_display = ("kind", "text", "raised_at", "ended_at", "mailed_at")
    list_filter = ("kind", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("text",)


@admin.register(Logo)
class LogoAdmin(ReadOnlyAdmin):
    list_display = ("digest",)
    fields = ("digest",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What the company's administrators changed; they see it under Settings → Audit log."""

    list_display = ("at", "act", "subject", "door", "member")
    list_select_related = ("member",)
    list_filter = ("act", "door", "at")
    search_fields = ("subject", "member__email")
    ordering = ("-pk",)


@admin.register(User)
class UserAdmin(AccountAdmin):  # type: ignore[type-arg]
    """Accounts across companies: operators have a password, members have Google."""

    list_display = ("username", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("username", "email", "first_name", "last_name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
