"""Rules, and what they refuse, as a person reads them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bookings.house_rules.hours import MINUTES, of_weekday
from bookings.house_rules.judging import Breach
from bookings.house_rules.values import Hours, Level, Owner, Rule, Ruled, Rules
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_A_MONDAY = date(2024, 1, 1)


def refusal_words(breach: Breach, span: Span, rules: Rules) -> str:
    """Which rule refuses a time, and whose it is: “Opens at 08:00 (rule of the room Han).”"""
    return _("%(rule)s (%(owner)s).") % {
        "rule": _broken(breach, span, rules),
        "owner": owner_words(breach.ruled.owner),
    }


def ruled_words(rule: Rule, ruled: Ruled[Any]) -> str:
    """The same of a rule alone, whatever the time: “At least 30 min (rule of the company)”."""
    words = _("Closed") if rule == Rule.OPENING_HOURS else _measure(rule, ruled.value)
    return _("%(rule)s (%(owner)s)") % {"rule": words, "owner": owner_words(ruled.owner)}


def owner_words(owner: Owner) -> str:
    """Whose rule it is."""
    if owner.level == Level.COMPANY:
        return _("rule of the company")
    if owner.level == Level.BUILDING:
        return _("rule of the building %(name)s") % {"name": owner.name}
    return _("rule of the room %(name)s") % {"name": owner.name}


def span_words(span: Span, zone: ZoneInfo, beside: Span) -> str:
    """“08:00–08:30” on the room's wall, with the day where it is another than `beside`'s."""
    start, end = (to_local(at, zone) for at in (span.starts_at, span.ends_at))
    words = f"{start:%H:%M}–{end:%H:%M}"
    if start.date() != end.date():
        words = f"{start:%m-%d %H:%M}–{end:%m-%d %H:%M}"
    elif start.date() != to_local(beside.starts_at, zone).date():
        day = date_format(start.date(), pgettext("date format in a list", "D, j M Y"))
        words = f"{day} {words}"
    return words


def _broken(breach: Breach, span: Span, rules: Rules) -> str:
    if breach.rule == Rule.OPENING_HOURS:
        return _closed(breach.ruled.value, span, rules)
    return _measure(breach.rule, breach.ruled.value)


def _measure(rule: Rule, value: timedelta) -> str:
    match rule:
        case Rule.MIN_LENGTH:
            return _("A booking lasts at least %(length)s") % {"length": length_words(value)}
        case Rule.MAX_LENGTH:
            return _("A booking lasts at most %(length)s") % {"length": length_words(value)}
        case Rule.NOTICE:
            return _("To be booked at least %(length)s ahead") % {"length": length_words(value)}
        case Rule.HORIZON:
            return _("To be booked at most %(length)s ahead") % {"length": length_words(value)}
        case _:
            words = {"length": length_words(value)}
            return _("Bookings begin and end on steps of %(length)s") % words


def _closed(hours: Hours, span: Span, rules: Rules) -> str:
    start = to_local(span.starts_at, rules.zone)
    opens, closes = of_weekday(hours, start.date())
    if opens == closes:
        return _("Closed on this day")
    if start.hour * 60 + start.minute < opens:
        return _("Opens at %(time)s") % {"time": clock_words(opens)}
    return _("Closes at %(time)s") % {"time": clock_words(closes)}


def clock_words(minute: int) -> str:
    """A minute of a day as clocks show it; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def length_words(length: timedelta) -> str:
    """“2 days”, “1 h 30 min”, “30 min”."""
    if length and not length % _DAY:
        days = length // _DAY
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    hours, minutes = length // _HOUR, length % _HOUR // _MINUTE
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def hours_words(hours: Hours) -> Sequence[str]:
    """“Mon–Fri 08:00–20:00”, “Sat 09:00–13:00”: days that are alike in a row together."""
    lines = []
    first = 0
    for day in range(1, len(hours) + 1):
        if day < len(hours) and hours[day] == hours[first]:
            continue
        if of_day := _of_day(hours[first]):
            lines.append(f"{_days(first, day - 1)} {of_day}")
        first = day
    return lines or [_("never open")]


def _of_day(hours: tuple[int, int]) -> str:
    opens, closes = hours
    if opens == closes:
        return ""
    if (opens, closes) == (0, MINUTES):
        return _("around the clock")
    return f"{clock_words(opens)}–{clock_words(closes)}"


def _days(first: int, last: int) -> str:
    names = [date_format(_A_MONDAY + _DAY * day, "D") for day in (first, last)]
    return names[0] if first == last else "–".join(names)
