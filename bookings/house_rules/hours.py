"""When a room is open, as instants. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bookings.house_rules.values import Hours
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import Span

_DAY = timedelta(days=1)
MINUTES = 24 * 60


def open_spans(hours: Hours, zone: ZoneInfo, within: Span) -> list[Span]:
    """The open times that touch a span, in order; those that follow each other are one.

    They are not cut: a day that is open around the clock begins before the span.
    """
    first, last = (to_local(at, zone).date() for at in (within.starts_at, within.ends_at))
    days = ((last - first).days) + 3
    spans = (_of_day(hours, zone, first + _DAY * (number - 1)) for number in range(days))
    return [
        span
        for span in _joined(span for span in spans if span is not None)
        if span.starts_at < within.ends_at and within.starts_at < span.ends_at
    ]


def closed_spans(hours: Hours, zone: ZoneInfo, within: Span) -> list[Span]:
    """The rest of a span, cut to it."""
    edges, closed = within.starts_at, []
    for span in open_spans(hours, zone, within):
        if edges < span.starts_at:
            closed.append(Span(edges, span.starts_at))
        edges = span.ends_at
    if edges < within.ends_at:
        closed.append(Span(edges, within.ends_at))
    return closed


def is_open(span: Span, hours: Hours, zone: ZoneInfo) -> bool:
    """Whether a time lies within one open time."""
    return any(
        each.starts_at <= span.starts_at and span.ends_at <= each.ends_at
        for each in open_spans(hours, zone, span)
    )


def of_weekday(hours: Hours, day: date) -> tuple[int, int]:
    """From when until when a day is open, in minutes after midnight; equal: not at all."""
    return hours[day.weekday()]


def _of_day(hours: Hours, zone: ZoneInfo, day: date) -> Span | None:
    opens, closes = (_at(day, minute, zone) for minute in of_weekday(hours, day))
    return Span(opens, closes) if opens < closes else None


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A minute of a day on the wall clock of a zone; 24:00 is the midnight that ends it."""
    days, rest = divmod(minute, MINUTES)
    clock = datetime.combine(day + _DAY * days, time(rest // 60, rest % 60))
    return to_instant(clock, zone)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in order, those that touch made one."""
    held: Span | None = None
    for span in spans:
        if held is not None and span.starts_at <= held.ends_at:
            held = Span(held.starts_at, max(held.ends_at, span.ends_at))
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
