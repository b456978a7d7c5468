"""An edit of a whole series, or of a date and the following: decided, checked, then written.

All or nothing: the outcome is worked out on rows in memory by the rule book (`edit_modes`) and
held against everybody else's bookings before the first statement that writes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings import history
from bookings.claims import clashes_of
from bookings.conflicts import note_taken
from bookings.drafts import Actor, Changes, Choice
from bookings.edits.choosing import skipped_words
from bookings.edits.edit_modes import Course, Retiming, Scope, all_events, following
from bookings.edits.lineage import chosen_in, lock_story, read_story
from bookings.edits.outcome import Outcome
from bookings.edits.strands import CANCELLED, FIELDS, Strand, is_to_come
from bookings.errors import Clash, InvalidRule, OutsideRules
from bookings.guests import invited, list_of
from bookings.horizon import hold_promise
from bookings.models import Booking, Occurrence, Override
from bookings.occurrences import OWN, drop_own, series_of, set_times
from bookings.recurrence import Recurrence, parse_recurrence, to_local
from bookings.rules import check_length, check_times
from tenants.errors import InvalidInput
from tenants.models import Company

# Fields that what is over may get, too: the history keeps who was the organiser when.
UNSEEN = ("reminders", "external_reference", "organizer")
TIMING = ("starts_at", "ends_at", "timezone", "recurrence")


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
    """One edit, from what a person asked for to an outcome."""

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
        self._changes, self._choices = changes, choices
        self._until = company.bookable_until
        self._strands: list[Strand] = []

    # -- reading ----------------------------------------------------------------------------

    def lock(self, occurrence: Occurrence) -> Occurrence:
        """Locks the rooms and bookings that the edit may touch; returns the date as it is now."""
        self._until = hold_promise(self._company.pk)
        rooms = [*(choice.room for choice in self._choices), self._changes.get("room")]
        more = [room.pk for room in rooms if room is not None]
        return self._begin(lock_story(occurrence.booking, self._now, more), occurrence)

    def read(self, occurrence: Occurrence) -> Occurrence:
        """As `lock`, for a look that writes nothing."""
        return self._begin(read_story(occurrence.booking), occurrence)

    def _begin(self, story: dict[Booking, list[Occurrence]], occurrence: Occurrence) -> Occurrence:
        chosen = chosen_in(story, occurrence)
        reached = [chosen.booking, *self._reached_parts(chosen, story)]
        self._strands = [Strand(part, story[part], part) for part in reached]
        self._outcome = Outcome(self._strands, self._choices, self._by, self._now, self._until)
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
            if reached and any(is_to_come(row, self._now) for row in rows):
                yield part

    # -- deciding ---------------------------------------------------------------------------

    def decide(self, chosen: Occurrence) -> None:
        """Works the outcome out on the rows in memory. Raises InvalidRule, OutsideRules."""
        retimes = any(name in self._changes for name in TIMING)
        if chosen.booking.opaque and (retimes or self._scope == Scope.FOLLOWING):
            raise InvalidInput(
                _("Only Google Calendar understands this rule. Change it there, or date by date."),
                field="scope",
            )
        retiming, key = self._retiming(chosen), chosen.original_start
        to_come = is_to_come(chosen, self._now)  # what is over is not rewritten
        if to_come:
            self._release_chosen(chosen)
        own, *others = self._strands
        ahead = self._scope == Scope.FOLLOWING
        self._follow(own, self._course(own.booking, key, retiming), new_part_ahead=ahead)
        own.carry_to_postponed(self._changes, key if ahead else None, self._now)
        for strand in others:
            course = self._course_of_all(strand.booking, _unchanged(strand.booking))
            self._follow(strand, course, new_part_ahead=False)
            strand.carry_to_postponed(self._changes, None, self._now)
        if to_come and chosen.override_mask & Override.TIME and chosen.status != CANCELLED:
            starts_at = self._changes.get("starts_at", chosen.starts_at)
            set_times(chosen, starts_at, self._changes.get("ends_at", chosen.ends_at))
        for strand in self._strands:
            strand.check_pattern()
        if retiming.recurrence and not own.has_dates(self._now):
            raise InvalidRule(_("This rule has no date that can be booked."))

    def _follow(self, strand: Strand, course: Course, *, new_part_ahead: bool) -> None:
        strand.follow(
            course, self._changes, new_part_ahead=new_part_ahead, now=self._now, until=self._until
        )

    def _course(self, booking: Booking, key: datetime, retiming: Retiming) -> Course:
        if self._scope == Scope.ALL:
            return self._course_of_all(booking, retiming, key)
        if self._alters(booking, retiming, besides=()):
            return following(series_of(booking), key, retiming, self._now)
        return Course(series_of(booking))

    def _course_of_all(
        self, booking: Booking, retiming: Retiming, key: datetime | None = None
    ) -> Course:
        series = series_of(booking)
        if booking.opaque or not self._alters(booking, retiming, besides=UNSEEN):
            return Course(series)
        return all_events(series, key or booking.dtstart_local, retiming, self._now)

    def _alters(self, booking: Booking, retiming: Retiming, *, besides: Collection[str]) -> bool:
        """Whether a booking would be another one than before, in more than some fields."""
        asked = cast(dict[str, Any], self._changes)
        if retiming != _unchanged(booking) or not _same_people(booking, asked):
            return True
        names = {*FIELDS, "room"} - {*besides}
        return any(asked[name] != getattr(booking, name) for name in names if name in asked)

    def _release_chosen(self, chosen: Occurrence) -> None:
        """What the person typed is meant for the chosen date too, whatever it had of its own."""
        for name in OWN:
            if name in self._changes:
                drop_own(chosen, name)
        for name, bit in (("room", Override.ROOM), ("attendees", Override.GUESTS)):
            if name in self._changes:
                chosen.override_mask &= ~bit

    def _retiming(self, chosen: Occurrence) -> Retiming:
        booking, changes = chosen.booking, self._changes
        zone_name = changes.get("timezone", booking.timezone)
        was = to_local(chosen.starts_at, ZoneInfo(booking.timezone))
        starts_at = changes.get("starts_at", chosen.starts_at)
        ends_at = changes.get("ends_at", chosen.ends_at)
        start = to_local(starts_at, ZoneInfo(zone_name)) if "starts_at" in changes else was
        longer = (ends_at - starts_at) - (chosen.ends_at - chosen.starts_at)
        if not is_to_come(chosen, self._now):  # it stays, and the others change by the difference
            check_length(starts_at, ends_at)
        elif "starts_at" in changes or "ends_at" in changes:
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

    # -- asking and doing -------------------------------------------------------------------

    def write(self, chosen: Occurrence, before: Mapping[str, Any], *, skip_taken: bool) -> Edited:
        """Finds every date its place and saves; raises RoomTaken, and then nothing is written."""
        self._outcome.resolve(skip_taken=skip_taken)
        for strand in self._strands:
            strand.become_single()
        own = self._strands[0].booking
        self._outcome.write(self._changes)
        skipped = skipped_words(clashes_of(self._outcome.skipped)) if self._outcome.skipped else {}
        after = history.snapshot(chosen.booking, chosen) | skipped
        after |= history.reach(self._scope, chosen)
        history.record(own, self._by, "changed", before=before, after=after)
        note_taken(self._outcome.skipped, self._by, "skipped")
        return Edited(chosen, self._outcome.skipped, self._outcome.lost)

    def preview(self, chosen: Occurrence) -> ChangePreview:
        """What the decided edit would do; nothing is written."""
        self._outcome.choose()
        self._outcome.check_rules()
        dates = self._outcome.to_come()
        kept = sum(bool(row.override_mask) and row is not chosen for row in dates)
        return ChangePreview(
            changed=len(dates) - kept,
            kept=kept,
            lost=self._outcome.lost,
            clashes=self._outcome.clashes(),
            dates=dates,
            start_moved=chosen.status == CANCELLED,
        )


def _unchanged(booking: Booking) -> Retiming:
    return Retiming(timezone=booking.timezone, days=booking.days)


def _same_people(booking: Booking, asked: Mapping[str, Any]) -> bool:
    """Whether an edit leaves it to the same people to come, or says nothing about them."""
    if "attendees" not in asked:
        return True
    return list_of(invited(booking)) == list_of(asked["attendees"])


def _whole_days(booking: Booking, start: datetime, end: datetime, chosen: Occurrence) -> int | None:
    """The length of an all-day series after an edit; None once it has hours."""
    if booking.days is None or start.time() != end.time() or start.time() != time.min:
        return None
    zone = ZoneInfo(booking.timezone)
    before = to_local(chosen.ends_at, zone) - to_local(chosen.starts_at, zone)
    return booking.days + (end - start).days - before.days
