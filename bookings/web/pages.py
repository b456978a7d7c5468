"""Answers to an open page: a side panel in it, which is a page of its own everywhere else, or that
nothing has changed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control

from tenants.access import MemberView, View, stepwise_member_view
from tenants.models import Member
from tenants.scope import company_glance, company_scope


def wants_panel(request: HttpRequest) -> bool:
    """Whether an open page asks for a part of itself."""
    return "HX-Request" in request.headers


def kept_if_early(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Lets a browser show a page that it fetched before anybody asked for it, for a minute; the
    page looks again as soon as it is open. https://www.w3.org/TR/resource-hints/#prefetch"""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        patch_cache_control(answer, private=True, max_age=60)
    return answer


def drawn_if_changed(tag_of: Callable[..., str | None]) -> Callable[[MemberView], View]:
    """A page for members that an open page asks for again and again: as long as its tag is right it
    is told so at a glance, and nothing more is read.

    `tag_of` is asked what the view is asked; None is of what is drawn each time.
    """

    def decorate(view: MemberView) -> View:
        @stepwise_member_view
        @wraps(view)
        def answer(request: HttpRequest, member: Member, *args: Any, **kwargs: Any) -> Any:
            with company_glance(member.company_id):
                tag = tag_of(request, member, *args, **kwargs)
            if tag is not None:
                known = _tagged(HttpResponse(), tag)
                told = get_conditional_response(request, etag=tag, response=known)
                if told is not known:
                    return told
            with company_scope(member.company_id):
                fresh = view(request, member, *args, **kwargs)
            return fresh if tag is None else _tagged(fresh, tag)

        return answer

    return decorate


def _tagged(answer: Any, tag: str) -> Any:
    answer["ETag"], answer["Vary"] = tag, "HX-Request"
    patch_cache_control(answer, private=True, no_cache=True)
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
