"""What a person chose for single dates of a series: leave out, another room, another time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from bookings.drafts import Choice
from bookings.errors import Clash
from bookings.models import Occurrence, Override
from bookings.occurrences import check_open, set_times
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
            move_date(row, choice, now=now, until=until)
        else:
            raise InvalidInput(
                _("There is nothing yet that a new series could keep. Skip or move the date."),
                field="choices",
            )


def move_date(row: Occurrence, choice: Choice, *, now: datetime, until: datetime) -> None:
    """Gives a date another room, another time, or both; it differs from its series from then on."""
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
    set_times(row, starts_at, ends_at)


def is_left_out(row: Occurrence) -> bool:
    """Whether a date of a new series will not take place."""
    return row.status == Occurrence.Status.CANCELLED


def skipped_words(skipped: Iterable[Clash]) -> dict[str, Any]:
    """For the history: which dates were left out, and which dates of others were in the way."""
    words = [
        {
            "date": clash.wanted.original_start.isoformat(),
            "by": [str(row.public_id) for row in clash.conflicts],
        }
        for clash in skipped
    ]
    return {"skipped": words} if words else {}
