"""The whole state of one stand-in, and the few things every part of it needs."""

import asyncio
import dataclasses
import pickle
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from standins.google.clock import Clock
from standins.google.faults import Faults
from standins.google.keys import SigningKeys
from standins.google.model import (
    Access,
    Account,
    Building,
    Calendar,
    Channel,
    Client,
    Code,
    Event,
    Grant,
    Room,
    ServiceAccount,
)
from standins.google.quota import Quota
from standins.google.settings import Settings

DEMO_CLIENT = Client("roomly-demo", "roomly-demo-secret")
LOG_LENGTH = 5000
WIRING = ("url", "on_change", "opened", "settled", "later")  # what no reset undoes


@dataclass(slots=True)
class World:
    """Everything that a reset empties and a state file keeps."""

    url: str = ""
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    quota: Quota = field(default_factory=Quota)
    keys: SigningKeys = field(default_factory=SigningKeys)
    accounts: dict[str, Account] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    buildings: dict[str, Building] = field(default_factory=dict)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    tally: Counter[str] = field(default_factory=Counter)  # requests by Google's method id
    id_token_faults: list[dict[str, Any]] = field(default_factory=list)
    ids: random.Random = field(default_factory=random.Random)
    # Set by the server: what tells watchers, and what runs something some seconds later.
    on_change: Callable[[Calendar, str], None] = lambda _calendar, _resource: None
    opened: Callable[[Channel], None] = lambda _channel: None
    settled: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
    later: Callable[[float, Callable[[], None]], None] = lambda _seconds, job: job()

    def __post_init__(self) -> None:
        self.clients.setdefault(DEMO_CLIENT.id, DEMO_CLIENT)

    def keep(self) -> bytes:
        """The whole state, for `put_back`; equal for equal states that came about alike."""
        return pickle.dumps({name: getattr(self, name) for name in _stateful()})

    def put_back(self, state: bytes) -> None:
        """Become what `keep` saw."""
        for name, value in pickle.loads(state).items():  # noqa: S301  our own
            setattr(self, name, value)

    def reset(self) -> None:
        """Become as new."""
        fresh = World()
        for name in _stateful():
            setattr(self, name, getattr(fresh, name))

    def microseconds(self) -> int:
        """The clock's instant in microseconds since the epoch."""
        return round(self.clock.now() * 1_000_000)

    def new_event_id(self) -> str:
        """An event id like Google's own: 26 characters of base32hex."""
        return "".join(self.ids.choices("0123456789abcdefghijklmnopqrstuv", k=26))

    def stamp(self, calendar: Calendar, event: Event, also: Iterable[Event] = ()) -> None:
        """Record a write of `event`.

        Its whole series, and what it lost (`also`), gets one new etag, update time and change
        number, and comes again in every incremental list.
        """
        calendar.change += 1
        calendar.updated = max(self.microseconds(), calendar.updated + 1)
        master_id = event.recurring_event_id or event.id
        family = [event, *also, *calendar.exceptions_of(master_id)]
        if event.recurring_event_id and event.recurring_event_id in calendar.events:
            family.append(calendar.events[event.recurring_event_id])
        for member in family:
            member.updated = calendar.updated
            member.change = calendar.change

    def changed(self, calendar: Calendar, resource: str = "events") -> None:
        """Tell the watchers of a calendar; once for each write request."""
        self.on_change(calendar, resource)


def _stateful() -> list[str]:
    return [field.name for field in dataclasses.fields(World) if field.name not in WIRING]
