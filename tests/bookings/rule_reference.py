"""A second reading of RFC 5545 section 3.3.10, day by day: slow, plain, and sharing no code with
the engine that it checks."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

ONE_DAY = timedelta(days=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

Parts = dict[str, str]


def reference_starts(rule: str, start: datetime, until: datetime) -> list[datetime]:
    """Every local start up to `until`, walking each day since the start. UNTIL is not read."""
    parts = dict(part.split("=") for part in rule.split(";"))
    interval = int(parts.get("INTERVAL", 1))
    found: list[datetime] = []
    groups = groupby(_walk(start.date(), until, parts), key=lambda day: _period(day, parts))
    asked = _asked(parts, start)
    for number, (_key, days) in enumerate(groups):
        matching = [day for day in days if number % interval == 0 and _matches(day, asked, parts)]
        found += _chosen(matching, parts, start) if matching else []
    found = [moment for moment in found if moment >= start]
    return [moment for moment in found[: int(parts.get("COUNT", len(found)))] if moment <= until]


def _walk(day: date, until: datetime, parts: Parts) -> Iterator[date]:
    """Each day from the start's own period on, so far that the last period is whole too."""
    while _period(day - ONE_DAY, parts) == _period(day, parts):
        day -= ONE_DAY
    while day.year <= until.year or day.day < 8:
        yield day
        day += ONE_DAY


def _period(day: date, parts: Parts) -> Any:
    match parts["FREQ"]:
        case "DAILY":
            return day
        case "WEEKLY":
            return _week(day, parts)
        case "MONTHLY":
            return day.year, day.month
        case _:
            return day.year


def _week(day: date, parts: Parts) -> date:
    """The first day of a day's week."""
    while WEEKDAYS[day.weekday()] != parts.get("WKST", "MO"):
        day -= ONE_DAY
    return day


def _asked(parts: Parts, start: datetime) -> dict[str, list[str]]:
    """What is asked of a day; what the rule leaves open comes from the start."""
    names = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY")
    asked = {name: parts[name].split(",") for name in names if name in parts}
    if not {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}.isdisjoint(asked):
        return asked
    if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in asked:
        asked["BYDAY"] = [WEEKDAYS[start.weekday()]]
    elif parts["FREQ"] in ("MONTHLY", "YEARLY"):
        asked["BYMONTHDAY"] = [str(start.day)]
        if parts["FREQ"] == "YEARLY":
            asked.setdefault("BYMONTH", [str(start.month)])
    return asked


def _matches(day: date, asked: dict[str, list[str]], parts: Parts) -> bool:
    return all(_satisfies(name, texts, day, parts) for name, texts in asked.items())


def _satisfies(name: str, texts: list[str], day: date, parts: Parts) -> bool:
    match name:
        case "BYMONTH":
            return str(day.month) in texts
        case "BYMONTHDAY":
            next_month = (day.replace(day=28) + 4 * ONE_DAY).replace(day=1)
            return _either(day.day, (day - next_month).days, texts)
        case "BYYEARDAY":
            before = (day - date(day.year, 1, 1)).days
            return _either(before + 1, (day - date(day.year + 1, 1, 1)).days, texts)
        case "BYWEEKNO":
            return _either(*_week_number(_week(day, parts), parts.get("WKST", "MO")), texts)
        case _:
            return any(_is_weekday(text, day, parts) for text in texts)


def _either(from_first: int, from_last: int, texts: list[str]) -> bool:
    return str(from_first) in texts or str(from_last) in texts


@lru_cache(maxsize=10_000)
def _week_number(first: date, week_start: str) -> tuple[int, int]:
    """Counted on the fingers: the 4th of January always lies in week 1."""
    days = [first + later * ONE_DAY for later in range(7)]
    year = Counter(day.year for day in days).most_common(1)[0][0]
    week_one = _week(date(year, 1, 4), {"WKST": week_start})
    next_one = _week(date(year + 1, 1, 4), {"WKST": week_start})
    return (first - week_one).days // 7 + 1, (first - next_one).days // 7


def _is_weekday(text: str, day: date, parts: Parts) -> bool:
    if not text.endswith(WEEKDAYS[day.weekday()]):
        return False
    if len(text) == 2:
        return True
    in_month = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
    alike = _alike(day.year, day.month if in_month else 0, day.weekday())
    index = int(text[:-2])
    index -= index > 0
    return -len(alike) <= index < len(alike) and alike[index] == day


@lru_cache(maxsize=10_000)
def _alike(year: int, month: int, weekday: int) -> list[date]:
    """All days of a year, or of its month, that fall on a weekday."""
    days = (date(year, 1, 1) + later * ONE_DAY for later in range(366))
    return [
        day
        for day in days
        if day.year == year and day.month == (month or day.month) and day.weekday() == weekday
    ]


def _chosen(days: list[date], parts: Parts, start: datetime) -> list[datetime]:
    hours, minutes, seconds = (
        [int(text) for text in parts.get(name, str(own)).split(",")]
        for name, own in (
            ("BYHOUR", start.hour),
            ("BYMINUTE", start.minute),
            ("BYSECOND", start.second),
        )
    )
    moments = sorted(
        datetime.combine(day, time(hour, minute, second))
        for day in days
        for hour in set(hours)
        for minute in set(minutes)
        for second in set(seconds)
    )
    if "BYSETPOS" not in parts:
        return moments
    wanted = {int(text) for text in parts["BYSETPOS"].split(",")}
    return [
        moment
        for number, moment in enumerate(moments, start=1)
        if number in wanted or number - len(moments) - 1 in wanted
    ]
