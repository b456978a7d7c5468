"""What is no rule is refused with a sentence that says why, and what would do."""

from datetime import UTC, datetime, timedelta

import pytest

from bookings.errors import InvalidRule
from bookings.recurrence import expand, first_start, parse_recurrence
from tests.bookings.recurrence_case import series

REFUSED = {
    # The rule as such.
    "RRULE:": "not understood",
    "RRULE:INTERVAL=2": "daily, weekly, monthly or yearly",
    "RRULE:FREQ=FORTNIGHTLY": "daily, weekly, monthly or yearly",
    "RRULE:FREQ=HOURLY": "once a day or less often",
    "RRULE:FREQ=MINUTELY;INTERVAL=30": "once a day or less often",
    "RRULE:FREQ=DAILY;FREQ=WEEKLY": "FREQ is given twice",
    "RRULE:FREQ=WEEKLY;BYDAY=MO;BYDAY=TU": "BYDAY is given twice",
    "RRULE:FREQ=YEARLY;BYEASTER=0": "“BYEASTER” is not a part of a repeat rule",
    "RRULE:FREQ=WEEKLY;BYWEEKDAY=MO": "“BYWEEKDAY” is not a part",
    "RRULE:FREQ=DAILY;DTSTART=20260101": "“DTSTART” is not a part",
    "RRULE:RSCALE=CHINESE;FREQ=YEARLY": "“RSCALE” is not a part",
    "RRULE:FREQ=WEEKLY;X-SPECIAL=1": "“X-SPECIAL” is not a part",
    # Its end.
    "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261231": "not both",
    "RRULE:FREQ=DAILY;COUNT=0": "COUNT cannot be “0”",
    "RRULE:FREQ=DAILY;COUNT=-3": "COUNT cannot be “-3”",
    "RRULE:FREQ=DAILY;COUNT=ten": "COUNT cannot be “TEN”",
    "RRULE:FREQ=DAILY;COUNT=10000": "at most 5000 times",
    "RRULE:FREQ=DAILY;COUNT=99999999999999999999": "at most 5000 times",
    "RRULE:FREQ=DAILY;UNTIL=": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=2026-12-31": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=20261331": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=20260229": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=20261231T250000Z": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=20261231T10": "not a date",
    "RRULE:FREQ=DAILY;UNTIL=20261231T100000+0900": "not a date",
    # Numbers.
    "RRULE:FREQ=DAILY;INTERVAL=0": "INTERVAL cannot be “0”. Possible: 1–1000",
    "RRULE:FREQ=DAILY;INTERVAL=-1": "INTERVAL cannot be “-1”",
    "RRULE:FREQ=DAILY;INTERVAL=1.5": "INTERVAL cannot be “1.5”",
    "RRULE:FREQ=DAILY;INTERVAL=٣": "INTERVAL cannot be “٣”",
    "RRULE:FREQ=YEARLY;BYMONTH=13": "BYMONTH cannot be “13”. Possible: 1–12",
    "RRULE:FREQ=YEARLY;BYMONTH=0": "BYMONTH cannot be “0”",
    "RRULE:FREQ=YEARLY;BYMONTH=-1": "BYMONTH cannot be “-1”",
    "RRULE:FREQ=YEARLY;BYMONTH=": "BYMONTH cannot be “”",
    "RRULE:FREQ=YEARLY;BYMONTH=1,": "BYMONTH cannot be “”",
    "RRULE:FREQ=YEARLY;BYMONTH=JAN": "BYMONTH cannot be “JAN”",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=32": "BYMONTHDAY cannot be “32”. Possible: 1–31 or −31–−1",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=0": "BYMONTHDAY cannot be “0”",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=-32": "BYMONTHDAY cannot be “-32”",
    "RRULE:FREQ=YEARLY;BYYEARDAY=367": "BYYEARDAY cannot be “367”",
    "RRULE:FREQ=YEARLY;BYYEARDAY=0": "BYYEARDAY cannot be “0”",
    "RRULE:FREQ=YEARLY;BYWEEKNO=54": "BYWEEKNO cannot be “54”",
    "RRULE:FREQ=YEARLY;BYWEEKNO=0": "BYWEEKNO cannot be “0”",
    "RRULE:FREQ=DAILY;BYHOUR=24": "BYHOUR cannot be “24”. Possible: 0–23",
    "RRULE:FREQ=DAILY;BYHOUR=-1": "BYHOUR cannot be “-1”",
    "RRULE:FREQ=DAILY;BYMINUTE=60": "BYMINUTE cannot be “60”",
    "RRULE:FREQ=DAILY;BYSECOND=61": "BYSECOND cannot be “61”",
    "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0": "BYSETPOS cannot be “0”",
    "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367": "BYSETPOS cannot be “367”",
    # Weekdays.
    "RRULE:FREQ=WEEKLY;BYDAY=": "BYDAY cannot be “”",
    "RRULE:FREQ=WEEKLY;BYDAY=XX": "BYDAY cannot be “XX”",
    "RRULE:FREQ=WEEKLY;BYDAY=MONDAY": "BYDAY cannot be “MONDAY”",
    "RRULE:FREQ=MONTHLY;BYDAY=0MO": "BYDAY cannot be “0MO”",
    "RRULE:FREQ=YEARLY;BYDAY=54MO": "BYDAY cannot be “54MO”",
    "RRULE:FREQ=MONTHLY;BYDAY=MO(1)": "BYDAY cannot be",
    "RRULE:FREQ=WEEKLY;WKST=XX": "WKST cannot be “XX”",
    "RRULE:FREQ=WEEKLY;WKST=": "WKST cannot be “”",
    # What does not go together (the table of section 3.3.10).
    "RRULE:FREQ=DAILY;BYDAY=1MO": "only a monthly or yearly rule",
    "RRULE:FREQ=WEEKLY;BYDAY=-1FR": "only a monthly or yearly rule",
    "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO": "without week numbers",
    "RRULE:FREQ=WEEKLY;BYMONTHDAY=1": "BYMONTHDAY cannot be used with FREQ=WEEKLY",
    "RRULE:FREQ=DAILY;BYYEARDAY=1": "BYYEARDAY cannot be used with FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYYEARDAY=1": "BYYEARDAY cannot be used with FREQ=WEEKLY",
    "RRULE:FREQ=MONTHLY;BYYEARDAY=1": "BYYEARDAY cannot be used with FREQ=MONTHLY",
    "RRULE:FREQ=DAILY;BYWEEKNO=1": "BYWEEKNO cannot be used with FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYWEEKNO=1": "BYWEEKNO cannot be used with FREQ=WEEKLY",
    "RRULE:FREQ=MONTHLY;BYWEEKNO=1": "BYWEEKNO cannot be used with FREQ=MONTHLY",
    "RRULE:FREQ=MONTHLY;BYSETPOS=1": "BYSETPOS needs another part",
    # Other lines.
    "": "not understood",
    "FREQ=DAILY": "not understood",
    "DTSTART:20260101T100000": "not understood",
    "RULE:FREQ=DAILY": "not understood",
    "EXRULE:FREQ=WEEKLY": "EXRULE",
    "RDATE:": "not understood",
    "RDATE:20261301": "20261301",
    "RDATE:2026-12-01": "2026-12-01",
    "RDATE:20261201T100000,": "not understood",
    "RDATE;VALUE=DATE:20261201T100000": "20261201T100000",
    "RDATE;VALUE=PERIOD:20261201T100000Z/PT2H": "not periods",
    "RDATE:20261201T100000Z/20261201T120000Z": "not periods",
    "EXDATE;TZID=Asia/Atlantis:20261201T100000": "“Asia/Atlantis” is not a time zone",
    "EXDATE;TZID=:20261201T100000": "is not a time zone",
    "EXDATE:00000101T000000": "00000101",
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_is_refused_with_its_reason(line: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        parse_recurrence([line], "Asia/Seoul")
    assert REFUSED[line] in str(refused.value)
    assert refused.value.field == "recurrence"


def test_two_rules_are_one_too_many() -> None:
    with pytest.raises(InvalidRule, match="Only one repeat rule"):
        parse_recurrence(["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "Asia/Seoul")


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "America", "../etc/passwd", "GMT+25", "\0"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(InvalidRule, match="is not a time zone"):
        parse_recurrence(["RRULE:FREQ=DAILY"], zone)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",  # each February
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=300",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20991231",
    ],
)
def test_a_rule_that_never_occurs_is_found_out(rule: str) -> None:
    one = series("2026-02-03T10:00", rule)
    with pytest.raises(InvalidRule, match="never occur"):
        first_start(one)
    ages = (datetime(year, 1, 1, tzinfo=UTC) for year in (1, 9999))
    assert expand(one, *ages) == []


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", "2032-02-29"),
        ("FREQ=YEARLY;BYYEARDAY=366;BYDAY=MO", "2040-12-31"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTHDAY=29;BYMONTH=2", None),  # 2026, 2030, …
        ("FREQ=YEARLY;INTERVAL=3;BYMONTHDAY=29;BYMONTH=2", "2032-02-29"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2026-12-28"),
    ],
)
def test_a_rule_that_occurs_late_is_not_taken_for_one_that_never_does(
    rule: str, first: str | None
) -> None:
    one = series("2026-02-03T10:00", rule)
    if first:
        assert str(first_start(one).date()) == first
    else:
        with pytest.raises(InvalidRule, match="never occur"):
            first_start(one)


@pytest.mark.parametrize("until", ["20251231", "20260202T145959Z", "20260203T095959"])
def test_an_end_before_the_first_date_is_refused(until: str) -> None:
    with pytest.raises(InvalidRule, match="ends before its first date"):
        first_start(series("2026-02-03T10:00", f"FREQ=DAILY;UNTIL={until}"))


def test_an_end_between_the_start_and_the_first_date_is_refused() -> None:
    one = series("2026-02-03T10:00", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260205")
    with pytest.raises(InvalidRule, match="ends before its first date"):
        first_start(one)


def test_more_than_a_thousand_dates_in_a_horizon_are_refused() -> None:
    one = series("2026-01-01T00:00", "FREQ=DAILY;BYHOUR=9,10,11")
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert len(expand(one, begin, begin + timedelta(days=333))) == 999
    with pytest.raises(InvalidRule, match="more than 1000 times"):
        expand(one, begin, begin + timedelta(days=400))


def test_a_thousand_dates_are_possible_and_one_more_is_not() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    end = begin + timedelta(days=2000)
    assert len(expand(series("2026-01-01T10:00", "FREQ=DAILY;COUNT=1000"), begin, end)) == 1000
    with pytest.raises(InvalidRule):
        expand(series("2026-01-01T10:00", "FREQ=DAILY;COUNT=1001"), begin, end)
