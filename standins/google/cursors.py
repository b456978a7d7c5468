"""Sync tokens and page tokens: opaque texts that carry a position and a hash of parameters."""

import base64
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from standins.google.errors import full_sync_required, invalid
from standins.google.model import Calendar
from standins.google.world import World

Json = dict[str, Any]

# Not allowed together with a sync token (SYNC guide; reference of events.list).
FORBIDDEN_WITH_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "sharedExtendedProperty",
    "q",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_NOT_COMPARED = {
    *FORBIDDEN_WITH_TOKEN,
    *("syncToken", "pageToken", "showDeleted", "fields", "alt", "quotaUser", "key"),
    *("prettyPrint", "userIp", "oauth_token", "access_token", "callback", "uploadType"),
}


@dataclass(frozen=True, slots=True)
class SyncToken:
    """Changes of a collection up to `change` are known to the client."""

    collection: str
    change: int
    epoch: int
    parameters: str
    issued_at: float


@dataclass(frozen=True, slots=True)
class PageToken:
    """The next page begins after `after`; `change` is what the sync token will carry."""

    collection: str
    change: int
    parameters: str
    after: list[Any]


def parameter_hash(query: Json) -> str:
    """What must be equal in every request of one synchronisation."""
    compared = {k: str(v) for k, v in query.items() if k not in _NOT_COMPARED}
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()[:12]


def page_hash(query: Json) -> str:
    """What must be equal in every request for the pages of one listing."""
    compared = {k: str(v) for k, v in query.items() if k not in ("pageToken", "quotaUser")}
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()[:12]


def encode(token: SyncToken | PageToken) -> str:
    """The opaque text of a token."""
    plain = json.dumps(asdict(token), separators=(",", ":")).encode()
    checked = zlib.crc32(plain).to_bytes(4) + plain
    return base64.urlsafe_b64encode(checked).decode().rstrip("=")


def _decode(text: str, name: str) -> Json:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = raw[4:]
        if zlib.crc32(plain).to_bytes(4) != raw[:4]:
            raise ValueError(text)
        decoded: Json = json.loads(plain)
    except ValueError:
        raise invalid(location=name) from None
    return decoded


def sync_token(world: World, calendar: Calendar, query: Json, change: int) -> str:
    """A token for the changes after `change`."""
    return encode(
        SyncToken(
            calendar.id, change, calendar.token_epoch, parameter_hash(query), world.clock.now()
        )
    )


def read_sync_token(world: World, calendar: Calendar, query: Json) -> int:
    """The change number a request's sync token stands at.

    GoogleError 400 for a malformed token or a forbidden parameter beside it, 410 for one that
    is too old, was invalidated, or belongs to other parameters.
    """
    clashing = [name for name in FORBIDDEN_WITH_TOKEN if name in query]
    if query.get("showDeleted") is False:
        clashing.append("showDeleted")
    if clashing:
        message = f"Sync token cannot be combined with parameter {clashing[0]}."
        raise invalid(message, location=clashing[0])
    try:
        token = SyncToken(**_decode(query["syncToken"], "syncToken"))
    except TypeError:
        raise invalid(location="syncToken") from None
    if token.collection != calendar.id:
        raise invalid(location="syncToken")
    expired = world.clock.now() - token.issued_at > world.settings.sync_token_life
    if expired or token.epoch != calendar.token_epoch:
        raise full_sync_required()
    if token.parameters != parameter_hash(query) or token.change > calendar.change:
        raise full_sync_required()
    return token.change


def read_page_token(collection: str, query: Json) -> PageToken | None:
    """The page token of a request; GoogleError 400 when it is not one of this listing."""
    if "pageToken" not in query:
        return None
    try:
        token = PageToken(**_decode(query["pageToken"], "pageToken"))
    except TypeError:
        raise invalid(location="pageToken") from None
    if (token.collection, token.parameters) != (collection, page_hash(query)):
        raise invalid(location="pageToken")
    return token
