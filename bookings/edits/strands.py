"""A booking that an edit reaches: what goes on of it, changed, and what stays as it was.

Works on rows in memory; nothing is written here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookings.drafts import Changes
from bookings.edits.edit_modes import (
    OUT_OF_RULE,
    Course,
    Fit,
    drop_all_own,
    fit,
    is_cancelled,
    settle_in,
)
from bookings.models import Booking, Occurrence, Override
from bookings.occurrences import (
    OWN,
    check_apart,
    new_occurrences,
    part_of,
    schedule,
    series_of,
    set_times,
    whole_days,
)
from bookings.recurrence.wall_clock import to_local

FIELDS = (*OWN, "visibility", "video", "external_reference", "organizer")
CANCELLED = Occurrence.Status.CANCELLED


@dataclass
class Strand:
    """One booking on its way through an edit. `stays` is None where it is not cut in two."""

    booking: Booking
    rows: list[Occurrence]
    goes_on: Booking
    stays: Booking | None = None
    fit: Fit | None = None
    new: list[Occurrence] = field(default_factory=list)
    host: Occurrence | None = None  # of a booking that is no series any more: its people come
    guested: list[Occurrence] = field(default_factory=list)  # get the people of the edit alone

    def follow(
        self,
        course: Course,
        changes: Changes,
        *,
        new_part_ahead: bool,
        now: datetime,
        until: datetime,
    ) -> None:
        """Takes a booking through its course. Of a cut one, the half that is new gets a row of
        its own: what is ahead, or what is over. Rows are made up to `until`."""
        room = changes.get("room", self.booking.room)
        moves = course.goes_on != series_of(self.booking) or room.pk != self.booking.room_id
        self._divide(course, now, new_part_ahead=new_part_ahead)
        self.goes_on.room = room
        for name in FIELDS:
            if name in changes:
                setattr(self.goes_on, name, cast(dict[str, Any], changes)[name])
        if "organizer" in changes:
            self.goes_on.organizer_email = changes["organizer"].email
        self.goes_on.title = self.goes_on.title.strip()
        schedule(self.goes_on, course.goes_on)
        if moves or self.stays is not None:
            self._fit(course, now, until)

    def _divide(self, course: Course, now: datetime, *, new_part_ahead: bool) -> None:
        if course.stays is None or course.cut_at is None:
            return
        part = part_of(self.booking, course.cut_at, now)
        self.goes_on, self.stays = (part, self.booking) if new_part_ahead else (self.booking, part)
        schedule(self.stays, course.stays)
        for row in self.rows:
            row.booking = self.goes_on if row.original_start >= course.cut_at else self.stays
        if self.stays is part:
            if self.booking.split_key is not None:
                self.booking.split_key = part.split_key  # from where it goes on
            part.video = False  # nobody joins a meeting that is over
            theirs = [row for row in self.rows if row.booking is part and is_cancelled(row)]
            part.exdates = sorted({*part.exdates, *(row.original_start for row in theirs)})

    def _fit(self, course: Course, now: datetime, until: datetime) -> None:
        rows = [row for row in self.rows if row.booking is self.goes_on]
        self.fit = fit(course.goes_on, course.shift, rows, until)
        for row, place in self.fit.kept:
            settle_in(row, place, self.goes_on.room)
        for row in self.fit.gone:
            if row.status != CANCELLED:
                row.status, row.reason = CANCELLED, OUT_OF_RULE
        self.goes_on.exdates = list(self.fit.exdates)
        self.goes_on.horizon_until = until if self.goes_on.is_series else None
        self.new = new_occurrences(self.goes_on, self.fit.new, now)

    def carry_to_postponed(self, changes: Changes, since: datetime | None, now: datetime) -> None:
        """A date whose place is over but that somebody put off is still to come: it takes over
        words, people and room. `since` is the first original start that the edit reaches."""
        for row in self.rows:
            early = since is not None and row.original_start < since
            if row.booking is self.stays and not early and is_to_come(row, now):
                _dress(row, changes)
                if "attendees" in changes and not row.override_mask & Override.GUESTS:
                    row.override_mask |= Override.GUESTS
                    self.guested.append(row)

    def check_pattern(self) -> None:
        """Raises InvalidRule if the dates of the pattern run into each other."""
        if self.fit is not None:
            ruled = [row for row, _place in self.fit.kept if not row.override_mask]
            check_apart([*ruled, *self.new])

    def has_dates(self, now: datetime) -> bool:
        """Whether anything of what goes on is to come."""
        rows = (row for row in (*self.rows, *self.new) if row.booking is self.goes_on)
        return any(is_to_come(row, now) for row in rows)

    def become_single(self) -> None:
        """A booking that does not repeat any more is what its one date is, which has nothing of
        its own."""
        if self.goes_on.is_series or self.fit is None:
            return
        for row in (row for row, _place in self.fit.kept if row.status != CANCELLED):
            booking = self.goes_on
            booking.room = row.room
            booking.title, booking.description = row.shown_title, row.shown_description
            booking.reminders, booking.metadata = row.shown_reminders, row.shown_metadata
            self.host = row if row.override_mask & Override.GUESTS else None
            booking.dtstart_local = to_local(row.starts_at, ZoneInfo(booking.timezone))
            booking.duration, booking.days = row.ends_at - row.starts_at, whole_days(booking, row)
            booking.all_day = booking.days is not None
            row.original_start = booking.dtstart_local
            drop_all_own(row)

    def displaced(self) -> list[Occurrence]:
        """Dates without a place whose key another one takes, or that no series is left for."""
        if self.fit is None:
            return []
        taken = {row.original_start for row, _place in self.fit.kept}
        taken |= {row.original_start for row in self.new}
        alone = not self.goes_on.is_series
        return [row for row in self.fit.gone if alone or row.original_start in taken]

    def subjects(self, booking: Booking) -> list[datetime | None]:
        """What listeners have to be told of: the booking, the dates in rooms of their own, which
        are nobody's members there, and, where its schedule is a new one, all that differ."""
        renewed = booking is self.goes_on or self.stays is not self.booking
        if not booking.is_series or not renewed:
            return [None]
        told = Override.ROOM if self.fit is None else sum(Override)
        own = [row for row in (*self.rows, *self.new) if row.booking is booking]
        differ = [row for row in own if row.override_mask & told and row.status != CANCELLED]
        return [None, *(row.original_start for row in differ)]


def is_to_come(row: Occurrence, now: datetime) -> bool:
    """Whether a date is one that an edit of all reaches."""
    return row.status != CANCELLED and row.starts_at >= now


def _dress(row: Occurrence, changes: Changes) -> None:
    for name, bit in OWN.items():
        if name in changes and not row.override_mask & bit:
            setattr(row, name, cast(dict[str, Any], changes)[name])
            row.override_mask |= bit
    if "room" in changes and not row.override_mask & Override.ROOM:
        row.room = changes["room"]
        row.override_mask |= Override.ROOM
        set_times(row, row.starts_at, row.ends_at)
