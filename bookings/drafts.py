"""What a person asks for, before the rules have looked at it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

from bookings.models import Booking, Door, Room
from tenants.models import Member


@dataclass(frozen=True)
class Actor:
    """Who acts, and by which door. Without a member it is the company's own program.

    `can_undo`: the page offers to take the act back, so nobody else is told for that long.
    """

    door: Door
    member: Member | None = None
    can_undo: bool = False

    def may_change(self, booking: Booking) -> bool:
        """Organisers change their own bookings; who runs the rooms, and programs, change all."""
        if self.member is None:
            return True
        return booking.organizer_id == self.member.pk or self.member.runs_rooms


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """Somebody to invite; `email` in lower case."""

    email: str
    name: str = ""
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A booking to be made. `starts_at` and `ends_at` are instants of its first date."""

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    description: str = ""
    recurrence: tuple[str, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    organizer: Member | None = None
    visibility: str = Booking.Visibility.DEFAULT
    video: bool = False
    reminders: tuple[int, ...] | None = None  # minutes before; None: the company's leads
    external_reference: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Changes(TypedDict, total=False):
    """The fields that a person changed, and only those."""

    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    recurrence: tuple[str, ...]
    room: Room
    attendees: tuple[Attendee, ...]
    visibility: str
    video: bool
    reminders: tuple[int, ...] | None
    external_reference: str
    metadata: Mapping[str, Any]
    organizer: Member


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What becomes of one date whose room is taken. `start` is where the series places it.

    `keep` leaves a date that exists as it is; `move` needs another room, another time, or both.
    All times are instants; without `ends_at` the date keeps its length.
    """

    start: datetime
    act: Literal["skip", "keep", "move"]
    room: Room | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
