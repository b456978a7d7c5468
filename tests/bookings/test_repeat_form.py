"""What the repeat form says becomes a rule, and a rule becomes what the form says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import strategies as st

from bookings.recurrence import Series, expand, parse_recurrence
from bookings.web.form.presets import Preset, monthly_for, preset_of, presets_for, repeat_named
from bookings.web.form.repeat_form import Monthly, Repeat, Unit, repeat_of, rule_line
from tests.bookings.random_rules import ZONES, rules, starts
from tests.bookings.recurrence_case import series
from tests.bookings.test_recurrence_properties import locals_of, property_of

WEDNESDAY = date(2026, 12, 2)  # the first one of its month
dates = st.dates(date(2026, 1, 1), date(2029, 12, 31))
ends = st.one_of(
    st.just({}),
    st.builds(lambda day: {"until": day}, st.dates(date(2030, 1, 1), date(2031, 1, 1))),
    st.builds(lambda times: {"times": times}, st.integers(1, 400)),
)


@st.composite
def repeats(draw: st.DrawFn) -> tuple[Repeat, date]:
    """Something that can be chosen in the form for a date."""
    day = draw(dates)
    unit = draw(st.sampled_from(Unit))
    chosen = st.frozensets(st.integers(0, 6), min_size=1)
    weekdays = draw(chosen) if unit == Unit.WEEK else frozenset()
    offered = [Monthly(value) for value, _label in monthly_for(day)]
    monthly = draw(st.sampled_from(offered)) if unit == Unit.MONTH else Monthly.DAY
    every = draw(st.integers(1, 12))
    return Repeat(
        unit=unit, every=every, weekdays=weekdays, monthly=monthly, **draw(ends)
    ), day  # fmt: skip


def series_from(line: str, day: date, zone: str, clock: time = time(10)) -> Series:
    start = datetime.combine(day, clock)
    return Series(start, zone, timedelta(hours=1), parse_recurrence([line], zone, start=clock))


@property_of(short=100, chosen=repeats(), zone=st.sampled_from(ZONES))
def test_a_form_filled_from_its_own_rule_says_the_same(
    chosen: tuple[Repeat, date], zone: str
) -> None:
    repeat, day = chosen
    line = rule_line(repeat, day, ZoneInfo(zone))
    assert repeat_of(series_from(line, day, zone), day) == repeat


@property_of(short=100, day=dates, end=ends)
def test_each_preset_comes_back_as_itself(day: date, end: dict[str, Any]) -> None:
    for value, _label in presets_for(day):
        if value in (Preset.NEVER, Preset.CUSTOM):
            continue
        repeat = replace(repeat_named(Preset(value), day), **end)
        found = repeat_of(series_from(rule_line(repeat, day, ZoneInfo("UTC")), day, "UTC"), day)
        assert found == repeat
        assert preset_of(repeat, day) == value


@property_of(short=120, rule=rules(), start=starts, zone=st.sampled_from(ZONES))
def test_a_rule_that_fills_the_form_keeps_its_dates(rule: str, start: datetime, zone: str) -> None:
    before = Series(start, zone, timedelta(hours=1), parse_recurrence([f"RRULE:{rule}"], zone))
    places = locals_of(before)
    seen_from = places[-1].date() if places else start.date()
    repeat = repeat_of(before, seen_from)
    if repeat is None or before.rule is None or before.rule.by_hour:
        return
    line = rule_line(repeat, seen_from, ZoneInfo(zone))
    after = replace(before, recurrence=parse_recurrence([line], zone))
    assert locals_of(after) == places


@pytest.mark.parametrize(
    ("repeat", "rule"),
    [
        (Repeat(unit=Unit.DAY, every=3), "FREQ=DAILY;INTERVAL=3"),
        (Repeat(unit=Unit.WEEK), "FREQ=WEEKLY;BYDAY=WE"),
        (Repeat(unit=Unit.WEEK, weekdays=frozenset({6, 0})), "FREQ=WEEKLY;BYDAY=MO,SU"),
        (Repeat(unit=Unit.MONTH), "FREQ=MONTHLY;BYMONTHDAY=2"),
        (Repeat(unit=Unit.MONTH, monthly=Monthly.WEEKDAY), "FREQ=MONTHLY;BYDAY=1WE"),
        (Repeat(unit=Unit.MONTH, monthly=Monthly.LAST_DAY), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (Repeat(unit=Unit.YEAR, times=3), "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=2;COUNT=3"),
        (
            Repeat(unit=Unit.DAY, until=date(2027, 3, 31)),
            "FREQ=DAILY;UNTIL=20270331T145959Z",
        ),
    ],
)
def test_says_it_as_a_rule(repeat: Repeat, rule: str) -> None:
    assert rule_line(repeat, WEDNESDAY, ZoneInfo("Asia/Seoul")) == f"RRULE:{rule}"


def test_an_all_day_series_ends_on_a_date() -> None:
    repeat = Repeat(unit=Unit.DAY, until=date(2026, 12, 4))
    line = rule_line(repeat, WEDNESDAY, None)
    assert line == "RRULE:FREQ=DAILY;UNTIL=20261204"
    found = series("2026-12-02T00:00", line, days=1)
    assert len(expand(found, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)))
    assert repeat_of(found, WEDNESDAY) == repeat


@pytest.mark.parametrize(
    ("rule", "repeat"),
    [
        ("FREQ=WEEKLY;WKST=SU", Repeat(unit=Unit.WEEK, weekdays=frozenset({2}))),
        ("FREQ=MONTHLY;BYDAY=WE;BYSETPOS=1", Repeat(unit=Unit.MONTH, monthly=Monthly.WEEKDAY)),
        ("FREQ=DAILY;BYDAY=MO,WE", Repeat(unit=Unit.WEEK, weekdays=frozenset({0, 2}))),
        ("FREQ=YEARLY", Repeat(unit=Unit.YEAR)),
        (  # as a series ends that was cut before the 16th, at 10:00
            "FREQ=WEEKLY;UNTIL=20261216T005959Z",
            Repeat(unit=Unit.WEEK, weekdays=frozenset({2}), until=date(2026, 12, 15)),
        ),
    ],
)
def test_reads_what_others_write(rule: str, repeat: Repeat) -> None:
    assert repeat_of(series("2026-12-02T10:00", rule, zone="Asia/Seoul"), WEDNESDAY) == repeat


@pytest.mark.parametrize(
    "lines",
    [
        ["FREQ=MONTHLY;BYMONTHDAY=2,16"],
        ["FREQ=MONTHLY;BYDAY=2TU"],  # not from this date
        ["FREQ=WEEKLY;BYDAY=WE;BYHOUR=9,14"],
        ["FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU"],
        ["FREQ=YEARLY;BYWEEKNO=20"],
        ["FREQ=DAILY;BYMONTH=12"],
        ["FREQ=WEEKLY", "RDATE:20261204T100000"],
        ["RDATE:20261204T100000"],
        [],
    ],
)
def test_leaves_alone_what_it_has_no_words_for(lines: list[str]) -> None:
    assert repeat_of(series("2026-12-02T10:00", *lines), WEDNESDAY) is None


@pytest.mark.parametrize(
    ("day", "language", "labels"),
    [
        (
            date(2026, 12, 2),
            "en",
            [
                "Does not repeat", "Daily", "Weekly on Wednesday", "Monthly on the 1st Wednesday",
                "Monthly on day 2", "Annually on December 2", "Every weekday (Monday to Friday)",
                "Custom …",
            ],
        ),
        (
            date(2026, 12, 23),  # not the last Wednesday
            "en",
            [
                "Does not repeat", "Daily", "Weekly on Wednesday", "Monthly on the 4th Wednesday",
                "Monthly on day 23", "Annually on December 23",
                "Every weekday (Monday to Friday)", "Custom …",
            ],
        ),
        (
            date(2027, 2, 24),  # the fourth and the last
            "en",
            [
                "Does not repeat", "Daily", "Weekly on Wednesday", "Monthly on the 4th Wednesday",
                "Monthly on the last Wednesday", "Monthly on day 24", "Annually on February 24",
                "Every weekday (Monday to Friday)", "Custom …",
            ],
        ),
        (
            date(2026, 12, 31),  # the fifth Thursday, and the last day
            "en",
            [
                "Does not repeat", "Daily", "Weekly on Thursday", "Monthly on the last Thursday",
                "Monthly on day 31", "Monthly on the last day", "Annually on December 31",
                "Every weekday (Monday to Friday)", "Custom …",
            ],
        ),
    ],
)  # fmt: skip
def test_offers_what_fits_a_date_by_name(day: date, language: str, labels: list[str]) -> None:
    with override(language):
        assert [label for _value, label in presets_for(day)] == labels


def test_what_is_chosen_stays_on_offer_when_the_date_moves() -> None:
    last = dict(presets_for(WEDNESDAY, chosen=Preset.MONTHLY_LAST_WEEKDAY))
    assert last[Preset.MONTHLY_LAST_WEEKDAY] == "Monthly on the last Wednesday"
    fifth = dict(presets_for(date(2026, 12, 30), chosen=Preset.MONTHLY_WEEKDAY))
    assert fifth[Preset.MONTHLY_WEEKDAY] == "Monthly on the last Wednesday"
    assert Preset.MONTHLY_LAST_WEEKDAY not in fifth
