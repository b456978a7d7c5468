"""What somebody else's edit did to a series, told from its result. Pure.

Google says how a series is now, not what the person did. Identity goes along with the pattern
(see `edit_modes`), so what they did is what brings most dates onto places of the new series.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bookings.recurrence.edits import Shift, rewritten, rule_places
from bookings.recurrence.lines import Recurrence
from bookings.recurrence.series import MOST_PLACES, Place, Series, expand
from bookings.recurrence.wall_clock import to_instant

WEEK = 7
_SLACK = timedelta(days=WEEK + 2)
_YEAR = timedelta(days=366)


def places_near(
    series: Series, keys: Collection[datetime], since: datetime, until: datetime
) -> dict[datetime, Place]:
    """The places of a series between two instants and around all these keys, with EXDATE's."""
    every = replace(series, recurrence=replace(series.recurrence, exdates=()))
    instants = [to_instant(key, series.zone) for key in keys]
    first = min([since, *(instant - _SLACK for instant in instants)])
    last = max([until, *(instant + _SLACK for instant in instants)])
    found = expand(every, first, last, most=5 * MOST_PLACES)
    return {place.original_start: place for place in found}


def shift_onto(
    keys: Collection[datetime], begin: datetime, series: Series, since: datetime, until: datetime
) -> Shift:
    """Where the dates of a series that began at `begin` went when it became this one.

    The places that count are those between two instants, and around where the dates would be.
    """
    moved = series.dtstart_local - begin
    far = {key + by for key in keys for by in (timedelta(), moved)}
    places = places_near(series, far, since, until)
    best, most = Shift(moved), -1
    for shift in _candidates(keys, moved, begin, series, places):
        hits = sum(shift(key) in places for key in keys)
        if hits > most:
            best, most = shift, hits
    return best


def _candidates(
    keys: Collection[datetime],
    moved: timedelta,
    begin: datetime,
    series: Series,
    places: Mapping[datetime, Place],
) -> Iterator[Shift]:
    """The start as it moved; the clock alone; one of several weekdays."""
    yield Shift(moved)
    clock = datetime.combine(begin, series.dtstart_local.time()) - begin
    yield Shift(clock)
    before, after = {key.weekday() for key in keys}, {key.weekday() for key in places}
    gone, come = before - after, after - before
    if len(gone) == len(come) == 1:
        weekday, days = gone.pop(), come.pop()
        ahead = (days - weekday) % WEEK
        for distance in sorted((ahead, ahead - WEEK), key=abs):
            yield Shift(clock, weekday=weekday, days=distance)


def gone_at_end(keys: Sequence[datetime], series: Series) -> list[datetime]:
    """The dates after the end of a series that was cut short, in their order."""
    ends = series.rule is not None and (series.rule.count or series.rule.until)
    if not keys or not ends:
        return []
    instants = [to_instant(key, series.zone) for key in (min(keys), max(keys))]
    places = places_near(series, keys, *instants)
    last = max(places, default=None)
    return sorted(key for key in keys if last is None or key > last)


def first_beyond(series: Series, around: datetime) -> datetime | None:
    """The place that a series would have next if it did not end; None if it does not, or did not
    within a year of a local time."""
    if series.rule is None or not (series.rule.count or series.rule.until):
        return None
    since, until = max(series.dtstart_local, around - _YEAR), around + _YEAR
    last = max(rule_places(series, since, until), default=None)
    if last is None:
        return None
    endless = rewritten(series.recurrence.rrule, COUNT=None, UNTIL=None)
    on = replace(series, recurrence=Recurrence(endless))
    return next((place for place in rule_places(on, last, until) if place > last), None)


def same_pattern(one: str, other: str, *, but: Collection[str] = ()) -> bool:
    """Whether two values of RRULE lines differ at most in their ends, and in some parts."""
    apart: dict[str, None] = dict.fromkeys(("COUNT", "UNTIL", *but))
    mine, yours = (
        {*rewritten(rrule, **apart).split(";")} - {"INTERVAL=1", ""} for rrule in (one, other)
    )
    return mine == yours
