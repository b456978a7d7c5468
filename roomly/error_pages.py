"""What a person is told, and can do, where there is no page to show.

Refusals of services are `roomly.middleware`'s. A part of an open page gets a note, not a page.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from tenants.access import visitor
from tenants.models import Member


@dataclass(frozen=True)
class Trouble:
    """What is the matter, and what to do about it."""

    code: str
    status: int
    title: Any
    message: Any


BAD_REQUEST = Trouble(
    "bad_request",
    400,
    _("Roomly could not read this"),
    _(
        "Your browser sent something that is incomplete or too large. Nothing was changed. Go back"
        " and try again; if you typed the address, look at it once more."
    ),
)
NOT_ALLOWED = Trouble(
    "not_allowed",
    403,
    _("You may not do this"),
    _("Ask the people who run your rooms, or sign in with another account."),
)
NOT_FOUND = Trouble(
    "not_found",
    404,
    _("There is nothing here"),
    _(
        "The address may be mistyped, or what was here is gone. The rooms of your company are one"
        " click away."
    ),
)
WRONG_METHOD = Trouble(
    "method_not_allowed",
    405,
    _("There is no page here"),
    _("This address only takes what a button of Roomly sends. Nothing was changed."),
)
FAILED = Trouble(
    "server_error",
    500,
    _("Something went wrong on our side"),
    _(
        "What you did may not have been saved. Go back and look, then try again in a minute; the"
        " fault has been recorded."
    ),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For what cannot be read, or was sent to a host that is not ours: nobody is signed in there,
    nor with a session that has just ended."""
    nobody = isinstance(exception, DisallowedHost | SessionInterrupted)
    return _answer(request, BAD_REQUEST, None if nobody else visitor(request))


def token_outdated(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's name
    """For a form whose token is not the browser's any more. Who is signed in is read, by the cookie
    that came along, and nothing is done."""
    context = {"member": visitor(request)}
    return render(request, "403_csrf.html", context, status=NOT_ALLOWED.status)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's name
    """For PermissionDenied."""
    return _answer(request, NOT_ALLOWED, visitor(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's name
    """For an address that nothing answers."""
    return _answer(request, NOT_FOUND, visitor(request))


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """For an address that somebody opens, although only a form is sent there."""
    answer = _answer(request, WRONG_METHOD, visitor(request))
    answer["Allow"] = allowed
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that asks nothing of what may just be broken: no query, no session, no header."""
    template = "partials/refusal.html" if _is_part(request) else "500.html"
    words = render_to_string(template, {"error": FAILED})
    return HttpResponse(words, status=FAILED.status)


def _answer(request: HttpRequest, trouble: Trouble, member: Member | None = None) -> HttpResponse:
    template = "partials/refusal.html" if _is_part(request) else "error.html"
    context = {"error": trouble, "member": member}
    return render(request, template, context, status=trouble.status)


def _is_part(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
