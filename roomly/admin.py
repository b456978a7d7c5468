"""The operator's Django admin. It enters one company at a time, so even here none sees another."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from tenants.models import Company
from tenants.operator import entered_company
from tenants.scope import company_scope


class OperatorSite(AdminSite):
    """Runs every page inside the scope of the company that the operator entered, if any."""

    site_title = site_header = "Roomly"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """All pages but allauth's: what it keeps about sign-ins is not for changing by hand."""
        if not (admin_class and admin_class.__module__.startswith("allauth.")):
            super().register(model_or_iterable, admin_class, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        company_id = entered_company(request)
        entered = Company.objects.filter(pk=company_id).first() if company_id else None
        return {**super().each_context(request), "entered_company": entered}

    def admin_view(  # type: ignore[override]
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        guarded = super().admin_view(view, cacheable)

        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            company_id = entered_company(request)
            if company_id is None:
                return guarded(request, *args, **kwargs)
            with company_scope(company_id):
                response = guarded(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response.render()  # its queries belong inside the scope
                return response

        return scoped
