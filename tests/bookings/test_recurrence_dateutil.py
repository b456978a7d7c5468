"""Why python-dateutil does not expand Roomly's rules: where it departs from RFC 5545, and that it
agrees everywhere else. Should a release repair one of these, its test here will say so."""

from datetime import date, datetime
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from tests.bookings.recurrence_case import local_starts, series


def by_dateutil(start: str, rule: str, most: int) -> list[str]:
    found = islice(rrulestr(rule, dtstart=datetime.fromisoformat(start)), most)
    return [str(moment.date()) for moment in found]


def by_roomly(start: str, rule: str, most: int) -> list[str]:
    found = local_starts(series(start, f"{rule};COUNT={most}"), until="2500-01-01")
    return [local[:10] for local in found]


DEPARTURES = {
    # A weekday with an ordinal and one without: dateutil wants both at once, the RFC either.
    "weekdays with and without ordinal": (
        "2026-12-01",
        "FREQ=MONTHLY;BYDAY=MO,1FR",
        ["2026-12-04", "2026-12-07", "2026-12-14"],
    ),
    # The positions of the first week: dateutil counts from the start, the RFC from WKST.
    "positions in the first week": (
        "2026-12-02",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1",
        ["2026-12-07", "2026-12-14", "2026-12-21"],
    ),
    # Week numbers alone: dateutil takes all seven days, the RFC the weekday of the start.
    "a week without a weekday": (
        "2026-05-13",
        "FREQ=YEARLY;BYWEEKNO=20",
        ["2026-05-13", "2027-05-19", "2028-05-17"],
    ),
    # 1 January 2011 lies in week 52 of 2010; dateutil counts 53 weeks in 2010.
    "the last week over New Year": (
        "2010-12-25",
        "FREQ=YEARLY;BYWEEKNO=52;BYDAY=SA",
        ["2011-01-01", "2011-12-31", "2012-12-29"],
    ),
    # 29 December 2031 begins the 53rd last week of 2032; dateutil looks into the year 2032 only.
    "a week counted from the end, before New Year": (
        "2027-01-01",
        "FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO",
        ["2031-12-29", "2036-12-29", "2042-12-29"],
    ),
}


@pytest.mark.parametrize("name", DEPARTURES)
def test_dateutil_departs_from_the_rfc(name: str) -> None:
    start, rule, expected = DEPARTURES[name]
    assert by_roomly(f"{start}T10:00", rule, 3) == expected
    assert by_dateutil(f"{start}T10:00", rule, 3) != expected


def test_the_years_of_the_weeks_above_are_those_of_the_standard_library() -> None:
    assert date(2011, 1, 1).isocalendar()[:2] == (2010, 52)
    assert date(2031, 12, 29).isocalendar()[:2] == (2032, 1)
    assert date(2032, 12, 31).isocalendar()[:2] == (2032, 53)


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;BYEASTER=1", "FREQ=DAILY;BYDAY=1MO"]
)
def test_dateutil_swallows_what_the_rfc_forbids(rule: str) -> None:
    assert rrulestr(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYMONTH=1,3;BYMONTHDAY=-1,15",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=WE;BYMONTH=2,12",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR,2MO",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,3",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=2;BYDAY=20MO,-1SU",
        "FREQ=YEARLY;BYYEARDAY=-1,1,100,366",
        "FREQ=YEARLY;BYWEEKNO=1,20;BYDAY=TU,SU",
        "FREQ=YEARLY;BYMONTH=3,11;BYDAY=1SU,-1TH;BYSETPOS=2",
    ],
)
def test_elsewhere_both_agree(rule: str) -> None:
    for start in ("2026-01-31T10:00", "2026-12-01T10:00", "2024-02-29T10:00"):
        assert by_roomly(start, rule, 40) == by_dateutil(start, rule, 40)
