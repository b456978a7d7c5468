"""Why nothing is found where the rooms are closed, and when one opens next. No queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bookings.house_rules.hours import open_spans
from bookings.house_rules.judging import breach_of
from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Rule
from bookings.house_rules.words import refusal_words
from bookings.models import Room
from bookings.ranking import Wish
from bookings.spans import Span

AHEAD = timedelta(days=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Closing:
    """The rule that closes the rooms, in words, and the time for which one is open next."""

    why: str
    opens: Span | None


def closing_for(rooms: Sequence[Room], wish: Wish) -> Closing | None:
    """What keeps all of the rooms that suit a wish closed; None if one of them is open for it."""
    if not rooms or any(_open_times(rooms, wish.window, wish.length)):
        return None
    rules = rules_of(rooms[0])
    breach = breach_of(wish.first, rules, None)
    if breach is None or breach.rule != Rule.OPENING_HOURS:
        return None
    later = Span(wish.window.ends_at, wish.window.ends_at + AHEAD)
    opens = _open_times(rooms, later, wish.length)
    first = min(opens, key=lambda span: span.starts_at, default=None)
    return Closing(refusal_words(breach, wish.first, rules), first)


def _open_times(rooms: Iterable[Room], window: Span, length: timedelta) -> list[Span]:
    """When rooms are open in a window for long enough, a day at most."""
    found = []
    for room in rooms:
        rules = rules_of(room)
        hours = rules.opening_hours
        spans = open_spans(hours.value, rules.zone, window) if hours else [window]
        for span in spans:
            start = max(span.starts_at, window.starts_at)
            found.append(Span(start, min(span.ends_at, window.ends_at, start + _DAY)))
    return [span for span in found if span.length >= length]
