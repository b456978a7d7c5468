"""Whether the rules of a room allow a time, and which allowed time comes nearest to it. Pure.

Instants are UTC; days, opening hours and steps are those of the clock on the room's wall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings.house_rules.hours import is_open, open_spans
from bookings.house_rules.values import Rule, Ruled, Rules
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import MARK, Span, mark_before, next_mark

_DAY = timedelta(days=1)
NEAR, FAR = _DAY, 8 * _DAY  # how far one looks, at first and last
_NONE = timedelta()


@dataclass(frozen=True)
class Clock:
    """What time it is, and where all bookings end, whatever the rules."""

    now: datetime
    until: datetime


@dataclass(frozen=True)
class Breach:
    """A rule that says no to a time."""

    rule: Rule
    ruled: Ruled[Any]


def breach_of(span: Span, rules: Rules, clock: Clock | None) -> Breach | None:
    """The rule that refuses a time; None where all allow it.

    Without a clock, notice and horizon are not asked: the meeting begins when it already did.
    """
    for rule, ruled, holds in _judged(span, rules, clock):
        if not holds:
            return Breach(rule, ruled)
    return None


def _judged(
    span: Span, rules: Rules, clock: Clock | None
) -> Iterator[tuple[Rule, Ruled[Any], bool]]:
    if clock and (notice := rules.notice):
        yield Rule.NOTICE, notice, span.starts_at >= clock.now + notice.value
    if clock and (horizon := rules.horizon):
        yield Rule.HORIZON, horizon, span.starts_at < clock.now + horizon.value
    if hours := rules.opening_hours:
        yield Rule.OPENING_HOURS, hours, is_open(span, hours.value, rules.zone)
    if shortest := rules.min_length:
        yield Rule.MIN_LENGTH, shortest, span.length >= shortest.value
    if longest := rules.max_length:
        yield Rule.MAX_LENGTH, longest, span.length <= longest.value
    if step := rules.step:
        on_step = (is_on_step(at, step.value, rules.zone) for at in (span.starts_at, span.ends_at))
        yield Rule.STEP, step, all(on_step)


def is_on_step(instant: datetime, step: timedelta, zone: ZoneInfo) -> bool:
    """Whether an instant is a whole number of steps after midnight on the wall clock."""
    return _beyond_step(to_local(instant, zone), step) == _NONE


def _beyond_step(local: datetime, step: timedelta) -> timedelta:
    """How long ago the last step was on the wall clock."""
    return (local - datetime.combine(local.date(), time())) % step


def nearest(span: Span, rules: Rules, clock: Clock, *, keeps_start: bool = False) -> Span | None:
    """The allowed time that comes nearest to a wish: moved as little as possible, as long as
    wished where that is allowed, in doubt the earlier one. None where there is none around.
    What is too far ahead is moved by whole days first: who wants a morning wants no night.

    With `keeps_start` only the end may change.
    """
    if keeps_start:
        ends = (Span(span.starts_at, span.starts_at + length) for length in _lengths(span, rules))
        return next((each for each in ends if breach_of(each, rules, None) is None), None)
    _earliest, latest = _bounds(rules, clock)
    span = within_horizon(span, rules, clock)
    for around in (NEAR, FAR):
        for shortened in (False, True):
            allowed = [
                each
                for window in _windows(span, rules, clock, around)
                for each in _in_window(window, span, rules, latest, shortened=shortened)
                if breach_of(each, rules, clock) is None and each.starts_at < clock.until
            ]
            if allowed:
                return min(allowed, key=lambda each: (_distance(each, span), each.starts_at))
    return None


def within_horizon(span: Span, rules: Rules, clock: Clock) -> Span:
    """The same time of day on the last day that the horizon leaves; the wish itself before it."""
    if rules.horizon is None or span.starts_at < (until := clock.now + rules.horizon.value):
        return span
    last = to_local(until, rules.zone)
    start = datetime.combine(last.date(), to_local(span.starts_at, rules.zone).time())
    starts_at = to_instant(start if start < last else start - _DAY, rules.zone)
    return Span(starts_at, starts_at + span.length)


def _distance(one: Span, other: Span) -> timedelta:
    return abs(one.starts_at - other.starts_at) + abs(one.ends_at - other.ends_at)


def _lengths(span: Span, rules: Rules) -> Sequence[timedelta]:
    """Lengths to try, the wished one first as far as it is allowed; then what the day leaves."""
    found = [_allowed_length(span.length, rules)]
    if rules.opening_hours:
        windows = open_spans(rules.opening_hours.value, rules.zone, span)
        found += [
            _on_step_down(window.ends_at - span.starts_at, rules)
            for window in windows
            if window.starts_at <= span.starts_at
        ]
    return [length for length in found if length > _NONE]


def _allowed_length(length: timedelta, rules: Rules) -> timedelta:
    """A length within the shortest and the longest, in whole steps."""
    if rules.min_length:
        length = max(length, rules.min_length.value)
    if rules.step:
        length = max(-(-length // rules.step.value), 1) * rules.step.value
    if rules.max_length and length > rules.max_length.value:
        length = _on_step_down(rules.max_length.value, rules)
    return length


def _on_step_down(length: timedelta, rules: Rules) -> timedelta:
    return length - length % rules.step.value if rules.step else length


def _windows(span: Span, rules: Rules, clock: Clock, around: timedelta) -> Iterator[Span]:
    """Times in which a booking may lie, as near to a wish as one can still book."""
    earliest, latest = _bounds(rules, clock)
    if latest < earliest:
        return
    begin = min(max(span.starts_at, earliest), latest)
    reach = Span(max(begin - around, earliest), begin + max(span.length, MARK) + around)
    if rules.opening_hours is None:
        yield Span(reach.starts_at, reach.ends_at + FAR)
        return
    for window in open_spans(rules.opening_hours.value, rules.zone, reach):
        if window.ends_at > reach.starts_at:
            yield Span(max(window.starts_at, earliest), window.ends_at)


def _bounds(rules: Rules, clock: Clock) -> tuple[datetime, datetime]:
    """The first and the last mark at which one may begin."""
    earliest = next_mark(clock.now + (rules.notice.value if rules.notice else _NONE))
    until = clock.until
    if rules.horizon:
        until = min(until, clock.now + rules.horizon.value)
    return earliest, mark_before(until)


def _in_window(
    window: Span, span: Span, rules: Rules, latest: datetime, *, shortened: bool
) -> Iterator[Span]:
    """Times inside a window that may be the nearest: at the wish, or at the end towards it."""
    length = _allowed_length(span.length, rules)
    if shortened:
        length = min(length, _on_step_down(window.length, rules))
    last = min(window.ends_at - length, latest)
    if length <= _NONE or last < window.starts_at:
        return
    start = min(max(span.starts_at, window.starts_at), last)
    for begin in (start, *_steps_around(start, rules)):
        if window.starts_at <= begin <= last:
            yield Span(begin, begin + length)


def _steps_around(instant: datetime, rules: Rules) -> Iterator[datetime]:
    step = rules.step.value if rules.step else MARK
    local = to_local(instant, rules.zone)
    down = local - _beyond_step(local, step)
    yield to_instant(down, rules.zone)
    yield to_instant(down + step, rules.zone)
