"""The figures of a report: pure. All times are by the clock on each room's own wall.

What was booked of the time that rooms are meant to be used is a share; what lies outside of that
is counted by itself. Thousands of meetings have few different places in the week, so each such
place is looked at once.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date  # noqa: N812  a field has its name
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from bookings.house_rules.hours import MINUTES
from bookings.house_rules.values import Hours
from bookings.recurrence.wall_clock import to_instant
from bookings.spans import EPOCH, Span
from bookings.usage.reading import Meeting, UsedRoom

HOUR = 60  # minutes
THURSDAY = 3  # the weekday of 1 January 1970
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)

# How long ahead, in minutes: each bucket ends where the next begins; the last has no end.
AHEAD = (0, 15, HOUR, 4 * HOUR, MINUTES, 3 * MINUTES, 7 * MINUTES, 28 * MINUTES)


@dataclass(frozen=True)
class Period:
    """The dates of a report, both included."""

    first: Date
    last: Date

    @cached_property
    def minutes(self) -> tuple[int, int]:
        """The minutes on a wall clock since 1970 from the first date's midnight to the last's."""
        first, after = ((day - EPOCH.date()).days for day in (self.first, self.last + _DAY))
        return first * MINUTES, after * MINUTES

    def weekdays(self) -> Counter[int]:
        """How many of each weekday (Monday: 0) it has."""
        days = range((self.last - self.first).days + 1)
        return Counter((self.first.weekday() + day) % 7 for day in days)

    def around(self, rooms: Iterable[UsedRoom]) -> Span:
        """The instants in which any of the rooms has one of the dates."""
        zones = {room.zone for room in rooms}
        starts, ends = (datetime.combine(day, time.min) for day in (self.first, self.last + _DAY))
        return Span(
            min(to_instant(starts, zone) for zone in zones),
            max(to_instant(ends, zone) for zone in zones),
        )


@dataclass
class Tally:
    """Minutes: meant to be used, booked within that, and booked outside of it."""

    meant: int = 0
    within: int = 0
    outside: int = 0
    meetings: int = 0

    @property
    def booked(self) -> int:
        return self.within + self.outside

    @property
    def share(self) -> float | None:
        """Of one; None where nothing was meant to be used."""
        return self.within / self.meant if self.meant else None


@dataclass
class Usage:
    """What became of a period."""

    all: Tally = field(default_factory=Tally)
    rooms: list[tuple[UsedRoom, Tally]] = field(default_factory=list)  # the most used first
    hours: dict[tuple[int, int], Tally] = field(default_factory=dict)  # by weekday and hour
    ahead: list[int] = field(default_factory=lambda: [0] * len(AHEAD))  # bookings, by bucket


@dataclass(frozen=True)
class _Part:
    """Minutes of a weekday, and whether a room was meant to be used in them."""

    is_within: bool
    since: int
    until: int


def usage_of(rooms: Sequence[UsedRoom], meetings: Iterable[Meeting], period: Period) -> Usage:
    """The figures of a period. Closed rooms count only where they were booked."""
    by_room: dict[int, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        by_room[meeting.room_id].append(meeting)
    usage, weekdays = Usage(hours=defaultdict(Tally)), period.weekdays()
    clocks = {room.zone: _Clock(room.zone) for room in rooms}
    alike: Counter[Hours] = Counter()  # rooms with the same hours
    places: Counter[tuple[Hours, int, int, int]] = Counter()
    for room in rooms:
        if not (room.is_open or by_room[room.pk]):
            continue
        tally = Tally(meant=_meant(room.hours, weekdays))
        for meeting in by_room[room.pk]:
            _count(meeting, room, clocks[room.zone], period, tally, usage.ahead, places)
        if room.is_open or tally.meetings:
            alike[room.hours] += 1
            usage.rooms.append((room, tally))
    _fill_hours(usage, alike, places, weekdays)
    for name in vars(usage.all):
        setattr(usage.all, name, sum(getattr(tally, name) for _room, tally in usage.rooms))
    usage.rooms.sort(key=lambda each: (-(each[1].share or 0), -each[1].booked))
    return usage


def _count(
    meeting: Meeting,
    room: UsedRoom,
    clock: "_Clock",
    period: Period,
    tally: Tally,
    ahead: list[int],
    places: Counter[tuple[Hours, int, int, int]],
) -> None:
    """Adds a meeting to the figures of its room, of all bookings, and of the places in the week."""
    begin, stop = period.minutes
    start, end = max(clock.local(meeting.starts), begin), min(clock.local(meeting.ends), stop)
    if start >= end:
        return
    tally.meetings += 1
    if meeting.ahead is not None:
        ahead[max(bisect_right(AHEAD, meeting.ahead) - 1, 0)] += 1
    while start < end:
        day, since = divmod(start, MINUTES)
        place = (room.hours, (day + THURSDAY) % 7, since, min(end - day * MINUTES, MINUTES))
        places[place] += 1
        within, outside = _split(*place)
        tally.within += within
        tally.outside += outside
        start = (day + 1) * MINUTES


def _fill_hours(
    usage: Usage,
    alike: Counter[Hours],
    places: Counter[tuple[Hours, int, int, int]],
    weekdays: Counter[int],
) -> None:
    for hours, rooms in alike.items():
        for weekday, days in weekdays.items():
            for hour, minutes in _hours(*hours[weekday]):
                usage.hours[weekday, hour].meant += minutes * days * rooms
    for place, times in places.items():
        for part in _parts(*place):
            name = "within" if part.is_within else "outside"
            for hour, minutes in _hours(part.since, part.until):
                tally = usage.hours[place[1], hour]
                setattr(tally, name, getattr(tally, name) + minutes * times)


def _meant(hours: Hours, weekdays: Counter[int]) -> int:
    return sum((closes - opens) * weekdays[day] for day, (opens, closes) in enumerate(hours))


@lru_cache(maxsize=10_000)
def _split(hours: Hours, weekday: int, since: int, until: int) -> tuple[int, int]:
    """The minutes of a time of a day within opening hours, and outside."""
    parts = _parts(hours, weekday, since, until)
    within = sum(part.until - part.since for part in parts if part.is_within)
    return within, until - since - within


def _parts(hours: Hours, weekday: int, since: int, until: int) -> list[_Part]:
    """A time of a day, cut where a room opens and closes."""
    opens, closes = hours[weekday]
    parts = (
        _Part(False, since, min(until, opens)),
        _Part(True, max(since, opens), min(until, closes)),
        _Part(False, max(since, closes), until),
    )
    return [part for part in parts if part.since < part.until]


def _hours(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The hours of a day that a time touches, each with its minutes."""
    while since < until:
        hour = since // HOUR
        end = min(until, (hour + 1) * HOUR)
        yield hour, end - since
        since = end


class _Clock:
    """The clock on a wall: minutes since 1970 in UTC, and the same where it hangs."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._of_day: dict[int, int | None] = {}  # what it is ahead on a day; None: it changes

    def local(self, minute: int) -> int:
        day = minute // MINUTES
        if day not in self._of_day:
            first, last = self._ahead(day * MINUTES), self._ahead((day + 1) * MINUTES)
            self._of_day[day] = first if first == last else None
        ahead = self._of_day[day]
        return minute + (self._ahead(minute) if ahead is None else ahead)

    def _ahead(self, minute: int) -> int:
        at = datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone)
        return (at.utcoffset() or timedelta()) // _MINUTE
