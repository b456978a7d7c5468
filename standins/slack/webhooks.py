"""Incoming webhooks and response URLs: messages posted to a secret URL."""

import json
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from standins.slack.content import Content, read_content
from standins.slack.errors import RateLimitedError, SlackError
from standins.slack.faults import RESPONSE_URL, WEBHOOK, Fault, answer_with
from standins.slack.grants import ResponseUrl
from standins.slack.model import Channel, Hook, Json, Message
from standins.slack.standin import Standin

STATUS_OF = {
    "invalid_payload": 400,
    "no_text": 400,
    "user_not_found": 400,
    "too_many_attachments": 400,
    "invalid_blocks": 400,
    "invalid_token": 403,
    "action_prohibited": 403,
    "posting_to_general_channel_denied": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "no_active_hooks": 404,
    "no_service_id": 404,
    "no_team": 404,
    "team_disabled": 404,
    "channel_is_archived": 410,
    "rollup_error": 500,
}


async def incoming(request: Request) -> Response:
    """POST /services/T…/B…/…: a message into the webhook's channel."""
    return await _posted(request, WEBHOOK, partial(_through_hook, request.app.state.standin))


async def response_url(request: Request) -> Response:
    """POST /actions/…: an answer to an interaction or a command."""
    return await _posted(request, RESPONSE_URL, partial(_respond, request.app.state.standin))


async def _posted(request: Request, kind: str, deliver: "partial[Response]") -> Response:
    standin: Standin = request.app.state.standin
    payload, path = await _payload(request), request.path_params["path"]
    fault = standin.faults.take(kind)
    response = await answer_with(fault, partial(deliver, path, payload), _faulty_answer)
    standin.record(
        {
            "kind": kind,
            "path": path,
            "arguments": payload,
            "fault": fault.kind if fault else None,
            "status": response.status_code,
            "answer": bytes(response.body).decode(),
        }
    )
    return response


async def _payload(request: Request) -> Json | None:
    """The JSON body, or the form field `payload`; None when it is neither."""
    raw: object = await request.body()
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raw = (await request.form()).get("payload")
    try:
        value = json.loads(raw) if isinstance(raw, str | bytes) else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _through_hook(standin: Standin, path: str, payload: Json | None) -> Response:
    try:
        with standin.writing() as store:
            hook, channel = _target(standin, path)
            content = _content(payload)
            standin.limiter.spend_post(hook.team_id, path)
            bot_id = store.workspaces[hook.team_id].bot_id
            store.post(channel, _message(content, bot_id=bot_id))
    except SlackError as error:
        return _refusal(error.code)
    except RateLimitedError as error:
        return _too_many(error.retry_after)
    return PlainTextResponse("ok")


def _target(standin: Standin, path: str) -> tuple[Hook, Channel]:
    team_id, _, _ = path.partition("/")
    if team_id not in standin.store.workspaces:
        raise SlackError("no_team")
    hook = standin.store.hooks.get(path)
    if hook is None:
        same_service = any(
            known.startswith(path.rpartition("/")[0]) for known in standin.store.hooks
        )
        raise SlackError("invalid_token" if same_service else "no_service")
    if hook.failure:
        raise SlackError(hook.failure)
    channel = standin.store.workspaces[team_id].channels.get(hook.channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("channel_is_archived")
    return hook, channel


def _content(payload: Json | None) -> Content:
    if payload is None:
        raise SlackError("invalid_payload")
    try:
        return read_content(payload)
    except SlackError as error:
        known = error.code in STATUS_OF
        raise SlackError(error.code if known else "invalid_payload") from None


def _respond(standin: Standin, path: str, payload: Json | None) -> Response:
    """See https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
    try:
        with standin.writing():
            grant = standin.grants.use_response_url(path)
            if payload is None:
                raise SlackError("invalid_payload")
            answer_in_channel(standin, grant, payload)
    except SlackError as error:
        gone = error.code in ("expired_url", "used_url")
        return JSONResponse({"ok": False, "error": error.code}, status_code=404 if gone else 400)
    return PlainTextResponse("ok")


def answer_in_channel(standin: Standin, grant: ResponseUrl, payload: Json) -> None:
    """Carry out an answer: replace or delete the message it is about, or post a new one."""
    workspace = standin.store.workspaces[grant.team_id]
    channel = workspace.channels[grant.channel_id]
    original = channel.find(grant.message_ts)
    if payload.get("delete_original") and original is not None:
        channel.messages.remove(original)
        return
    content = read_content(payload)
    if payload.get("replace_original") and original is not None:
        original.text, original.blocks = content.text, content.blocks
        original.attachments = content.attachments
        original.edited_ts = f"{standin.clock.now():.6f}"
        return
    visible_to = "" if payload.get("response_type") == "in_channel" else grant.user_id
    message = _message(content, bot_id=workspace.bot_id, ephemeral_to=visible_to)
    standin.store.post(channel, message)


def _message(content: Content, *, bot_id: str, ephemeral_to: str = "") -> Message:
    return Message(
        ts="",
        text=content.text,
        user_id="",  # the author is the webhook: chat.update and chat.delete do not reach it
        bot_id=bot_id,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        ephemeral_to=ephemeral_to,
    )


def _faulty_answer(fault: Fault) -> Response:
    if fault.kind == "error":
        return _refusal(fault.error)
    if fault.status == 429:
        return _too_many(fault.retry_after or 1)
    return PlainTextResponse("rollup_error", status_code=fault.status)


def _too_many(retry_after: int) -> Response:
    headers = {"Retry-After": str(retry_after)}
    return PlainTextResponse("rate_limited", status_code=429, headers=headers)


def _refusal(code: str) -> Response:
    return PlainTextResponse(code, status_code=STATUS_OF.get(code, 500))


ROUTES = [
    Route("/services/{path:path}", incoming, methods=["POST"]),
    Route("/actions/{path:path}", response_url, methods=["POST"]),
]
