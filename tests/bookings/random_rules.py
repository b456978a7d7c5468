"""Random rules, all within RFC 5545, and the zones whose clocks are worth a test."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

ZONES = (
    "Asia/Seoul",
    "America/New_York",
    "Europe/Bucharest",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "UTC",
)
FIRST = datetime.fromisoformat("2010-06-01")  # local; a leap year comes after
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

starts = st.builds(
    lambda days, quarters: FIRST + timedelta(days=days, minutes=15 * quarters),
    st.integers(0, 500),
    st.integers(0, 95),
)


def either_end(most: int) -> st.SearchStrategy[int]:
    """1 to `most`, or -`most` to -1, small ones rather."""
    return st.tuples(st.integers(1, most), st.sampled_from([1, 1, -1])).map(lambda n: n[0] * n[1])


def listed(numbers: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(numbers, min_size=1, max_size=most, unique=True).map(
        lambda found: ",".join(map(str, found))
    )


def weekdays(ordinals: int) -> st.SearchStrategy[str]:
    """Plain weekdays, and such with an ordinal up to `ordinals`."""
    plain = st.sampled_from(WEEKDAYS)
    if not ordinals:
        return listed(plain, most=5)
    counted = st.tuples(either_end(ordinals), plain).map(lambda day: f"{day[0]}{day[1]}")
    return listed(st.one_of(plain, counted), most=4)


PARTS = {
    "BYMONTH": listed(st.integers(1, 12), most=4),
    "BYMONTHDAY": listed(either_end(31), most=4),
    "BYYEARDAY": listed(either_end(366), most=4),
    "BYWEEKNO": listed(either_end(53), most=4),
    "BYHOUR": listed(st.integers(0, 23), most=2),
    "BYMINUTE": listed(st.sampled_from([0, 15, 30, 45]), most=2),
}
POSSIBLE = {
    "DAILY": ("BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE"),
    "WEEKLY": ("BYMONTH", "BYDAY", "BYHOUR", "BYMINUTE"),
    "MONTHLY": ("BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE"),
    "YEARLY": ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYHOUR"),
}


@st.composite
def rules(draw: st.DrawFn, *, count: bool = True) -> str:
    """The value of an RRULE line without UNTIL; with `count` perhaps a COUNT."""
    frequency = draw(st.sampled_from(sorted(POSSIBLE)))
    parts = {"FREQ": frequency}
    names = st.lists(st.sampled_from(POSSIBLE[frequency]), max_size=3, unique=True)
    for name in sorted(draw(names), reverse=True):  # BYDAY after BYWEEKNO
        parts[name] = draw(PARTS[name] if name in PARTS else weekdays(_ordinals(parts)))
    if len(parts) > 1 and draw(st.integers(0, 3)) == 0:
        parts["BYSETPOS"] = draw(listed(either_end(4), most=2))
    if draw(st.booleans()):
        parts["INTERVAL"] = str(draw(st.integers(1, 3)))
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(WEEKDAYS))
    if count and draw(st.booleans()):
        parts["COUNT"] = str(draw(st.integers(1, 60)))
    return ";".join(f"{name}={text}" for name, text in draw(st.permutations(sorted(parts.items()))))


def _ordinals(parts: dict[str, str]) -> int:
    if parts["FREQ"] == "MONTHLY":
        return 5
    return 53 if parts["FREQ"] == "YEARLY" and "BYWEEKNO" not in parts else 0
