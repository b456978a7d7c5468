"""RRULE, RDATE and EXDATE lines as other calendars write them, and as they are written back."""

from datetime import datetime, time

import pytest

from bookings.recurrence import Recurrence, parse_recurrence, portable_lines, recurrence_lines

SEOUL = "Asia/Seoul"


def rdates(line: str, **options: object) -> list[str]:
    found = parse_recurrence([line], SEOUL, **options)  # type: ignore[arg-type]
    return [date.isoformat(timespec="minutes") for date in found.rdates]


@pytest.mark.parametrize(
    ("line", "local"),
    [
        ("RDATE:20261203T100000", "2026-12-03T10:00"),
        ("RDATE:20261203T010000Z", "2026-12-03T10:00"),
        ("RDATE;TZID=Asia/Seoul:20261203T100000", "2026-12-03T10:00"),
        ("RDATE;TZID=America/New_York:20261202T200000", "2026-12-03T10:00"),
        ('RDATE;TZID="America/New_York":20261202T200000', "2026-12-03T10:00"),
        ("RDATE;TZID=America/New_York:20260801T210000", "2026-08-02T10:00"),  # in summer
        ("RDATE;TZID=America/New_York:20261203T010000Z", "2026-12-03T10:00"),  # UTC wins
        ("RDATE;VALUE=DATE-TIME;TZID=Asia/Seoul:20261203T100000", "2026-12-03T10:00"),
        ("RDATE;VALUE=DATE:20261203", "2026-12-03T00:00"),
        ("RDATE:20261203", "2026-12-03T00:00"),
        ("rdate;value=date:20261203", "2026-12-03T00:00"),
        ("  RDATE:20261203t100000  ", "2026-12-03T10:00"),
        ("RDATE;TZID=America\r\n /New_York:20261202T\r\n 200000", "2026-12-03T10:00"),
    ],
)
def test_a_date_is_read_into_local_time(line: str, local: str) -> None:
    assert rdates(line) == [local]


def test_a_date_without_a_time_takes_the_series_own() -> None:
    assert rdates("RDATE;VALUE=DATE:20261203,20261204", start=time(10, 30)) == [
        "2026-12-03T10:30",
        "2026-12-04T10:30",
    ]


def test_a_day_of_an_all_day_series_is_the_one_written() -> None:
    assert rdates("RDATE:20261203T230000Z", all_day=True) == ["2026-12-03T00:00"]


def test_dozens_of_dates_in_several_lines_come_out_in_order_and_once() -> None:
    lines = [
        "RDATE;TZID=Asia/Bangkok:20230330T080000,20230317T080000, 20230317T080000",
        "EXDATE:20230320T000000Z",
        "RDATE:20230310T100000",
        "EXDATE;TZID=Asia/Seoul:20230318T100000",
    ]
    found = parse_recurrence(lines, SEOUL)
    assert [f"{date:%d %H}" for date in found.rdates] == ["10 10", "17 10", "30 10"]
    assert [f"{date:%d %H}" for date in found.exdates] == ["18 10", "20 09"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO"),
        ("rrule:freq=weekly;byday=mo", "FREQ=WEEKLY;BYDAY=MO"),
        ("RRULE:BYDAY=MO;FREQ=WEEKLY", "BYDAY=MO;FREQ=WEEKLY"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO;", "FREQ=WEEKLY;BYDAY=MO"),
        ("RRULE: FREQ = WEEKLY; BYDAY=MO, WE", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("RRULE:FREQ=WEEKLY;BYD\r\n AY=MO,\n\tWE", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("RRULE;X-FROM=ELSEWHERE:FREQ=DAILY", "FREQ=DAILY"),
    ],
)
def test_a_rule_is_kept_as_it_came_in_upper_case(line: str, rule: str) -> None:
    assert parse_recurrence([line], SEOUL).rrule == rule


def test_lines_come_back_in_local_time() -> None:
    lines = [
        "RRULE:FREQ=WEEKLY;UNTIL=20270331T145959Z",
        "RDATE:20261203T100000",
        "EXDATE:20261208T100000,20261215T100000",
    ]
    assert recurrence_lines(parse_recurrence(lines, SEOUL)) == lines
    assert recurrence_lines(Recurrence()) == []


@pytest.mark.parametrize(
    ("until", "timed", "all_day"),
    [
        ("20270331", "20270331T145959Z", "20270331"),
        ("20270331T100000", "20270331T010000Z", "20270331"),
        ("20270331T145959Z", "20270331T145959Z", "20270331"),
        ("99991231", "99891231T150000Z", "99991231"),  # as good as endless
    ],
)
def test_lines_for_others_end_in_utc_or_on_a_day(until: str, timed: str, all_day: str) -> None:
    for whole_days, expected in ((False, timed), (True, all_day)):
        recurrence = Recurrence(f"FREQ=WEEKLY;UNTIL={until};BYDAY=MO")
        assert portable_lines(recurrence, SEOUL, all_day=whole_days) == [
            f"RRULE:FREQ=WEEKLY;UNTIL={expected};BYDAY=MO"
        ]


def test_lines_for_others_name_the_zone_of_their_dates() -> None:
    dates = (datetime.fromisoformat("2026-12-03T10:00"), datetime.fromisoformat("2026-12-04T00:00"))
    assert portable_lines(Recurrence("", dates, dates[:1]), SEOUL) == [
        "RDATE;TZID=Asia/Seoul:20261203T100000,20261204T000000",
        "EXDATE;TZID=Asia/Seoul:20261203T100000",
    ]
    assert portable_lines(Recurrence("", dates, dates[:1]), SEOUL, all_day=True) == [
        "RDATE;VALUE=DATE:20261203,20261204",
        "EXDATE;VALUE=DATE:20261203",
    ]
