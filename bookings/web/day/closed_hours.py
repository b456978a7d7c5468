"""When rooms are closed, as places on the day's time line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bookings.house_rules.hours import closed_spans
from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Hours
from bookings.shown import ShownRoom
from bookings.spans import Span
from bookings.web.day.places import STEP
from bookings.web.days import Day


@dataclass(frozen=True)
class ClosedHours:
    """The shades of a day: those that all its rooms have, else those of each room by its id.

    `ruled` tells whether all of the rooms have opening hours.
    """

    ruled: bool
    common: list[str] = field(default_factory=list)
    own: dict[int, list[str]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.common) or any(self.own.values())


def closed_hours(rooms: Iterable[ShownRoom], day: Day) -> ClosedHours:
    """When the rooms are closed on a day; most have the rules of their building or company."""
    drawn: dict[tuple[Hours | None, ZoneInfo], list[str]] = {}
    own: dict[int, list[str]] = {}
    for room in rooms:
        rules = rules_of(room)
        hours = rules.opening_hours.value if rules.opening_hours else None
        if (hours, rules.zone) not in drawn:
            drawn[hours, rules.zone] = _shades(hours, rules.zone, day)
        own[room.pk] = drawn[hours, rules.zone]
    ruled = bool(drawn) and all(hours is not None for hours, _zone in drawn)
    first = next(iter(drawn.values()), [])
    if all(shades == first for shades in drawn.values()):
        return ClosedHours(ruled, common=first)
    return ClosedHours(ruled, own=own)


def _shades(hours: Hours | None, zone: ZoneInfo, day: Day) -> list[str]:
    """Classes that put a shade in its place, in steps after midnight on the company's wall."""
    if hours is None:
        return []
    shades = []
    whole = Span(day.starts_at, day.ends_at)
    for span in closed_spans(hours, zone, whole):
        first, last = (-(-day.minute_of(at) // STEP) for at in (span.starts_at, span.ends_at))
        if first < last:
            shades.append(f"s{first} w{last - first}")
    return shades
