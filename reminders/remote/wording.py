"""What people type after /room, in English or Korean, read into what they wish. Pure.

A grammar of our own: dateparser 1.5 reads “내일 오후 3시” as noon, “friday at 3” as a day in March
and “tomorrow 3pm 1h 6” as one o'clock, and knows neither 모레 nor 다음 주.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
EARLIEST_BARE_HOUR = 7  # “at 3” is meant as 15:00, “at 7” as it stands
LONGEST_TEXT = 500
_GAP = "\n"  # stands where something was understood


class Verb(StrEnum):
    """What somebody wants of /room."""

    NOW = "now"
    FIND = "find"
    BOOK = "book"
    MINE = "mine"
    HELP = "help"


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


_VERBS = {
    Verb.NOW: ("now", "지금"),
    Verb.FIND: ("find", "search", "free", "찾기", "찾아줘", "검색"),
    Verb.BOOK: ("book", "reserve", "new", "예약하기", "예약"),
    Verb.MINE: ("mine", "my bookings", "내 예약", "내예약"),
    Verb.HELP: ("help", "?", "도움말", "도움"),
}
_FIRST_WORDS = {word: verb for verb, words in _VERBS.items() for word in words}

_NUMERALS = {
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "열": 10, "열한": 11, "열두": 12,
}  # fmt: skip
_COUNT = "|".join([r"\d{1,3}", *sorted(_NUMERALS, key=len, reverse=True)])
_ORDINARY = r"(?:에|은|는|부터|동안|이서|이|용|으로|로|짜리|의|까지)?"  # Korean particles

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon", "월요일"),
            ("tuesday", "tues", "tue", "화요일"),
            ("wednesday", "weds", "wed", "수요일"),
            ("thursday", "thurs", "thur", "thu", "목요일"),
            ("friday", "fri", "금요일"),
            ("saturday", "sat", "토요일"),
            ("sunday", "sun", "일요일"),
        )
    )
    for name in names
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
            ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"),
            ("october", "oct"), ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_NEAR_DAYS = {
    "day after tomorrow": 2, "tomorrow": 1, "tmrw": 1, "today": 0, "tonight": 0,
    "글피": 3, "모레": 2, "내일": 1, "오늘": 0,
}  # fmt: skip
_THIS_WEEK = ("this", "this week", "이번 주", "이번주")
_NEXT_WEEK = ("next", "next week", "다음 주", "다음주")

_HAVING = {
    "video": ("video conferencing", "video conference", "video", "vc", "화상 회의", "화상회의",
              "화상"),
    "screen": ("screen", "display", "projector", "monitor", "tv", "스크린", "화면", "모니터",
               "프로젝터", "티비"),
    "whiteboard": ("whiteboard", "board", "화이트보드", "칠판"),
    "phone": ("phone", "전화기", "전화"),
    "hybrid": ("hybrid", "하이브리드"),
    "accessible": ("accessible", "step-free", "wheelchair", "휠체어", "무장애"),
}  # fmt: skip
_CODES = {word: code for code, words in _HAVING.items() for word in words}

_BEFORE_NOON = ("am", "a.m.", "오전", "아침", "새벽")
_HALVES = (  # said before the hour, and after it
    ("오전", "아침", "새벽", "오후", "저녁", "밤", "낮"),
    ("am", "a.m.", "pm", "p.m."),
)
_FILLERS = {
    "a", "an", "and", "at", "by", "for", "from", "in", "me", "on", "please", "room", "rooms",
    "some", "the", "with", "회의실", "좀", "에", "있는", "방", "부탁해", "해줘", "해 줘", ",", "·",
}  # fmt: skip


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first; a blank stands for one or more."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


_CLOCK = rf"""
    (?:(?P<half_before>{_any(_HALVES[0])})\s*)?
    (?:
        (?P<hour_ko>{_COUNT})\s*시(?!\s*간)\s*(?:(?P<half_past>반)|(?P<minute_ko>\d{{1,2}})\s*분)?
      | (?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}}))?(?:\s*(?P<half_after>{_any(_HALVES[1])}))?
      | (?P<noon>noon|midday|정오)
    )
"""
_LENGTH = rf"""
    (?P<hours>\d{{1,2}}(?:[.,]\d)?)\s*(?:hours?|hrs?|h)
        (?:\s*(?P<minutes>\d{{1,2}})\s*(?:minutes?|mins?|m)|(?P<close>\d{{2}}))?
  | (?P<only>\d{{1,3}})\s*(?:minutes?|mins?|m|분)
  | (?P<hours_ko>{_COUNT})\s*시간(?:\s*(?:(?P<half>반)|(?P<minutes_ko>\d{{1,2}})\s*분))?
  | (?P<half_hour>half\s+an\s+hour|반\s*시간)
  | (?P<one_hour>an\s+hour)
"""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:/])(?:{pattern}){_ORDINARY}(?![\w:/])", re.IGNORECASE | re.VERBOSE)


_DATES = [
    _compiled(r"(?P<year>20\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"),
    _compiled(r"(?:(?P<year>20\d\d)\s*년\s*)?(?P<month>\d{1,2})\s*월\s*(?P<day>\d{1,2})\s*일"),
    _compiled(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<name>{_any(_MONTHS)})\.?"
              r"(?:\s+(?P<year>20\d\d))?"),
    _compiled(rf"(?P<name>{_any(_MONTHS)})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
              r"(?:,?\s+(?P<year>20\d\d))?"),
    _compiled(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d))?"),
    _compiled(r"(?P<day>\d{1,2})\s*일"),
]  # fmt: skip
_NEAR = _compiled(rf"(?P<near>{_any(_NEAR_DAYS)})")
_WEEKDAY = _compiled(
    rf"(?:(?P<this>{_any(_THIS_WEEK)})\s+|(?P<next>{_any(_NEXT_WEEK)})\s+)?"
    rf"(?P<weekday>{_any(_WEEKDAYS)})"
)
_NAMED = re.compile(r"\(\?P<(\w+)>")
_UNTIL = re.compile(
    rf"(?<![\w:/])(?P<since>{_NAMED.sub('(?:', _CLOCK)})"
    rf"\s*(?:부터|에서|-|–|~|〜|to\b|until\b|till\b)\s*"
    rf"(?P<until>{_NAMED.sub('(?:', _CLOCK)})(?:\s*까지)?(?![\w:/])",
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_CLOCK = re.compile(_CLOCK, re.IGNORECASE | re.VERBOSE)
_AT = _compiled(rf"(?:at|@)\s+{_CLOCK}")
_TIME = _compiled(_CLOCK)
_SPAN = _compiled(_LENGTH)
_SEATS = _compiled(rf"(?P<count>{_COUNT})\s*(?:people|persons?|pax|ppl|seats?|명|인|사람)")
_EQUIPMENT = _compiled(rf"(?P<what>{_any(_CODES)})")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
_BARE_COUNT = re.compile(r"\d{1,3}")


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
    for word in sorted(_FIRST_WORDS, key=len, reverse=True):
        if lowered == word or lowered.startswith(f"{word} "):
            return _FIRST_WORDS[word], typed[len(word) :]
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
        match = _QUOTED.search(self.text)
        self._take(match)
        return match[1].strip() if match else ""

    def _day(self) -> date | None:
        for pattern in _DATES:
            for match in pattern.finditer(self.text):
                day = _dated(match, self.today)
                if day is not None:
                    self._take(match)
                    return day
        if near := _NEAR.search(self.text):
            self._take(near)
            return self.today + _NEAR_DAYS[_word(near["near"])] * DAY
        if weekday := _WEEKDAY.search(self.text):
            self._take(weekday)
            return _on_weekday(weekday, self.today)
        return None

    def _since_until(self) -> tuple[time | None, timedelta | None]:
        for match in _UNTIL.finditer(self.text):
            since, until = _clock(match["since"]), _clock(match["until"])
            if since is None or until is None:
                continue
            start, end = _in_order(since, until)
            if start is not None and end is not None and end > start:
                self._take(match)
                return start, _after_midnight(end) - _after_midnight(start)
        return None, None

    def _start(self) -> time | None:
        for match in (*_AT.finditer(self.text), *_TIME.finditer(self.text)):
            clock = _read_clock(match)
            if clock and (clock.is_marked or match.re is _AT) and (start := clock.meant()):
                self._take(match)
                return start
        return None

    def _length(self) -> timedelta | None:
        match = _SPAN.search(self.text)
        if match is None:
            return None
        length = _lasting(match)
        if not timedelta() < length <= DAY:
            return None
        self._take(match)
        return length

    def _seats(self) -> int | None:
        match = _SEATS.search(self.text)
        self._take(match)
        return _number(match["count"]) if match else None

    def _equipment(self) -> Iterator[str]:
        while match := _EQUIPMENT.search(self.text):
            self._take(match)
            yield _CODES[_word(match["what"])]


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
    match = _WHOLE_CLOCK.fullmatch(text.strip())
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
    return "am" if word.lower() in _BEFORE_NOON else "pm"


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
        month = _MONTHS[_word(found["name"])]
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
    weekday = _WEEKDAYS[_word(match["weekday"])]
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
        if _BARE_COUNT.fullmatch(part) and int(part) > 0:
            fragments[index] = ""
            return int(part)
    return None


def _stripped(part: str) -> str:
    """A fragment without the small words around it."""
    words = part.split()
    while words and words[0].lower() in _FILLERS:
        del words[0]
    while words and words[-1].lower() in _FILLERS:
        del words[-1]
    return " ".join(words)


def _number(word: str) -> int:
    return _NUMERALS[word] if word in _NUMERALS else int(word)


def _word(found: str) -> str:
    """As the tables spell it."""
    return " ".join(found.lower().split())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day).date()  # noqa: DTZ001  a date, no instant
    except ValueError:
        return None
