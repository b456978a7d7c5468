"""What bookings refuse, in words for the person and codes for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, InvalidInput, NotFound


@dataclass(frozen=True)
class Clash:
    """A wanted date, not stored, and the dates in its way: occurrences both."""

    wanted: Any
    conflicts: list[Any]


class RoomTaken(DomainError):
    """Somebody has the room. `conflicts` are the dates in the way, `clashes` sort them by date.

    Without clashes there is one wanted date, and all conflicts are its own.
    """

    code = "room_taken"
    status = 409
    message = _("This room is already taken at that time. Choose another time or room.")

    def __init__(self, conflicts: Sequence[Any], clashes: Sequence[Clash] = ()) -> None:
        super().__init__(conflicts=list(conflicts))
        self.conflicts = list(conflicts)
        self.clashes = list(clashes)


class OutsideRules(InvalidInput):
    """A rule about time, length or notice says no."""

    code = "outside_rules"


class RuleBroken(OutsideRules):
    """A rule of the company, of a building or of a room says no to a time in a room.

    `rule` and `owner` are those of `bookings.house_rules`; `nearest` is the time that comes
    nearest and is allowed, None where there is none around.
    """

    def __init__(
        self, message: Any, *, field: str, rule: Any, owner: Any, room: Any, nearest: Any
    ) -> None:
        super().__init__(message, field=field)
        self.rule, self.owner, self.room, self.nearest = rule, owner, room, nearest


class InvalidRule(InvalidInput):
    """A recurrence that cannot be booked; the message tells why."""

    code = "invalid_recurrence"

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="recurrence")


class SearchTooLong(DomainError):
    """So much is searched, or so many search, that the database did not answer in time."""

    code = "search_too_long"
    status = 503
    message = _("This search took too long. Try again, or search a shorter time or one building.")


class Changed(DomainError):
    """Somebody else changed it since it was read."""

    code = "changed"
    status = 412
    message = _("Somebody changed this booking in the meantime. Look at it again before you save.")


class Busy(DomainError):
    """Too many people write to one room at this moment; trying again helps."""

    code = "busy"
    status = 503
    message = _("Many people are booking this room right now. Please try again.")


class BookingNotFound(NotFound):
    """It does not exist, or belongs to another company."""

    title = _("This booking was not found")


def gone() -> NotFound:
    """The date that somebody wants to change does not stand any more."""
    return NotFound(_("This booking was cancelled in the meantime."))
