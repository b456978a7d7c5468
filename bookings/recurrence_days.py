"""Which wall-clock times a rule picks (RFC 5545 section 3.3.10). Pure.

A rule looks at periods (days, weeks, months or years, every INTERVALth of them), takes the days
of a period that satisfy all its BY parts, and of these what BYSETPOS chooses. Periods are numbered,
so that one near the window is reached by arithmetic, with the phase unchanged.

python-dateutil does not serve here: it searches for a date that never comes up to the year 9999,
cannot be stopped on its way, and differs from the RFC where tests/bookings/
test_recurrence_dateutil.py shows it.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice, product

from bookings.recurrence_rule import Frequency, Rule

Condition = Callable[[date], bool]

# The calendar repeats after 400 years (146,097 days, exactly 20,871 weeks). A rule that found
# nothing in as many periods never will.
_CYCLE = {
    Frequency.DAILY: 146_097,
    Frequency.WEEKLY: 20_871,
    Frequency.MONTHLY: 4_800,
    Frequency.YEARLY: 400,
}


def rule_starts(
    rule: Rule, start: datetime, since: datetime, until: datetime
) -> Iterator[datetime]:
    """The times in [since, until] that the rule picks, in order; all local to the booking's zone.

    A start that is off the rule is not one of them: the series begins on the first that matches.
    COUNT is obeyed, UNTIL is not, because it may be an instant.
    """
    since = max(since, start)
    begin = since if rule.count is None else start
    for local in islice(_picked(rule, start, begin, until), rule.count):
        if since <= local <= until:
            yield local


def times_of_day(rule: Rule, start: datetime) -> list[time]:
    """The times of each day that a rule picks, in order."""
    hours = rule.by_hour or {start.hour}
    minutes = rule.by_minute or {start.minute}
    seconds = rule.by_second or {start.second}
    return sorted(time(*at) for at in product(hours, minutes, seconds))


def _picked(rule: Rule, start: datetime, since: datetime, until: datetime) -> Iterator[datetime]:
    """The picks of all periods that touch [since, until], from the rule's start on."""
    conditions = _conditions(rule.completed_by(start))
    times = times_of_day(rule, start)
    barren = 0
    for period in _periods(rule, start, since, until):
        days = _days(rule, period)
        for condition in conditions:
            days = [day for day in days if condition(day)]
        picks = [datetime.combine(day, at) for day in days for at in times]
        if rule.by_set_pos:
            picks = _positioned(picks, rule.by_set_pos)
        barren = 0 if picks else barren + 1
        if barren > _CYCLE[rule.frequency]:
            return
        yield from (local for local in picks if local >= start)


def _periods(rule: Rule, start: datetime, since: datetime, until: datetime) -> range:
    first, wanted, last = (_period_of(rule, moment) for moment in (start, since, until))
    steps = max(0, -((first - wanted) // rule.interval))
    return range(first + steps * rule.interval, last + 1, rule.interval)


def _period_of(rule: Rule, day: date) -> int:
    match rule.frequency:
        case Frequency.DAILY:
            return day.toordinal()
        case Frequency.WEEKLY:
            return (day.toordinal() - 1 - rule.week_start) // 7  # ordinal 1 was a Monday
        case Frequency.MONTHLY:
            return day.year * 12 + day.month - 1
        case Frequency.YEARLY:
            return day.year


def _days(rule: Rule, period: int) -> list[date]:
    match rule.frequency:
        case Frequency.DAILY:
            return [date.fromordinal(period)]
        case Frequency.WEEKLY:
            first = period * 7 + 1 + rule.week_start
            return [date.fromordinal(first + later) for later in range(7)]
        case Frequency.MONTHLY:
            return _days_of_month(period // 12, period % 12 + 1)
        case Frequency.YEARLY:
            return [day for month in range(1, 13) for day in _days_of_month(period, month)]


def _days_of_month(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


def _conditions(rule: Rule) -> list[Condition]:
    """What a day must satisfy, the cheapest and strictest question first."""
    conditions: list[Condition] = []
    if rule.by_month:
        conditions.append(lambda day: day.month in rule.by_month)
    if rule.by_month_day:
        conditions.append(lambda day: not rule.by_month_day.isdisjoint(_in_month(day)))
    if rule.by_year_day:
        conditions.append(lambda day: not rule.by_year_day.isdisjoint(_in_year(day)))
    if rule.by_week_no:
        conditions.append(lambda day: not rule.by_week_no.isdisjoint(_week_no(day, rule)))
    if rule.by_day:
        conditions.append(_on_weekday(rule))
    return conditions


def _on_weekday(rule: Rule) -> Condition:
    plain = {weekday for ordinal, weekday in rule.by_day if not ordinal}
    counted = {(ordinal, weekday) for ordinal, weekday in rule.by_day if ordinal}
    if not counted:
        return lambda day: day.weekday() in plain
    in_month = rule.frequency == Frequency.MONTHLY or bool(rule.by_month)

    def is_one(day: date) -> bool:
        weekday = day.weekday()
        first, last = _weeks_from(*(_in_month(day) if in_month else _in_year(day)))
        return weekday in plain or (first, weekday) in counted or (last, weekday) in counted

    return is_one


def _in_month(day: date) -> tuple[int, int]:
    """A day's number in its month, from the first (1) and from the last (-1)."""
    return day.day, day.day - monthrange(day.year, day.month)[1] - 1


def _in_year(day: date) -> tuple[int, int]:
    number = day.timetuple().tm_yday
    return number, number - 366 - isleap(day.year)


def _weeks_from(number: int, from_end: int) -> tuple[int, int]:
    """How many weeks deep: the day is the nth, and the nth last, of its weekday."""
    return (number - 1) // 7 + 1, -((-from_end - 1) // 7) - 1


def _week_no(day: date, rule: Rule) -> tuple[int, int]:
    """The number of a day's week, from the first and from the last of the year it belongs to.

    A week belongs to the year that has at least four of its days, hence its fourth day.
    """
    fourth = day + timedelta(days=3 - (day.weekday() - rule.week_start) % 7)
    return _weeks_from(*_in_year(fourth))


def _positioned(picks: list[datetime], positions: frozenset[int]) -> list[datetime]:
    indexes = {place - 1 if place > 0 else len(picks) + place for place in positions}
    return [picks[index] for index in sorted(indexes) if 0 <= index < len(picks)]
