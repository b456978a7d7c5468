"""What the stand-in remembers: accounts, calendars, events, tokens, channels."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CANCELLED = "cancelled"
ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")


@dataclass(slots=True)
class Account:
    """One Google account; `hd` is None for a consumer account, whatever its address."""

    email: str
    name: str
    hd: str | None
    admin: bool = False
    picture: str | None = None
    locale: str = "en"
    suspended: bool = False
    archived: bool = False
    aliases: list[str] = field(default_factory=list)
    calendar_user: bool = True
    consents: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sub(self) -> str:
        """The stable user key: 21 digits, as Google's are."""
        return str(int(hashlib.sha256(self.email.encode()).hexdigest(), 16))[:21]

    @property
    def customer(self) -> str | None:
        """The Workspace customer id of the account's organisation."""
        return customer_of(self.hd) if self.hd else None


def customer_of(domain: str) -> str:
    """The Directory's customer id of a Workspace domain."""
    return "C0" + hashlib.sha256(domain.encode()).hexdigest()[:7]


@dataclass(slots=True)
class Client:
    """An OAuth client; `redirect_uris` None lets any loopback or https address through."""

    id: str
    secret: str
    redirect_uris: list[str] | None = None
    name: str = "Roomly"


@dataclass(slots=True)
class ServiceAccount:
    """A service account, its public key, and which scopes a domain delegated to it."""

    email: str
    public_key: str
    delegated: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """An authorisation code with all that it was asked with."""

    email: str
    client_id: str
    redirect_uri: str
    scopes: list[str]
    expires_at: float
    nonce: str | None = None
    challenge: str | None = None
    refresh: bool = False
    used: bool = False


@dataclass(slots=True)
class Grant:
    """A refresh token."""

    token: str
    email: str
    client_id: str
    scopes: list[str]
    revoked: bool = False


@dataclass(slots=True)
class Access:
    """An access token; `service_account` is set when one acts, with or without a subject."""

    email: str
    client_id: str
    scopes: list[str]
    expires_at: float
    grant: str | None = None
    service_account: str | None = None


@dataclass(slots=True)
class Event:
    """One event, or one exception of a series, as one calendar stores it.

    `body` holds what callers wrote, without defaults. Times are microseconds since the epoch.
    `change` is the calendar's change number of the last write of it or of its series.
    `ghost` is the trace of something deleted: only its id may be told.
    """

    id: str
    body: Json
    created: int
    ordinal: int
    creator: str
    organizer: str
    ical_uid: str
    updated: int = 0
    change: int = 0
    sequence: int = 0
    status: str = "confirmed"
    recurring_event_id: str | None = None
    original_start: Json | None = None
    ghost: bool = False
    conference_request: str | None = None

    @property
    def etag(self) -> str:
        """Quoted, twice the update time in microseconds, as observed."""
        return f'"{self.updated * 2}"'

    @property
    def cancelled(self) -> bool:
        """Deleted, or an occurrence that does not take place."""
        return self.status == CANCELLED

    @property
    def recurring(self) -> bool:
        """Whether this is the master of a series."""
        return bool(self.body.get("recurrence"))


@dataclass(slots=True)
class Calendar:
    """A calendar with its events, access rules, and the counter its sync tokens point into."""

    id: str
    summary: str
    time_zone: str
    kind: str = "secondary"  # primary, secondary, resource, generated
    owner: str | None = None
    domain: str | None = None
    location: str | None = None
    description: str | None = None
    acl: dict[str, str] = field(default_factory=dict)
    auto_accept: bool = True
    push_supported: bool = True
    deleted: bool = False
    change: int = 0
    updated: int = 0
    etag_updated: int = 0
    token_epoch: int = 0
    ordinals: int = 0
    events: dict[str, Event] = field(default_factory=dict)
    exceptions: dict[str, dict[str, Event]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Store an event, replacing what had its id."""
        self.events[event.id] = event
        if event.recurring_event_id:
            self.exceptions.setdefault(event.recurring_event_id, {})[event.id] = event

    def exceptions_of(self, master_id: str) -> list[Event]:
        """The stored exceptions of a series, cancelled ones included."""
        return list(self.exceptions.get(master_id, {}).values())

    def detach(self, event: Event) -> None:
        """Turn an exception into a ghost: its series has no such occurrence any more."""
        if event.recurring_event_id:
            self.exceptions.get(event.recurring_event_id, {}).pop(event.id, None)
        event.recurring_event_id = None
        event.original_start = None
        event.ghost = True
        event.status = CANCELLED

    def forget(self, event: Event) -> None:
        """Drop an exception without a trace, as the deletion of its whole series does."""
        if event.recurring_event_id:
            self.exceptions.get(event.recurring_event_id, {}).pop(event.id, None)
        self.events.pop(event.id, None)

    def next_ordinal(self) -> int:
        """A number for the stable default order of lists."""
        self.ordinals += 1
        return self.ordinals

    def live_singles_and_masters(self) -> Iterator[Event]:
        """Everything that is neither cancelled nor an exception."""
        return (e for e in self.events.values() if not e.cancelled and not e.recurring_event_id)


@dataclass(slots=True)
class Channel:
    """A notification channel; `expires_at` in unix seconds, `resource` the watched collection."""

    id: str
    resource_id: str
    resource_uri: str
    calendar_id: str
    resource: str
    address: str
    owner: str
    client_id: str
    expires_at: float
    token: str | None = None
    number: int = 1
    stopped: bool = False


@dataclass(slots=True)
class Room:
    """What the Directory knows of a room; its calendar has the same e-mail as id."""

    email: str
    name: str
    building: str
    floor: str
    capacity: int
    features: list[str]
    domain: str
    resource_id: str
    description: str = ""
    category: str = "CONFERENCE_ROOM"


@dataclass(slots=True)
class Building:
    """A building in the Directory."""

    id: str
    name: str
    floors: list[str]
    domain: str
    address: str = ""
