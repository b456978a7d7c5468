"""Every refusal of the API as `application/problem+json` (RFC 9457)."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.settings import api_settings

from tenants.errors import DomainError, NotAllowed, NotFound

logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
WHOLE_BODY = api_settings.NON_FIELD_ERRORS_KEY


class Problem(JsonResponse):
    """An answer that says what is wrong; `code` is stable for programs, `detail` for people."""

    def __init__(self, *, status: int, code: str, detail: Any, **members: Any) -> None:
        body = {
            "type": f"urn:roomly:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            **members,
        }
        super().__init__(
            body,
            status=status,
            content_type=MEDIA_TYPE,
            json_dumps_params={"ensure_ascii": False},
        )


def problem_response(error: Exception, _context: dict[str, Any]) -> Problem | None:
    """Django REST framework's exception handler; None for what only a programmer can mend."""
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = NotAllowed()
    if isinstance(error, DomainError):
        return refusal(error)
    if isinstance(error, RequestDataTooBig):
        return Problem(status=413, code="too_large", detail=_("The body is too large."))
    if isinstance(error, exceptions.ValidationError):
        return invalid_fields(error)
    if isinstance(error, exceptions.APIException):
        return _framework_refusal(error)
    return None


def refusal(error: DomainError) -> Problem:
    """A service's refusal, with its details as further members."""
    members = dict(error.details)
    if error.field:
        members["errors"] = {error.field: [error.message]}
    problem = Problem(status=error.status, code=error.code, detail=error.message, **members)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        problem["Retry-After"] = "1"
    return problem


def invalid_fields(error: exceptions.ValidationError) -> Problem:
    """All fields that cannot be right, by their path in the body: `attendees.0.email`."""
    errors: dict[str, list[str]] = {}
    for field, message in _flatten(error.detail):
        errors.setdefault(field, []).append(message)
    return Problem(
        status=422,
        code="invalid_input",
        detail=_("Some values cannot be used; see errors."),
        errors=errors,
    )


def server_error(request: HttpRequest, error: Exception) -> Problem:
    """The answer to a programming error or an outage: logged, and no word about the inside.

    Call it while the exception is being handled: the signal's receivers look for it.
    """
    logger.error("api call failed", path=request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return Problem(
        status=500,
        code="server_error",
        detail=_("Something went wrong on our side. Please try again later."),
    )


def _framework_refusal(error: exceptions.APIException) -> Problem:
    problem = Problem(
        status=error.status_code,
        code=str(getattr(error.detail, "code", error.default_code)),
        detail=error.detail,
    )
    if header := getattr(error, "auth_header", None):
        problem["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        problem["Retry-After"] = str(int(wait))
    return problem


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            is_whole = name == WHOLE_BODY
            yield from _flatten(inner, path if is_whole else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, f"{path}.{place}" if nested else path)
    else:
        yield path or "body", str(detail)
