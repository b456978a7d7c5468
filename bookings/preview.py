"""What a draft would book, date by date, before anything is written.

The number of queries is the same for one date and for a thousand, in one room or in fifty.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.alternatives import MOST_ROOMS, near_rooms, near_times, taken_spans
from bookings.claims import clashes_of
from bookings.drafts import Actor, Choice, Draft
from bookings.edits.choosing import choose, is_left_out
from bookings.errors import InvalidRule, OutsideRules, RuleBroken
from bookings.house_rules.checking import allowed, refusals_of
from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Rules
from bookings.models import Occurrence, Room
from bookings.new_booking import check_draft, unsaved_booking, wanted_places, wanted_series
from bookings.occurrences import check_apart, check_open, new_occurrences
from bookings.recurrence import (
    Place,
    Series,
    expand,
    is_repeated,
    is_skipped,
    place_at,
    to_local,
)
from bookings.recurrence.words import rule_words
from bookings.rules import check_times
from bookings.spans import Span
from tenants.models import Company

RESOURCE_CALENDAR = "@resource.calendar.google.com"
GOOGLE_TOLERATES = 8  # taken dates of a series, before a room of Google's declines all of it


class State(StrEnum):
    """Whether a date can be booked."""

    FREE = "free"
    TAKEN = "taken"
    OUTSIDE = "outside"  # of the rules about times and rooms


@dataclass(frozen=True, kw_only=True)
class DatePreview:
    """One date as it would be, and what else is possible where it cannot be booked.

    `occurrence` is not stored; cancelled is a date that was chosen to be left out. `conflicts`
    are not masked. What is taken, or against the rules of its room alone, `can_be_moved`. The wall
    clock of the series skips or repeats the time of a date that was `moved_by_clock`; one where the
    `hour_differs` has another hour on the room's wall than most.
    """

    occurrence: Occurrence
    state: State
    reason: str = ""
    can_be_moved: bool = False
    conflicts: Sequence[Occurrence] = ()
    moved_by_clock: bool = False
    hour_differs: bool = False
    rooms: Sequence[Room] = ()
    times: Sequence[Span] = ()


@dataclass(frozen=True)
class RoomPreview:
    """A candidate, and how many of the dates it is free for."""

    room: Room
    free: int


@dataclass(frozen=True)
class BookingPreview:
    """All of what a draft would book. `start_moved` is the first date where the wish was off the
    rule; `google_declines` if the room's own calendar would refuse the series by itself."""

    dates: list[DatePreview]
    rooms: list[RoomPreview]
    words: str
    start_moved: datetime | None
    google_declines: bool


def preview_booking(
    *,
    by: Actor,
    company: Company,
    room: Room,
    draft: Draft,
    choices: Sequence[Choice] = (),
    candidates: Sequence[Room] | None = None,
) -> BookingPreview:
    """What `create_booking` would make of the same arguments; nothing is written.

    `candidates` are the rooms to compare with and to offer; by default the nearest with enough
    seats. Raises what create_booking raises for a draft that is wrong whatever its dates.
    """
    now = timezone.now()
    check_draft(draft)
    series = wanted_series(draft)
    booking = unsaved_booking(room, draft, series, by, now)
    places = wanted_places(draft, series, company.bookable_until)
    rows = new_occurrences(booking, [*places, *_later_places(series, places, company)], now)
    if not rows:
        raise InvalidRule(_("This rule has no date that can be booked."))
    choose(rows, choices, now=now, until=company.bookable_until)
    check_apart(rows)
    if candidates is None:
        candidates = near_rooms(room, seats=len(draft.attendees) + 1)
    dates, rooms = preview_dates(rows, company=company, room=room, candidates=candidates, by=by)
    start = to_local(draft.starts_at, series.zone)
    return BookingPreview(
        dates=dates,
        rooms=rooms,
        words=rule_words(series),
        start_moved=(
            None
            if series.dtstart_local == start
            else place_at(series, series.dtstart_local).starts_at
        ),
        google_declines=google_declines(room, dates),
    )


def preview_dates(
    rows: Sequence[Occurrence],
    *,
    company: Company,
    room: Room,
    candidates: Sequence[Room],
    besides: Collection[int] = (),
    by: Actor | None = None,
) -> tuple[list[DatePreview], list[RoomPreview]]:
    """Looks at dates as they would be, in at most four queries, and at the candidates for them.

    `room` is the one of the series. Dates whose ids are in `besides` are in nobody's way.
    """
    now = timezone.now()
    late = {row.public_id: _time_refusal(row, company, now) for row in rows}
    possible = [row for row in rows if not late[row.public_id]]
    at = {"now": now, "until": company.bookable_until}
    ruled_out = refusals_of([row for row in possible if not is_left_out(row)], **at)
    in_rules = [row for row in possible if row.public_id not in ruled_out]
    wanted = [row for row in in_rules if not _room_refusal(row)]
    clashes = clashes_of(wanted, besides=besides, by=by)
    spans = [_span(row) for row in possible]
    taken = _unfit(candidates, spans, besides, **at)
    wishes = {clash.wanted.public_id: (clash.wanted.room, _span(clash.wanted)) for clash in clashes}
    wishes |= {key: (no.room, no.nearest) for key, no in ruled_out.items() if no.nearest}
    looked = _Looked(
        room=room,
        late=late,
        ruled_out=ruled_out,
        conflicts={clash.wanted.public_id: clash.conflicts for clash in clashes},
        numbers={row.public_id: number for number, row in enumerate(possible)},
        candidates=candidates,
        taken=taken,
        times=_free_times(company, wishes, besides),
        usual=_usual_difference(rows, room),
    )
    free = [len(spans) - len(taken.get(other.pk, ())) for other in candidates]
    rooms = [RoomPreview(*pair) for pair in zip(candidates, free, strict=True)]
    return [looked.at(row) for row in rows], rooms


def google_declines(room: Room, dates: Iterable[DatePreview]) -> bool:
    """Whether the room's own calendar in Google would refuse a series of these dates by itself."""
    states = Counter(
        date.state
        for date in dates
        if date.occurrence.room_id == room.pk and not is_left_out(date.occurrence)
    )
    return is_declined(room, taken=states[State.TAKEN], free=states[State.FREE])


def is_declined(room: Room, *, taken: int, free: int) -> bool:
    """Whether the room of a Workspace would refuse a series with so many dates taken and free.

    Google's rule of thumb: more than eight dates are taken, or fewer than half are free.
    """
    is_resource = room.google_calendar_id.endswith(RESOURCE_CALENDAR)
    return is_resource and taken + free > 1 and (taken > GOOGLE_TOLERATES or free < taken)


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """What the queries told about dates, by public id; spans are `taken` by their number."""

    room: Room
    late: dict[UUID, str]
    ruled_out: dict[UUID, RuleBroken]
    conflicts: dict[UUID, list[Occurrence]]
    numbers: dict[UUID, int]
    candidates: Sequence[Room]
    taken: dict[int, set[int]]
    times: dict[UUID, list[Span]]
    usual: timedelta

    def at(self, row: Occurrence) -> DatePreview:
        key = row.public_id
        reason = self.late[key] or _room_refusal(row) or str(self.ruled_out.get(key, ""))
        conflicts = self.conflicts.get(key, [])
        free = not reason and not conflicts
        return DatePreview(
            occurrence=row,
            state=State.OUTSIDE if reason else State.TAKEN if conflicts else State.FREE,
            reason=reason,
            can_be_moved=bool(conflicts) or key in self.ruled_out,
            conflicts=conflicts,
            moved_by_clock=_is_moved_by_clock(row),
            hour_differs=_difference(row, self.room) != self.usual,
            rooms=[] if free else list(islice(self._free_rooms(row), MOST_ROOMS)),
            times=self.times.get(key, []),
        )

    def _free_rooms(self, row: Occurrence) -> Iterator[Room]:
        number = self.numbers.get(row.public_id)
        if number is not None:
            for other in self.candidates:
                if other.pk != row.room_id and number not in self.taken[other.pk]:
                    yield other


def _unfit(
    candidates: Sequence[Room],
    spans: Sequence[Span],
    besides: Collection[int],
    *,
    now: datetime,
    until: datetime,
) -> dict[int, set[int]]:
    """By room id, the numbers of the spans at which a candidate is taken, or does not allow it."""
    if not spans:
        return {}
    unfit, numbers = taken_spans(candidates, spans, besides=besides), {*range(len(spans))}
    known: dict[Rules, set[int]] = {}  # most rooms have the rules of their building
    for room in candidates:
        rules = rules_of(room)
        if rules not in known:
            known[rules] = numbers - allowed(room, spans, now=now, until=until)
        unfit[room.pk] |= known[rules]
    return unfit


def _free_times(
    company: Company, wishes: Mapping[UUID, tuple[Room, Span]], besides: Collection[int]
) -> dict[UUID, list[Span]]:
    """The free times nearest to wishes, by the dates whose they are."""
    if not wishes:
        return {}
    times = near_times(company, [*wishes.values()], besides=besides)
    return dict(zip(wishes, times, strict=True))


def _span(row: Occurrence) -> Span:
    return Span(row.starts_at, row.ends_at)


def _time_refusal(row: Occurrence, company: Company, now: datetime) -> str:
    """Why nobody can book this time in any room; empty if they can."""
    if row.starts_at >= company.bookable_until:
        opens = max(row.starts_at - timedelta(days=company.horizon_days), now)
        day = to_local(opens, ZoneInfo(row.room.zone_name))
        return _("Bookings for this day open on %(date)s.") % {"date": f"{day:%Y-%m-%d}"}
    return _refused(
        partial(
            check_times,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            now=now,
            until=company.bookable_until,
        )
    )


def _room_refusal(row: Occurrence) -> str:
    return _refused(partial(check_open, row.room))


def _refused(check: Callable[[], None]) -> str:
    try:
        check()
    except OutsideRules as error:
        return str(error)
    return ""


def _is_moved_by_clock(row: Occurrence) -> bool:
    zone = ZoneInfo(row.booking.timezone)
    local = row.original_start
    return is_skipped(local, zone) or is_repeated(local, zone)


def _usual_difference(rows: Iterable[Occurrence], room: Room) -> timedelta:
    """By how much the room's wall clock usually differs from the series' own."""
    ((usual, _times),) = Counter(_difference(row, room) for row in rows).most_common(1)
    return usual


def _difference(row: Occurrence, room: Room) -> timedelta:
    on_the_wall = to_local(row.starts_at, ZoneInfo(room.zone_name))
    return on_the_wall - to_local(row.starts_at, ZoneInfo(row.booking.timezone))


def _later_places(series: Series, places: Sequence[Place], company: Company) -> list[Place]:
    """Places beyond the horizon, of which there are rows once it comes to them: of a series with
    an end those of as many days again, else the first if there is no other."""
    rule = series.rule
    until = company.bookable_until
    if not series.recurrence or (rule and rule.count is None and rule.until is None):
        return [] if places else [place_at(series, series.dtstart_local)]
    return expand(series, until, until + timedelta(days=company.horizon_days))
