"""Where a series begins and ends, what counts, what is taken out and put in."""

import pytest

from bookings.recurrence import Recurrence, Series, first_start
from tests.bookings.recurrence_case import NEW_YORK, local_starts, series, utc_starts

SEOUL = "Asia/Seoul"


def days(of: Series, since: str = "1990-01-01", until: str = "2040-01-01") -> list[str]:
    return [start[:10] for start in local_starts(of, since, until)]


# --- the start


def test_a_start_off_its_rule_moves_to_the_first_date_that_matches() -> None:
    one = series("2026-12-01T10:00", "FREQ=WEEKLY;BYDAY=FR;COUNT=2")  # a Tuesday
    assert str(first_start(one)) == "2026-12-04 10:00:00"
    assert days(one) == ["2026-12-04", "2026-12-11"]


def test_a_start_on_its_rule_stays() -> None:
    one = series("2026-12-04T10:00", "FREQ=WEEKLY;BYDAY=FR")
    assert first_start(one) == one.dtstart_local


def test_a_moved_start_keeps_the_phase_of_its_interval() -> None:
    off = series("2026-12-01T10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=3")
    assert days(off) == ["2026-12-14", "2026-12-28", "2027-01-11"]
    assert days(series("2026-12-14T10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=3")) == days(off)


def test_a_start_whose_hour_is_off_the_rule_moves_to_the_hour() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY;BYHOUR=9;COUNT=2")
    assert local_starts(one) == ["2026-12-02T09:00", "2026-12-03T09:00"]


def test_the_first_date_is_the_rules_own_whatever_is_taken_out_or_put_in() -> None:
    one = series(
        "2026-12-01T10:00",
        "FREQ=WEEKLY;BYDAY=FR",
        "EXDATE:20261204T100000",
        "RDATE:20261202T100000",
    )
    assert str(first_start(one).date()) == "2026-12-04"
    assert days(one, until="2026-12-12") == ["2026-12-02", "2026-12-11"]


def test_a_single_booking_has_its_start_alone() -> None:
    assert days(series("2026-12-01T10:00")) == ["2026-12-01"]
    assert Recurrence() == series("2026-12-01T10:00").recurrence
    assert not Recurrence()


# --- the end


def test_count_counts_the_dates_that_are_taken_out() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY;COUNT=4", "EXDATE:20261202T100000")
    assert days(one) == ["2026-12-01", "2026-12-03", "2026-12-04"]


def test_count_does_not_count_the_dates_that_are_put_in() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY;COUNT=2", "RDATE:20261205T120000,20261130T090000")
    assert days(one) == ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-05"]


def test_a_date_put_in_twice_or_already_there_is_one_place() -> None:
    one = series(
        "2026-12-01T10:00",
        "FREQ=DAILY;COUNT=2",
        "RDATE:20261202T100000,20261203T100000,20261203T100000",
        "RDATE:20261203T150000Z",  # 10:00 in New York
    )
    assert days(one) == ["2026-12-01", "2026-12-02", "2026-12-03"]


def test_a_date_put_in_and_taken_out_is_out() -> None:
    one = series("2026-12-01T10:00", "RDATE:20261203T100000", "EXDATE:20261203T100000")
    assert days(one) == ["2026-12-01"]


def test_dates_alone_make_a_series_with_its_start() -> None:
    one = series("2026-12-01T10:00", "RDATE:20261224T100000,20261210T140000")
    assert local_starts(one) == ["2026-12-01T10:00", "2026-12-10T14:00", "2026-12-24T10:00"]


def test_what_is_taken_out_need_not_be_there() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY;COUNT=2", "EXDATE:20261201T110000")
    assert days(one) == ["2026-12-01", "2026-12-02"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261204", "2026-12-04"),  # a date includes its whole day, as Google means it
        ("20261204T100000", "2026-12-04"),
        ("20261204T095959", "2026-12-03"),
        ("20261204T150000Z", "2026-12-04"),  # 10:00 in New York
        ("20261204T145959Z", "2026-12-03"),
        ("20261205T045959Z", "2026-12-04"),  # the last second of the 4th there
        ("99991231", None),
        ("99991231T235959Z", None),
    ],
)
def test_until_is_included(until: str, last: str | None) -> None:
    one = series("2026-12-01T10:00", f"FREQ=DAILY;UNTIL={until}")
    assert days(one, until="2027-01-01")[-1] == (last or "2026-12-31")


@pytest.mark.parametrize("zone", [SEOUL, NEW_YORK])
@pytest.mark.parametrize(
    "until", ["20261203", "20261203T000000Z", "20261203T235959Z", "20261203T150000"]
)
def test_until_of_an_all_day_series_is_the_day_as_it_is_written(zone: str, until: str) -> None:
    one = series("2026-12-01", f"FREQ=DAILY;UNTIL={until}", zone=zone, days=1)
    assert days(one) == ["2026-12-01", "2026-12-02", "2026-12-03"]


@pytest.mark.parametrize(
    "line", ["EXDATE;VALUE=DATE:20261202", "EXDATE:20261202T000000Z", "EXDATE:20261202"]
)
def test_a_day_of_an_all_day_series_is_taken_out_as_it_is_written(line: str) -> None:
    one = series("2026-12-01", "FREQ=DAILY;COUNT=3", line, days=1)
    assert days(one) == ["2026-12-01", "2026-12-03"]


def test_times_of_day_mean_nothing_to_an_all_day_series() -> None:
    one = series("2026-12-01", "FREQ=DAILY;COUNT=2;BYHOUR=9,10;BYMINUTE=30", days=1)
    assert local_starts(one) == ["2026-12-01T00:00", "2026-12-02T00:00"]


# --- dates that some months and years do not have


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2026-01-31", "FREQ=MONTHLY;COUNT=4", "2026-01-31 2026-03-31 2026-05-31 2026-07-31"),
        ("2026-01-30", "FREQ=MONTHLY;COUNT=3", "2026-01-30 2026-03-30 2026-04-30"),
        ("2026-01-31", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "2026-01-31 2026-02-28 2026-03-31"),
        ("2026-01-31", "FREQ=MONTHLY;INTERVAL=2;COUNT=3", "2026-01-31 2026-03-31 2026-05-31"),
        ("2024-02-29", "FREQ=YEARLY;COUNT=3", "2024-02-29 2028-02-29 2032-02-29"),
        ("2024-02-29", "FREQ=YEARLY;BYMONTHDAY=-1;BYMONTH=2;COUNT=2", "2024-02-29 2025-02-28"),
        ("2096-02-29", "FREQ=YEARLY;COUNT=2", "2096-02-29 2104-02-29"),  # 2100 is no leap year
        ("2024-12-31", "FREQ=YEARLY;BYYEARDAY=366;COUNT=2", "2024-12-31 2028-12-31"),
        ("2025-12-31", "FREQ=YEARLY;BYYEARDAY=-1;COUNT=2", "2025-12-31 2026-12-31"),
        (
            "2026-01-01",
            "FREQ=YEARLY;BYYEARDAY=-366,-365;COUNT=3",
            "2026-01-01 2027-01-01 2028-01-01",
        ),
        ("2026-01-30", "FREQ=MONTHLY;BYDAY=5FR;COUNT=3", "2026-01-30 2026-05-29 2026-07-31"),
        ("2026-01-15", "FREQ=YEARLY;BYMONTHDAY=15;COUNT=3", "2026-01-15 2026-02-15 2026-03-15"),
    ],
)
def test_what_a_month_or_year_does_not_have_is_left_out(
    start: str, rule: str, expected: str
) -> None:
    assert days(series(f"{start}T10:00", rule), until="2200-01-01") == expected.split()


# --- weeks


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        # Week 1 of 2026 begins in 2025, the last of 2026 ends in 2027.
        ("2025-12-29", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=2", "2025-12-29 2027-01-04"),
        ("2026-12-28", "FREQ=YEARLY;BYWEEKNO=53;COUNT=2", "2026-12-28 2032-12-27"),
        (
            "2026-12-28",
            "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO,FR;COUNT=3",
            "2026-12-28 2027-01-01 2027-12-27",
        ),
        ("2026-12-28", "FREQ=YEARLY;BYWEEKNO=-53;COUNT=2", "2031-12-29 2036-12-29"),
        # Weeks from Sunday are others.
        ("2026-01-04", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU;COUNT=2", "2026-01-04 2027-01-03"),
        # A week without a weekday takes the start's.
        ("2026-05-13", "FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "2026-05-13 2027-05-19"),
        # The positions of the first week count from its beginning, not from the start.
        ("2026-12-02", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=2", "2026-12-07 2026-12-14"),
        (
            "2026-12-02",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2,-1;COUNT=3",
            "2026-12-02 2026-12-04 2026-12-09",
        ),
        # Two weeks on, counted from the first day of the start's week.
        (
            "2026-12-06",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=3",
            "2026-12-06 2026-12-14 2026-12-20",
        ),
        (
            "2026-12-06",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=3",
            "2026-12-06 2026-12-07 2026-12-20",
        ),
        # Any Monday, and the first Friday too.
        (
            "2026-12-01",
            "FREQ=MONTHLY;BYDAY=MO,1FR;COUNT=6",
            "2026-12-04 2026-12-07 2026-12-14 2026-12-21 2026-12-28 2027-01-01",
        ),
    ],
)
def test_weeks_are_those_of_the_rfc(start: str, rule: str, expected: str) -> None:
    assert days(series(f"{start}T10:00", rule), until="2050-01-01") == expected.split()


def test_the_sixtieth_second_is_read_as_the_fifty_ninth() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY;BYSECOND=60;COUNT=1")
    assert first_start(one).time().isoformat() == "10:00:59"


# --- windows


def test_a_window_includes_its_beginning_and_not_its_end() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY", zone=SEOUL)
    assert utc_starts(one, "2026-12-02T01:00", "2026-12-04T01:00") == [
        "2026-12-02T01:00",
        "2026-12-03T01:00",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=5",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=WE",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1TH",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=4",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=600",
    ],
)
def test_a_far_window_shows_what_the_long_way_there_shows(rule: str) -> None:
    one = series("2016-02-29T10:00", rule)
    whole = days(one, until="2028-01-01")
    far = days(one, since="2026-12-26", until="2028-01-01")
    assert far == [day for day in whole if day >= "2026-12-26"]


def test_a_window_before_the_start_is_empty() -> None:
    assert days(series("2026-12-01T10:00", "FREQ=DAILY"), until="2026-12-01") == []


def test_the_widest_window_there_is_does_no_harm() -> None:
    one = series("2026-12-01T10:00", "FREQ=YEARLY;COUNT=3")
    assert len(days(one, since="0001-01-01", until="9999-12-31")) == 3
