"""What a person chose for dates whose room is taken, as forms carry it.

A value names the date by the instant at which the series places it, and says what becomes of it:
“2026-12-02T01:00:00Z skip”, “… keep”, or “… move” with a room and both times.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from django.utils.translation import gettext as _

from bookings.access import get_room
from bookings.drafts import Choice
from bookings.models import Room
from bookings.spans import Span
from tenants.errors import InvalidInput

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def leaving(start: datetime, act: Literal["skip", "keep"]) -> str:
    """The value that leaves a date out, or where it is."""
    return f"{start.astimezone(UTC):{_INSTANT}} {act}"


def moving(start: datetime, room: Room, span: Span) -> str:
    """The value that gives a date another room, another time, or both."""
    times = [f"{at.astimezone(UTC):{_INSTANT}}" for at in (start, span.starts_at, span.ends_at)]
    return f"{times[0]} move {room.pk} {times[1]} {times[2]}"


def choices_of(values: Iterable[str]) -> list[Choice]:
    """The choices that a form sent; empty values are dates about which nothing was decided.

    Raises InvalidInput for what is none, NotFound for a room of another company.
    """
    return [_choice(value) for value in values if value]


def _choice(value: str) -> Choice:
    try:
        match value.split(" "):
            case [start, "skip"]:
                return Choice(start=_instant(start), act="skip")
            case [start, "keep"]:
                return Choice(start=_instant(start), act="keep")
            case [start, "move", room, starts_at, ends_at]:
                return Choice(
                    start=_instant(start),
                    act="move",
                    room=get_room(int(room)),
                    starts_at=_instant(starts_at),
                    ends_at=_instant(ends_at),
                )
    except ValueError as error:
        raise _unreadable(value) from error
    raise _unreadable(value)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def _unreadable(value: str) -> InvalidInput:
    return InvalidInput(_("“%(value)s” cannot be read.") % {"value": value[:80]})
