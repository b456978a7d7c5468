"""Notification channels: opened and closed."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import quote, urlsplit

from standins.google import cursors
from standins.google.calls import Call
from standins.google.errors import GoogleError, invalid, not_found, required
from standins.google.model import Calendar, Channel
from standins.google.world import World

Json = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
TOKEN_MAX = 256
DEFAULT_TTL = 604_800


def watch_events(call: Call) -> Json:
    """Open a channel on a calendar's events."""
    calendar = call.calendar("reader")
    if "syncToken" in call.query:
        cursors.read_sync_token(call.world, calendar, call.query)
    return _open(call, calendar, "events")


def watch_acl(call: Call) -> Json:
    """Open a channel on a calendar's access rules."""
    return _open(call, call.calendar("owner"), "acl")


def watch_calendar_list(call: Call) -> Json:
    """Open a channel on the caller's list of calendars."""
    own = call.world.calendars.get(call.access.email)
    if own is None:
        raise not_found()
    return _open(call, own, "calendarList")


def _open(call: Call, calendar: Calendar, resource: str) -> Json:
    world, body = call.world, call.body
    _check_channel(world, calendar, body)
    path = f"/calendar/v3/calendars/{quote(calendar.id, safe='')}/{resource}"
    if resource == "calendarList":
        path = "/calendar/v3/users/me/calendarList"
    channel = Channel(
        id=body["id"],
        resource_id=_resource_id(calendar, resource),
        resource_uri=f"{world.url}{path}?alt=json",
        calendar_id=calendar.id,
        resource=resource,
        address=body["address"],
        owner=call.access.email,
        client_id=call.access.client_id,
        expires_at=_expiry(world, body),
        token=body.get("token"),
    )
    world.channels[channel.id] = channel
    world.opened(channel)
    answer = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": str(round(channel.expires_at * 1000)),
    }
    return answer | ({"token": channel.token} if channel.token else {})


def _resource_id(calendar: Calendar, resource: str) -> str:
    digest = hashlib.sha256(f"{calendar.id}/{resource}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def _check_channel(world: World, calendar: Calendar, body: Json) -> None:
    if not body.get("id"):
        raise required("Missing channel id.")
    if body.get("type") not in ("web_hook", "webhook"):
        raise invalid("Unknown channel type.")
    if not _ID.fullmatch(body["id"]):
        raise GoogleError(400, "push.channelIdInvalid", "Invalid channel id")
    if len(body.get("token") or "") > TOKEN_MAX:
        raise invalid("Channel token is too long.")
    _check_address(world, body.get("address") or "")
    if not calendar.push_supported or calendar.kind == "generated":
        message = "Push notifications are not supported by this resource."
        raise GoogleError(400, "pushNotSupportedForRequestedResource", message, domain="calendar")
    if body["id"] in world.channels:
        raise GoogleError(400, "channelIdNotUnique", f"Channel id {body['id']} not unique")


def _check_address(world: World, address: str) -> None:
    parts = urlsplit(address)
    if not parts.hostname:
        message = f"Invalid webhook address: {address}"
        raise GoogleError(400, "push.webhookUrlNoHostOrAddress", message)
    loopback = world.settings.allow_http_webhooks and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        message = f"WebHook callback must be HTTPS: {address}"
        raise GoogleError(400, "push.webhookUrlNotHttps", message)


def _expiry(world: World, body: Json) -> float:
    """The more restrictive of what was asked for and the limit, in unix seconds."""
    now = world.clock.now()
    limit = now + world.settings.channel_life_max
    if body.get("expiration") is not None:
        asked = int(body["expiration"]) / 1000
        if asked <= now:
            raise invalid(f"Invalid ttl value for channel {body['id']}")
        return min(asked, limit)
    ttl = str((body.get("params") or {}).get("ttl", DEFAULT_TTL))
    if not ttl.isdigit() or int(ttl) == 0:
        raise invalid(f"Invalid ttl value for channel {body['id']}")
    return min(now + int(ttl), limit)


def stop(call: Call) -> None:
    """Close a channel: only for who opened it with this client. Succeeds repeatedly."""
    channel_id, resource_id = call.body.get("id"), call.body.get("resourceId")
    if not channel_id or not resource_id:
        raise required("Missing channel id or resource id.")
    channel = call.world.channels.get(channel_id)
    mine = channel is not None and (
        (channel.owner, channel.client_id) == (call.access.email, call.access.client_id)
        or (call.access.service_account is not None and channel.client_id == call.access.client_id)
    )
    alive = channel is not None and channel.expires_at > call.world.clock.now()
    if channel is None or not mine or not alive or channel.resource_id != resource_id:
        message = f"Channel '{channel_id}' not found for project 'roomly'"
        raise GoogleError(404, "notFound", message)
    channel.stopped = True
