"""What every page needs: how it looks, and for whom."""

import json

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.models import User

# Answers that refuse carry a page for the person too, so htmx shows them; nothing is evaluated.
HTMX_CONFIG = json.dumps(
    {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "historyCacheSize": 0,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "[45]..", "swap": True, "error": True},
        ],
    }
)

# What administrators set up, by the names of the pages.
SETTINGS_PAGES = {
    "company-rooms": _("Rooms and buildings"),
    "rules": _("Rules"),
    "displays": _("Door displays"),
    "usage": _("Usage"),
    "google_connection": _("Google"),
    "google_health": _("Calendar health"),
    "slack": _("Slack"),
    "company_reminders": _("Reminders"),
    "company": _("Company"),
    "people": _("People and roles"),
    "api_keys": _("API keys"),
    "webhooks": _("Webhooks"),
    "audit-log": _("Audit log"),
}


def page(request: HttpRequest) -> dict[str, object]:
    """Theme, htmx's settings, the pages of settings. The theme of a stranger is the device's."""
    user = getattr(request, "user", None)
    return {
        "htmx_config": HTMX_CONFIG,
        "theme": user.theme if isinstance(user, User) else User.Theme.SYSTEM,
        "themes": User.Theme.choices,
        "settings_pages": SETTINGS_PAGES,
    }
