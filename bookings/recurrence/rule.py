"""The value of an RRULE line, taken apart and checked (RFC 5545 section 3.3.10). Pure.

Every part of RFC 5545 is known, from DAILY to YEARLY. What the RFC forbids is refused with a
sentence, also where other programs swallow it, because they then disagree about the dates.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_TIMES = 5000  # COUNT; each expansion has to count from the start
LONGEST_INTERVAL = 1000
_TIME_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND")
_BELOW_DAYS = ("HOURLY", "MINUTELY", "SECONDLY")
_SIGNED = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_UNSIGNED = {
    "BYMONTH": range(1, 13),
    "BYHOUR": range(24),
    "BYMINUTE": range(60),
    "BYSECOND": range(61),
}
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_SIGNED, *_UNSIGNED}
# Which parts have no meaning with which frequency (the table of section 3.3.10).
_FORBIDDEN = {
    "DAILY": {"BYWEEKNO", "BYYEARDAY"},
    "WEEKLY": {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"},
    "MONTHLY": {"BYWEEKNO", "BYYEARDAY"},
    "YEARLY": set[str](),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True)
class Rule:
    """A repeat rule. An empty set or None: the part is not there.

    `until` is aware (UTC) where it was written so, else local; a date means the end of its day.
    `by_day` holds (ordinal, weekday), the ordinal 0 where there is none and Monday 0.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    by_month: frozenset[int] = frozenset()
    by_week_no: frozenset[int] = frozenset()
    by_year_day: frozenset[int] = frozenset()
    by_month_day: frozenset[int] = frozenset()
    by_day: frozenset[tuple[int, int]] = frozenset()
    by_hour: frozenset[int] = frozenset()
    by_minute: frozenset[int] = frozenset()
    by_second: frozenset[int] = frozenset()
    by_set_pos: frozenset[int] = frozenset()

    def completed_by(self, start: date) -> "Rule":
        """The rule with the days it leaves open taken from its start, as the RFC has it."""
        if self.by_day or self.by_month_day or self.by_year_day:
            return self
        if self.frequency == Frequency.WEEKLY or self.by_week_no:
            return replace(self, by_day=frozenset({(0, start.weekday())}))
        if self.frequency == Frequency.DAILY:
            return self
        month_day = frozenset({start.day})
        if self.frequency == Frequency.MONTHLY:
            return replace(self, by_month_day=month_day)
        months = self.by_month or frozenset({start.month})
        return replace(self, by_month=months, by_month_day=month_day)


@lru_cache(maxsize=4096)
def parse_rule(value: str) -> Rule:
    """The rule that the value of an RRULE line stands for; raises InvalidRule with the reason."""
    parts = _split(value.upper())
    frequency = _frequency(parts)
    _check_combination(parts, frequency)
    days = frozenset(_weekday(text, parts) for text in _listed(parts, "BYDAY"))
    return Rule(
        frequency=frequency,
        interval=_number(parts, "INTERVAL", range(1, LONGEST_INTERVAL + 1)) or 1,
        count=_count(parts),
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO")),
        by_month=_numbers(parts, "BYMONTH"),
        by_week_no=_numbers(parts, "BYWEEKNO"),
        by_year_day=_numbers(parts, "BYYEARDAY"),
        by_month_day=_numbers(parts, "BYMONTHDAY"),
        by_day=days,
        by_hour=_numbers(parts, "BYHOUR"),
        by_minute=_numbers(parts, "BYMINUTE"),
        # Without leap seconds, 60 is read as 59 (section 3.3.12).
        by_second=frozenset(min(second, 59) for second in _numbers(parts, "BYSECOND")),
        by_set_pos=_numbers(parts, "BYSETPOS"),
    )


def written(value: str) -> str:
    """The value of an RRULE line as it is stored: upper case, no spaces, no empty parts."""
    return ";".join(part for part in "".join(value.upper().split()).split(";") if part)


def _split(value: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in written(value).split(";"):
        name, _sep, text = part.partition("=")
        if name not in _PARTS:
            raise InvalidRule(_("“%(part)s” is not a part of a repeat rule.") % {"part": name[:40]})
        if name in parts:
            raise InvalidRule(_("%(part)s is given twice in this repeat rule.") % {"part": name})
        parts[name] = text
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    frequency = parts.get("FREQ", "")
    if frequency in _BELOW_DAYS:
        raise InvalidRule(_("A room is booked once a day or less often, not every hour or less."))
    if frequency not in list(Frequency):
        raise InvalidRule(_("A booking repeats daily, weekly, monthly or yearly."))
    return Frequency(frequency)


def _check_combination(parts: dict[str, str], frequency: Frequency) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRule(_("Choose either a number of times or a last day, not both."))
    for name in _FORBIDDEN[frequency] & set(parts):
        raise InvalidRule(
            _("%(part)s cannot be used with FREQ=%(frequency)s.")
            % {"part": name, "frequency": frequency}
        )
    if "BYSETPOS" in parts and not any(
        name.startswith("BY") for name in parts if name != "BYSETPOS"
    ):
        raise InvalidRule(_("BYSETPOS needs another part to choose from, such as BYDAY."))


def _count(parts: dict[str, str]) -> int | None:
    text = parts.get("COUNT", "")
    if _INTEGER.fullmatch(text) and int(text) > MOST_TIMES:
        raise InvalidRule(_("A booking repeats at most %(most)d times.") % {"most": MOST_TIMES})
    return _number(parts, "COUNT", range(1, MOST_TIMES + 1))


def _number(parts: dict[str, str], name: str, possible: range) -> int | None:
    if name not in parts:
        return None
    text = parts[name]
    if not _INTEGER.fullmatch(text) or int(text) not in possible:
        raise _out_of_range(name, text, f"{possible[0]}–{possible[-1]}")
    return int(text)


def _numbers(parts: dict[str, str], name: str) -> frozenset[int]:
    return frozenset(_one_of(text, name) for text in _listed(parts, name))


def _listed(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _one_of(text: str, name: str) -> int:
    number = int(text) if _INTEGER.fullmatch(text) else None
    if most := _SIGNED.get(name):
        possible = _("1–%(most)d or −%(most)d–−1") % {"most": most}
        fits = number is not None and 1 <= abs(number) <= most
    else:
        numbers = _UNSIGNED[name]
        possible = f"{numbers[0]}–{numbers[-1]}"
        fits = number in numbers
    if number is None or not fits:
        raise _out_of_range(name, text, possible)
    return number


def _out_of_range(name: str, text: str, possible: str) -> InvalidRule:
    return InvalidRule(
        _("%(part)s cannot be “%(value)s”. Possible: %(possible)s.")
        % {"part": name, "value": text[:40], "possible": possible}
    )


def _weekday(text: str, parts: dict[str, str]) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text)
    if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
        raise _out_of_range("BYDAY", text, "MO, TU, WE, TH, FR, SA, SU, 1MO, -1FR")
    if found[1] and (parts["FREQ"] not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        raise InvalidRule(
            _("“%(day)s”: only a monthly or yearly rule without week numbers counts weekdays.")
            % {"day": text}
        )
    return int(found[1] or 0), WEEKDAYS.index(found[2])


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise _out_of_range("WKST", text, ", ".join(WEEKDAYS))
    return WEEKDAYS.index(text)


def _until(text: str) -> datetime:
    try:
        if not _UNTIL.fullmatch(text):
            raise ValueError(text)
        until = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as error:
        raise InvalidRule(
            _("The last day of this repeat rule is not a date: “%(value)s”.") % {"value": text[:40]}
        ) from error
    if "T" not in text:
        return datetime.combine(until, time(23, 59, 59))
    return until.replace(tzinfo=UTC) if text.endswith("Z") else until
