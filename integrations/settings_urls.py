"""The pages of a company's API keys and webhooks."""

from django.urls import path

from integrations import settings_views, webhooks_views

urlpatterns = [
    path("settings/api-keys/", settings_views.api_keys, name="api_keys"),
    path(
        "settings/api-keys/<int:key_id>/revoke/", settings_views.revoke_key, name="api_key_revoke"
    ),
    path("settings/webhooks/", webhooks_views.webhooks, name="webhooks"),
    path("settings/webhooks/<int:webhook_id>/", webhooks_views.webhook, name="webhook"),
    path(
        "settings/webhooks/<int:webhook_id>/switch/",
        webhooks_views.switch_webhook,
        name="webhook_switch",
    ),
    path(
        "settings/webhooks/<int:webhook_id>/secret/",
        webhooks_views.rotate_webhook,
        name="webhook_secret",
    ),
    path(
        "settings/webhooks/<int:webhook_id>/test/",
        webhooks_views.test_webhook,
        name="webhook_test",
    ),
    path(
        "settings/webhooks/<int:webhook_id>/delete/",
        webhooks_views.remove_webhook,
        name="webhook_delete",
    ),
    path(
        "settings/webhooks/messages/<int:message_id>/again/",
        webhooks_views.repeat_message,
        name="webhook_again",
    ),
]
