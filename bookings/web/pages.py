"""Answers that are a side panel in an open page, and a page of their own everywhere else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from tenants.models import Member


def wants_panel(request: HttpRequest) -> bool:
    """Whether an open page asks for a part of itself."""
    return "HX-Request" in request.headers


def kept_if_early(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Lets a browser show a page that it fetched before anybody asked for it, for a minute; the
    page looks again as soon as it is open. https://www.w3.org/TR/resource-hints/#prefetch"""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        patch_cache_control(answer, private=True, max_age=60)
    return answer


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
