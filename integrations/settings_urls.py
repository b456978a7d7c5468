"""The page of a company's API keys."""

from django.urls import path

from integrations import settings_views

urlpatterns = [
    path("settings/api-keys/", settings_views.api_keys, name="api_keys"),
    path(
        "settings/api-keys/<int:key_id>/revoke/", settings_views.revoke_key, name="api_key_revoke"
    ),
]
