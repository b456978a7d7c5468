"""One port: the live stream is async Django, everything else Django under WSGI in threads.

Django's own ASGI path costs three times the CPU for an ordinary page, and connections to the
database cannot be kept there.
"""

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roomly.settings")
os.environ.setdefault("DATABASE_ROLE", "roomly_app")

live = get_asgi_application()

from roomly.wsgi import application as wsgi_application  # noqa: E402  needs the apps loaded
from tenants.roles import refuse_unsafe_role  # noqa: E402

refuse_unsafe_role()
pages = WSGIMiddleware(wsgi_application, workers=8)  # type: ignore[arg-type]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Routes `/live` to the async application and all other requests to the threads."""
    is_page = scope["type"] == "http" and scope["path"] != "/live"
    await (pages if is_page else live)(scope, receive, send)
