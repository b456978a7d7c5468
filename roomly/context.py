"""What every page needs: how it looks, and for whom."""

import json

from django.http import HttpRequest

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


def page(request: HttpRequest) -> dict[str, object]:
    """Theme and htmx's settings. The theme of a stranger is the device's."""
    user = getattr(request, "user", None)
    return {
        "htmx_config": HTMX_CONFIG,
        "theme": user.theme if isinstance(user, User) else User.Theme.SYSTEM,
        "themes": User.Theme.choices,
    }
