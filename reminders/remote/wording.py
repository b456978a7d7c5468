"""What people type after /room, in English or Korean, read into what they wish. Pure.

A grammar of our own: dateparser 1.5 reads “내일 오후 3시” as noon, “friday at 3” as a day in March
and “tomorrow 3pm 1h 6” as one o'clock, and knows neither 모레 nor 다음 주.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from reminders.remote.vocabulary import (
    AT,
    BARE_COUNT,
    BEFORE_NOON,
    CODES,
    DATES,
    EQUIPMENT,
    FILLERS,
    FIRST_WORDS,
    MONTHS,
    NEAR,
    NEAR_DAYS,
    NUMERALS,
    QUOTED,
    SEATS,
    SPAN,
    TIME,
    UNTIL,
    WEEKDAY,
    WEEKDAYS,
    WHOLE_CLOCK,
    Verb,
)

DAY = timedelta(days=1)
EARLIEST_BARE_HOUR = 7  # “at 3” is meant as 15:00, “at 7” as it stands
LONGEST_TEXT = 500
_GAP = "\n"  # stands where something was understood


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was understood; None and empty where nothing was said. Wall-clock times."""

    day: date | None = None
    start: time | None = None
    length: timedelta | None = None
    seats: int | None = None
    equipment: tuple[str, ...] = ()  # codes of bookings.models.Equipment
    title: str = ""  # in quotation marks
    rest: str = ""  # what was not understood, as it was typed

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was understood."""
        return self == Wish(rest=self.rest)


def read(text: str, today: date) -> tuple[Verb, Wish]:
    """What somebody wants, and what of it was understood; `today` is the date on their wall.

    Without a verb, what is understood is looked for, and anything else is a call for help.
    """
    typed = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT].strip()
    verb, words = _verb(typed)
    wish = _Reader(words, today).wish()
    if verb is None:
        verb = Verb.HELP if wish.is_empty else Verb.FIND
    return verb, wish


def _verb(typed: str) -> tuple[Verb | None, str]:
    """The verb that a text begins with, and the words after it."""
    lowered = typed.lower()
    for word in sorted(FIRST_WORDS, key=len, reverse=True):
        if lowered == word or lowered.startswith(f"{word} "):
            return FIRST_WORDS[word], typed[len(word) :]
    return None, typed


class _Reader:
    """Takes out of a text what it understands, one kind after another."""

    def __init__(self, text: str, today: date) -> None:
        self.text = text.replace(_GAP, " ")
        self.today = today

    def wish(self) -> Wish:
        title = self._quoted()
        day = self._day()
        start, length = self._since_until()
        if start is None:
            start = self._start()
        length = length or self._length()
        seats = self._seats()
        equipment = tuple(dict.fromkeys(self._equipment()))
        fragments = [_stripped(part) for part in self.text.split(_GAP)]
        if seats is None:
            seats = _take_bare_count(fragments)
        return Wish(
            day=day, start=start, length=length, seats=seats, equipment=equipment, title=title,
            rest=" ".join(part for part in fragments if part),
        )  # fmt: skip

    def _take(self, match: re.Match[str] | None) -> None:
        if match is not None:
            self.text = f"{self.text[: match.start()]}{_GAP}{self.text[match.end() :]}"

    def _quoted(self) -> str:
        match = QUOTED.search(self.text)
        self._take(match)
        return match[1].strip() if match else ""

    def _day(self) -> date | None:
        for pattern in DATES:
            for match in pattern.finditer(self.text):
                day = _dated(match, self.today)
                if day is not None:
                    self._take(match)
                    return day
        if near := NEAR.search(self.text):
            self._take(near)
            return self.today + NEAR_DAYS[_word(near["near"])] * DAY
        if weekday := WEEKDAY.search(self.text):
            self._take(weekday)
            return _on_weekday(weekday, self.today)
        return None

    def _since_until(self) -> tuple[time | None, timedelta | None]:
        for match in UNTIL.finditer(self.text):
            since, until = _clock(match["since"]), _clock(match["until"])
            if since is None or until is None:
                continue
            start, end = _in_order(since, until)
            if start is not None and end is not None and end > start:
                self._take(match)
                return start, _after_midnight(end) - _after_midnight(start)
        return None, None

    def _start(self) -> time | None:
        for match in (*AT.finditer(self.text), *TIME.finditer(self.text)):
            clock = _read_clock(match)
            if clock and (clock.is_marked or match.re is AT) and (start := clock.meant()):
                self._take(match)
                return start
        return None

    def _length(self) -> timedelta | None:
        match = SPAN.search(self.text)
        if match is None:
            return None
        length = _lasting(match)
        if not timedelta() < length <= DAY:
            return None
        self._take(match)
        return length

    def _seats(self) -> int | None:
        match = SEATS.search(self.text)
        self._take(match)
        return _number(match["count"]) if match else None

    def _equipment(self) -> Iterator[str]:
        while match := EQUIPMENT.search(self.text):
            self._take(match)
            yield CODES[_word(match["what"])]


@dataclass(frozen=True)
class _Clock:
    """A time of day as it was said: “3”, “3pm”, “15:00”, “3시 반”."""

    hour: int
    minute: int
    half: str = ""  # "am", "pm", or nothing was said
    is_marked: bool = True  # more than a bare number
    is_exact: bool = False  # written as clocks show it: “03:30”

    def meant(self) -> time | None:
        """The time of day; an hour that could be either is one of the working day."""
        hour = self.hour
        if self.half and not 1 <= hour <= 12:
            return None if hour > 23 or self.half == "am" else time(hour, self.minute)
        if self.half:
            hour = hour % 12 + (12 if self.half == "pm" else 0)
        elif 1 <= hour < EARLIEST_BARE_HOUR and not self.is_exact:
            hour += 12
        return time(hour, self.minute) if hour < 24 and self.minute < 60 else None


def _clock(text: str) -> _Clock | None:
    match = WHOLE_CLOCK.fullmatch(text.strip())
    return _read_clock(match) if match else None


def _read_clock(match: re.Match[str]) -> _Clock | None:
    if match["noon"]:
        return _Clock(12, 0, "pm")
    half = _half(match["half_before"] or match["half_after"])
    if match["hour_ko"]:
        minute = 30 if match["half_past"] else int(match["minute_ko"] or 0)
        return _Clock(_number(match["hour_ko"]), minute, half)
    marked = bool(half or match["minute"])
    exact = bool(match["minute"]) and match["hour"].startswith("0")
    return _Clock(int(match["hour"]), int(match["minute"] or 0), half, marked, exact)


def _half(word: str | None) -> str:
    if not word:
        return ""
    return "am" if word.lower() in BEFORE_NOON else "pm"


def _in_order(since: _Clock, until: _Clock) -> tuple[time | None, time | None]:
    """“3-4pm” and “오후 3시부터 4시까지”: one half of the day is said for both, if it can be."""
    if since.half and not until.half:
        until = _Clock(until.hour, until.minute, since.half)
        start, end = since.meant(), until.meant()
        if start and end and end <= start:
            end = _Clock(until.hour, until.minute, "pm").meant()
        return start, end
    if until.half and not since.half:
        same = _Clock(since.hour, since.minute, until.half).meant()
        end = until.meant()
        return (same, end) if same and end and same < end else (since.meant(), end)
    start, end = since.meant(), until.meant()
    if start and end and end <= start and until.hour < 12:
        end = _Clock(until.hour, until.minute, "pm").meant()
    return start, end


def _after_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)


def _dated(match: re.Match[str], today: date) -> date | None:
    """A date; without a year the next one, without a month the next such day."""
    found = match.groupdict()
    day = int(found["day"])
    if found.get("name"):
        month = MONTHS[_word(found["name"])]
    elif found.get("month"):
        month = int(found["month"])
    else:
        return _next_day_of_month(day, today)
    if month > 12 >= day and "/" in match[0]:
        month, day = day, month
    if found.get("year"):
        return _date(int(found["year"]), month, day)
    this_year = _date(today.year, month, day)
    return this_year if this_year and this_year >= today else _date(today.year + 1, month, day)


def _next_day_of_month(day: int, today: date) -> date | None:
    month = today.replace(day=1)
    for _ in range(12):
        found = _date(month.year, month.month, day)
        if found and found >= today:
            return found
        month = (month + 31 * DAY).replace(day=1)
    return None


def _on_weekday(match: re.Match[str], today: date) -> date:
    """That day of this week or the next where one is said (weeks begin on Monday), else the next
    such day, which may be today."""
    weekday = WEEKDAYS[_word(match["weekday"])]
    monday = today - today.weekday() * DAY
    if match["next"]:
        return monday + (7 + weekday) * DAY
    if match["this"]:
        return monday + weekday * DAY
    return today + (weekday - today.weekday()) % 7 * DAY


def _lasting(match: re.Match[str]) -> timedelta:
    if match["half_hour"]:
        return timedelta(minutes=30)
    if match["one_hour"]:
        return timedelta(hours=1)
    if match["only"]:
        return timedelta(minutes=int(match["only"]))
    if match["hours_ko"]:
        minutes = 30 if match["half"] else int(match["minutes_ko"] or 0)
        return timedelta(hours=_number(match["hours_ko"]), minutes=minutes)
    hours = float(match["hours"].replace(",", "."))
    return timedelta(hours=hours, minutes=int(match["minutes"] or match["close"] or 0))


def _take_bare_count(fragments: list[str]) -> int | None:
    """A number that stands by itself between what was understood: so many people."""
    for index, part in enumerate(fragments):
        if BARE_COUNT.fullmatch(part) and int(part) > 0:
            fragments[index] = ""
            return int(part)
    return None


def _stripped(part: str) -> str:
    """A fragment without the commas and small words around it."""
    words = part.strip(" ,;").split()
    while words and words[0].lower() in FILLERS:
        del words[0]
    while words and words[-1].lower() in FILLERS:
        del words[-1]
    return " ".join(words).strip(" ,;")


def _number(word: str) -> int:
    return NUMERALS[word] if word in NUMERALS else int(word)


def _word(found: str) -> str:
    """As the tables spell it."""
    return " ".join(found.lower().split())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day).date()  # noqa: DTZ001  a date, no instant
    except ValueError:
        return None
