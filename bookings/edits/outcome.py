"""What an edit comes to, held against everybody else's bookings, and then written.

All or nothing: every date has its place before the first statement that writes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings import live, outbox
from bookings.claims import claim, clashes_of, room_taken
from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor, Changes, Choice
from bookings.edits.choosing import move_date
from bookings.edits.edit_modes import SKIPPED
from bookings.edits.rewriting import forget, rewrite
from bookings.edits.strands import CANCELLED, Strand
from bookings.errors import Clash, OutsideRules, RuleBroken
from bookings.guests import copy_guests, forget_answers, replace_guests, save_guests, share_guests
from bookings.house_rules.checking import of_its_date, refusal_of
from bookings.models import BLOCKING, Booking, Occurrence, Override, Room
from bookings.occurrences import OWN, set_times
from bookings.recurrence import to_local
from bookings.rules import LATE_START
from bookings.spans import Span
from tenants.errors import InvalidInput


class Outcome:
    """The dates of some strands, before and after. Made before anything is decided."""

    def __init__(
        self,
        strands: Sequence[Strand],
        choices: Sequence[Choice],
        by: Actor,
        now: datetime,
        until: datetime,
    ) -> None:
        self._by = by
        self._strands, self._now, self._until = strands, now, until
        self._choices = {choice.start: choice for choice in choices}
        self._before = {row.pk: _state(row) for row in self._rows()}
        self.skipped: list[Occurrence] = []

    @property
    def lost(self) -> list[Occurrence]:
        """Dates that somebody had changed or cancelled, and that go with their places."""
        return [row for strand in self._strands if strand.fit for row in strand.fit.lost]

    def to_come(self) -> list[Occurrence]:
        """All dates that the edit leaves to come, in order."""
        rows = [row for row in (*self._rows(), *self._new()) if row.starts_at >= self._now]
        ahead = [strand.goes_on for strand in self._strands]
        standing = [row for row in rows if row.status != CANCELLED and row.booking in ahead]
        return sorted(standing, key=lambda row: row.starts_at)

    def _rows(self) -> list[Occurrence]:
        return [row for strand in self._strands for row in strand.rows]

    def _new(self) -> list[Occurrence]:
        return [row for strand in self._strands for row in strand.new]

    # -- checking ---------------------------------------------------------------------------

    def choose(self) -> None:
        """Does to each date what the person chose for it."""
        for row in self.targets():
            if (choice := self._choices.get(row.starts_at)) is not None:
                self._choose(row, choice)

    def resolve(self, *, skip_taken: bool) -> None:
        """Applies the choices; raises RoomTaken or OutsideRules where a date is left without."""
        self.choose()
        self.check_rules(skip=skip_taken)
        clashes = self.clashes()
        if not clashes:
            return
        remaining = self.targets()
        if not skip_taken or len(clashes) == len(remaining):
            raise room_taken(clashes)
        for clash in clashes:
            self._skip(clash.wanted)
        if still := self.clashes():
            raise room_taken(still)

    def check_rules(self, *, skip: bool = False) -> None:
        """Raises RuleBroken for a date that its room's rules do not allow, or leaves it out."""
        targets = self.targets()
        broken = [(row, refusal) for row in targets if (refusal := self._refusal(row))]
        if broken and (not skip or len(broken) == len(targets)):
            row, refusal = broken[0]
            raise of_its_date(refusal, row)
        for row, _refusal in broken:
            self._skip(row)

    def _refusal(self, row: Occurrence) -> RuleBroken | None:
        before = self._before.get(row.pk, {})
        same = all(before.get(name) == getattr(row, name) for name in ("starts_at", "room_id"))
        return refusal_of(
            row.room,
            Span(row.starts_at, row.ends_at),
            now=self._now,
            until=self._until,
            keeps_start=same,
        )

    def clashes(self) -> list[Clash]:
        """The dates whose room somebody else has, or another date of the same series."""
        targets = self.targets()
        for row in targets:
            if row.starts_at < self._now - LATE_START:
                start = to_local(row.starts_at, ZoneInfo(row.room.zone_name))
                day = {"day": f"{start:%Y-%m-%d %H:%M}"}
                raise OutsideRules(_("The date of %(day)s would be over.") % day, field="start")
        besides = [row.pk for row in self._rows() if self._moved(row)]
        found = {
            id(clash.wanted): clash for clash in clashes_of(targets, besides=besides, by=self._by)
        }
        for row, other in _overlapping(targets):
            known = found.setdefault(id(row), Clash(row, []))
            known.conflicts.append(other)
        return sorted(found.values(), key=lambda clash: clash.wanted.starts_at)

    def targets(self) -> list[Occurrence]:
        """The dates that want a place that they do not have yet."""
        wanting = [*(row for row in self._rows() if self._moved(row)), *self._new()]
        return [
            row for row in wanting
            if row.status != CANCELLED and not row.transparent and row.room_response != "declined"
        ]  # fmt: skip

    def _moved(self, row: Occurrence) -> bool:
        return _place_of(self._before[row.pk]) != _place_of(_state(row))

    def _choose(self, row: Occurrence, choice: Choice) -> None:
        if choice.act == "skip":
            self._skip(row)
        elif choice.act == "keep":
            self._keep(row)
        else:
            move_date(row, choice, now=self._now, until=self._until)

    def _skip(self, row: Occurrence) -> None:
        row.status, row.reason = CANCELLED, SKIPPED
        row.booking.exdates = sorted({*row.booking.exdates, row.original_start})
        self.skipped.append(row)

    def _keep(self, row: Occurrence) -> None:
        """Leaves a date where it is, as one that was moved."""
        if row.pk is None:
            raise InvalidInput(_("A new date cannot be left as it is."), field="choices")
        before = self._before[row.pk]
        if row.room_id != before["room_id"]:
            row.override_mask |= Override.ROOM
            row.room = Room.objects.select_related("building").get(pk=before["room_id"])
        if (row.starts_at, row.ends_at) != (before["starts_at"], before["ends_at"]):
            row.override_mask |= Override.TIME
        set_times(row, before["starts_at"], before["ends_at"])

    # -- writing ----------------------------------------------------------------------------

    def write(self, changes: Changes) -> None:
        """Saves the outcome and announces it, in the caller's transaction."""
        for strand in self._strands:
            self._write_bookings(strand, changes)
        for row in self.targets():
            if row.status not in BLOCKING:
                row.status, row.reason = Occurrence.Status.CONFIRMED, ""
        displaced = [row for strand in self._strands for row in strand.displaced()]
        forget(displaced)
        rewrite([row for row in self._changed() if row not in displaced], self._now)
        if taken := claim(self._new()):
            raise room_taken(clashes_of(taken))
        self._settle_guests(changes)
        self._announce()
        settle_conflicts({self._before[row.pk]["room_id"] for row in self._changed()})

    def _write_bookings(self, strand: Strand, changes: Changes) -> None:
        for booking in filter(None, (strand.stays, strand.goes_on)):
            is_new = booking.pk is None
            if not is_new:
                booking.version += 1
            booking.updated_at = self._now
            booking.save(force_insert=is_new)
            if is_new:
                copy_guests(strand.booking, booking)
        for row in (*strand.rows, *strand.new):
            row.booking = row.booking  # the id of a new part
        if "attendees" in changes:
            replace_guests(strand.goes_on, changes["attendees"])

    def _settle_guests(self, changes: Changes) -> None:
        """Who is invited to single dates, now that these are written."""
        for strand in self._strands:
            if strand.host is not None:
                share_guests(strand.host)
            for row in strand.guested:
                save_guests(row, changes["attendees"])
        released = [row.booking for row in self._rows() if self._dropped(row) & Override.GUESTS]
        reached = [strand.goes_on for strand in self._strands if "attendees" in changes]
        for booking in {*reached, *released}:
            forget_answers(booking)

    def _dropped(self, row: Occurrence) -> int:
        """Bits of what a date had of its own, and has no more."""
        return int(self._before[row.pk]["override_mask"] & ~row.override_mask)

    def _alike(self, strand: Strand, booking: Booking) -> list[datetime]:
        """Dates that are like their series again, which itself may say what it said before."""
        return [
            row.original_start for row in strand.rows
            if booking.is_series and row.booking is booking
            and row.status != CANCELLED and self._dropped(row)
        ]  # fmt: skip

    def _changed(self) -> list[Occurrence]:
        return [row for row in self._rows() if self._before[row.pk] != _state(row)]

    def _announce(self) -> None:
        for strand in self._strands:
            for booking in filter(None, (strand.goes_on, strand.stays)):
                subjects = [*strand.subjects(booking), *self._alike(strand, booking)]
                outbox.announce(booking, subjects, can_undo=self._by.can_undo)
        states = [*self._before.values(), *(_state(row) for row in (*self._rows(), *self._new()))]
        rooms = {state["room_id"] for state in states}
        company_id = self._strands[0].booking.company_id
        live.announce_rooms(company_id, rooms, {state["starts_at"] for state in states})


_STATE = (
    "booking_id", "room_id", "original_start", "starts_at", "ends_at", "block_from", "block_to",
    "status", "reason", "override_mask", *OWN,
)  # fmt: skip


def _state(row: Occurrence) -> dict[str, Any]:
    """What an edit may change of a date. The part that a cut makes has no id before it is saved."""
    return {name: getattr(row, name) for name in _STATE} | {"booking_id": row.booking.pk}


def _place_of(state: Mapping[str, Any]) -> tuple[Any, ...]:
    stands = state["status"] in BLOCKING
    return state["room_id"], state["block_from"], state["block_to"], stands


def _overlapping(rows: Collection[Occurrence]) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Pairs among these dates that want one room at one time."""
    in_order = sorted(rows, key=lambda row: (row.room_id, row.block_from))
    for earlier, later in pairwise(in_order):
        if earlier.room_id == later.room_id and later.block_from < earlier.block_to:
            yield (later, earlier) if earlier.override_mask else (earlier, later)
