"""The state as one JSON document, and back: what a second demo keeps."""

import dataclasses
from typing import Any

from standins.google.model import (
    Access,
    Account,
    Building,
    Calendar,
    Channel,
    Client,
    Event,
    Grant,
    Room,
    ServiceAccount,
)
from standins.google.world import World

Json = dict[str, Any]
_PARTS: dict[str, type] = {
    "accounts": Account,
    "clients": Client,
    "service_accounts": ServiceAccount,
    "grants": Grant,
    "access": Access,
    "channels": Channel,
    "rooms": Room,
    "buildings": Building,
}


def snapshot(world: World) -> Json:
    """Everything that outlives a restart; logs, faults, codes and the clock do not."""
    state: Json = {
        name: {key: dataclasses.asdict(value) for key, value in getattr(world, name).items()}
        for name in _PARTS
    }
    now = world.clock.now()
    state["access"] = {k: v for k, v in state["access"].items() if v["expires_at"] > now}
    state["calendars"] = {key: _calendar(value) for key, value in world.calendars.items()}
    return state


def _calendar(calendar: Calendar) -> Json:
    saved = dataclasses.asdict(calendar)
    del saved["exceptions"]
    return saved


def restore(world: World, state: Json) -> None:
    """Put a saved state into a fresh world."""
    for name, kind in _PARTS.items():
        restored = {key: kind(**value) for key, value in state[name].items()}
        getattr(world, name).update(restored)
    for key, saved in state["calendars"].items():
        events = [Event(**event) for event in saved.pop("events").values()]
        calendar = Calendar(**saved)
        for event in events:
            calendar.add(event)
        world.calendars[key] = calendar
