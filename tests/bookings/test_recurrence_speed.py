"""A series is not walked from its beginning, and no rule keeps a process busy."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest

from bookings.errors import InvalidRule
from bookings.recurrence import expand, first_start
from tests.bookings.recurrence_case import series

NOW = datetime(2026, 12, 1, tzinfo=UTC)


YARDSTICK = 1.6  # milliseconds that `_measure` takes on the machine for which the bars are meant
MARGIN = 3  # for one that is slow in other ways; a walk from the beginning takes far longer


def milliseconds(act: Callable[[], object], runs: int = 7) -> float:
    """Processor time of the quickest of several runs: what the work itself takes. On a slower
    machine, or one with much else to do, by a clock as slow as it is, and with a margin."""
    slowness = _quickest(_measure, runs) / YARDSTICK
    return _quickest(act, runs) / max(1, slowness) / MARGIN


def _measure() -> None:
    for _ in range(1000):
        sum(range(100))


def _quickest(act: Callable[[], object], runs: int) -> float:
    taken = []
    for _ in range(runs):
        begun = process_time()
        act()
        taken.append(process_time() - begun)
    return min(taken) * 1000


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;UNTIL=20301231",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=1FR",
        "FREQ=YEARLY;BYWEEKNO=49;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=600",
        "FREQ=WEEKLY;INTERVAL=3;COUNT=500",
        "FREQ=DAILY;COUNT=5000",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;COUNT=5000",
        "FREQ=DAILY;BYMONTH=1,12;COUNT=5000",
        "FREQ=DAILY;INTERVAL=2;BYMONTH=1,12;COUNT=5000",
        "FREQ=DAILY;INTERVAL=3;BYMONTHDAY=-1,1,2,3;BYDAY=MO,TU,WE,TH,FR;COUNT=5000",
        "FREQ=DAILY;BYMONTH=1,12;BYHOUR=9,14;BYSETPOS=1;COUNT=5000",
        "FREQ=MONTHLY;BYDAY=2TU;COUNT=500",
        "FREQ=YEARLY;BYWEEKNO=49;BYDAY=TH;COUNT=50",
    ],
)
def test_next_week_of_a_rule_begun_ten_years_ago_takes_less_than_2_ms(rule: str) -> None:
    one = series("2016-12-01T10:00", rule)
    assert milliseconds(lambda: expand(one, NOW, NOW + timedelta(days=7))) < 2


def test_a_year_of_days_takes_less_than_5_ms() -> None:
    one = series("2026-12-01T10:00", "FREQ=DAILY")
    assert milliseconds(lambda: expand(one, NOW, NOW + timedelta(days=365))) < 5


def test_the_longest_count_takes_less_than_2_ms_to_its_end() -> None:
    one = series("2016-12-01T10:00", "FREQ=DAILY;COUNT=5000")
    end = datetime(2030, 8, 1, tzinfo=UTC)
    assert milliseconds(lambda: expand(one, end, end + timedelta(days=30))) < 2


def test_a_rule_that_never_occurs_is_known_for_it_within_a_second() -> None:
    def search() -> None:
        with pytest.raises(InvalidRule):
            first_start(series("2026-12-01T10:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))

    assert milliseconds(search, runs=1) < 1000
