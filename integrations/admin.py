"""API keys and webhooks, for the operator: what there is, and taking a key back."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations.keys import revoke
from integrations.models import ApiKey, Webhook, WebhookMessage
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


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Webhooks are their company's to change."""

    list_display = ("__str__", "url", "state", "failing_since", "next_at", "created_at")
    list_filter = ("state",)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    """What was sent, without what it said."""

    list_display = (
        "__str__", "webhook", "state", "tries", "status", "trouble", "tried_at", "created_at",
    )  # fmt: skip
    list_select_related = ("webhook",)
    list_filter = ("state", "type")
    exclude = ("company", "body", "answer")
