"""What people and Slack itself do, and tell the app about: clicks, commands, modals, events."""

from standins.slack.content import with_ids
from standins.slack.model import APP_ID, Channel, Json, Message, User, View, Workspace
from standins.slack.outgoing import Reply
from standins.slack.standin import Standin
from standins.slack.store import new_id
from standins.slack.webhooks import answer_in_channel


def click(
    standin: Standin,
    workspace: Workspace,
    user: User,
    channel: Channel,
    *,
    ts: str,
    action_id: str,
) -> Reply:
    """A person clicks a button of a message; raises LookupError when it has no such button."""
    with standin.lock:
        message = channel.find(ts)
        if message is None:
            raise LookupError("no such message")
        action = _button(message.blocks, action_id)
        payload = _person(workspace, user) | _about(standin, workspace, user, channel, message)
        payload |= {"type": "block_actions", "actions": [_pressed(standin, action)]}
        payload["state"] = {"values": {}}
    return standin.app.interaction(payload)


def click_in_view(standin: Standin, workspace: Workspace, view: View, action_id: str) -> Reply:
    """A person clicks a button of a modal or of App Home."""
    with standin.lock:
        user = workspace.users[view.user_id]
        action = _button(view.content["blocks"], action_id)
        payload = _person(workspace, user) | {
            "type": "block_actions",
            "container": {"type": "view", "view_id": view.id},
            "view": view.wire(workspace.bot_id),
            "trigger_id": standin.grants.add_trigger(workspace.id, user.id),
            "actions": [_pressed(standin, action)],
        }
    return standin.app.interaction(payload)


def submit(standin: Standin, workspace: Workspace, view: View, values: Json) -> Reply:
    """A person submits a modal; `values` is block_id -> action_id -> element state."""
    with standin.lock:
        user = workspace.users[view.user_id]
        shown = view.wire(workspace.bot_id) | {"state": {"values": values}}
        payload = _person(workspace, user) | {"type": "view_submission", "view": shown}
        payload["trigger_id"] = standin.grants.add_trigger(workspace.id, user.id)
        payload["response_urls"] = []
    reply = standin.app.interaction(payload)
    if reply.ok:
        with standin.writing():
            _apply_view_response(view, reply.json())
    return reply


def run_command(
    standin: Standin, workspace: Workspace, user: User, channel: Channel, line: str
) -> Reply:
    """A person types a slash command; the app's direct answer appears in the channel."""
    command, _, text = line.partition(" ")
    with standin.lock:
        path = standin.grants.add_response_url(workspace.id, channel.id, user.id)
        fields = {
            "token": "deprecated",
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.im_user else channel.name,
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text.strip(),
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": f"{standin.base_url}/actions/{path}",
            "trigger_id": standin.grants.add_trigger(workspace.id, user.id),
        }
        grant = standin.grants.response_urls[path]
    reply = standin.app.command(fields)
    if reply.ok and reply.body.strip():
        with standin.writing():
            answer_in_channel(standin, grant, _as_message(reply))
    return reply


def send_event(standin: Standin, workspace: Workspace, event: Json) -> list[Reply]:
    """Deliver an event of the Events API; the replies of all attempts."""
    now = standin.clock.now()
    body = {
        "token": "deprecated",
        "type": "event_callback",
        "team_id": workspace.id,
        "api_app_id": APP_ID,
        "event_id": new_id("Ev"),
        "event_time": int(now),
        "authorizations": [_authorization(workspace)],
        "is_ext_shared_channel": False,
        "event": event | {"event_ts": f"{now:.6f}"},
    }
    return standin.app.event(body)


def uninstall(standin: Standin, workspace: Workspace) -> list[list[Reply]]:
    """The workspace removes the app: tokens and webhooks die, then two events tell of it."""
    with standin.writing() as store:
        for token in store.tokens.values():
            if token.team_id == workspace.id:
                token.status = "account_inactive"
        for hook in store.hooks.values():
            if hook.team_id == workspace.id:
                hook.failure = "no_active_hooks"
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.bot_user_id]}}
    return [
        send_event(standin, workspace, revoked),
        send_event(standin, workspace, {"type": "app_uninstalled"}),
    ]


def open_home(standin: Standin, workspace: Workspace, user: User) -> list[Reply]:
    """A person opens the app's Home tab."""
    event: Json = {"type": "app_home_opened", "user": user.id, "channel": "", "tab": "home"}
    view = standin.store.views.get(f"{workspace.id}/{user.id}")
    if view is not None:
        event["view"] = view.wire(workspace.bot_id)
    return send_event(standin, workspace, event)


def _person(workspace: Workspace, user: User) -> Json:
    return {
        "team": {"id": workspace.id, "domain": workspace.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.id},
        "api_app_id": APP_ID,
        "token": "deprecated",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _about(
    standin: Standin, workspace: Workspace, user: User, channel: Channel, message: Message
) -> Json:
    path = standin.grants.add_response_url(workspace.id, channel.id, user.id, message.ts)
    return {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": bool(message.ephemeral_to),
        },
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message.wire(workspace.id),
        "response_url": f"{standin.base_url}/actions/{path}",
        "trigger_id": standin.grants.add_trigger(workspace.id, user.id),
    }


def _button(blocks: list[Json], action_id: str) -> Json:
    element: Json
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button" and element.get("action_id") == action_id:
                return element | {"block_id": block["block_id"]}
    raise LookupError("no such button")


def _pressed(standin: Standin, button: Json) -> Json:
    kept = ("action_id", "block_id", "text", "value", "type", "style", "url")
    pressed = {name: button[name] for name in kept if name in button}
    return pressed | {"action_ts": f"{standin.clock.now():.6f}"}


def _as_message(reply: Reply) -> Json:
    return reply.json() or {"text": reply.body}


def _authorization(workspace: Workspace) -> Json:
    return {
        "enterprise_id": None,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }


def _apply_view_response(view: View, answer: Json) -> None:
    action = answer.get("response_action")
    if action == "update":
        shown = answer["view"]
        view.content = shown | {"blocks": [with_ids(block) for block in shown["blocks"]]}
    elif action != "errors":
        view.is_open = False
