"""The OpenAPI schema, its page, and what the schema says about signing in."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

from tenants.errors import NotFound


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "integrations.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of your company. Its scopes are `read`, `book` and `admin`;"
            " each includes the ones before it.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "integrations.authentication.MemberSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A signed-in browser; unsafe calls need the header X-CSRFToken.",
        }


class Schema(SpectacularAPIView):
    """The OpenAPI 3.1 schema of this API."""


class Docs(SpectacularSwaggerSplitView):
    """The schema as a page, with scripts and styles from this server alone."""

    template_name = "integrations/docs.html"
    title = "Roomly API"
    url_name = "api:schema"


@extend_schema(exclude=True)
class UnknownCall(APIView):
    """Everything under /api/v1/ that is not a call."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is no such call. See /api/v1/docs/."))
