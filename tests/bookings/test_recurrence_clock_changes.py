"""A series keeps its wall-clock time when the clocks change (RFC 5545 section 3.3.5).

A time that is skipped is read with the offset before the gap, one that is repeated is the first
of the two. All instants here are UTC.
"""

from datetime import UTC, datetime, timedelta

import pytest

from bookings.recurrence import expand
from tests.bookings.recurrence_case import local_starts, series, utc_starts


@pytest.mark.parametrize(
    ("zone", "start", "instants"),
    [
        # The clocks go forward.
        ("America/New_York", "2026-03-07T10:00", ["07T15:00", "08T14:00", "09T14:00"]),
        ("Europe/Bucharest", "2026-03-28T10:00", ["28T08:00", "29T07:00", "30T07:00"]),
        ("Australia/Lord_Howe", "2026-10-03T10:00", ["02T23:30", "03T23:00", "04T23:00"]),
        ("Asia/Seoul", "1988-05-07T10:00", ["07T01:00", "08T00:00", "09T00:00"]),
        ("America/Sao_Paulo", "2018-11-03T10:00", ["03T13:00", "04T12:00", "05T12:00"]),
        (
            "America/Argentina/Buenos_Aires",
            "2008-10-18T10:00",
            ["18T13:00", "19T12:00", "20T12:00"],
        ),
        # They go back.
        ("America/New_York", "2026-10-31T10:00", ["31T14:00", "01T15:00", "02T15:00"]),
        ("Europe/Bucharest", "2026-10-24T10:00", ["24T07:00", "25T08:00", "26T08:00"]),
        ("Australia/Lord_Howe", "2026-04-04T10:00", ["03T23:00", "04T23:30", "05T23:30"]),
        ("Asia/Seoul", "1988-10-08T10:00", ["08T00:00", "09T01:00", "10T01:00"]),
        ("America/Sao_Paulo", "2018-02-17T10:00", ["17T12:00", "18T13:00", "19T13:00"]),
        (
            "America/Argentina/Buenos_Aires",
            "2009-03-14T10:00",
            ["14T12:00", "15T13:00", "16T13:00"],
        ),
        # They do nothing of the kind any more.
        ("Asia/Seoul", "2026-03-28T10:00", ["28T01:00", "29T01:00", "30T01:00"]),
        (
            "America/Argentina/Buenos_Aires",
            "2026-03-28T10:00",
            ["28T13:00", "29T13:00", "30T13:00"],
        ),
        # Morocco goes back for Ramadan and forward after it.
        ("Africa/Casablanca", "2026-02-14T10:00", ["14T09:00", "15T10:00", "16T10:00"]),
        ("Africa/Casablanca", "2026-03-21T10:00", ["21T10:00", "22T09:00", "23T09:00"]),
    ],
)
def test_a_daily_meeting_stays_at_its_hour(zone: str, start: str, instants: list[str]) -> None:
    found = utc_starts(series(start, "FREQ=DAILY;COUNT=3", zone=zone), "1980-01-01", "2030-01-01")
    assert [instant[8:] for instant in found] == instants


def test_a_weekly_meeting_in_new_york_stays_at_ten_all_year() -> None:
    found = local_starts(series("2026-01-05T10:00", "FREQ=WEEKLY"), "2026-01-01", "2027-01-01")
    assert len(found) == 52
    assert {local[11:] for local in found} == {"10:00"}


@pytest.mark.parametrize(
    ("zone", "start", "shown"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),  # 03:30 EDT
        ("Europe/Bucharest", "2026-03-29T03:30", "2026-03-29T01:30"),  # 04:30 EEST
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),  # 02:45, half an hour on
        ("America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:30"),  # 01:30, midnight is missing
        ("America/Argentina/Buenos_Aires", "2008-10-19T00:00", "2008-10-19T03:00"),  # 01:00
        ("Asia/Seoul", "1988-05-08T02:30", "1988-05-07T17:30"),  # 03:30 KDT
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00"),  # a day that Samoa did not have
    ],
)
def test_a_skipped_time_is_read_with_the_offset_before_the_gap(
    zone: str, start: str, shown: str
) -> None:
    one = series(start, "FREQ=YEARLY;COUNT=1", zone=zone)
    assert utc_starts(one, "1980-01-01", "2030-01-01") == [shown]
    assert local_starts(one, "1980-01-01") == [start]


@pytest.mark.parametrize(
    ("zone", "start", "first"),
    [
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),  # EDT, not EST
        ("Europe/Bucharest", "2026-10-25T03:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30"),
        ("America/Argentina/Buenos_Aires", "2009-03-14T23:30", "2009-03-15T01:30"),
        ("Asia/Seoul", "1988-10-09T02:30", "1988-10-08T16:30"),
    ],
)
def test_a_repeated_time_is_the_first_of_the_two(zone: str, start: str, first: str) -> None:
    one = series(start, "FREQ=YEARLY;COUNT=1", zone=zone)
    assert utc_starts(one, "1980-01-01", "2030-01-01") == [first]


def test_a_nightly_date_in_the_gap_keeps_its_name_and_the_next_night_its_hour() -> None:
    one = series("2026-03-07T02:30", "FREQ=DAILY;COUNT=3")
    assert local_starts(one) == ["2026-03-07T02:30", "2026-03-08T02:30", "2026-03-09T02:30"]
    assert utc_starts(one, "2026-03-01", "2026-04-01") == [
        "2026-03-07T07:30",
        "2026-03-08T07:30",
        "2026-03-09T06:30",
    ]


def test_two_times_that_the_gap_makes_one_instant_are_one_place() -> None:
    one = series("2026-03-08T02:30", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30;COUNT=4")
    assert utc_starts(one, "2026-03-01", "2026-04-01") == [
        "2026-03-08T07:30",
        "2026-03-09T06:30",
        "2026-03-09T07:30",
    ]


def test_places_come_in_the_order_of_instants_where_the_gap_turns_them_round() -> None:
    one = series("2026-03-08T02:30", "FREQ=DAILY;COUNT=1", "RDATE:20260308T031000")
    assert utc_starts(one, "2026-03-01", "2026-04-01") == ["2026-03-08T07:10", "2026-03-08T07:30"]
    assert local_starts(one) == ["2026-03-08T03:10", "2026-03-08T02:30"]


def test_a_date_in_the_gap_is_taken_out_by_its_name_or_by_its_instant() -> None:
    for line in ("EXDATE:20260308T023000", "EXDATE:20260308T073000Z", "EXDATE:20260308T033000"):
        one = series("2026-03-07T02:30", "FREQ=DAILY;COUNT=3", line)
        assert local_starts(one) == ["2026-03-07T02:30", "2026-03-09T02:30"]


def test_an_hour_is_an_hour_over_a_change_of_clocks() -> None:
    one = series("2026-03-08T01:30", "FREQ=DAILY;COUNT=1", minutes=60)
    (place,) = expand(one, *days_around(2026, 3, 8))
    assert place.ends_at - place.starts_at == timedelta(hours=1)
    assert place.ends_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 on the wall


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("America/New_York", "2026-03-07", [24, 23, 24]),
        ("America/New_York", "2026-10-31", [24, 25, 24]),
        ("Australia/Lord_Howe", "2026-10-03", [24, 23.5, 24]),
        ("Australia/Lord_Howe", "2026-04-04", [24, 24.5, 24]),
        ("America/Sao_Paulo", "2018-11-03", [24, 23, 24]),  # the day begins at 01:00
        ("America/Sao_Paulo", "2018-02-17", [25, 24, 24]),
        ("Asia/Seoul", "1987-05-09", [24, 23, 24]),
        ("Asia/Seoul", "2026-03-28", [24, 24, 24]),
    ],
)
def test_a_whole_day_lasts_from_midnight_to_midnight(
    zone: str, start: str, hours: list[float]
) -> None:
    one = series(start, "FREQ=DAILY;COUNT=3", zone=zone, days=1)
    places = expand(one, datetime(1980, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    assert [(p.ends_at - p.starts_at) / timedelta(hours=1) for p in places] == hours
    assert {f"{place.original_start:%H:%M}" for place in places} == {"00:00"}
    assert places[0].ends_at == places[1].starts_at


def test_a_window_cuts_between_the_two_passes_of_a_repeated_hour() -> None:
    one = series("2026-11-01T01:30", "FREQ=DAILY;COUNT=1")  # 05:30 UTC, not 06:30
    assert utc_starts(one, "2026-11-01T05:30", "2026-11-01T06:30") == ["2026-11-01T05:30"]
    assert utc_starts(one, "2026-11-01T05:31", "2026-11-01T08:00") == []


def test_until_as_an_instant_tells_the_two_passes_of_a_repeated_hour_apart() -> None:
    inside = series("2026-10-31T01:45", "FREQ=DAILY;UNTIL=20261101T061500Z")  # 01:15 EST
    assert local_starts(inside)[-1] == "2026-11-01T01:45"
    outside = series("2026-10-31T01:45", "FREQ=DAILY;UNTIL=20261101T051500Z")  # 01:15 EDT
    assert local_starts(outside)[-1] == "2026-10-31T01:45"


def days_around(year: int, month: int, day: int) -> tuple[datetime, datetime]:
    middle = datetime(year, month, day, tzinfo=UTC)
    return middle - timedelta(days=2), middle + timedelta(days=2)
