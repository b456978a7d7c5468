"""From a rule to its dates (RFC 5545), in the wall-clock time of the booking's zone. Pure.

Places are known by their local start. Ends are computed from exact durations, except that an
all-day place lasts from local midnight to local midnight.

A series starts on its rule: a start that does not match it is no place, the first date that does
is, and COUNT counts from there. (RFC 5545 section 3.8.5.3 leaves such a start undefined.) COUNT
counts the places of the rule, those that EXDATE takes out too, those of RDATE not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule
from bookings.recurrence.days import rule_starts
from bookings.recurrence.lines import (
    Recurrence,
)
from bookings.recurrence.rule import Rule, parse_rule
from bookings.recurrence.wall_clock import to_instant, to_local, zone_named

MOST_PLACES = 1000  # in one horizon; more is refused
# Local order and the order of instants differ by a change of clocks: a whole day where an island
# moved over the date line.
_SLACK = timedelta(days=2)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)  # further out, time zones leave the calendar
_LATEST = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Series:
    """All that decides when a booking takes place. A single booking has an empty recurrence."""

    dtstart_local: datetime
    timezone: str
    duration: timedelta
    recurrence: Recurrence = field(default_factory=Recurrence)
    days: int | None = None  # all-day: how many days

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.timezone)

    @property
    def rule(self) -> Rule | None:
        """The rule, without times of day where the series lasts all day (section 3.3.10)."""
        if not self.recurrence.rrule:
            return None
        rule = parse_rule(self.recurrence.rrule)
        if self.days is None:
            return rule
        none: frozenset[int] = frozenset()
        return replace(rule, by_hour=none, by_minute=none, by_second=none)


@dataclass(frozen=True)
class Place:
    """One date of a series: its identity in local time, and the instants it occupies."""

    original_start: datetime
    starts_at: datetime
    ends_at: datetime


def place_at(series: Series, local: datetime) -> Place:
    """The place of a series that starts at a local time."""
    zone = series.zone
    starts_at = to_instant(local, zone)
    if series.days is None:
        ends_at = starts_at + series.duration
    else:
        ends_at = to_instant(local + timedelta(days=series.days), zone)
    return Place(local, starts_at, ends_at)


def expand(
    series: Series, since: datetime, until: datetime, *, most: int = MOST_PLACES
) -> list[Place]:
    """The places that start in [since, until), in order; raises InvalidRule if there are too many.

    `since` and `until` are instants. Two wall-clock times that a change of clocks makes one
    instant are one place; the rule's own time names it.
    """
    zone = series.zone
    since, until = max(since, _EARLIEST), min(until, _LATEST)
    excluded = {to_instant(local, zone) for local in series.recurrence.exdates}
    places: dict[datetime, Place] = {}
    for local in _local_starts(series, to_local(since, zone), to_local(until, zone)):
        place = place_at(series, local)
        if since <= place.starts_at < until and place.starts_at not in excluded:
            places.setdefault(place.starts_at, place)
        if len(places) > most:
            raise InvalidRule(
                _("This repeats more than %(most)d times. Repeat less often.") % {"most": most}
            )
    return [places[instant] for instant in sorted(places)]


def first_start(series: Series) -> datetime:
    """The local time at which a series begins, which is its start if that is on the rule.

    A date that EXDATE takes out counts, one of RDATE does not. Raises InvalidRule if the rule
    never comes to a date, or ends before it does.
    """
    rule = series.rule
    if rule is None:
        return series.dtstart_local
    start = series.dtstart_local
    first = next(rule_starts(rule, start, start, _LATEST.replace(tzinfo=None)), None)
    if first is None:
        raise InvalidRule(_("There is no date that fits this repeat rule. It would never occur."))
    if not in_time(series, rule, first):
        raise InvalidRule(_("This repeat rule ends before its first date. Choose a later end."))
    return first


def _local_starts(series: Series, since: datetime, until: datetime) -> Iterator[datetime]:
    rule = series.rule
    if rule is None:
        yield series.dtstart_local
    else:
        last = until if rule.until is None else min(until, rule.until.replace(tzinfo=None))
        for local in rule_starts(rule, series.dtstart_local, since - _SLACK, last + _SLACK):
            if in_time(series, rule, local):
                yield local
    yield from series.recurrence.rdates


def in_time(series: Series, rule: Rule, local: datetime) -> bool:
    """Whether a place comes before the rule's end, or on it.

    The end of an all-day series is a day as it is written: other programs write UTC there.
    """
    if rule.until is None:
        return True
    if rule.until.tzinfo is None or series.days is not None:
        return local <= rule.until.replace(tzinfo=None)
    return to_instant(local, series.zone) <= rule.until
