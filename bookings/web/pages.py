"""Answers that are a side panel in an open page, and a page of their own everywhere else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.models import Member


def wants_panel(request: HttpRequest) -> bool:
    """Whether an open page asks for a part of itself."""
    return "HX-Request" in request.headers


def panel(
    request: HttpRequest,
    template: str,
    member: Member,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """A panel, or the page around it."""
    in_panel = wants_panel(request)
    context = {**context, "member": member, "panel": template, "in_panel": in_panel}
    answer = render(request, template if in_panel else "bookings/page.html", context, status=status)
    answer["Vary"] = "HX-Request"
    return answer
