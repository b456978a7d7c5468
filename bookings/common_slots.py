"""Times that suit several people, spread over the days. No queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bookings.alternatives import gaps_between, meets
from bookings.free_gaps import working_hours
from bookings.people import Busy, times_of
from bookings.recurrence import to_instant, to_local
from bookings.spans import MARK, Span, next_mark
from tenants.models import Company

MOST_A_DAY = 3
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class CommonSlot:
    """A time at which everybody can come but those optional people who are `away`."""

    span: Span
    away: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """People of a company who want to meet for a while, best at the clock of `since`.

    Without the `optional` ones it makes sense, too.
    """

    company: Company
    people: Mapping[str, Busy]
    since: datetime
    length: timedelta
    optional: Collection[str] = ()

    def slots(self, window: Span, *, now: datetime, at_work: bool = True) -> list[CommonSlot]:
        """At most three a day within a window, as far as that is to come."""
        company, zone = self.company, ZoneInfo(self.company.timezone)
        start = _at_work(self.since, company.working_from, company.working_until, zone)
        left = Span(max(window.starts_at, now), window.ends_at)
        return common_slots(
            working_hours(company, company.timezone, left) if at_work else [left],
            Span(start, start + self.length),
            busy=times_of(b for email, b in self.people.items() if email not in self.optional),
            optional={email: self.people[email].spans for email in self.optional},
            zone=zone,
        )


def common_slots(
    hours: Iterable[Span],
    wanted: Span,
    *,
    busy: Iterable[Span],
    optional: Mapping[str, Sequence[Span]],
    zone: ZoneInfo,
    most_a_day: int = MOST_A_DAY,
) -> list[CommonSlot]:
    """At most so many times a day that are as long as the wanted one, in order.

    Of a day's times those win at which most can come, then those nearest to the wanted one's clock.
    They do not overlap. Days are those of the zone.
    """
    clock = to_local(wanted.starts_at, zone).time()
    taken = sorted(busy, key=lambda span: (span.starts_at, span.ends_at))
    starts = [
        start
        for span in hours
        for gap in gaps_between([(b.starts_at, b.ends_at) for b in taken], span)
        for start in _starts_in(gap, wanted)
    ]
    slots = [
        CommonSlot(span, [email for email, times in optional.items() if meets(span, times)])
        for span in (Span(start, start + wanted.length) for start in starts)
    ]
    found = []
    for day, group in groupby(slots, key=lambda slot: to_local(slot.span.starts_at, zone).date()):
        best = to_instant(datetime.combine(day, clock), zone)
        found += _best_of(group, best, most_a_day)
    return found


def _best_of(slots: Iterable[CommonSlot], wanted: datetime, most: int) -> list[CommonSlot]:
    chosen: list[CommonSlot] = []
    for slot in sorted(slots, key=lambda s: (len(s.away), abs(s.span.starts_at - wanted))):
        if len(chosen) < most and not meets(slot.span, [other.span for other in chosen]):
            chosen.append(slot)
    return sorted(chosen, key=lambda slot: slot.span.starts_at)


def _starts_in(gap: Span, wanted: Span) -> Iterable[datetime]:
    start = next_mark(gap.starts_at)
    while start + wanted.length <= gap.ends_at:
        yield start
        start += MARK


def _at_work(wanted: datetime, opens: time, closes: time, zone: ZoneInfo) -> datetime:
    """A wanted time, or the opening of its day where nobody works then."""
    local = to_local(wanted, zone)
    if opens <= local.time() < closes:
        return wanted
    return to_instant(datetime.combine(local.date(), opens), zone)
