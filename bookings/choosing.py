"""What a person chose for single dates of a new series: leave out, another room, another time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from bookings.drafts import Choice
from bookings.errors import InvalidRule
from bookings.models import Occurrence, Override
from bookings.occurrences import check_open, times_in
from bookings.rules import check_times
from tenants.errors import InvalidInput


def choose(
    rows: Sequence[Occurrence], choices: Iterable[Choice], *, now: datetime, until: datetime
) -> None:
    """Puts choices into effect on unsaved dates; those to leave out become cancelled.

    Raises InvalidInput for a choice of no date, or a second one of the same; OutsideRules for a
    time or a room that cannot be booked.
    """
    places = {row.starts_at: row for row in rows}
    for choice in choices:
        row = places.pop(choice.start, None)
        if row is None:
            raise InvalidInput(
                _("A choice names a date that this series does not have, or names it twice: %s")
                % choice.start.isoformat(),
                field="choices",
            )
        if choice.act == "skip":
            row.status = Occurrence.Status.CANCELLED
        elif choice.act == "move":
            _move(row, choice, now=now, until=until)
        else:
            raise InvalidInput(
                _("There is nothing yet that a new series could keep. Skip or move the date."),
                field="choices",
            )


def _move(row: Occurrence, choice: Choice, *, now: datetime, until: datetime) -> None:
    room = choice.room or row.room
    starts_at = choice.starts_at or row.starts_at
    ends_at = choice.ends_at or starts_at + (row.ends_at - row.starts_at)
    check_times(starts_at=starts_at, ends_at=ends_at, now=now, until=until)
    check_open(room)
    if room.pk != row.room_id:
        row.override_mask |= Override.ROOM
    if (starts_at, ends_at) != (row.starts_at, row.ends_at):
        row.override_mask |= Override.TIME
    row.room = room
    for name, value in times_in(room, starts_at, ends_at).items():
        setattr(row, name, value)


def is_left_out(row: Occurrence) -> bool:
    """Whether a date of a new series will not take place."""
    return row.status == Occurrence.Status.CANCELLED


def check_apart(rows: Iterable[Occurrence]) -> None:
    """Raises InvalidRule for a series that would lose every second date to itself."""
    held = [row for row in rows if not is_left_out(row)]
    in_order = sorted(held, key=lambda row: (row.room_id, row.block_from))
    for earlier, later in pairwise(in_order):
        if earlier.room_id == later.room_id and later.block_from < earlier.block_to:
            raise InvalidRule(_("The dates of this series overlap each other."))
