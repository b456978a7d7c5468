"""What the form says about repeating, as a rule of RFC 5545, and such a rule as the form. Pure.

Most of it is seen from a date: of Wednesday 2 December, “monthly by weekday” means every month on
the first Wednesday. The form needs no more to be said, and moves along with its date.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from bookings.recurrence import Series
from bookings.recurrence.rule import WEEKDAYS, Frequency, Rule, parse_rule
from bookings.recurrence.wall_clock import to_instant
from bookings.recurrence.words import last_day

LAST_SECOND = time(23, 59, 59)


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Monthly(StrEnum):
    """Which day of a month, seen from a date."""

    DAY = "day"  # of the same number
    WEEKDAY = "weekday"  # the same weekday of the same week
    LAST_WEEKDAY = "last-weekday"
    LAST_DAY = "last-day"


_FREQUENCIES = {
    Unit.DAY: Frequency.DAILY,
    Unit.WEEK: Frequency.WEEKLY,
    Unit.MONTH: Frequency.MONTHLY,
    Unit.YEAR: Frequency.YEARLY,
}


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """How often. `weekdays` (Monday 0) belong to weeks, `monthly` to months.

    It ends with `until` (the last day) or after `times`; without both it goes on.
    """

    unit: Unit
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    monthly: Monthly = Monthly.DAY
    until: date | None = None
    times: int | None = None

    @property
    def endless(self) -> "Repeat":
        return replace(self, until=None, times=None)


def week_of_month(day: date) -> int:
    """Which of its weekday in the month a date is, 1 to 5."""
    return (day.day - 1) // 7 + 1


def is_last_weekday(day: date) -> bool:
    """Whether its weekday does not come again in the month."""
    return day.day + 7 > _length_of_month(day)


def is_last_day(day: date) -> bool:
    """Whether the month ends with this date."""
    return day.day == _length_of_month(day)


def _length_of_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def rule_line(repeat: Repeat, seen_from: date, zone: ZoneInfo | None) -> str:
    """The RRULE line. `zone` is the series' own, and None for one that lasts all day."""
    parts = [f"FREQ={_FREQUENCIES[repeat.unit]}"]
    if repeat.every > 1:
        parts.append(f"INTERVAL={repeat.every}")
    parts += _days(repeat, seen_from)
    if repeat.until:
        parts.append(f"UNTIL={_end_of(repeat.until, zone)}")
    if repeat.times:
        parts.append(f"COUNT={repeat.times}")
    return "RRULE:" + ";".join(parts)


def _days(repeat: Repeat, seen_from: date) -> list[str]:
    if repeat.unit == Unit.WEEK:
        weekdays = sorted(repeat.weekdays) or [seen_from.weekday()]
        return ["BYDAY=" + ",".join(WEEKDAYS[day] for day in weekdays)]
    if repeat.unit == Unit.MONTH:
        return [_day_of_month(repeat.monthly, seen_from)]
    if repeat.unit == Unit.YEAR:
        return [f"BYMONTH={seen_from.month}", f"BYMONTHDAY={seen_from.day}"]
    return []


def _day_of_month(monthly: Monthly, seen_from: date) -> str:
    weekday, week = WEEKDAYS[seen_from.weekday()], week_of_month(seen_from)
    return {
        Monthly.DAY: f"BYMONTHDAY={seen_from.day}",
        # The fifth of a weekday is the last one: not every month has five.
        Monthly.WEEKDAY: f"BYDAY={week if week < 5 else -1}{weekday}",
        Monthly.LAST_WEEKDAY: f"BYDAY=-1{weekday}",
        Monthly.LAST_DAY: "BYMONTHDAY=-1",
    }[monthly]


def _end_of(day: date, zone: ZoneInfo | None) -> str:
    """UNTIL has the form of the start: a date, or an instant in UTC (section 3.3.10)."""
    if zone is None:
        return f"{day:%Y%m%d}"
    return f"{to_instant(datetime.combine(day, LAST_SECOND), zone):%Y%m%dT%H%M%SZ}"


def repeat_of(series: Series, seen_from: date) -> Repeat | None:
    """The repeat that means the same dates as a series, or None where the form has no words for it.

    `seen_from` is one of its dates, as the rule placed it.
    """
    rule = series.rule
    if rule is None or series.recurrence.rdates:
        return None
    plain = _plainly(rule.completed_by(series.dtstart_local), series.dtstart_local)
    for repeat in _candidates(plain):
        line = rule_line(repeat, seen_from, series.zone)
        if parse_rule(line.removeprefix("RRULE:")) == plain:
            until = last_day(series, rule, rule.until) if rule.until else None
            return replace(repeat, until=until, times=rule.count)
    return None


def _plainly(rule: Rule, start: date) -> Rule:
    """The rule without its end, in the one way of several in which the form would write it."""
    rule = replace(rule, count=None, until=None)
    plain_days = all(ordinal == 0 for ordinal, _weekday in rule.by_day)
    if rule.frequency == Frequency.DAILY and rule.interval == 1 and rule.by_day and plain_days:
        rule = replace(rule, frequency=Frequency.WEEKLY)
    if rule.interval == 1 or rule.frequency != Frequency.WEEKLY:
        rule = replace(rule, week_start=0)  # it parts the weeks that are left out
    elif rule.by_day == {(0, start.weekday())}:
        rule = replace(rule, week_start=0)
    if rule.frequency == Frequency.MONTHLY and len(rule.by_day) == len(rule.by_set_pos) == 1:
        [(ordinal, weekday)], [which] = rule.by_day, rule.by_set_pos
        if not ordinal and not rule.by_month_day:
            rule = replace(rule, by_day=frozenset({(which, weekday)}), by_set_pos=frozenset())
    return rule


def _candidates(rule: Rule) -> Iterator[Repeat]:
    every = rule.interval
    weekdays = frozenset(weekday for _ordinal, weekday in rule.by_day)
    if rule.frequency == Frequency.WEEKLY:
        yield Repeat(unit=Unit.WEEK, every=every, weekdays=weekdays)
    elif rule.frequency == Frequency.MONTHLY:
        for monthly in reversed(Monthly):  # of a fifth week the last is meant
            yield Repeat(unit=Unit.MONTH, every=every, monthly=monthly)
    else:
        unit = Unit.DAY if rule.frequency == Frequency.DAILY else Unit.YEAR
        yield Repeat(unit=unit, every=every)
