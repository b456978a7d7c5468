"""Which wall-clock times a rule picks (RFC 5545 section 3.3.10). Pure.

A rule looks at periods (days, weeks, months or years, every INTERVALth of them), takes the days
of a period that satisfy all its BY parts, and of these what BYSETPOS chooses. Periods are numbered,
so that one near the window is reached by arithmetic, with the phase unchanged.

python-dateutil does not serve here: it searches for a date that never comes up to the year 9999,
cannot be stopped on its way, and differs from the RFC where tests/bookings/
test_recurrence_dateutil.py shows it.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, islice, product, starmap

from bookings.recurrence.rule import Frequency, Rule

Condition = Callable[[date], bool]

_CONSTANT = (Frequency.DAILY, Frequency.WEEKLY)  # periods of one length

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
    rule = _by_months(rule)
    first, wanted, last = (_period_of(rule, moment) for moment in (start, since, until))
    periods = range(first, last + 1, rule.interval)
    passed = -((first - wanted) // rule.interval)
    skipped, gone = _skipped(rule, start, periods, passed)
    left = None if rule.count is None else max(0, rule.count - gone)
    for local in islice(_picked(rule, start, periods[skipped:]), left):
        if since <= local <= until:
            yield local


def times_of_day(rule: Rule, start: datetime) -> list[time]:
    """The times of each day that a rule picks, in order."""
    hours = rule.by_hour or {start.hour}
    minutes = rule.by_minute or {start.minute}
    seconds = rule.by_second or {start.second}
    return sorted(time(*at) for at in product(hours, minutes, seconds))


def _by_months(rule: Rule) -> Rule:
    """The same rule with fewer periods, if it asks each single day for its month or its number."""
    if rule.frequency != Frequency.DAILY or rule.interval > 1 or rule.by_set_pos:
        return rule
    if not rule.by_month and not rule.by_month_day:
        return rule
    days = rule.by_month_day or frozenset(range(1, 32))
    return replace(rule, frequency=Frequency.MONTHLY, by_month_day=days)


def _skipped(rule: Rule, start: datetime, periods: range, passed: int) -> tuple[int, int]:
    """How many of the `passed` periods are skipped, and the number of their picks for COUNT.

    Where that is the same in every so many periods, one such cycle is counted, beside the first
    period, which begins in its middle.
    """
    if rule.count is None or passed < 1:
        return passed, 0
    head, rest = periods[:1], periods[1:passed]
    length = _cycle_of(rule)
    cycles = len(rest) // length if length else 0
    gone = sum(1 for _ in _picked(rule, start, head))
    if cycles:
        gone += cycles * _count(rule, start, rest[:length])
    return passed, gone + _count(rule, start, rest[cycles * length :])


def _count(rule: Rule, start: datetime, periods: range) -> int:
    """How many picks there are in periods after the one of the rule's start, or enough of them."""
    rule = rule.completed_by(start)
    times = len(times_of_day(rule, start))
    if rule.frequency == Frequency.DAILY:
        numbers = (days * _number_of_picks(rule, times) for days in _days_by_month(rule, periods))
    else:
        matching = _matching_days(rule)
        numbers = (_number_of_picks(rule, len(matching(period)) * times) for period in periods)
    found = 0
    for number in numbers:
        found += number
        if rule.count is not None and found >= rule.count:
            break
    return found


def _number_of_picks(rule: Rule, moments: int) -> int:
    return len(_from_first(rule.by_set_pos, moments)) if rule.by_set_pos else moments


def _days_by_month(rule: Rule, days: range) -> Iterator[int]:
    """How many of these days, given by their ordinals, a daily rule picks, month by month."""
    if not days:
        return
    weekdays = {weekday for _, weekday in rule.by_day} or {*range(7)}
    first, last = date.fromordinal(days[0]), date.fromordinal(days[-1])
    for number in range(_month_number(first), _month_number(last) + 1):
        year, month = number // 12, number % 12 + 1
        before = date(year, month, 1).toordinal() - 1
        ordinals = (before + day for day in _numbers_in_month(rule, year, month))
        yield sum(day in days and (day - 1) % 7 in weekdays for day in ordinals)


def _cycle_of(rule: Rule) -> int:
    """After how many periods their picks come again on the same weekdays; 0: not soon."""
    if rule.by_month or rule.by_month_day or rule.frequency not in _CONSTANT:
        return 0
    return 7 if rule.frequency == Frequency.DAILY and rule.by_day else 1


def _picked(rule: Rule, start: datetime, periods: Iterable[int]) -> Iterator[datetime]:
    """The picks of these periods, from the rule's start on."""
    rule = rule.completed_by(start)
    matching = _matching_days(rule)
    times = times_of_day(rule, start)
    barren = 0
    for period in periods:
        picks = list(product(matching(period), times))
        if rule.by_set_pos:
            picks = [picks[place - 1] for place in _from_first(rule.by_set_pos, len(picks))]
        barren = 0 if picks else barren + 1
        if barren > _CYCLE[rule.frequency]:
            return
        moments = starmap(datetime.combine, picks)
        yield from (local for local in moments if local >= start)


def _matching_days(rule: Rule) -> Callable[[int], list[date]]:
    """What finds the days of a period that satisfy all the parts of a completed rule, in order."""
    conditions = _conditions(rule)

    def matching(period: int) -> list[date]:
        days = _days(rule, period)
        for condition in conditions:
            days = [day for day in days if condition(day)]
        return days

    return matching


def _period_of(rule: Rule, day: date) -> int:
    match rule.frequency:
        case Frequency.DAILY:
            return day.toordinal()
        case Frequency.WEEKLY:
            return (day.toordinal() - 1 - rule.week_start) // 7  # ordinal 1 was a Monday
        case Frequency.MONTHLY:
            return _month_number(day)
        case Frequency.YEARLY:
            return day.year


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days(rule: Rule, period: int) -> list[date]:
    """The days of a period, in order, without some that the rule surely does not pick."""
    match rule.frequency:
        case Frequency.DAILY:
            return [date.fromordinal(period)]
        case Frequency.WEEKLY:
            first = period * 7 + 1 + rule.week_start
            return [date.fromordinal(first + later) for later in range(7)]
        case Frequency.MONTHLY:
            return _days_of_month(rule, period // 12, period % 12 + 1)
        case Frequency.YEARLY:
            return _days_of_year(rule, period)


def _days_of_year(rule: Rule, year: int) -> list[date]:
    if rule.by_year_day:
        before = date(year, 1, 1).toordinal() - 1
        numbers = _from_first(rule.by_year_day, 365 + isleap(year))
        return [date.fromordinal(before + number) for number in numbers]
    return [day for month in range(1, 13) for day in _days_of_month(rule, year, month)]


def _days_of_month(rule: Rule, year: int, month: int) -> list[date]:
    return [date(year, month, number) for number in _numbers_in_month(rule, year, month)]


def _numbers_in_month(rule: Rule, year: int, month: int) -> Iterable[int]:
    if rule.by_month and month not in rule.by_month:
        return []
    weekday, length = _month(year, month)
    if rule.by_month_day:
        return _from_first(rule.by_month_day, length)
    if rule.by_day:
        wanted = {1 + (one - weekday) % 7 for _, one in rule.by_day}
        return sorted(chain.from_iterable(range(one, length + 1, 7) for one in wanted))
    return range(1, length + 1)


_month = lru_cache(maxsize=4800)(monthrange)  # the first weekday, and how many days


def _from_first(numbers: Iterable[int], length: int) -> list[int]:
    """Places in a row of this length, in order; negative ones are counted from the last (-1)."""
    places = {number if number > 0 else length + 1 + number for number in numbers}
    return sorted(place for place in places if 1 <= place <= length)


def _conditions(rule: Rule) -> list[Condition]:
    """What a day must satisfy, the cheapest and strictest question first.

    Days that are found by their month are in it, and have the right number there.
    """
    conditions: list[Condition] = []
    week_start = rule.week_start
    found_by_month = rule.frequency not in _CONSTANT and not rule.by_year_day
    if rule.by_month and not found_by_month:
        conditions.append(lambda day: day.month in rule.by_month)
    if rule.by_month_day and not found_by_month:
        conditions.append(lambda day: not rule.by_month_day.isdisjoint(_in_month(day)))
    if rule.by_year_day:
        conditions.append(lambda day: not rule.by_year_day.isdisjoint(_in_year(day)))
    if rule.by_week_no:
        conditions.append(lambda day: not rule.by_week_no.isdisjoint(_week_no(day, week_start)))
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
    return day.day, day.day - _month(day.year, day.month)[1] - 1


def _in_year(day: date) -> tuple[int, int]:
    number = day.toordinal() - date(day.year, 1, 1).toordinal() + 1
    return number, number - 366 - isleap(day.year)


def _weeks_from(number: int, from_end: int) -> tuple[int, int]:
    """How many weeks deep: the day is the nth, and the nth last, of its weekday."""
    return (number - 1) // 7 + 1, -((-from_end - 1) // 7) - 1


@lru_cache(maxsize=4096)
def _week_no(day: date, week_start: int) -> tuple[int, int]:
    """The number of a day's week, from the first and from the last of the year it belongs to.

    A week belongs to the year that has at least four of its days, hence its fourth day.
    """
    fourth = day + timedelta(days=3 - (day.weekday() - week_start) % 7)
    return _weeks_from(*_in_year(fourth))
