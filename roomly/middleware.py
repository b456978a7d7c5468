"""Turning a refusal of a service into an answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from tenants.errors import DomainError


class RefusalMiddleware(MiddlewareMixin):
    """Shows a DomainError that no view handled: the whole page, or a note in an open one."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = "partials/refusal.html" if request.headers.get("HX-Request") else "refusal.html"
        return render(request, template, {"error": exception}, status=exception.status)
