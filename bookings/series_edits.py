"""An edit of a whole series, or of a date and the following: decided, checked, then written.

All or nothing: the outcome is worked out on rows in memory by the rule book (`edit_modes`) and
held against everybody else's bookings before the first statement that writes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import claim, clashes_of, room_taken
from bookings.drafts import Actor, Changes, Choice
from bookings.edit_modes import (
    OUT_OF_RULE,
    SKIPPED,
    Course,
    Fit,
    Retiming,
    Scope,
    all_events,
    fit,
    following,
    is_cancelled,
    settle_in,
)
from bookings.errors import Clash, OutsideRules, RoomTaken
from bookings.guests import copy_guests, replace_guests
from bookings.horizon import hold_promise
from bookings.lineage import chosen_in, lock_story, read_story
from bookings.models import BLOCKING, Booking, Occurrence, Override, Room
from bookings.occurrences import (
    check_apart,
    check_open,
    new_occurrences,
    part_of,
    schedule,
    series_of,
    set_times,
)
from bookings.recurrence import Recurrence, parse_recurrence, to_local
from bookings.rewriting import forget, rewrite
from bookings.rules import LATE_START, check_times
from tenants.errors import InvalidInput
from tenants.models import Company

WORDS = {"title": Override.TITLE, "description": Override.DESCRIPTION}
FIELDS = (*WORDS, "visibility", "video", "reminders", "external_reference", "metadata")
TIMING = ("starts_at", "ends_at", "timezone", "recurrence")
CANCELLED = Occurrence.Status.CANCELLED


@dataclass
class Strand:
    """A booking that an edit reaches: what goes on of it, and what stays as it was."""

    booking: Booking
    rows: list[Occurrence]
    goes_on: Booking
    stays: Booking | None = None
    fit: Fit | None = None
    new: list[Occurrence] = field(default_factory=list)


@dataclass(frozen=True)
class Edited:
    """The date that was chosen as it is now, and those that the edit left out or lost."""

    occurrence: Occurrence
    skipped: list[Occurrence]
    lost: list[Occurrence]


@dataclass(frozen=True)
class ChangePreview:
    """What an edit would do. `changed` and `kept` are numbers of dates to come.

    `start_moved`: the chosen date is not on the new rule, which begins on its first match.
    """

    changed: int
    kept: int
    lost: list[Occurrence]
    clashes: list[Clash]
    dates: list[Occurrence]
    start_moved: bool


class SeriesEdit:
    """One edit, from what a person asked for to rows."""

    def __init__(
        self,
        *,
        by: Actor,
        company: Company,
        scope: Scope,
        changes: Changes,
        choices: Sequence[Choice] = (),
        now: datetime,
    ) -> None:
        self._by, self._company, self._scope, self._now = by, company, scope, now
        self._changes = changes
        self._choices = {choice.start: choice for choice in choices}
        self._until = company.bookable_until
        self._strands: list[Strand] = []
        self._before: dict[int, dict[str, Any]] = {}
        self._skipped: list[Occurrence] = []

    # -- reading ----------------------------------------------------------------------------

    def lock(self, occurrence: Occurrence) -> Occurrence:
        """Locks the rooms and bookings that the edit may touch; returns the date as it is now."""
        self._until = hold_promise(self._company.pk)
        rooms = [room.pk for room in self._new_rooms()]
        return self._begin(lock_story(occurrence.booking, self._now, rooms), occurrence)

    def read(self, occurrence: Occurrence) -> Occurrence:
        """As `lock`, for a look that writes nothing."""
        return self._begin(read_story(occurrence.booking), occurrence)

    def _begin(self, story: dict[Booking, list[Occurrence]], occurrence: Occurrence) -> Occurrence:
        chosen = chosen_in(story, occurrence)
        reached = [chosen.booking, *self._reached_parts(chosen, story)]
        self._strands = [Strand(part, story[part], part) for part in reached]
        self._before = {row.pk: _state(row) for row in self._all_rows()}
        return chosen

    def _reached_parts(
        self, chosen: Occurrence, story: Mapping[Booking, Sequence[Occurrence]]
    ) -> Iterator[Booking]:
        """Other parts of the story: they take over words, people and room, not times."""
        if not any(name in self._changes for name in (*FIELDS, "attendees", "room")):
            return
        for part, rows in story.items():
            later = part.dtstart_local > chosen.original_start
            reached = part is not chosen.booking and (later or self._scope == Scope.ALL)
            if reached and any(self._is_to_come(row) for row in rows):
                yield part

    def _new_rooms(self) -> list[Room]:
        rooms = [choice.room for choice in self._choices.values()]
        return [room for room in (*rooms, self._changes.get("room")) if room is not None]

    def _all_rows(self) -> list[Occurrence]:
        return [row for strand in self._strands for row in strand.rows]

    def _is_to_come(self, row: Occurrence) -> bool:
        return row.status != CANCELLED and row.starts_at >= self._now

    # -- deciding ---------------------------------------------------------------------------

    def decide(self, chosen: Occurrence) -> None:
        """Works the outcome out on the rows in memory. Raises InvalidRule, OutsideRules."""
        if chosen.booking.opaque and (self._retimes() or self._scope == Scope.FOLLOWING):
            raise InvalidInput(
                _("Only Google Calendar understands this rule. Change it there, or date by date."),
                field="scope",
            )
        retiming = self._retiming(chosen)
        self._release_chosen(chosen)
        for strand in self._strands:
            own = strand.booking is chosen.booking
            self._decide_strand(strand, chosen.original_start, retiming if own else None)
        if chosen.override_mask & Override.TIME and chosen.status != CANCELLED:
            set_times(
                chosen,
                self._changes.get("starts_at", chosen.starts_at),
                self._changes.get("ends_at", chosen.ends_at),
            )
        self._check_pattern()

    def _retimes(self) -> bool:
        return any(name in self._changes for name in TIMING)

    def _release_chosen(self, chosen: Occurrence) -> None:
        """What the person typed is meant for the chosen date too, whatever it had of its own."""
        for name, bit in (*WORDS.items(), ("room", Override.ROOM)):
            if name in self._changes:
                chosen.override_mask &= ~bit
                if name != "room":
                    setattr(chosen, name, None)

    def _retiming(self, chosen: Occurrence) -> Retiming:
        booking, changes = chosen.booking, self._changes
        zone_name = changes.get("timezone", booking.timezone)
        was = to_local(chosen.starts_at, ZoneInfo(booking.timezone))
        starts_at = changes.get("starts_at", chosen.starts_at)
        ends_at = changes.get("ends_at", chosen.ends_at)
        start = to_local(starts_at, ZoneInfo(zone_name)) if "starts_at" in changes else was
        longer = (ends_at - starts_at) - (chosen.ends_at - chosen.starts_at)
        if "starts_at" in changes or "ends_at" in changes:
            check_times(starts_at=starts_at, ends_at=ends_at, now=self._now, until=self._until)
        if booking.duration + longer <= timedelta():
            raise OutsideRules(_("The other dates would have no length left."), field="end")
        days = _whole_days(booking, start, to_local(ends_at, ZoneInfo(zone_name)), chosen)
        recurrence = self._new_recurrence(booking, zone_name, start, all_day=days is not None)
        return Retiming(start - was, longer, zone_name, days, recurrence)

    def _new_recurrence(
        self, booking: Booking, zone_name: str, start: datetime, *, all_day: bool
    ) -> Recurrence | None:
        """The rule that the person chose; None where it says what it said before."""
        if "recurrence" not in self._changes:
            return None
        lines = self._changes["recurrence"]
        asked = parse_recurrence(lines, zone_name, start=start.time(), all_day=all_day)
        as_read = parse_recurrence(
            lines, booking.timezone, start=booking.dtstart_local.time(), all_day=booking.all_day
        )
        known = series_of(booking).recurrence
        same_rule = (as_read.rrule, as_read.rdates) == (known.rrule, known.rdates)
        return None if same_rule and as_read.exdates in ((), known.exdates) else asked

    def _decide_strand(self, strand: Strand, key: datetime, retiming: Retiming | None) -> None:
        booking = strand.booking
        course = self._course(booking, key, retiming)
        self._divide(strand, course, cuts_ahead=retiming is not None)
        words = {name: getattr(booking, name) for name in WORDS}
        room = self._changes.get("room", booking.room)
        moves = course.goes_on != series_of(booking) or room.pk != booking.room_id
        self._dress(strand.goes_on, room)
        schedule(strand.goes_on, course.goes_on)
        if moves or strand.stays is not None:
            self._fit(strand, course)
        self._pin_past(strand, words)
        self._carry_to_postponed(strand, since=key if strand.stays is booking else None)

    def _course(self, booking: Booking, key: datetime, retiming: Retiming | None) -> Course:
        series = series_of(booking)
        room = self._changes.get("room", booking.room)
        plain = Retiming(timezone=booking.timezone, days=booking.days)
        if retiming is not None and self._scope == Scope.FOLLOWING and booking.is_series:
            return following(series, key, retiming, self._now)
        stands = (retiming or plain) == plain and room.pk == booking.room_id
        if booking.opaque or stands:
            return Course(series)
        return all_events(series, key, retiming or plain, self._now)

    def _divide(self, strand: Strand, course: Course, *, cuts_ahead: bool) -> None:
        """Gives the half of a cut series that is new a row of its own."""
        if course.stays is None or course.cut_at is None:
            return
        part = part_of(strand.booking, course.cut_at, self._now)
        if cuts_ahead and self._scope == Scope.FOLLOWING:
            strand.goes_on, strand.stays = part, strand.booking
        else:
            strand.stays = part
        schedule(strand.stays, course.stays)
        for row in strand.rows:
            row.booking = strand.goes_on if row.original_start >= course.cut_at else strand.stays
        if strand.stays is part:
            called_off = [row.original_start for row in strand.rows
                          if row.booking is part and is_cancelled(row)]  # fmt: skip
            part.exdates = sorted({*part.exdates, *called_off})

    def _dress(self, booking: Booking, room: Room) -> None:
        """Words, people and room of what goes on."""
        booking.room = room
        for name in FIELDS:
            if name in self._changes:
                setattr(booking, name, cast(dict[str, Any], self._changes)[name])
        booking.title = booking.title.strip()

    def _fit(self, strand: Strand, course: Course) -> None:
        rows = [row for row in strand.rows if row.booking is strand.goes_on]
        strand.fit = fit(course.goes_on, course.shift, rows, self._until)
        for row, place in strand.fit.kept:
            settle_in(row, place, strand.goes_on.room)
        for row in strand.fit.gone:
            if row.status != CANCELLED:
                row.status, row.reason = CANCELLED, OUT_OF_RULE
        strand.goes_on.exdates = list(strand.fit.exdates)
        strand.goes_on.horizon_until = self._until
        strand.new = new_occurrences(strand.goes_on, strand.fit.new, self._now)

    def _pin_past(self, strand: Strand, words: Mapping[str, str]) -> None:
        """What is over keeps the words that it had."""
        for row in strand.rows:
            if row.booking is strand.goes_on and row.starts_at < self._now:
                for name, before in words.items():
                    if name in self._changes and getattr(row, name) is None:
                        setattr(row, name, before)

    def _carry_to_postponed(self, strand: Strand, since: datetime | None) -> None:
        """A date of the past that somebody put off is still to come, and takes over the rest."""
        for row in strand.rows:
            early = since is not None and row.original_start < since
            if row.booking is not strand.stays or early or not self._is_to_come(row):
                continue
            for name, bit in WORDS.items():
                if name in self._changes and not row.override_mask & bit:
                    setattr(row, name, cast(dict[str, Any], self._changes)[name])
                    row.override_mask |= bit
            if "room" in self._changes and not row.override_mask & Override.ROOM:
                row.room = self._changes["room"]
                row.override_mask |= Override.ROOM
                set_times(row, row.starts_at, row.ends_at)

    def _check_pattern(self) -> None:
        for strand in self._strands:
            if strand.fit is not None:
                ruled = [row for row, _place in strand.fit.kept if not row.override_mask]
                standing = [row for row in ruled if row.status != CANCELLED]
                check_apart([*standing, *strand.new])

    # -- checking ---------------------------------------------------------------------------

    def resolve(self, *, skip_taken: bool) -> None:
        """Applies the choices; raises RoomTaken or OutsideRules where a date is left without."""
        targets = self._targets()
        for row in targets:
            if (choice := self._choices.get(row.starts_at)) is not None:
                self._choose(row, choice)
        clashes = self.clashes()
        if not clashes:
            return
        remaining = self._targets()
        if not skip_taken or len(clashes) == len(remaining):
            raise room_taken(clashes)
        for clash in clashes:
            self._skip(clash.wanted)
        if still := self.clashes():
            raise room_taken(still)

    def clashes(self) -> list[Clash]:
        """The dates whose room somebody else has, or another date of the same series."""
        targets = self._targets()
        for row in targets:
            if row.starts_at < self._now - LATE_START:
                start = to_local(row.starts_at, ZoneInfo(row.room.zone_name))
                day = {"day": f"{start:%Y-%m-%d %H:%M}"}
                raise OutsideRules(_("The date of %(day)s would be over.") % day, field="start")
        besides = [row.pk for row in self._all_rows() if self._moved(row)]
        found = {id(clash.wanted): clash for clash in clashes_of(targets, besides=besides)}
        for row, other in _overlapping(targets):
            known = found.setdefault(id(row), Clash(row, []))
            known.conflicts.append(other)
        return sorted(found.values(), key=lambda clash: clash.wanted.starts_at)

    def _targets(self) -> list[Occurrence]:
        """The dates that want a place that they do not have yet."""
        new = [row for strand in self._strands for row in strand.new]
        wanting = [*(row for row in self._all_rows() if self._moved(row)), *new]
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
            self._move(row, choice)

    def _skip(self, row: Occurrence) -> None:
        row.status, row.reason = CANCELLED, SKIPPED
        row.booking.exdates = sorted({*row.booking.exdates, row.original_start})
        self._skipped.append(row)

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

    def _move(self, row: Occurrence, choice: Choice) -> None:
        starts_at = choice.starts_at or row.starts_at
        ends_at = choice.ends_at or starts_at + (row.ends_at - row.starts_at)
        check_times(starts_at=starts_at, ends_at=ends_at, now=self._now, until=self._until)
        if choice.room is not None and choice.room.pk != row.room_id:
            check_open(choice.room)
            row.room = choice.room
            row.override_mask |= Override.ROOM
        if (starts_at, ends_at) != (row.starts_at, row.ends_at):
            row.override_mask |= Override.TIME
        set_times(row, starts_at, ends_at)

    # -- writing ----------------------------------------------------------------------------

    def write(self, chosen: Occurrence, before: Mapping[str, Any]) -> Edited:
        """Saves the outcome and announces it, in the caller's transaction."""
        for strand in self._strands:
            self._write_bookings(strand)
        for row in self._targets():
            if row.status not in BLOCKING:
                row.status, row.reason = Occurrence.Status.CONFIRMED, ""
        displaced = self._displaced()
        forget(displaced)
        gone = {row.pk for row in displaced}
        rewrite([row for row in self._changed() if row.pk and row.pk not in gone], self._now)
        new = [row for strand in self._strands for row in strand.new]
        if new and (taken := claim(new)):
            raise RoomTaken([]) if not (found := clashes_of(taken)) else room_taken(found)
        after = {**history.snapshot(chosen.booking, chosen), "scope": self._scope}
        own = self._strands[0].booking
        history.record(own, self._by, "changed", before=before, after=after)
        self._announce()
        lost = [row for strand in self._strands if strand.fit for row in strand.fit.lost]
        return Edited(chosen, self._skipped, lost)

    def _write_bookings(self, strand: Strand) -> None:
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
        if "attendees" in self._changes:
            replace_guests(strand.goes_on, self._changes["attendees"])

    def _displaced(self) -> list[Occurrence]:
        """Dates without a place whose key another one takes, or that no series is left for."""
        displaced = []
        for strand in self._strands:
            if strand.fit is None:
                continue
            taken = {row.original_start for row, _place in strand.fit.kept}
            taken |= {row.original_start for row in strand.new}
            alone = not strand.goes_on.is_series
            displaced += [
                row for row in strand.fit.gone if alone or row.original_start in taken
            ]  # fmt: skip
        return displaced

    def _changed(self) -> list[Occurrence]:
        return [row for row in self._all_rows() if self._before[row.pk] != _state(row)]

    def _announce(self) -> None:
        for strand in self._strands:
            outbox.announce(strand.goes_on, [None, *self._exceptions(strand, strand.goes_on)])
            if strand.stays is not None:
                is_new = strand.stays is not strand.booking
                own = self._exceptions(strand, strand.stays) if is_new else []
                outbox.announce(strand.stays, [None, *own])
        rows = [*self._all_rows(), *(row for strand in self._strands for row in strand.new)]
        rooms = {row.room_id for row in rows} | {each["room_id"] for each in self._before.values()}
        days = [row.starts_at for row in rows] + [e["starts_at"] for e in self._before.values()]
        live.announce_rooms(self._company.pk, rooms, days)

    def _exceptions(self, strand: Strand, booking: Booking) -> list[datetime]:
        """Dates that Google has to be told of by themselves, where the schedule is a new one."""
        rows = [*strand.rows, *strand.new]
        if strand.fit is None or not booking.is_series:
            return []
        return [
            row.original_start for row in rows
            if row.booking is booking and row.override_mask and row.status != CANCELLED
        ]  # fmt: skip

    # -- asking -----------------------------------------------------------------------------

    def preview(self, chosen: Occurrence) -> ChangePreview:
        """What the decided edit would do; nothing is written."""
        for row in self._targets():
            if (choice := self._choices.get(row.starts_at)) is not None:
                self._choose(row, choice)
        rows = [*self._all_rows(), *(row for strand in self._strands for row in strand.new)]
        reached = [
            row for row in rows
            if self._is_to_come(row) and any(row.booking is s.goes_on for s in self._strands)
        ]  # fmt: skip
        kept = sum(bool(row.override_mask) and row is not chosen for row in reached)
        lost = [row for strand in self._strands if strand.fit for row in strand.fit.lost]
        dates = sorted(reached, key=lambda row: row.starts_at)
        start_moved = chosen.status == CANCELLED
        return ChangePreview(len(reached) - kept, kept, lost, self.clashes(), dates, start_moved)


def _whole_days(booking: Booking, start: datetime, end: datetime, chosen: Occurrence) -> int | None:
    """The length of an all-day series after an edit; None once it has hours."""
    if booking.days is None or start.time() != end.time() or start.time() != time.min:
        return None
    zone = ZoneInfo(booking.timezone)
    before = to_local(chosen.ends_at, zone) - to_local(chosen.starts_at, zone)
    return booking.days + (end - start).days - before.days


_STATE = (
    "booking_id", "room_id", "original_start", "starts_at", "ends_at", "block_from", "block_to",
    "status", "reason", "override_mask", "title", "description",
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
