"""Calendar v3 acl: who may do what with a calendar."""

from typing import Any

from standins.google.calendars import paged
from standins.google.calls import Call
from standins.google.errors import invalid, not_found, required
from standins.google.model import ROLES, Calendar

Json = dict[str, Any]
_SCOPE_TYPES = ("default", "user", "group", "domain")


def _rule(scope: str, role: str) -> Json:
    kind, _, value = scope.partition(":")
    where = {"type": kind} | ({"value": value} if value else {})
    return {
        "kind": "calendar#aclRule",
        "etag": f'"{role}"',
        "id": scope,
        "scope": where,
        "role": role,
    }


def _rules(calendar: Calendar) -> dict[str, str]:
    own = {f"user:{calendar.owner}": "owner"} if calendar.owner else {}
    return own | calendar.acl


def list_rules(call: Call) -> Json:
    """The access rules of a calendar; for its owners."""
    rules = _rules(call.calendar("owner"))
    items = [_rule(scope, role) for scope, role in rules.items()]
    size = min(call.query.get("maxResults", 100), 250)
    return paged(call, items, kind="calendar#acl", key="items", size=size)


def get_rule(call: Call) -> Json:
    """One access rule."""
    rules = _rules(call.calendar("owner"))
    if call.path["ruleId"] not in rules:
        raise not_found()
    return _rule(call.path["ruleId"], rules[call.path["ruleId"]])


def insert_rule(call: Call) -> Json:
    """Give a role to somebody. An ACL change ends the calendar's sync tokens."""
    calendar = call.calendar("owner")
    scope, role = call.body.get("scope") or {}, call.body.get("role")
    if role not in ROLES or scope.get("type") not in _SCOPE_TYPES:
        raise invalid()
    if scope["type"] != "default" and not scope.get("value"):
        raise required("Missing scope value.")
    name = scope["type"] + (f":{scope['value']}" if scope.get("value") else "")
    _set_rule(call, calendar, name, role)
    return _rule(name, role)


def patch_rule(call: Call) -> Json:
    """Change the role of a rule."""
    calendar, name = call.calendar("owner"), call.path["ruleId"]
    if name not in calendar.acl:
        raise not_found()
    _set_rule(call, calendar, name, call.body.get("role") or calendar.acl[name])
    return _rule(name, calendar.acl[name])


def delete_rule(call: Call) -> None:
    """Take a rule away."""
    calendar, name = call.calendar("owner"), call.path["ruleId"]
    if name not in calendar.acl:
        raise not_found()
    del calendar.acl[name]
    _tokens_end(call, calendar)


def _set_rule(call: Call, calendar: Calendar, name: str, role: str) -> None:
    if role not in ROLES:
        raise invalid()
    calendar.acl[name] = role
    _tokens_end(call, calendar)


def _tokens_end(call: Call, calendar: Calendar) -> None:
    calendar.token_epoch += 1
    call.world.changed(calendar, "acl")
