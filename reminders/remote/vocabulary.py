"""The words of /room in English and Korean, and the patterns in which they stand."""

import re
from collections.abc import Iterable
from enum import StrEnum


class Verb(StrEnum):
    """What somebody wants of /room."""

    NOW = "now"
    FIND = "find"
    BOOK = "book"
    MINE = "mine"
    HELP = "help"


_VERBS = {
    Verb.NOW: ("now", "지금"),
    Verb.FIND: ("find", "search", "free", "찾기", "찾아줘", "검색"),
    Verb.BOOK: ("book", "reserve", "new", "예약하기", "예약"),
    Verb.MINE: ("mine", "my bookings", "내 예약", "내예약"),
    Verb.HELP: ("help", "?", "도움말", "도움"),
}
FIRST_WORDS = {word: verb for verb, words in _VERBS.items() for word in words}

NUMERALS = {
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "열": 10, "열한": 11, "열두": 12,
}  # fmt: skip
_COUNT = "|".join([r"\d{1,3}", *sorted(NUMERALS, key=len, reverse=True)])
_ORDINARY = r"(?:에|은|는|부터|동안|이서|이|용|으로|로|짜리|의|까지)?"  # Korean particles

WEEKDAYS = {
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
MONTHS = {
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
NEAR_DAYS = {
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
CODES = {word: code for code, words in _HAVING.items() for word in words}

BEFORE_NOON = ("am", "a.m.", "오전", "아침", "새벽")
_HALVES = (  # said before the hour, and after it
    ("오전", "아침", "새벽", "오후", "저녁", "밤", "낮"),
    ("am", "a.m.", "pm", "p.m."),
)
FILLERS = {
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


DATES = [
    _compiled(r"(?P<year>20\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"),
    _compiled(r"(?:(?P<year>20\d\d)\s*년\s*)?(?P<month>\d{1,2})\s*월\s*(?P<day>\d{1,2})\s*일"),
    _compiled(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<name>{_any(MONTHS)})\.?"
              r"(?:\s+(?P<year>20\d\d))?"),
    _compiled(rf"(?P<name>{_any(MONTHS)})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
              r"(?:,?\s+(?P<year>20\d\d))?"),
    _compiled(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d))?"),
    _compiled(r"(?P<day>\d{1,2})\s*일"),
]  # fmt: skip
NEAR = _compiled(rf"(?P<near>{_any(NEAR_DAYS)})")
WEEKDAY = _compiled(
    rf"(?:(?P<this>{_any(_THIS_WEEK)})\s+|(?P<next>{_any(_NEXT_WEEK)})\s+)?"
    rf"(?P<weekday>{_any(WEEKDAYS)})"
)
_NAMED = re.compile(r"\(\?P<(\w+)>")
UNTIL = re.compile(
    rf"(?<![\w:/])(?P<since>{_NAMED.sub('(?:', _CLOCK)})"
    rf"\s*(?:부터|에서|-|–|~|〜|to\b|until\b|till\b)\s*"
    rf"(?P<until>{_NAMED.sub('(?:', _CLOCK)})(?:\s*까지)?(?![\w:/])",
    re.IGNORECASE | re.VERBOSE,
)
WHOLE_CLOCK = re.compile(_CLOCK, re.IGNORECASE | re.VERBOSE)
AT = _compiled(rf"(?:at|@)\s+{_CLOCK}")
TIME = _compiled(_CLOCK)
SPAN = _compiled(_LENGTH)
SEATS = _compiled(rf"(?P<count>{_COUNT})\s*(?:people|persons?|pax|ppl|seats?|명|인|사람)")
EQUIPMENT = _compiled(rf"(?P<what>{_any(CODES)})")
QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
BARE_COUNT = re.compile(r"\d{1,3}")
