"""Where buttons, forms and commands arrive from Slack: acknowledged at once, done by Celery.

A form alone is answered here, because what is wrong with it has to stand beside its fields.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from celery import current_app
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from kombu.exceptions import OperationalError

from reminders.remote import booking_form
from reminders.remote.asked import Asked, Malformed, command_in, payload_in, person_in, press_in
from reminders.remote.requests import BUTTONS
from reminders.remote.signing import from_slack

logger = structlog.get_logger(__name__)

View = Callable[[HttpRequest], HttpResponse]


def _understood(view: View) -> View:
    """401 for what Slack does not send, as if it were not signed."""

    @wraps(view)
    def inside(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Malformed:
            logger.warning("slack request malformed", path=request.path)
            return HttpResponse(status=401)

    return inside


@from_slack
@_understood
def interactions(request: HttpRequest) -> HttpResponse:
    """`POST /slack/interactions`: a button, or a form that was sent."""
    payload = payload_in(request.POST)
    if payload["type"] == "view_submission":
        return _submitted(payload)
    if payload["type"] != "block_actions":
        return HttpResponse()
    press = press_in(payload)
    if press is None or press.action not in BUTTONS:  # a link, say
        return HttpResponse()
    return _passed_on("reminders.tasks.answer_slack_button", press)


@from_slack
@_understood
def _commands(request: HttpRequest) -> HttpResponse:
    if request.POST.get("ssl_check") == "1":
        return HttpResponse()
    return _passed_on("reminders.tasks.answer_slack_command", command_in(request.POST))


@csrf_exempt
def commands(request: HttpRequest) -> HttpResponse:
    """`POST /slack/commands`: `/room …`, or Slack's look at our certificate, which asks nothing."""
    if request.method == "GET" and "ssl_check" in request.GET:
        return HttpResponse()
    return _commands(request)


def _submitted(payload: dict[str, Any]) -> HttpResponse:
    person_in(payload)
    view = payload.get("view")
    if not isinstance(view, dict) or view.get("callback_id") != booking_form.FORM:
        raise Malformed
    return JsonResponse(booking_form.submit(payload))


def _passed_on(task: str, asked: Asked) -> HttpResponse:
    """Acknowledges what a worker is to do; 503 if nobody can be told."""
    try:
        current_app.send_task(task, [asked.passed_on()], retry=False)
    except OperationalError as error:
        logger.error("slack request not passed on", task=task, error=str(error))
        return HttpResponse(status=503)
    return HttpResponse()
