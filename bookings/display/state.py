"""What the display at a door shows, and what one may do there now.

A minute that has begun counts as over: who ends a meeting sees the room free at once, and what
begins within the minute is there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bookings.alternatives import gaps_between
from bookings.house_rules.checking import refusal_of
from bookings.house_rules.hours import open_spans
from bookings.house_rules.reading import rules_of
from bookings.models import Hold, Occurrence, Room
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.rules import LATE_START
from bookings.spans import EPOCH, Span
from tenants.models import Company

LENGTHS = (15, 30, 60)  # minutes that one may book, or stay longer
_MINUTE = timedelta(minutes=1)
_STEP = timedelta(minutes=5)  # where no rule names one
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Offer:
    """A time that one press takes: so many minutes, and the time that the booking then has."""

    minutes: int
    span: Span


@dataclass(frozen=True)
class DoorState:
    """A room at a moment, and the rest of its day.

    `free_until` is when it is wanted next or closes; None while it is taken, or free to the end of
    the day. `opens_at` is set while it is closed by its hours, for later that day; `kept_until`
    while nobody may be in it, because it is kept free around a meeting.
    """

    now: datetime
    current: Occurrence | None
    later: list[Occurrence]
    is_open: bool
    opens_at: datetime | None
    kept_until: datetime | None
    free_until: datetime | None
    held: bool
    bookable: list[Offer]
    longer: list[Offer]
    end: Span | None  # what the meeting becomes if it ends now
    refusal: str  # why a free room cannot be booked here


def state_of(room: Room, company: Company, now: datetime) -> DoorState:
    """How a room is at an instant; two queries, in the company's scope."""
    return _Reading(room, company, now).state()


class _Reading:
    def __init__(self, room: Room, company: Company, now: datetime) -> None:
        self.room, self.now, self.until = room, now, company.bookable_until
        self.rules = rules_of(room)
        self.moment = now - (now - EPOCH) % _MINUTE + _MINUTE
        midnight = to_local(now, self.rules.zone).date() + _DAY
        day_ends = to_instant(datetime.combine(midnight, time.min), self.rules.zone)
        self.day = Span(now, day_ends)
        self.dates = self._dates()
        self.current = next((row for row in self.dates if row.starts_at <= self.moment), None)
        self.later = [row for row in self.dates if row is not self.current]
        self.holds = self._holds()

    def _dates(self) -> list[Occurrence]:
        """What has the room from now to the end of the day, buffers included, by start."""
        since = self.now - self.room.buffer_after - self.room.buffer_before
        rows = (
            Occurrence.objects.get_queryset()
            .blocking()
            .overlapping(since, self.day.ends_at + self.room.buffer_after)
            .filter(room=self.room)
            .select_related("booking__organizer")
            .order_by("starts_at")
        )
        for row in rows:
            row.room = self.room
        self.blocks = [(row.block_from, row.block_to, row) for row in rows]
        return [
            row for row in rows
            if row.ends_at > self.moment and row.starts_at < self.day.ends_at
        ]  # fmt: skip

    def _holds(self) -> list[Hold]:
        holds = Hold.objects.filter(
            room=self.room, expires_at__gt=self.now, block_to__gt=self.now,
            block_from__lt=self.day.ends_at,
        )  # fmt: skip
        return list(holds)

    def state(self) -> DoorState:
        open_now = self._open_now()
        gaps = self._gaps() if open_now and not self.current else []
        gap = next((each for each in gaps if each.starts_at <= self.moment), None)
        bookable, refusal = self._bookable(gap) if gap else ([], "")
        return DoorState(
            now=self.now,
            current=self.current,
            later=self.later,
            is_open=open_now is not None,
            opens_at=self._opens_at() if open_now is None else None,
            kept_until=self._kept_until(gaps) if gap is None else None,
            free_until=self._free_until(gap, open_now),
            held=any(hold.block_from <= self.moment for hold in self.holds),
            bookable=bookable,
            longer=list(self._longer()),
            end=self._end(),
            refusal=refusal,
        )

    # -- free ----------------------------------------------------------------------------------

    def _open_now(self) -> Span | None:
        """The open time that is running; the whole day where there are no hours."""
        if self.room.state != Room.State.OPEN:
            return None
        if self.rules.opening_hours is None:
            return Span(self.now - LATE_START, self.day.ends_at + _DAY)
        running = Span(self.moment, self.moment + _MINUTE)
        hours = self.rules.opening_hours.value
        return next(iter(open_spans(hours, self.rules.zone, running)), None)

    def _opens_at(self) -> datetime | None:
        if self.room.state != Room.State.OPEN or self.rules.opening_hours is None:
            return None
        spans = open_spans(self.rules.opening_hours.value, self.rules.zone, self.day)
        return next((span.starts_at for span in spans if span.starts_at > self.now), None)

    def _gaps(self) -> list[Span]:
        """The times from now on in which a booking may lie: buffers are taken off already."""
        window = Span(self.now - LATE_START, self.day.ends_at + _DAY)
        gaps = gaps_between(self._busy(), window)
        return [each for each in gaps if self.moment < each.ends_at]

    def _kept_until(self, gaps: list[Span]) -> datetime | None:
        ends = [gap.starts_at for gap in gaps[:1]] + [row.starts_at for row in self.later[:1]]
        return min(ends) if gaps else None

    def _busy(self, *, besides: Occurrence | None = None) -> list[tuple[datetime, datetime]]:
        before, after = self.room.buffer_before, self.room.buffer_after
        blocks = [(since, until) for since, until, row in self.blocks if row is not besides]
        blocks += [(hold.block_from, hold.block_to) for hold in self.holds]
        return sorted((since - after, until + before) for since, until in blocks)

    def _free_until(self, gap: Span | None, open_now: Span | None) -> datetime | None:
        if gap is None or open_now is None:
            return None
        until = min(gap.ends_at, open_now.ends_at)
        return until if until < self.day.ends_at else None

    def _bookable(self, gap: Span) -> tuple[list[Offer], str]:
        """The lengths that fit from now on, at the first start that allows any; else the reason."""
        refusal = ""
        for start in self._starts(gap):
            offers, said = self._offers_from(start, gap)
            if offers:
                return offers, ""
            refusal = refusal or said
        return [], refusal

    def _starts(self, gap: Span) -> Iterator[datetime]:
        """The step that is running, and the next one, within the quarter of an hour."""
        step = self.rules.step.value if self.rules.step else _STEP
        local = to_local(self.now, self.rules.zone)
        running = self.now - (local - datetime.combine(local.date(), time.min)) % step
        for start in (max(running, gap.starts_at), running + step):
            if self.now - LATE_START <= start <= self.now + LATE_START:
                yield start

    def _offers_from(self, start: datetime, gap: Span) -> tuple[list[Offer], str]:
        offers, refusal = [], ""
        for minutes in LENGTHS:
            span = Span(start, start + minutes * _MINUTE)
            if span.ends_at > gap.ends_at:
                break
            broken = refusal_of(self.room, span, now=self.now, until=self.until)
            if broken is None:
                offers.append(Offer(minutes, span))
            else:
                refusal = refusal or str(broken)
        return offers, refusal

    # -- taken ---------------------------------------------------------------------------------

    def _longer(self) -> Iterator[Offer]:
        if self.current is None or self.room.state != Room.State.OPEN:
            return
        busy = self._busy(besides=self.current)
        next_at = min(
            (since for since, until in busy if until > self.current.ends_at), default=None
        )
        for minutes in LENGTHS:
            span = Span(self.current.starts_at, self.current.ends_at + minutes * _MINUTE)
            if (next_at is None or span.ends_at <= next_at) and self._may_become(span):
                yield Offer(minutes, span)

    def _end(self) -> Span | None:
        """The shortest time from its start to now or later that the rules allow."""
        if self.current is None:
            return None
        span = Span(self.current.starts_at, max(self.moment, self.current.starts_at + _MINUTE))
        broken = refusal_of(
            self.room, span, now=self.now, until=self.until, keeps_start=True, ends_early=True
        )
        shortest = span if broken is None else broken.nearest
        return shortest if shortest and shortest.ends_at < self.current.ends_at else None

    def _may_become(self, span: Span) -> bool:
        broken = refusal_of(self.room, span, now=self.now, until=self.until, keeps_start=True)
        return broken is None


def offer_of(offers: Sequence[Offer], minutes: int) -> Offer | None:
    """The offer of so many minutes, if it is still made."""
    return next((offer for offer in offers if offer.minutes == minutes), None)
