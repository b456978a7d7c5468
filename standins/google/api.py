"""The way of one Google API request: log, faults, token, checks, quota, handler, answer."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from standins.google import (
    access_rules,
    calendars,
    channels,
    directory,
    discovery,
    events,
    free_busy,
    listing,
    tokens,
)
from standins.google.calls import Call
from standins.google.errors import GoogleError
from standins.google.faults import Fault
from standins.google.model import Access
from standins.google.world import World

Json = dict[str, Any]
Handler = Callable[[Call], Json | None]
_HANDLERS: dict[str, Handler] = {
    "calendar.events.insert": events.insert,
    "calendar.events.get": events.get,
    "calendar.events.list": listing.list_events,
    "calendar.events.instances": listing.instances,
    "calendar.events.update": events.update,
    "calendar.events.patch": events.patch,
    "calendar.events.delete": events.delete,
    "calendar.events.import": events.import_,
    "calendar.events.move": events.move,
    "calendar.events.watch": channels.watch_events,
    "calendar.acl.watch": channels.watch_acl,
    "calendar.calendarList.watch": channels.watch_calendar_list,
    "calendar.channels.stop": channels.stop,
    "calendar.freebusy.query": free_busy.query,
    "calendar.calendarList.list": calendars.list_entries,
    "calendar.calendarList.get": calendars.get_entry,
    "calendar.calendarList.insert": calendars.insert_entry,
    "calendar.calendars.get": calendars.get,
    "calendar.calendars.patch": calendars.patch,
    "calendar.calendars.update": calendars.patch,
    "calendar.calendars.insert": calendars.insert,
    "calendar.calendars.delete": calendars.delete,
    "calendar.calendars.clear": calendars.clear,
    "calendar.acl.list": access_rules.list_rules,
    "calendar.acl.get": access_rules.get_rule,
    "calendar.acl.insert": access_rules.insert_rule,
    "calendar.acl.patch": access_rules.patch_rule,
    "calendar.acl.update": access_rules.patch_rule,
    "calendar.acl.delete": access_rules.delete_rule,
    "directory.resources.calendars.list": directory.rooms,
    "directory.resources.calendars.get": directory.get_room,
    "directory.resources.buildings.list": directory.buildings,
    "directory.resources.features.list": directory.features,
    "directory.users.list": directory.users,
}
_HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Vary": "Origin, X-Origin, Referer",
    "Server": "ESF",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, whether it came by itself or as a part of a batch. Header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Outgoing:
    """An answer; `dropped` means that none is given and the connection closed."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


async def answer(world: World, request: Incoming) -> Outgoing:
    """Answer one request and write it into the log."""
    request = _without_override(request)
    entry: Json = {
        "at": world.clock.now(),
        "method": request.method,
        "path": unquote(request.path),
        "query": request.query,
        "api": "",
        "body": _logged_body(request.body),
        "if_match": request.headers.get("if-match"),
    }
    world.requests.append(entry)
    outgoing = await _guarded(world, request, entry)
    entry["status"] = 0 if outgoing.dropped else outgoing.status
    world.tally[entry["api"] or entry["path"]] += 1
    return outgoing


def _without_override(request: Incoming) -> Incoming:
    """A long GET comes as a POST whose form is the query."""
    if request.method != "POST" or "x-http-method-override" not in request.headers:
        return request
    method = request.headers["x-http-method-override"].upper()
    query = "&".join(part for part in (request.query, request.body.decode()) if part)
    return Incoming(method, request.path, query, request.headers, b"")


def _logged_body(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")[:2000]


async def _guarded(world: World, request: Incoming, entry: Json) -> Outgoing:
    try:
        found = discovery.match(request.method, request.path)
        entry["api"] = found.method.id
    except GoogleError as error:
        return _refusal(error)
    fault = world.faults.take(request.method, found.method.id, entry["path"])
    if fault is not None:
        entry["fault"] = fault.kind
        await asyncio.sleep(fault.latency)
        if not fault.after and fault.kind not in ("latency", "drop_after"):
            return spoilt(fault)
    try:
        outgoing = _handled(world, request, found, entry)
    except GoogleError as error:
        return _refusal(error)
    if world.settings.sync_before_watch_reply and found.method.id.endswith(".watch"):
        await world.settled()
    if fault is not None and fault.kind != "latency":
        return spoilt(fault)
    return outgoing


def spoilt(fault: Fault) -> Outgoing:
    """What a request gets that met a fault."""
    if fault.kind in ("drop", "drop_after"):
        return Outgoing(0, dropped=True)
    return _refusal(fault.error())


def _refusal(error: GoogleError) -> Outgoing:
    return Outgoing(error.code, _json(error.envelope()), _HEADERS | error.headers)


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _handled(world: World, request: Incoming, found: discovery.Match, entry: Json) -> Outgoing:
    access = tokens.check_access(world, request.headers.get("authorization"))
    entry["account"] = access.email
    _check_scope(found.method, access)
    query = discovery.check_query(found.method, parse_qsl(request.query, keep_blank_values=True))
    body = discovery.check_body(found.method, _parsed(request))
    world.quota.charge(
        world.settings,
        now=world.clock.now(),
        user=query.get("quotaUser") or access.email,
        http_method=request.method,
        calendar=found.path.get("calendarId"),
    )
    handler = _HANDLERS.get(found.method.id)
    if handler is None:
        message = f"This stand-in does not play {found.method.id}."
        raise GoogleError(501, "notImplemented", message)
    call = Call(world, access, found.method, found.path, query, body, request.headers)
    call.check_account()
    result = handler(call)
    if result is None:
        return Outgoing(204, headers={k: v for k, v in _HEADERS.items() if k != "Content-Type"})
    etag = {"ETag": result["etag"]} if "etag" in result else {}
    return Outgoing(200, _json(_only(result, query.get("fields"))), _HEADERS | etag)


def _check_scope(method: discovery.Method, access: Access) -> None:
    if method.scopes and not method.scopes & set(access.scopes):
        message = "Request had insufficient authentication scopes."
        details = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
        }
        raise GoogleError(
            403,
            "insufficientPermissions",
            message,
            status="PERMISSION_DENIED",
            details=[details],
        )


def _parsed(request: Incoming) -> Any:
    if not request.body or request.method in ("GET", "DELETE"):
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        raise GoogleError(400, "parseError", "Parse Error") from None


def _only(result: Json, selector: str | None) -> Json:
    """A partial answer for `fields`: the named members, `items(id,etag)` one level deep."""
    if not selector or selector == "*":
        return result
    kept: Json = {}
    for part in _split_fields(selector):
        name, _, rest = part.partition("(" if "(" in part.split("/")[0] else "/")
        if name not in result:
            continue
        inner = rest.removesuffix(")") if "(" in part.split("/")[0] else rest
        kept[name] = _inside(result[name], inner)
    return kept


def _inside(value: Any, selector: str) -> Any:
    if not selector:
        return value
    if isinstance(value, list):
        return [_inside(item, selector) for item in value]
    return _only(value, selector) if isinstance(value, dict) else value


def _split_fields(selector: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for character in selector:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [part.strip() for part in (*parts, current) if part.strip()]
