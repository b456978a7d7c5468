"""Turning a refusal, of a service or of an address, into an answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from roomly.error_pages import WRONG_METHOD, wrong_method
from tenants.access import visitor
from tenants.errors import DomainError


class RefusalMiddleware(MiddlewareMixin):
    """Shows a DomainError that no view handled: the whole page, or a note in an open one."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if request.headers.get("HX-Request"):
            template, member = "partials/refusal.html", None
        else:
            template, member = "refusal.html", visitor(request)
        context = {"error": exception, "member": member}
        return render(request, template, context, status=exception.status)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Gives a person who opened the address of a button a page instead of an empty answer."""
        if response.status_code != WRONG_METHOD.status or request.method != "GET":
            return response
        return response if response.content else wrong_method(request, response["Allow"])
