"""What somebody did in Google, in the terms of bookings. Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from bookings.models import Participant, Room
from bookings.recurrence import Place, Recurrence


@dataclass(frozen=True)
class Guest:
    """Somebody invited, with their answer."""

    email: str
    name: str = ""
    optional: bool = False
    response: str = Participant.Response.NEEDS_ACTION


@dataclass(frozen=True)
class Times:
    """When: instants, in a zone; `days` is set for all-day bookings."""

    starts_at: datetime
    ends_at: datetime
    dtstart_local: datetime
    timezone: str
    days: int | None = None


class Seen(TypedDict, total=False):
    """The fields that changed in Google, and only those."""

    title: str
    description: str
    visibility: str
    video: bool
    video_url: str
    metadata: dict[str, Any]
    guests: tuple[Guest, ...]
    transparent: bool
    room_response: str
    room: Room
    times: Times
    recurrence: Recurrence
    places: tuple[Place, ...] | None  # dates of a rule that only Google understands
    restored: bool  # it had been cancelled
