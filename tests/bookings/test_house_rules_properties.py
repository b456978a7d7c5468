"""What the rules of a room allow, and the nearest time that they do: random rules and wishes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.house_rules.hours import closed_spans, open_spans
from bookings.house_rules.judging import Clock, breach_of, nearest, within_horizon
from bookings.house_rules.values import Level, Owner, Rule, Rules, narrowest
from bookings.spans import MARK, Span, next_mark

# Clocks that go forward and back by an hour, by half an hour, and never.
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul", "Asia/Kolkata"]
SPRING = datetime(2027, 3, 8, tzinfo=UTC)  # within reach: 14 March, 28 March, 4 April
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OWNERS = {level: Owner(level, number) for number, level in enumerate(Level)}

quarter_hours = st.integers(0, 96).map(lambda quarter: quarter * 15)
hours = st.lists(st.tuples(quarter_hours, quarter_hours).map(sorted), min_size=7, max_size=7).map(
    lambda days: [minute for day in days for minute in day]
)


def in_order(row: dict[str, Any]) -> bool:
    """Whether one place's own lengths are possible, as the table wants them."""
    shortest, longest = row["min_length"], row["max_length"]
    return not shortest or not longest or shortest <= longest


rows: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "opening_hours": st.none() | hours,
        "min_length": st.none() | st.integers(1, 240),
        "max_length": st.none() | st.integers(1, 480),
        "notice": st.none() | st.integers(0, 4000),
        "horizon": st.none() | st.integers(1, 30),
        "step": st.none() | st.sampled_from([5, 10, 15, 20, 30, 60]),
        "private_titles": st.none() | st.booleans(),
    }
).filter(in_order)
levels = st.dictionaries(st.sampled_from([*Level]), rows, max_size=3)
rules = st.builds(
    lambda zone, found: narrowest(ZoneInfo(zone), [(OWNERS[at], row) for at, row in found.items()]),
    st.sampled_from(ZONES), levels,
)  # fmt: skip
instants = st.integers(0, 40 * 24 * 12).map(lambda steps: SPRING + steps * 5 * MINUTE)
spans = st.builds(
    lambda at, minutes: Span(at, at + minutes * MINUTE), instants, st.integers(1, 900)
)
clocks = instants.map(lambda now: Clock(now, now + 40 * DAY))


@settings(max_examples=200, deadline=None)
@given(rules, spans, clocks)
def test_the_nearest_allowed_time_is_allowed(ruled: Rules, wish: Span, clock: Clock) -> None:
    if breach_of(wish, ruled, clock) is None:
        return
    found = nearest(wish, ruled, clock)
    if found is not None:
        assert breach_of(found, ruled, clock) is None
        assert clock.now <= found.starts_at < clock.until
        assert found.length > timedelta()


@settings(max_examples=80, deadline=None)
@given(rules, spans, clocks)
def test_an_allowed_time_that_is_nearer_is_not_overlooked(
    ruled: Rules, wish: Span, clock: Clock
) -> None:
    """Of the same length, on any of the marks within a day, by looking at each of them."""
    if breach_of(wish, ruled, clock) is None:
        return
    found = nearest(wish, ruled, clock)
    wish = within_horizon(wish, ruled, clock)
    if found is not None and found.length != wish.length:
        return
    shift = abs(found.starts_at - wish.starts_at) if found else DAY
    for quarter in range(-96, 97):
        start = next_mark(wish.starts_at) + quarter * MARK
        if abs(start - wish.starts_at) >= shift or start < clock.now + MARK:
            continue
        other = Span(start, start + wish.length)
        assert breach_of(other, ruled, clock) is not None or start >= clock.until - MARK


@settings(max_examples=80, deadline=None)
@given(rules, spans, clocks)
def test_only_the_end_changes_where_a_meeting_keeps_its_start(
    ruled: Rules, wish: Span, clock: Clock
) -> None:
    found = nearest(wish, ruled, clock, keeps_start=True)
    if found is not None:
        assert found.starts_at == wish.starts_at
        assert breach_of(found, ruled, None) is None


@settings(max_examples=100, deadline=None)
@given(levels)
def test_the_narrowest_rule_wins_one_by_one(found: dict[Level, dict[str, object]]) -> None:
    ruled = narrowest(ZoneInfo("UTC"), [(OWNERS[level], row) for level, row in found.items()])
    for rule in Rule:
        setting = [level for level in Level if found.get(level, {}).get(rule) is not None]
        got = getattr(ruled, rule)
        if got is None:
            assert not setting or rule in (Rule.MIN_LENGTH, Rule.MAX_LENGTH)
        else:
            assert got.owner.level == setting[-1]
    if ruled.min_length and ruled.max_length:
        assert ruled.min_length.value <= ruled.max_length.value


@settings(max_examples=80, deadline=None)
@given(hours, st.sampled_from(ZONES), spans)
def test_open_and_closed_times_make_up_the_whole(week: list[int], zone: str, within: Span) -> None:
    pairs = tuple(zip(week[::2], week[1::2], strict=True))
    inside = sum(
        (
            min(span.ends_at, within.ends_at) - max(span.starts_at, within.starts_at)
            for span in open_spans(pairs, ZoneInfo(zone), within)
        ),
        timedelta(),
    )
    outside = sum(
        (span.length for span in closed_spans(pairs, ZoneInfo(zone), within)), timedelta()
    )
    assert inside + outside == within.length
