"""POST and GET /api/<method>: Slack's Web API."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standins.slack.arguments import Received, receive
from standins.slack.errors import RateLimitedError, SlackError
from standins.slack.faults import Fault, answer_with
from standins.slack.methods import METHODS
from standins.slack.methods.call import AppCall, AppMethod, Call, Method, missing_scope
from standins.slack.model import Json, Token
from standins.slack.standin import Standin

STATUS_ERRORS = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}


async def call_method(request: Request) -> Response:
    """One call: read it, let a waiting fault have its way, answer and log it."""
    standin: Standin = request.app.state.standin
    name = request.path_params["method"]
    method = METHODS.get(name)
    try:
        received = await receive(request, json_body=method is not None and method.json_body)
    except SlackError as error:
        return _refused(error)
    fault = standin.faults.take(name)
    response = await answer_with(
        fault, partial(_answered, standin, name, method, received), _faulty_answer
    )
    standin.record(
        {
            "kind": "api",
            "method": name,
            "token": received.token,
            "arguments": received.arguments,
            "fault": fault.kind if fault else None,
            "status": response.status_code,
            "answer": bytes(response.body).decode(),
        }
    )
    return response


def _answered(
    standin: Standin, name: str, method: Method | AppMethod | None, received: Received
) -> JSONResponse:
    try:
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        with standin.writing():
            answer, headers = _run(standin, method, received)
    except SlackError as error:
        return _refused(error)
    except RateLimitedError as error:
        return _too_many(error.retry_after)
    return JSONResponse({"ok": True} | answer | _warned(received.warning), headers=headers)


def _run(
    standin: Standin, method: Method | AppMethod, received: Received
) -> tuple[Json, dict[str, str]]:
    if isinstance(method, AppMethod):
        return method.run(AppCall(standin, received.arguments, received.token)), {}
    token = authenticated(standin, received.token)
    standin.limiter.spend_tier(method.tier, method.name, token.team_id)
    headers = {
        "X-OAuth-Scopes": ",".join(token.scopes),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes),
    }
    if method.scopes and not set(method.scopes) & set(token.scopes):
        raise missing_scope(token, ",".join(method.scopes))
    workspace = standin.store.workspaces[token.team_id]
    return method.run(Call(standin, received.arguments, token, workspace)), headers


def authenticated(standin: Standin, value: str) -> Token:
    """The token, when it is good; raises the error that Slack has for it otherwise."""
    if not value:
        raise SlackError("not_authed")
    token = standin.store.tokens.get(value)
    if token is None:
        raise SlackError("invalid_auth")
    if token.status != "active":
        raise SlackError(token.status)
    if token.expires_at is not None and token.expires_at <= standin.clock.now():
        raise SlackError("token_expired")
    return token


def _faulty_answer(fault: Fault) -> JSONResponse:
    if fault.kind == "error":
        return JSONResponse({"ok": False, "error": fault.error})
    if fault.status == 429:
        return _too_many(fault.retry_after or 1)
    error = STATUS_ERRORS.get(fault.status, "internal_error")
    return JSONResponse({"ok": False, "error": error}, status_code=fault.status)


def _too_many(retry_after: int) -> JSONResponse:
    return JSONResponse(
        {"ok": False, "error": "ratelimited"},
        status_code=429,
        headers={"Retry-After": str(retry_after)},
    )


def _refused(error: SlackError) -> JSONResponse:
    return JSONResponse({"ok": False, "error": error.code} | error.extra)


def _warned(warning: str) -> Json:
    return {"warning": warning, "response_metadata": {"warnings": [warning]}} if warning else {}


ROUTES = [Route("/api/{method}", call_method, methods=["GET", "POST"])]
