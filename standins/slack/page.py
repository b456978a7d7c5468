"""The person's page: workspaces, their channels and direct messages, and what is said there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from standins.slack import activity
from standins.slack.content import stored_text
from standins.slack.html import channel_path, page
from standins.slack.model import Channel, Message, User, View, Workspace
from standins.slack.outgoing import Reply
from standins.slack.standin import Standin

INVITE = "/invite"


@dataclass
class Visit:
    """What a person did in a channel's page."""

    standin: Standin
    workspace: Workspace
    channel: Channel
    user: User
    form: FormData

    def field(self, name: str) -> str:
        """A form field; empty when absent."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""


async def home(request: Request) -> Response:
    """GET /: the first channel of the first workspace."""
    standin: Standin = request.app.state.standin
    for workspace in standin.store.workspaces.values():
        for channel in workspace.channels.values():
            return RedirectResponse(channel_path(workspace, channel), status_code=303)
    return page("problem.html", problem="No workspace exists yet.", title="Slack stand-in")


async def channel_page(request: Request) -> Response:
    """GET /client/T…/C…: the messages, newest at the bottom."""
    standin: Standin = request.app.state.standin
    with standin.lock:
        workspace, channel = _place(request)
        if workspace is None or channel is None:
            return page("problem.html", 404, problem="No such channel.", title="Not found")
        return page("channel.html", **_context(request, standin, workspace, channel))


async def act(request: Request) -> Response:
    """POST /client/T…/C…: say something, click, submit a modal, open the Home tab."""
    standin: Standin = request.app.state.standin
    workspace, channel = _place(request)
    if workspace is None or channel is None:
        return page("problem.html", 404, problem="No such channel.", title="Not found")
    form = await request.form()
    user = workspace.users.get(str(form.get("user")))
    if user is None:
        return page("problem.html", 400, problem="No such person.", title="Who are you?")
    doing = ACTS.get(str(form.get("act")), _say)
    visit = Visit(standin, workspace, channel, user, form)
    try:
        notice = await run_in_threadpool(doing, visit)  # waits for the app, which may call back
    except LookupError as error:
        notice = str(error)
    query = urlencode({"user": user.id} | ({"notice": notice} if notice else {}))
    return RedirectResponse(f"{channel_path(workspace, channel)}?{query}", status_code=303)


def _context(
    request: Request, standin: Standin, workspace: Workspace, channel: Channel
) -> dict[str, Any]:
    people = workspace.people()
    user = workspace.users.get(request.query_params.get("user", ""), people[0] if people else None)
    user_id = user.id if user else ""
    home_view = standin.store.views.get(f"{workspace.id}/{user_id}")
    return {
        "workspaces": standin.store.workspaces.values(),
        "workspace": workspace,
        "channel": channel,
        "people": people,
        "user": user,
        "messages": [m for m in channel.messages if m.ephemeral_to in ("", user_id)],
        "author": partial(_author, workspace),
        "label": partial(_label, workspace),
        "modal": _open_modal(standin, workspace, user_id),
        "home_view": home_view,
        "notice": request.query_params.get("notice", ""),
    }


def _place(request: Request) -> tuple[Workspace | None, Channel | None]:
    standin: Standin = request.app.state.standin
    workspace = standin.store.workspaces.get(request.path_params["team"])
    channel = workspace.channels.get(request.path_params["channel"]) if workspace else None
    return workspace, channel


def _author(workspace: Workspace, message: Message) -> str:
    user = workspace.users.get(message.user_id or workspace.bot_user_id)
    return user.real_name if user else message.user_id


def _label(workspace: Workspace, channel: Channel) -> str:
    """How the sidebar names a channel: a direct message by its person."""
    if channel.im_user:
        return workspace.users[channel.im_user].real_name
    return channel.name if channel.is_mpim else f"#{channel.name}"


def _open_modal(standin: Standin, workspace: Workspace, user_id: str) -> View | None:
    """The modal on top of this person's page."""
    modals = [
        view
        for view in standin.store.views.values()
        if view.content.get("type") == "modal" and view.is_open
        if (view.team_id, view.user_id) == (workspace.id, user_id)
    ]
    return modals[-1] if modals else None


def _say(visit: Visit) -> str:
    line = visit.field("text").strip()
    if line.startswith(INVITE):
        with visit.standin.writing():
            visit.channel.members.append(visit.workspace.bot_user_id)
        return "Roomly was added to this channel."
    if line.startswith("/"):
        reply = activity.run_command(
            visit.standin, visit.workspace, visit.user, visit.channel, line
        )
        return _outcome(reply)
    if line:
        with visit.standin.writing() as store:
            store.post(visit.channel, Message("", stored_text(line), visit.user.id))
    return ""


def _click(visit: Visit) -> str:
    reply = activity.click(
        visit.standin,
        visit.workspace,
        visit.user,
        visit.channel,
        ts=visit.field("ts"),
        action_id=visit.field("action_id"),
    )
    return _outcome(reply)


def _click_in_view(visit: Visit) -> str:
    view, action_id = _own_view(visit), visit.field("action_id")
    return _outcome(activity.click_in_view(visit.standin, visit.workspace, view, action_id))


def _submit(visit: Visit) -> str:
    view = _own_view(visit)
    values: dict[str, Any] = {}
    for block in view.content["blocks"]:
        element = block.get("element", {})
        entered = visit.form.get(f"{block['block_id']}/{element.get('action_id')}")
        if isinstance(entered, str):
            state = _element_state(element["type"], entered)
            values[block["block_id"]] = {element["action_id"]: state}
    reply = activity.submit(visit.standin, visit.workspace, view, values)
    errors = reply.json().get("errors", {})
    if errors:
        with visit.standin.writing():
            _keep_typed(view, values)
    return "; ".join(errors.values()) or _outcome(reply)


def _keep_typed(view: View, values: dict[str, Any]) -> None:
    """A form that is refused goes on showing what was typed into it."""
    for block in view.content["blocks"]:
        element = block.get("element", {})
        state = values.get(block["block_id"], {}).get(element.get("action_id"), {})
        if "selected_option" in state:
            chosen = state["selected_option"]["value"]
            options = (each for each in element["options"] if each["value"] == chosen)
            element["initial_option"] = next(options)
        for name in ("date", "time"):
            if f"selected_{name}" in state:
                element[f"initial_{name}"] = state[f"selected_{name}"]
        if "value" in state:
            element["initial_value"] = state["value"]


def _element_state(kind: str, entered: str) -> dict[str, Any]:
    """What a filled-in element says of itself in view.state.values."""
    if kind == "static_select":
        return {"type": kind, "selected_option": {"value": entered}}
    picked = {"datepicker": "selected_date", "timepicker": "selected_time"}
    return {"type": kind, picked.get(kind, "value"): entered}


def _close(visit: Visit) -> str:
    with visit.standin.writing():
        _own_view(visit).is_open = False
    return ""


def _open_home(visit: Visit) -> str:
    return _outcome(activity.open_home(visit.standin, visit.workspace, visit.user)[-1])


def _own_view(visit: Visit) -> View:
    owner = (visit.workspace.id, visit.user.id)
    for view in visit.standin.store.views.values():
        if view.id == visit.field("view") and (view.team_id, view.user_id) == owner:
            return view
    raise LookupError("no such view")


def _outcome(reply: Reply) -> str:
    """The red line that Slack shows when the app did not acknowledge."""
    if reply.ok:
        return ""
    return f"Roomly did not respond ({reply.failure or f'HTTP {reply.status}'})."


ACTS: dict[str, Callable[[Visit], str]] = {
    "say": _say,
    "click": _click,
    "click_in_view": _click_in_view,
    "submit": _submit,
    "close": _close,
    "open_home": _open_home,
}
ROUTES = [
    Route("/", home, methods=["GET"]),
    Route("/client/{team}/{channel}", channel_page, methods=["GET"]),
    Route("/client/{team}/{channel}", act, methods=["POST"]),
]
