"""A rule in words, in the language that is active: “every week on Mon and Wed until 31 Mar 2027”.

A sentence is built from clauses that stand in the same order in every language; what differs is
within a clause.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from bookings.recurrence.days import times_of_day
from bookings.recurrence.rule import Frequency, Rule
from bookings.recurrence.series import Series
from bookings.recurrence.wall_clock import to_local

WORKDAYS = frozenset((0, weekday) for weekday in range(5))
MOST_TIMES_SHOWN = 6
SHORT_WEEKDAYS = (
    pgettext_lazy("short weekday", "Mon"),
    pgettext_lazy("short weekday", "Tue"),
    pgettext_lazy("short weekday", "Wed"),
    pgettext_lazy("short weekday", "Thu"),
    pgettext_lazy("short weekday", "Fri"),
    pgettext_lazy("short weekday", "Sat"),
    pgettext_lazy("short weekday", "Sun"),
)
_WEEKDAYS = (
    pgettext_lazy("weekday in a sentence", "Mon"),
    pgettext_lazy("weekday in a sentence", "Tue"),
    pgettext_lazy("weekday in a sentence", "Wed"),
    pgettext_lazy("weekday in a sentence", "Thu"),
    pgettext_lazy("weekday in a sentence", "Fri"),
    pgettext_lazy("weekday in a sentence", "Sat"),
    pgettext_lazy("weekday in a sentence", "Sun"),
)
_WHICH = {
    1: pgettext_lazy("which one", "1st"),
    2: pgettext_lazy("which one", "2nd"),
    3: pgettext_lazy("which one", "3rd"),
    4: pgettext_lazy("which one", "4th"),
    5: pgettext_lazy("which one", "5th"),
    -1: pgettext_lazy("which one", "last"),
    -2: pgettext_lazy("which one", "second to last"),
}


def rule_words(series: Series) -> str:
    """When a series takes place, as a person would say it; empty for a single booking."""
    words = _rule_and_end(series)
    if extra := len(series.recurrence.rdates):
        if not words:
            count = extra + 1
            words = ngettext("on %(n)d date", "on %(n)d dates", count) % {"n": count}
        else:
            more = ngettext(
                "%(rule)s, and on %(n)d more date", "%(rule)s, and on %(n)d more dates", extra
            )
            words = more % {"rule": words, "n": extra}
    if words and (gone := len(series.recurrence.exdates)):
        less = ngettext("%(rule)s, except on %(n)d date", "%(rule)s, except on %(n)d dates", gone)
        words = less % {"rule": words, "n": gone}
    return words


def _rule_and_end(series: Series) -> str:
    rule = series.rule
    if rule is None:
        return ""
    words = " ".join([_frequency(rule), *_clauses(rule.completed_by(series.dtstart_local), series)])
    if rule.count == 1:
        return _("%(rule)s, once") % {"rule": words}
    if rule.count:
        return _("%(rule)s, %(n)d times") % {"rule": words, "n": rule.count}
    if rule.until:
        last = date_format(
            last_day(series, rule, rule.until), pgettext("date format in a sentence", "j M Y")
        )
        return _("%(rule)s until %(date)s") % {"rule": words, "date": last}
    return words


def last_day(series: Series, rule: Rule, until: datetime) -> date:
    """The last day on which the rule may fall: its end may lie before the hour of its start."""
    if until.tzinfo is not None and series.days is None:
        until = to_local(until, series.zone)
    first = times_of_day(rule, series.dtstart_local)[0]
    return (until - timedelta(hours=first.hour, minutes=first.minute, seconds=first.second)).date()


def _frequency(rule: Rule) -> str:
    if _is_every_workday(rule):
        return _("every weekday (Mon to Fri)")
    once, often = {
        Frequency.DAILY: (_("every day"), _("every %(n)d days")),
        Frequency.WEEKLY: (_("every week"), _("every %(n)d weeks")),
        Frequency.MONTHLY: (_("every month"), _("every %(n)d months")),
        Frequency.YEARLY: (_("every year"), _("every %(n)d years")),
    }[rule.frequency]
    return once if rule.interval == 1 else often % {"n": rule.interval}


def _is_every_workday(rule: Rule) -> bool:
    often = rule.frequency in (Frequency.DAILY, Frequency.WEEKLY) and rule.interval == 1
    return often and rule.by_day == WORKDAYS and not rule.by_set_pos


def _clauses(rule: Rule, series: Series) -> list[str]:
    clauses = [*_dates(rule)]
    if rule.by_day and not _is_every_workday(rule):
        days = _weekdays(rule)
        follows = rule.by_month_day or rule.by_year_day
        clauses.append((_("if it is %(days)s") if follows else _("on %(days)s")) % {"days": days})
    if rule.by_hour or rule.by_minute or rule.by_second:
        clauses.append(_clock(rule, series))
    if rule.by_set_pos:
        which = _listed(which_one(number) for number in _from_both_ends(rule.by_set_pos))
        clauses.append(_("but only the %(which)s of these") % {"which": which})
    return clauses


def _dates(rule: Rule) -> list[str]:
    months = [str(MONTHS[month]) for month in sorted(rule.by_month)]
    days = _from_both_ends(rule.by_month_day)
    if rule.frequency == Frequency.YEARLY and len(months) == len(days) == 1 and days[0] > 0:
        return [_("on %(day)d %(month)s") % {"day": days[0], "month": months[0]}]
    clauses = [_("in %(months)s") % {"months": _listed(months)}] if months else []
    for numbers, name, clause in (
        (rule.by_week_no, _week, _("in %(weeks)s")),
        (rule.by_year_day, _year_day, _("on %(days)s")),
        (rule.by_month_day, _month_day, _("on %(days)s")),
    ):
        if numbers:
            words = _listed(name(number) for number in _from_both_ends(numbers))
            clauses.append(clause % {"weeks": words, "days": words})
    return clauses


def _week(number: int) -> str:
    if number == -1:
        return _("the last week of the year")
    text = _("week %(n)d of the year") if number > 0 else _("week %(n)d from the end of the year")
    return text % {"n": abs(number)}


def _year_day(number: int) -> str:
    if number == -1:
        return _("the last day of the year")
    text = _("day %(n)d of the year") if number > 0 else _("day %(n)d from the end of the year")
    return text % {"n": abs(number)}


def _month_day(number: int) -> str:
    if number == -1:
        return _("the last day")
    text = _("day %(n)d") if number > 0 else _("day %(n)d from the end")
    return text % {"n": abs(number)}


def _weekdays(rule: Rule) -> str:
    if rule.by_day == WORKDAYS:
        return _("weekdays (Mon to Fri)")
    names = []
    for ordinal, weekday in sorted(rule.by_day, key=lambda day: (day[0] < 0, *day)):
        if ordinal:
            counted = {"which": which_one(ordinal), "weekday": WEEKDAYS[weekday]}
            names.append(_("the %(which)s %(weekday)s") % counted)
        else:
            names.append(str(_WEEKDAYS[weekday]))
    return _listed(names)


def which_one(number: int) -> str:
    if number in _WHICH:
        return str(_WHICH[number])
    text = (
        pgettext("which one", "%(n)dth")
        if number > 0
        else pgettext("which one", "%(n)dth from the end")
    )
    return text % {"n": abs(number)}


def _clock(rule: Rule, series: Series) -> str:
    times = times_of_day(rule, series.dtstart_local)
    if len(times) > MOST_TIMES_SHOWN:
        return _("%(n)d times a day") % {"n": len(times)}
    return _("at %(times)s") % {"times": _listed(f"{time:%H:%M}" for time in times)}


def _from_both_ends(numbers: Iterable[int]) -> list[int]:
    """1, 2, 3, and then -3, -2, -1."""
    return sorted(numbers, key=lambda number: (number < 0, number))


def _listed(items: Iterable[str]) -> str:
    *most, last = items
    if not most:
        return last
    return _("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last}
