"""Refusing what the rules of a room do not allow, with the nearest time that they do."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from bookings.errors import RuleBroken
from bookings.house_rules.hours import closed_spans, is_open, open_spans
from bookings.house_rules.judging import Breach, Clock, breach_of, is_on_step, nearest
from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Rule, Rules
from bookings.house_rules.words import refusal_words, span_words
from bookings.models import Occurrence, Room
from bookings.recurrence.wall_clock import to_local
from bookings.shown import ShownRoom
from bookings.spans import Span

_MOMENT = timedelta(minutes=1)


def refusal_of(
    room: Room,
    span: Span,
    *,
    now: datetime,
    until: datetime,
    keeps_start: bool = False,
    ends_early: bool = False,
) -> RuleBroken | None:
    """Why the room's rules do not allow a time, with the nearest that they do; None if they do.

    With `keeps_start` a booking stays where it begins: notice and horizon are not asked. With
    `ends_early` one that goes on gives its rest back: nor is the shortest length.
    """
    rules, clock = rules_of(room), Clock(now, until)
    if ends_early:
        rules = replace(rules, min_length=None)
    breach = breach_of(span, rules, None if keeps_start else clock)
    if breach is None:
        return None
    instead = nearest(span, rules, clock, keeps_start=keeps_start)
    message = refusal_words(breach, span, rules)
    if instead is not None:
        message = _("%(refusal)s Possible: %(times)s.") % {
            "refusal": message,
            "times": span_words(instead, rules.zone, beside=span),
        }
    return RuleBroken(
        message,
        field=_field(breach, span, rules),
        rule=breach.rule,
        owner=breach.ruled.owner,
        room=room,
        nearest=instead,
    )


def refusals_of(
    rows: Iterable[Occurrence], *, now: datetime, until: datetime
) -> dict[UUID, RuleBroken]:
    """The dates that the rules of their rooms do not allow, by public id."""
    spans = ((row, Span(row.starts_at, row.ends_at)) for row in rows)
    found = ((row, refusal_of(row.room, span, now=now, until=until)) for row, span in spans)
    return {row.public_id: broken for row, broken in found if broken is not None}


def leaves_time(room: Room | ShownRoom, window: Span, *, now: datetime, until: datetime) -> bool:
    """Whether the room's rules leave any of a time to be booked, before `until` as everywhere."""
    rules = rules_of(room)
    begin = max(window.starts_at, now + (rules.notice.value if rules.notice else timedelta()))
    end = min(window.ends_at, until, *([now + rules.horizon.value] if rules.horizon else []))
    if begin >= end:
        return False
    hours = rules.opening_hours
    return hours is None or bool(open_spans(hours.value, rules.zone, Span(begin, end)))


def allowed(
    room: Room | ShownRoom, spans: Sequence[Span], *, now: datetime, until: datetime
) -> set[int]:
    """The numbers of the spans that the room's rules allow."""
    rules, clock = rules_of(room), Clock(now, until)
    return {number for number, span in enumerate(spans) if breach_of(span, rules, clock) is None}


def closed_to(room: Room, window: Span, *, now: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of a time in which a room is closed, or it is too late to book it."""
    rules = rules_of(room)
    shut = []
    if rules.opening_hours:
        closed = closed_spans(rules.opening_hours.value, rules.zone, window)
        shut = [(span.starts_at, span.ends_at) for span in closed]
    if rules.notice:
        shut.append((window.starts_at, max(window.starts_at, now + rules.notice.value)))
    return shut


def of_its_date(broken: RuleBroken, row: Occurrence) -> RuleBroken:
    """The refusal of one date among several, which it names."""
    day = {"day": f"{to_local(row.starts_at, rules_of(row.room).zone):%Y-%m-%d}"}
    broken.message = _("%(day)s: %(refusal)s") % {**day, "refusal": broken.message}
    return broken


def _field(breach: Breach, span: Span, rules: Rules) -> str:
    """Which end of a time a rule is about."""
    if breach.rule in (Rule.MIN_LENGTH, Rule.MAX_LENGTH):
        return "end"
    begun = Span(span.starts_at, span.starts_at + _MOMENT)
    if breach.rule == Rule.OPENING_HOURS and is_open(begun, breach.ruled.value, rules.zone):
        return "end"
    on_step = breach.rule == Rule.STEP and is_on_step(
        span.starts_at, breach.ruled.value, rules.zone
    )
    return "end" if on_step else "start"
