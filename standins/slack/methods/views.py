"""views.*: modals and App Home."""

import json
import secrets

from standins.slack import blocks as block_kit
from standins.slack.content import with_ids
from standins.slack.errors import SlackError
from standins.slack.methods.call import Call, Method
from standins.slack.model import Json, View
from standins.slack.store import new_id
from standins.slack.text_objects import check_length, check_text, require

BUTTON_CHARACTERS = 24  # of title, submit and close
PRIVATE_METADATA_CHARACTERS = 3000


def open_(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.open"""
    content = _read_view(call, "modal")
    trigger = call.standin.grants.use_trigger(call.text("trigger_id"), call.workspace.id)
    view = View(new_id("V"), call.workspace.id, trigger.user_id, content, _new_hash(call))
    call.store.views[view.id] = view
    return {"view": view.wire(call.workspace.bot_id)}


def update(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.update"""
    content = _read_view(call, "modal")
    view = _open_view(call)
    return {"view": _replace(call, view, content)}


def publish(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.publish"""
    content = _read_view(call, "home")
    user = call.user("user_id")
    key = f"{call.workspace.id}/{user.id}"
    view = call.store.views.get(key) or View(new_id("V"), call.workspace.id, user.id, {}, "")
    call.store.views[key] = view
    return {"view": _replace(call, view, content)}


def _replace(call: Call, view: View, content: Json) -> Json:
    if call.optional("hash") and call.optional("hash") != view.hash:
        raise SlackError("hash_conflict")
    view.content, view.hash = content, _new_hash(call)
    return view.wire(call.workspace.bot_id)


def _open_view(call: Call) -> View:
    view_id, external_id = call.optional("view_id"), call.optional("external_id")
    for view in call.store.views.values():
        is_meant = view.id == view_id or view.content.get("external_id") == (external_id or None)
        if is_meant and view.team_id == call.workspace.id and view.is_open:
            return view
    raise SlackError("not_found")


def _read_view(call: Call, kind: str) -> Json:
    raw = call.arguments.get("view")
    if isinstance(raw, str) and raw:
        try:
            raw = json.loads(raw)
        except ValueError:
            raise SlackError.invalid("[ERROR] must be valid JSON [json-pointer:/view]") from None
    if not isinstance(raw, dict):
        raise SlackError.missing_argument("view")
    problems = _problems(raw, kind)
    if problems:
        raise SlackError.invalid(*(f"[ERROR] {problem}" for problem in problems))
    return raw | {"blocks": [with_ids(block) for block in raw["blocks"]]}


def _problems(view: Json, kind: str) -> list[str]:
    problems: list[str] = []
    if view.get("type") != kind:
        return [f"unsupported type: {view.get('type')} [json-pointer:/view/type]"]
    if not isinstance(view.get("blocks"), list):
        return ["missing required field: blocks [json-pointer:/view]"]
    if kind == "modal":
        _check_modal(view, problems)
    check_length(view, "callback_id", 255, "/view", problems)
    check_length(view, "private_metadata", PRIVATE_METADATA_CHARACTERS, "/view", problems)
    limit = block_kit.VIEW_BLOCKS
    return problems + block_kit.problems_of(view["blocks"], limit=limit, at="/view/blocks")


def _check_modal(view: Json, problems: list[str]) -> None:
    require(view, "title", "/view", problems)
    for part in ("title", "submit", "close"):
        if view.get(part):
            check_text(view[part], BUTTON_CHARACTERS, f"/view/{part}", problems, plain=True)
    kinds = {block.get("type") for block in view["blocks"] if isinstance(block, dict)}
    if "input" in kinds:
        require(view, "submit", "/view", problems)


def _new_hash(call: Call) -> str:
    return f"{int(call.standin.clock.now())}.{secrets.token_hex(4)}"


METHODS = (
    Method("views.open", open_, tier=4),
    Method("views.update", update, tier=4),
    Method("views.publish", publish, tier=4),
)
