"""API keys, for the operator: what there is, and taking one back."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations.keys import revoke
from integrations.models import ApiKey
from tenants.company_admin import ReadOnlyAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys are made by `manage.py create_api_key`, which shows them; here nobody can read one."""

    list_display = ("__str__", "member", "scopes", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("member",)
    exclude = ("company", "secret_hash")
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected keys"), permissions=["view"])
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        revoke(keys)
