"""The dates of a booking as rows: where they come from, what they occupy, what a reader saw."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime, time
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models.base import ModelState
from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule, OutsideRules
from bookings.many import another
from bookings.models import Booking, Occurrence, Override, Room
from bookings.recurrence import Place, Recurrence, Series, to_local


def series_of(booking: Booking) -> Series:
    """All that decides when a booking takes place."""
    return Series(
        dtstart_local=booking.dtstart_local,
        timezone=booking.timezone,
        duration=booking.duration,
        recurrence=Recurrence(booking.rrule, tuple(booking.rdates), tuple(booking.exdates)),
        days=booking.days,
    )


def new_occurrences(booking: Booking, places: Iterable[Place], now: datetime) -> list[Occurrence]:
    """Unsaved rows of a booking at these places. A single booking's row shares its public id."""
    rows = []
    for place in places:
        row = another(_blank())
        row.company_id, row.booking, row.room = booking.company_id, booking, booking.room
        row.public_id = uuid4() if booking.is_series else booking.public_id
        row.original_start, row.updated_at = place.original_start, now
        set_times(row, place.starts_at, place.ends_at)
        rows.append(row)
    return rows


@lru_cache(maxsize=1)
def _blank() -> Occurrence:
    return Occurrence()


def times_in(room: Room, starts_at: datetime, ends_at: datetime) -> dict[str, datetime]:
    """The columns of a time in a room: what is shown, and what it blocks with the buffers."""
    return {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "block_from": starts_at - room.buffer_before,
        "block_to": ends_at + room.buffer_after,
    }


def check_open(room: Room) -> None:
    """Raises OutsideRules where a room takes no bookings."""
    if room.state != Room.State.OPEN:
        raise OutsideRules(_("This room is closed. Choose another one."), field="room")


def whole_days(booking: Booking, row: Occurrence) -> int | None:
    """How many days a date of an all-day booking lasts; None once it begins or ends during one."""
    zone = ZoneInfo(booking.timezone)
    first, last = to_local(row.starts_at, zone), to_local(row.ends_at, zone)
    whole = booking.all_day and first.time() == last.time() == time.min
    return (last - first).days if whole else None


def version_tag(occurrence: Occurrence) -> str:
    """What a person saw, as a word to send back: it changes with any change of the booking."""
    return f"{occurrence.booking.version}-{occurrence.version}"


def set_times(row: Occurrence, starts_at: datetime, ends_at: datetime) -> None:
    """Moves a date within its room; the instants are not checked."""
    for name, value in times_in(row.room, starts_at, ends_at).items():
        setattr(row, name, value)


def schedule(booking: Booking, series: Series) -> None:
    """Makes a booking take place as a series does; its dates are the caller's to change."""
    booking.dtstart_local, booking.timezone = series.dtstart_local, series.timezone
    booking.duration, booking.days = series.duration, series.days
    booking.all_day = series.days is not None
    booking.rrule = series.recurrence.rrule
    booking.rdates = list(series.recurrence.rdates)
    booking.exdates = list(series.recurrence.exdates)


def part_of(booking: Booking, key: datetime, now: datetime) -> Booking:
    """An unsaved copy of a booking for the part of it that is cut off at a place.

    All parts point to the first booking of their story. The version goes on, so that what was
    read before the cut is out of date after it.
    """
    part = copy(booking)
    part._state = ModelState()
    part.pk, part.public_id = None, uuid4()
    part.split_from_id = booking.split_from_id or booking.pk
    part.split_key = place_in_story(booking, key)
    part.version, part.created_at = booking.version + 1, now
    return part


def place_in_story(part: Booking, key: datetime) -> datetime:
    """A place of a part on the clock of the first booking of its story, also if the part got
    another time since it was cut off."""
    if part.split_key is None:
        return key
    return part.split_key + (key - part.dtstart_local)


def place_from_story(part: Booking, place: datetime) -> datetime:
    """The reverse: a place on that clock, on the one that the part has now."""
    if part.split_key is None:
        return place
    return part.dtstart_local + (place - part.split_key)


def check_apart(rows: Iterable[Occurrence]) -> None:
    """Raises InvalidRule for a series that would lose every second date to itself."""
    held = [row for row in rows if row.status != Occurrence.Status.CANCELLED]
    in_order = sorted(held, key=lambda row: (row.room_id, row.block_from))
    for earlier, later in pairwise(in_order):
        if earlier.room_id == later.room_id and later.block_from < earlier.block_to:
            raise InvalidRule(_("The dates of this series overlap each other."))


# What a date may have of its own beside time, room and guests: its columns, with their bits.
OWN = {
    "title": Override.TITLE,
    "description": Override.DESCRIPTION,
    "reminders": Override.REMINDERS,
    "metadata": Override.METADATA,
}


def give_own(row: Occurrence, name: str, value: Any) -> None:
    """Gives a date a value of its own for a column of OWN, unless its series says the same."""
    value = list(value) if isinstance(value, tuple) else value
    if value == getattr(row.booking, name):
        drop_own(row, name)
    else:
        setattr(row, name, value)
        row.override_mask |= OWN[name]


def drop_own(row: Occurrence, name: str) -> None:
    """A date says what its series says."""
    setattr(row, name, None)
    row.override_mask &= ~OWN[name]


def with_bit(mask: int, bit: Override, wanted: bool) -> int:
    """An override mask with one of its bits set or cleared."""
    return mask | bit if wanted else mask & ~bit
