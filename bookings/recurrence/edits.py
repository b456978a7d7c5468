"""Moving a series and cutting it in two, in the terms of its rule (RFC 5545). Pure.

All times are wall-clock times of the series' zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import takewhile

from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule
from bookings.recurrence.days import rule_starts, times_of_day
from bookings.recurrence.lines import Recurrence
from bookings.recurrence.rule import WEEKDAYS, Frequency, Rule
from bookings.recurrence.series import Series, first_start, in_time
from bookings.recurrence.wall_clock import to_instant, to_local

ONE_SECOND = timedelta(seconds=1)
DAY_END = time(23, 59, 59)
LAST_SAFE_DAY = 28  # every month has it
WEEK = 7
ONE_PERIOD = timedelta(days=31)  # within it, days may change their order
TWO_PERIODS = 2 * ONE_PERIOD
_LAST = datetime(9990, 1, 1)  # noqa: DTZ001  local


@dataclass(frozen=True)
class Shift:
    """Where the places of a series go; the identity of its dates goes along.

    Every place moves `by`. Of a rule with several weekdays, or several days of the month, the
    chosen `weekday` or `month_day` moves a number of `days` besides.
    """

    by: timedelta = timedelta()
    weekday: int | None = None
    month_day: int | None = None
    days: int = 0

    def __call__(self, local: datetime) -> datetime:
        chosen = local.weekday() == self.weekday or local.day == self.month_day
        return local + self.by + timedelta(days=self.days if chosen else 0)

    def __bool__(self) -> bool:
        return bool(self.by or self.days)


def shifted(series: Series, key: datetime, by: timedelta) -> tuple[Series, Shift]:
    """The series whose place `key` is moved `by`, and where that leaves its other places.

    A new time of day is meant for all. Another day moves the whole pattern where it has one day
    a period; of several weekdays only that one moves. Raises InvalidRule where a rule cannot
    follow, so that the person chooses one.
    """
    rule = series.rule
    if rule is None:
        return _moved(series, "", Shift(by)), Shift(by)
    # From a single date, the difference is one for the rule as a whole, wherever it begins.
    at = series.dtstart_local if key in series.recurrence.rdates else key
    days = ((at + by).date() - at.date()).days
    text = _without_clock(series, rule) if by != timedelta(days=days) else series.recurrence.rrule
    if not days:
        return _moved(series, text, Shift(by)), Shift(by)
    text, shift = _moved_days(series, rule, text, at, by)
    if shift.days and at != key:
        raise _choose()  # which of its days is meant?
    moved = _moved(series, text, shift)
    return (_completed(series, moved, shift) if shift.days else moved), shift


def cut(series: Series, key: datetime) -> tuple[Series, Series]:
    """The places before `key`, and those from it on; there are places on both sides.

    COUNT is divided, places that EXDATE takes out counted. Phase and end stay as they were.
    """
    rule, dates = series.rule, series.recurrence
    before = Recurrence("", *_split(dates, key)[0])
    after = Recurrence("", *_split(dates, key)[1])
    if rule is None:
        every = sorted({series.dtstart_local, *dates.rdates})
        return (
            _dated(series, [date for date in every if date < key], before),
            _dated(series, [date for date in every if date >= key], after),
        )
    return _earlier(series, rule, key, before), _later(series, rule, key, after)


def rezoned(series: Series, timezone: str) -> Series:
    """The same wall-clock times in another zone; the end of the rule moves along."""
    moved = replace(series, timezone=timezone)
    rule = series.rule
    if rule is None or rule.until is None or rule.until.tzinfo is None or series.days:
        return moved
    text = rewritten(series.recurrence.rrule, UNTIL=_utc(to_local(rule.until, series.zone), moved))
    return replace(moved, recurrence=replace(series.recurrence, rrule=text))


def rewritten(rrule: str, **parts: str | None) -> str:
    """The value of an RRULE line with some parts replaced, added, or (None) taken out."""
    given = (part.partition("=") for part in rrule.split(";") if part)
    found: dict[str, str | None] = {name: value for name, _sep, value in given}
    found |= parts
    return ";".join(f"{name}={value}" for name, value in found.items() if value is not None)


def rule_places(series: Series, since: datetime, until: datetime = _LAST) -> Iterator[datetime]:
    """The local times in [since, until] that the rule gives, those of EXDATE too, RDATE not."""
    rule = series.rule
    if rule is None:
        return iter(())
    starts = rule_starts(rule, series.dtstart_local, since, until)
    return takewhile(lambda local: in_time(series, rule, local), starts)


def all_places(series: Series, since: datetime, until: datetime = _LAST) -> Iterator[datetime]:
    """The local times of all places in [since, until], with RDATE and EXDATE's, in order."""
    dates = {*series.recurrence.rdates}
    if series.rule is None:
        dates.add(series.dtstart_local)
    waiting = sorted((date for date in dates if since <= date <= until), reverse=True)
    for local in rule_places(series, since, until):
        while waiting and waiting[-1] <= local:
            date = waiting.pop()
            if date != local:
                yield date
        yield local
    yield from reversed(waiting)


def first_place(series: Series, since: datetime) -> datetime | None:
    """The first place at `since` or later; None if there is none."""
    return next(all_places(series, since), None)


def has_place(series: Series, local: datetime) -> bool:
    """Whether a time is a place of the series, taken out by EXDATE or not."""
    return first_place(series, local) == local


def _split(dates: Recurrence, key: datetime) -> tuple[tuple[tuple[datetime, ...], ...], ...]:
    lists = (dates.rdates, dates.exdates)
    before = tuple(tuple(date for date in found if date < key) for found in lists)
    after = tuple(tuple(date for date in found if date >= key) for found in lists)
    return before, after


def _dated(series: Series, places: list[datetime], dates: Recurrence) -> Series:
    """A series of single dates, without a rule."""
    first, *others = places
    return replace(series, dtstart_local=first, recurrence=replace(dates, rdates=tuple(others)))


def _earlier(series: Series, rule: Rule, key: datetime, dates: Recurrence) -> Series:
    text = series.recurrence.rrule
    if next(rule_places(series, series.dtstart_local, key - ONE_SECOND), None) is None:
        return _dated(series, list(dates.rdates), dates)
    if rule.count is not None:
        count = sum(1 for _place in rule_places(series, series.dtstart_local, key - ONE_SECOND))
        text = rewritten(text, COUNT=str(count))
    elif series.days is not None:
        text = rewritten(text, UNTIL=f"{key - timedelta(days=1):%Y%m%d}")
    else:
        text = rewritten(text, UNTIL=_utc(key, series, less=ONE_SECOND))
    return replace(series, recurrence=replace(dates, rrule=text))


def _later(series: Series, rule: Rule, key: datetime, dates: Recurrence) -> Series:
    start = next(rule_places(series, key), None)
    if start is None:
        return _dated(series, list(dates.rdates), dates)
    text = series.recurrence.rrule
    if rule.count is not None:
        gone = sum(1 for _place in rule_places(series, series.dtstart_local, key - ONE_SECOND))
        text = rewritten(text, COUNT=str(rule.count - gone))
    return replace(series, dtstart_local=start, recurrence=replace(dates, rrule=text))


def _utc(local: datetime, series: Series, *, less: timedelta = timedelta()) -> str:
    return f"{to_instant(local, series.zone) - less:%Y%m%dT%H%M%SZ}"


def _moved(series: Series, text: str, shift: Shift) -> Series:
    dates = series.recurrence
    return replace(
        series,
        dtstart_local=shift(series.dtstart_local),
        recurrence=Recurrence(
            _moved_end(series, text, shift.by),
            tuple(sorted(shift(date) for date in dates.rdates)),
            tuple(sorted(shift(date) for date in dates.exdates)),
        ),
    )


def _moved_end(series: Series, text: str, by: timedelta) -> str:
    """The rule with an end that leaves it the same places: the end of a day stays one."""
    rule = series.rule
    if rule is None or rule.until is None:
        return text
    aware = rule.until.tzinfo is not None and series.days is None
    end = to_local(rule.until, series.zone) if aware else rule.until.replace(tzinfo=None)
    whole = timedelta(days=((series.dtstart_local + by).date() - series.dtstart_local.date()).days)
    moved = end + (whole if end.time() == DAY_END else by)
    if moved == end:
        return text
    if aware:
        return rewritten(text, UNTIL=_utc(moved, series))
    short = series.days is not None or moved.time() == DAY_END
    return rewritten(text, UNTIL=f"{moved:%Y%m%d}" if short else f"{moved:%Y%m%dT%H%M%S}")


def _without_clock(series: Series, rule: Rule) -> str:
    """The rule with its one time of day left to the start; it cannot move if it has several."""
    if len(times_of_day(rule, series.dtstart_local)) > 1:
        raise _choose()
    return rewritten(series.recurrence.rrule, BYHOUR=None, BYMINUTE=None, BYSECOND=None)


def _choose() -> InvalidRule:
    return InvalidRule(
        _("This repeat rule cannot move to that day by itself. Choose when it repeats from now on.")
    )


def _moved_days(
    series: Series, rule: Rule, text: str, key: datetime, by: timedelta
) -> tuple[str, Shift]:
    if rule.by_set_pos or rule.by_year_day or rule.by_week_no:
        raise _choose()
    if rule.frequency == Frequency.DAILY and not (
        rule.by_day or rule.by_month or rule.by_month_day
    ):
        return text, Shift(by)
    if rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        return _moved_weekday(series, rule, text, key, by)
    return _moved_month_day(series, rule, text, key, by)


def _moved_weekday(
    series: Series, rule: Rule, text: str, key: datetime, by: timedelta
) -> tuple[str, Shift]:
    weekdays = {weekday for _nth, weekday in rule.completed_by(series.dtstart_local).by_day}
    days = ((key + by).date() - key.date()).days
    if rule.by_month or rule.by_month_day or (
        rule.frequency == Frequency.DAILY and rule.interval > 1
    ):  # fmt: skip
        raise _choose()
    target = (key + by).weekday()
    if weekdays == {key.weekday()}:
        if rule.by_day:
            text = rewritten(text, BYDAY=WEEKDAYS[target])
        return text, Shift(by)
    if target == key.weekday() and rule.frequency == Frequency.WEEKLY:
        return text, Shift(by)  # whole weeks: all its weekdays go along
    if target in weekdays:
        raise InvalidRule(_("The series takes place on that weekday already."))
    other_week = (
        rule.interval > 1 and not 0 <= (key.weekday() - rule.week_start) % WEEK + days < WEEK
    )
    if abs(days) >= WEEK or other_week:
        raise _choose()
    weekdays = {*weekdays - {key.weekday()}, target}
    text = rewritten(text, BYDAY=",".join(WEEKDAYS[weekday] for weekday in sorted(weekdays)))
    return text, Shift(by - timedelta(days=days), weekday=key.weekday(), days=days)


def _moved_month_day(
    series: Series, rule: Rule, text: str, key: datetime, by: timedelta
) -> tuple[str, Shift]:
    target = key + by
    days = rule.completed_by(series.dtstart_local).by_month_day
    same_month = (key.year, key.month) == (target.year, target.month)
    if (
        rule.by_day
        or not same_month
        or max(key.day, target.day) > LAST_SAFE_DAY
        or any(day < 0 for day in days)
    ):
        raise _choose()
    if days == {key.day}:
        if rule.by_month_day:
            text = rewritten(text, BYMONTHDAY=str(target.day))
        return text, Shift(by)
    if target.day in days:
        raise InvalidRule(_("The series takes place on that day already."))
    moved = sorted({*days - {key.day}, target.day})
    distance = target.day - key.day
    shift = Shift(by - timedelta(days=distance), month_day=key.day, days=distance)
    return rewritten(text, BYMONTHDAY=",".join(map(str, moved))), shift


def _completed(before: Series, after: Series, shift: Shift) -> Series:
    """Begins and ends a rule of which only some days moved so that no place is won or lost.

    Where the days change their order, the last period may need single dates to come out right.
    """
    start, rule = before.dtstart_local, before.rule
    opening = {shift(place) for place in rule_places(before, start, start + TWO_PERIODS)}
    after = replace(after, dtstart_local=min(opening))
    since, ends = start, rule is not None and (rule.count or rule.until)
    if rule is not None and rule.until is not None:
        end = to_local(rule.until, before.zone) if rule.until.tzinfo else rule.until
        since = max(start, end - TWO_PERIODS)
        after = _ending(after, max(shift(place) for place in rule_places(before, since)))
    after = _with_places(after, opening, min(opening), min(opening) + ONE_PERIOD)
    if not ends:
        return after
    wanted = {shift(place) for place in rule_places(before, since)}
    compared = min(wanted) + (ONE_PERIOD if since > start else timedelta())
    return _with_places(after, wanted, compared, _LAST)


def _with_places(series: Series, wanted: set[datetime], since: datetime, until: datetime) -> Series:
    """The series with exactly the wanted places in [since, until], by single dates if need be."""
    given = {place for place in rule_places(series, since, until) if place >= since}
    wanted = {place for place in wanted if since <= place <= until}
    dates = series.recurrence
    return replace(
        series,
        recurrence=replace(
            dates,
            rdates=tuple(sorted({*dates.rdates, *(wanted - given)})),
            exdates=tuple(sorted({*dates.exdates, *(given - wanted - {*dates.rdates})})),
        ),
    )


def _ending(series: Series, last: datetime) -> Series:
    """The series with a last place, if its end came earlier."""
    rule = series.rule
    if rule is None or in_time(series, rule, last):
        return series
    end = datetime.combine(last, DAY_END)
    until = f"{last:%Y%m%d}" if series.days is not None else _utc(end, series)
    text = rewritten(series.recurrence.rrule, UNTIL=until)
    return replace(series, recurrence=replace(series.recurrence, rrule=text))


def starting_on_rule(series: Series) -> Series:
    """The series with its start on the first date that matches; raises InvalidRule."""
    return replace(series, dtstart_local=first_start(series))
