"""GET and POST /oauth/v2/authorize: where a person allows the app into a workspace."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from standins.slack.grants import Code
from standins.slack.html import page
from standins.slack.methods.oauth import HOOK_SCOPE
from standins.slack.model import APP_NAME, Workspace
from standins.slack.standin import Standin

KNOWN = ("client_id", "scope", "redirect_uri", "state", "code_challenge", "code_challenge_method")


async def consent(request: Request) -> Response:
    """Show what the app asks for; without `team`, first ask for the workspace."""
    standin: Standin = request.app.state.standin
    asked = {name: request.query_params.get(name, "") for name in KNOWN}
    problem = problem_with(standin, asked)
    if problem:
        return page("problem.html", 400, problem=problem, title="Something went wrong")
    workspace = standin.store.workspaces.get(request.query_params.get("team", ""))
    if workspace is None:
        choices = [
            (choice, urlencode(asked | {"team": choice.id}))
            for choice in standin.store.workspaces.values()
        ]
        return page("workspaces.html", choices=choices, app_name=APP_NAME)
    return page("consent.html", **_consent_context(workspace, asked))


async def decide(request: Request) -> Response:
    """Allow or Cancel: back to the app with a code, or with access_denied."""
    standin: Standin = request.app.state.standin
    form = await request.form()
    asked = {name: _field(form, name) for name in KNOWN}
    problem = problem_with(standin, asked)
    workspace = standin.store.workspaces.get(_field(form, "team"))
    if problem or workspace is None:
        return page("problem.html", 400, problem=problem or "Unknown workspace", title="No")
    answer = {"state": asked["state"]} if asked["state"] else {}
    if _field(form, "decision") == "allow":
        with standin.writing():
            code = standin.grants.add_code(_code(standin, workspace, asked, form))
        answer = {"code": code} | answer
    else:
        answer = {"error": "access_denied"} | answer
    target = asked["redirect_uri"] or standin.settings.app_url
    joint = "&" if urlsplit(target).query else "?"
    return RedirectResponse(f"{target}{joint}{urlencode(answer)}", status_code=302)


def problem_with(standin: Standin, asked: dict[str, str]) -> str:
    """Why Slack would stop here instead of asking the person; empty when it would not."""
    if asked["client_id"] != standin.settings.client_id:
        return "Invalid client_id parameter"
    if not asked["scope"]:
        return "Invalid scope parameter: no scopes requested"
    if asked["redirect_uri"] and not _is_registered(standin, asked["redirect_uri"]):
        return "redirect_uri did not match any configured URIs"
    if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
        return "Invalid code_challenge_method parameter"
    return ""


def _is_registered(standin: Standin, uri: str) -> bool:
    """Slack accepts what lies under a registered URL, on the same host."""
    sent = urlsplit(uri)
    for registered in (standin.settings.app_url, *standin.settings.redirect_urls):
        known = urlsplit(registered)
        same_origin = (sent.scheme, sent.netloc) == (known.scheme, known.netloc)
        folder = known.path.rstrip("/")
        if same_origin and (sent.path == folder or sent.path.startswith(f"{folder}/")):
            return True
    return False


def _consent_context(workspace: Workspace, asked: dict[str, str]) -> dict[str, Any]:
    scopes = asked["scope"].replace(" ", ",").split(",")
    channels = [
        channel
        for channel in workspace.channels.values()
        if channel.kind.endswith("_channel") and not channel.is_archived
    ]
    return {
        "app_name": APP_NAME,
        "workspace": workspace,
        "asked": asked,
        "scopes": scopes,
        "channels": channels if HOOK_SCOPE in scopes else [],
    }


def _code(standin: Standin, workspace: Workspace, asked: dict[str, str], form: FormData) -> Code:
    scopes = [scope for scope in asked["scope"].replace(" ", ",").split(",") if scope]
    return Code(
        team_id=workspace.id,
        user_id=_field(form, "user"),
        scopes=scopes,
        redirect_uri=asked["redirect_uri"],
        channel_id=_field(form, "channel") if HOOK_SCOPE in scopes else "",
        issued_at=standin.clock.now(),
        code_challenge=asked["code_challenge"],
    )


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


ROUTES = [
    Route("/oauth/v2/authorize", consent, methods=["GET"]),
    Route("/oauth/v2/authorize", decide, methods=["POST"]),
]
