"""What the three edit modes mean: one rule book for the page, the API, Slack and Google. Pure.

1. *This*: only that date changes. Its identity is the place that the rule gave it, wherever it is.
2. *All*: what the person changed goes to every date to come; a time is meant as a difference. What
   a date had changed by itself it keeps, and its identity goes along with the pattern. What is
   over is not rewritten: a running series is cut at its next place.
3. *This and following*: the series is cut before the chosen place, and what is changed is all of
   its later part. On the first place that is "all".

A place that exists no more takes its date with it, moved or cancelled as it may be.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule, OutsideRules
from bookings.models import Occurrence, Override, Room
from bookings.occurrences import OWN, set_times
from bookings.recurrence import Place, Recurrence, Series, expand, place_at, to_local
from bookings.recurrence.edits import (
    Shift,
    all_places,
    cut,
    first_place,
    rezoned,
    shifted,
    starting_on_rule,
)
from bookings.rules import LONGEST_BOOKING

OUT_OF_RULE = "out_of_rule"  # why a date is cancelled that its rule no longer names
SKIPPED = "skipped"  # why a date is cancelled whose room was taken
_SECOND = timedelta(seconds=1)
_SLACK = LONGEST_BOOKING + timedelta(days=2)  # of what runs, and of local order
_LOOK_BACK = timedelta(days=800)  # far enough for a yearly place


class Scope(TextChoices):
    THIS = "this", _("This event")
    FOLLOWING = "following", _("This and following events")
    ALL = "all", _("All events")


@dataclass(frozen=True)
class Retiming:
    """What an edit does to the times of a pattern: differences on the clock, not values.

    `recurrence` is None where the person left the rule alone, and empty for "does not repeat".
    """

    by: timedelta = timedelta()
    longer: timedelta = timedelta()
    timezone: str = ""
    days: int | None = None  # of an all-day series; None: it has hours
    recurrence: Recurrence | None = None

    def apply(self, series: Series, key: datetime, start: datetime) -> tuple[Series, Shift]:
        """The series after the edit of its place `key`, and where its places went.

        `start` is where a new rule begins. Raises InvalidRule where the rule cannot follow.
        """
        moved = rezoned(series, self.timezone or series.timezone)
        shift = Shift(self.by)
        if self.recurrence is None:
            moved, shift = shifted(moved, key, self.by)
        else:
            first = (start if self.recurrence else key) + self.by
            moved = replace(moved, dtstart_local=first, recurrence=self.recurrence)
        moved = replace(moved, duration=moved.duration + self.longer, days=self.days)
        return (starting_on_rule(moved) if self.recurrence else moved), shift


@dataclass(frozen=True)
class Course:
    """What becomes of a series: what is cut off and stays as it was, and what goes on, changed."""

    goes_on: Series
    shift: Shift = field(default_factory=Shift)
    cut_at: datetime | None = None  # the first place that goes on, as it was; None: not cut
    stays: Series | None = None


def following(series: Series, key: datetime, retiming: Retiming, now: datetime) -> Course:
    """The course of a series of which the dates from the place `key` on are changed."""
    at = _next_or_refuse(series, now, key)
    if is_first(series, at):
        return Course(*retiming.apply(series, key, series.dtstart_local))
    stays, rest = cut(series, at)
    goes_on, shift = retiming.apply(rest, key, at)
    return Course(goes_on, shift, at, stays)


def all_events(series: Series, key: datetime, retiming: Retiming, now: datetime) -> Course:
    """The course of a series all of whose dates to come are changed."""
    at = _next_or_refuse(series, now)
    if is_first(series, at):
        return Course(*retiming.apply(series, key, series.dtstart_local))
    stays, rest = cut(series, at)
    if not retiming.recurrence:
        return Course(*retiming.apply(rest, key, at), at, stays)
    changed, shift = retiming.apply(series, key, series.dtstart_local)
    begin = _begin_of_new_rule(series, changed, shift, at, now)
    return Course(changed if is_first(changed, begin) else cut(changed, begin)[1], shift, at, stays)


def _next_or_refuse(series: Series, now: datetime, since: datetime | None = None) -> datetime:
    at = next_place(series, now, since=since)
    if at is None:
        raise OutsideRules(_("All of its dates are over."))
    return at


def _begin_of_new_rule(
    series: Series, changed: Series, shift: Shift, at: datetime, now: datetime
) -> datetime:
    """The first place of a new rule that is to come, and was not yet: COUNT counts what was."""
    over = [shift(local) for local in all_places(series, at - _LOOK_BACK, at) if local < at]
    begin = next_place(changed, now, since=max(over) + _SECOND if over else None)
    if begin is None:
        raise InvalidRule(_("This rule has no date to come."))
    return begin


def next_place(
    series: Series, now: datetime, *, since: datetime | None = None, running: bool = False
) -> datetime | None:
    """The first place that starts from now on, or with `running` is not over; None without one."""
    for local in all_places(series, since or to_local(now, series.zone) - _SLACK):
        place = place_at(series, local)
        if (place.ends_at > now) if running else (place.starts_at >= now):
            return local
    return None


def is_first(series: Series, key: datetime) -> bool:
    """Whether no place of the series comes before this one; those of EXDATE count."""
    return first_place(series, min([series.dtstart_local, *series.recurrence.rdates])) == key


@dataclass(frozen=True)
class Fit:
    """How dates that there are meet the places of a changed series.

    `kept` is each date with its place, `gone` are those whose place exists no more; `lost` of
    these somebody had changed or cancelled. `new` are the places without a date, `exdates` the
    keys of dates that are and stay cancelled.
    """

    kept: list[tuple[Occurrence, Place]]
    gone: list[Occurrence]
    lost: list[Occurrence]
    new: list[Place]
    exdates: tuple[datetime, ...]


def fit(series: Series, shift: Shift, rows: Collection[Occurrence], until: datetime) -> Fit:
    """Finds each date its place in a changed series, by identity; none is changed here.

    Rows are made up to `until`. A date that its rule had stopped naming comes back with its place.
    """
    keys = [shift(row.original_start) for row in rows]
    every = replace(series, recurrence=replace(series.recurrence, exdates=()))
    last = max([until, *(place_at(series, key).starts_at + _SECOND for key in keys)])
    first = place_at(series, min([series.dtstart_local, *series.recurrence.rdates]))
    places = {place.original_start: place for place in expand(every, first.starts_at, last)}
    return fit_onto(places, series.recurrence.exdates, shift, rows, until)


def fit_onto(
    places: Mapping[datetime, Place],
    excluded: Collection[datetime],
    shift: Shift,
    rows: Collection[Occurrence],
    until: datetime,
) -> Fit:
    """As `fit`, where the places are known; `excluded` of them are taken out by EXDATE."""
    keys = {shift(row.original_start): row for row in rows}
    kept, gone = [], []
    for key, row in keys.items():
        place = places.get(key)
        if place is None or (key in excluded and not is_cancelled(row)):
            gone.append(row)
        else:
            kept.append((row, place))
    cancelled = {place.original_start for row, place in kept if is_cancelled(row)}
    new = [
        place for key, place in places.items()
        if key not in keys and key not in excluded and place.starts_at < until
    ]  # fmt: skip
    lost = [row for row in gone if is_exception(row)]
    return Fit(kept, gone, lost, new, tuple(sorted({*excluded, *cancelled})))


def settle_in(row: Occurrence, place: Place, room: Room) -> None:
    """Gives a date its place, and what the series says where it says nothing of its own.

    A cancelled one goes along, so that it is where the series is by then if it comes back.
    """
    row.original_start = place.original_start
    if row.status == Occurrence.Status.CANCELLED and not is_cancelled(row):  # its place is back
        row.status, row.reason = Occurrence.Status.CONFIRMED, ""
        drop_all_own(row)
    if not row.override_mask & Override.ROOM:
        row.room = room
    own_time = row.override_mask & Override.TIME
    starts_at, ends_at = (
        (row.starts_at, row.ends_at) if own_time else (place.starts_at, place.ends_at)
    )
    set_times(row, starts_at, ends_at)


def drop_all_own(row: Occurrence) -> None:
    """A date that has nothing of its own any more; its time and room are the caller's to set."""
    row.override_mask = 0
    for name in OWN:
        setattr(row, name, None)


def is_cancelled(row: Occurrence) -> bool:
    """Whether somebody called a date off; one that its rule stopped naming was not."""
    return row.status == Occurrence.Status.CANCELLED and row.reason != OUT_OF_RULE


def is_exception(row: Occurrence) -> bool:
    """Whether a date is not just what its series says."""
    return (
        bool(row.override_mask) if row.status != Occurrence.Status.CANCELLED else is_cancelled(row)
    )
