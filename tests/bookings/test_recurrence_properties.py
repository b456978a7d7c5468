"""Random rules against a second, independent reading of the RFC; and what must hold of any rule.

The short run is part of `make test`; `make soak` tries each with 10,000 rules.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bookings.errors import InvalidRule
from bookings.recurrence import (
    Place,
    Recurrence,
    Series,
    expand,
    parse_recurrence,
    portable_lines,
)
from tests.bookings.random_rules import ZONES, rules, starts
from tests.bookings.rule_reference import reference_starts

BEGIN = datetime(2010, 5, 1, tzinfo=UTC)
END = datetime(2012, 12, 20, tzinfo=UTC)
BEYOND = datetime.fromisoformat("2012-12-22")  # local; no zone is two days off
zones = st.sampled_from(ZONES)
later = st.integers(0, 950).map(lambda days: BEGIN + timedelta(days=days, hours=days % 24))


def property_of(
    *, short: int = 60, **strategies: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a check with few examples in every test run, with 10,000 in the soak."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize(
            "examples",
            [
                short,
                pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
            ],
        )
        def test(examples: int) -> None:
            tried = settings(
                max_examples=examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            tried(given(**strategies)(check))()

        test.__doc__ = check.__doc__
        return test

    return decorate


def series(rule: str, start: datetime, zone: str = "UTC", **dates: Any) -> Series:
    return Series(start, zone, timedelta(hours=1), Recurrence(rule, **dates))


def instant(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def all_of(one: Series, since: datetime = BEGIN, until: datetime = END) -> list[Place]:
    """Its places in a window; rules with too many are left to the tests of refusals."""
    try:
        return expand(one, since, until)
    except InvalidRule:
        assume(False)
        raise


def locals_of(one: Series) -> list[datetime]:
    return [place.original_start for place in all_of(one)]


@property_of(short=200, rule=rules(), start=starts)
def test_a_rule_gives_the_dates_of_the_reference(rule: str, start: datetime) -> None:
    wanted = reference_starts(rule, start, BEYOND)
    assert locals_of(series(rule, start)) == [
        local for local in wanted if instant(local, "UTC") < END
    ]


@property_of(rule=rules(), start=starts, zone=zones, since=later, days=st.integers(0, 400))
def test_any_window_is_a_part_of_the_whole(
    rule: str, start: datetime, zone: str, since: datetime, days: int
) -> None:
    one = series(rule, start, zone)
    until = since + timedelta(days=days)
    inside = [place for place in all_of(one) if since <= place.starts_at < min(until, END)]
    assert all_of(one, since, min(until, END)) == inside


@property_of(
    short=200, rule=rules(count=False), start=starts, count=st.integers(1, 3000), since=later
)
def test_what_is_not_walked_is_counted_all_the_same(
    rule: str, start: datetime, count: int, since: datetime
) -> None:
    counted = f"{rule};COUNT={count}"
    wanted = reference_starts(counted, start, BEYOND)
    found = all_of(series(counted, start), since)
    assert [place.starts_at for place in found] == [
        moment for moment in (instant(local, "UTC") for local in wanted) if since <= moment < END
    ]


@property_of(rule=rules(), start=starts, zone=zones)
def test_instants_are_the_wall_clock_read_in_the_zone_and_strictly_in_order(
    rule: str, start: datetime, zone: str
) -> None:
    found = [place.starts_at for place in all_of(series(rule, start, zone))]
    read = {instant(local, zone) for local in reference_starts(rule, start, BEYOND)}
    assert found == sorted(moment for moment in read if moment < END)


@property_of(rule=rules(count=False), start=starts, count=st.integers(2, 40), at=st.integers(1, 39))
def test_a_count_can_be_divided_at_any_place(
    rule: str, start: datetime, count: int, at: int
) -> None:
    whole = locals_of(series(f"{rule};COUNT={count}", start))
    assume(at < min(count, len(whole)))
    first = locals_of(series(f"{rule};COUNT={at}", start))
    second = locals_of(series(f"{rule};COUNT={count - at}", whole[at]))
    assert first + second == whole


@property_of(rule=rules(count=False), start=starts, zone=zones, end=later, form=st.integers(0, 2))
def test_until_cuts_the_endless_series_and_includes_its_last_moment(
    rule: str, start: datetime, zone: str, end: datetime, form: int
) -> None:
    endless = all_of(series(rule, start, zone))
    if endless and form == 0:
        end = endless[len(endless) // 2].starts_at
    text = f"{end:%Y%m%dT%H%M%SZ}" if form < 2 else f"{end:%Y%m%d}"
    kept = [
        place
        for place in endless
        if (place.starts_at <= end if form < 2 else place.original_start.date() <= end.date())
    ]
    assert all_of(series(f"{rule};UNTIL={text}", start, zone)) == kept


@property_of(
    rule=rules(),
    start=starts,
    zone=zones,
    out=st.sets(st.integers(0, 20), max_size=4),
    extra=st.sets(starts, max_size=4),
)
def test_dates_are_taken_out_and_put_in_without_moving_any_other(
    rule: str, start: datetime, zone: str, out: set[int], extra: set[datetime]
) -> None:
    plain = all_of(series(rule, start, zone))
    exdates = tuple(place.original_start for n, place in enumerate(plain) if n in out)
    changed = series(rule, start, zone, rdates=tuple(extra), exdates=exdates)
    extras, gone = ({instant(local, zone) for local in dates} for dates in (extra, exdates))
    wanted = ({place.starts_at for place in plain} | extras) - gone
    assert [place.starts_at for place in all_of(changed)] == sorted(wanted)


@property_of(
    rule=rules(), start=starts, zone=zones, extra=st.sets(starts, max_size=3), end=st.booleans()
)
def test_lines_written_for_others_mean_the_same(
    rule: str, start: datetime, zone: str, extra: set[datetime], end: bool
) -> None:
    if end and "COUNT" not in rule:
        rule += ";UNTIL=20120311"
    one = series(rule, start, zone, rdates=tuple(extra), exdates=(start,))
    lines = portable_lines(one.recurrence, zone)
    again = Series(start, zone, one.duration, parse_recurrence(lines, zone))
    assert all_of(again) == all_of(one)


@property_of(rule=rules(), start=starts, zone=zones, days=st.integers(1, 3))
def test_an_all_day_series_has_whole_days_at_its_own_midnights(
    rule: str, start: datetime, zone: str, days: int
) -> None:
    midnight = start.replace(hour=0, minute=0)
    one = Series(midnight, zone, timedelta(days=days), Recurrence(rule), days)
    without_times = ";".join(
        part for part in rule.split(";") if not part.startswith(("BYHOUR", "BYMINUTE"))
    )
    wanted = [
        local.date()
        for local in reference_starts(without_times, midnight, BEYOND)
        if instant(local, zone) < END
    ]
    places = all_of(one)
    assert [place.original_start.date() for place in places] == wanted
    for place in places:
        end = place.ends_at.astimezone(ZoneInfo(zone)).date()
        assert end - place.original_start.date() == timedelta(days=days)
