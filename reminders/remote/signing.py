"""Whether a request comes from Slack: signed over its raw body, five minutes fresh, never twice.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis import RedisError
from slack_sdk.signature import SignatureVerifier

from bookings.live import redis_client

logger = structlog.get_logger(__name__)

View = Callable[..., HttpResponse]

# A stamp may lie five minutes on either side of our clock, so it passes for ten.
REMEMBERED = 600  # seconds


def from_slack(view: View) -> View:
    """A POST view outside sessions that only Slack can call, each request once.

    401 without a good signature, and for one that was seen before; a retry that Slack declares as
    such is acknowledged instead. 503, which Slack repeats, where Redis cannot tell the two apart.
    A view that fails has not seen its request.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            genuine = _is_signed(request)
        except RequestDataTooBig:
            return HttpResponse(status=413)
        except UnreadablePostError:
            return HttpResponse(status=400)
        if not genuine:
            return _refusal(request, "signature")
        try:
            if not redis_client().set(_key(request), 1, nx=True, ex=REMEMBERED):
                retried = "X-Slack-Retry-Num" in request.headers
                return HttpResponse() if retried else _refusal(request, "replay")
        except RedisError as error:
            logger.error("slack request not taken", path=request.path, error=str(error))
            return HttpResponse(status=503)
        return _answered(request, lambda: view(request, *args, **kwargs))

    return inside


def _is_signed(request: HttpRequest) -> bool:
    """The SDK raises for what is not a number, not ASCII or not UTF-8, and for an empty secret."""
    body = request.body
    try:
        verifier = SignatureVerifier(settings.SLACK_SIGNING_SECRET)
        return verifier.is_valid(
            body,
            request.headers.get("X-Slack-Request-Timestamp"),
            request.headers.get("X-Slack-Signature"),
        )
    except (ValueError, TypeError):
        return False


def _answered(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    done = False
    try:
        response = answer()
        done = response.status_code < 500
    finally:
        if not done:
            redis_client().delete(_key(request))
    return response


def _key(request: HttpRequest) -> str:
    signature = request.headers["X-Slack-Signature"]
    return f"reminders:seen:{hashlib.sha256(signature.encode()).hexdigest()}"


def _refusal(request: HttpRequest, why: str) -> HttpResponse:
    logger.warning("slack request refused", path=request.path, why=why)
    return HttpResponse(status=401)
