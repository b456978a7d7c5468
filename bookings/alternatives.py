"""What to offer somebody whose room is taken: other rooms then, and other times there."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from bookings.claims import Window, blocks_within
from bookings.house_rules.checking import allowed, closed_to
from bookings.house_rules.reading import with_rules
from bookings.models import Room
from bookings.recurrence import to_instant, to_local
from bookings.rules import LONGEST_BOOKING
from bookings.spans import EPOCH, MARK, Span, multirange
from tenants.models import Company
from tenants.planned import execute_planned
from tenants.prepared import Prepared
from tenants.scope import active_company_id

MOST_ROOMS = 5
MOST_TIMES = 3
MOST_CANDIDATES = 50  # rooms that are looked at, the nearest first
_SLACK = timedelta(days=1)  # no buffer is longer

# The blocks of a `room` that may touch what is asked about (`reach` gives the parameters). Few
# dates are longer than a day; only those are looked for further back, by an index of their own.
BLOCKS = """
             SELECT id, block_from, block_to FROM bookings_occurrence
              WHERE room_id = room.id AND blocks
                AND starts_at > %(since)s AND starts_at < %(until)s
             UNION ALL
             SELECT id, block_from, block_to FROM bookings_occurrence
              WHERE company_id = %(company)s AND room_id = room.id AND blocks AND is_long
                AND starts_at > %(long_since)s AND starts_at <= %(since)s
             UNION ALL
             SELECT 0, block_from, block_to FROM bookings_hold
              WHERE room_id = room.id AND expires_at > %(now)s
                AND block_from < %(until)s AND block_to > %(since)s
"""

# Every span against every room, in one statement: two sets of ranges a room.
_TAKEN = f"""
    WITH want AS MATERIALIZED (
        SELECT n, s, e
          FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY
               AS want (s, e, n)
    )
    SELECT room.id, ARRAY(
               SELECT want.n - 1 FROM want
                WHERE busy.spans && tstzrange(want.s - room.buffer_before,
                                              want.e + room.buffer_after))
      FROM bookings_room AS room
     CROSS JOIN LATERAL (
         SELECT range_agg(tstzrange(taken.block_from, taken.block_to)) AS spans
           FROM ({BLOCKS}) AS taken WHERE NOT taken.id = ANY(%(besides)s::bigint[])
     ) AS busy
     WHERE room.company_id = %(company)s AND room.id = ANY(%(rooms)s::int[])
"""  # noqa: S608  constant text


# Other open rooms with enough seats: near before far, alike before different (`_farness`).
_NEAR = f"""
    SELECT id, buffer_before, buffer_after FROM bookings_room
     WHERE company_id = %(company)s AND state = 'open' AND capacity >= %(seats)s AND id <> %(room)s
     ORDER BY building_id <> %(building)s, floor_id IS DISTINCT FROM %(floor)s,
              abs(capacity - %(capacity)s), id
     LIMIT {MOST_CANDIDATES}
"""  # noqa: S608  constant text

# The first of them that nobody has: it looks no further than it has to.
_FREE = f"""
    SELECT room.id FROM ({_NEAR}) AS room
     WHERE NOT EXISTS (
        SELECT FROM ({BLOCKS}) AS taken
         WHERE tstzrange(taken.block_from - room.buffer_after, taken.block_to + room.buffer_before)
               && %(spans)s::tstzmultirange
           AND NOT taken.id = ANY(%(besides)s::bigint[]))
     LIMIT {MOST_ROOMS}
"""  # noqa: S608  constant text


@dataclass(frozen=True)
class Alternative:
    """A room and a time that are free at this moment; of a series, its first date."""

    room: Room
    span: Span


def alternatives(
    *,
    company: Company,
    room: Room,
    spans: Sequence[Span],
    seats: int = 1,
    besides: Collection[int] = (),
) -> list[Alternative]:
    """Rooms that are free at all these times, then (for a single time) other times that day.

    Dates whose ids are in `besides` do not count as taken: the one that is being moved.
    """
    free = _free_rooms(company, room, spans, seats, besides)
    offers = [Alternative(other, spans[0]) for other in free]
    if len(spans) == 1:
        (times,) = near_times(company, [(room, spans[0])], besides=besides)
        offers += [Alternative(room, span) for span in times]
    return offers


def _free_rooms(
    company: Company, room: Room, spans: Sequence[Span], seats: int, besides: Collection[int]
) -> list[Room]:
    """The nearest rooms that nobody has and whose rules allow it; one query if all of them do."""
    at = {"now": timezone.now(), "until": company.bookable_until}

    def is_allowed(other: Room) -> bool:
        return len(allowed(other, spans, **at)) == len(spans)

    found = _nearest_free(room, spans, seats, besides)
    if len(found) < MOST_ROOMS or all(map(is_allowed, found)):
        return [*filter(is_allowed, found)]
    rooms = near_rooms(room, seats=seats)
    taken = taken_spans(rooms, spans, besides=besides)
    return [other for other in rooms if not taken[other.pk] and is_allowed(other)][:MOST_ROOMS]


def near_rooms(room: Room, *, seats: int) -> list[Room]:
    """Other open rooms with enough seats: near before far, alike before different."""
    return sorted(_NEAR_ROOMS.all(*_place_of(room, seats)), key=partial(_farness, room))


def _nearest_free(
    room: Room, spans: Sequence[Span], seats: int, besides: Collection[int]
) -> list[Room]:
    """The first of `near_rooms` that nobody has at any of these times, whatever their rules."""
    about = {**reach(spans), "spans": multirange(spans), "besides": [*besides]}
    found = _FREE_ROOMS.all(*_place_of(room, seats), *(about[name] for name in _ABOUT))
    return sorted(found, key=partial(_farness, room))


def _farness(room: Room, other: Room) -> tuple[bool, bool, int, int]:
    elsewhere = other.building_id != room.building_id, other.floor_id != room.floor_id
    return *elsewhere, abs(other.capacity - room.capacity), other.pk


def _place_of(room: Room, seats: int) -> tuple[int | None, ...]:
    return seats, room.pk, room.building_id, room.floor_id, room.capacity


def _rooms_among(ids: str, names: Sequence[str], *values: Any) -> QuerySet[Room]:
    """Rooms with their rules whose ids a statement with named parameters finds."""
    about = {"company": active_company_id(), **dict(zip(names, values, strict=True))}
    parameters = [about[name] for name in _NAME.findall(ids)]
    found = RawSQL(_NAME.sub("%s", ids), parameters)  # noqa: S611  constant text
    rooms: QuerySet[Room] = with_rules(Room.objects.select_related("building", "floor"))
    return rooms.filter(pk__in=found)


_NAME = re.compile(r"%\((\w+)\)s")
_PLACE = ("seats", "room", "building", "floor", "capacity")
_ABOUT = ("since", "until", "long_since", "now", "spans", "besides")
_IDS = f"SELECT id FROM ({_NEAR}) AS room"  # noqa: S608  constant text
_NEAR_ROOMS = Prepared(partial(_rooms_among, _IDS, _PLACE), 101, 102, 103, 104, 105)
_FREE_ROOMS = Prepared(
    partial(_rooms_among, _FREE, (*_PLACE, *_ABOUT)), 101, 102, 103, 104, 105,
    *(EPOCH + timedelta(days=number) for number in range(4)), "spans", ["besides"],
)  # fmt: skip


def taken_spans(
    rooms: Iterable[Room], spans: Sequence[Span], *, besides: Collection[int] = ()
) -> dict[int, set[int]]:
    """By room id, the numbers of the spans at which the room cannot be had; buffers count."""
    with connection.cursor() as cursor:
        execute_planned(
            cursor,
            _TAKEN,
            {
                **reach(spans),
                "rooms": [room.pk for room in rooms],
                "starts": [span.starts_at for span in spans],
                "ends": [span.ends_at for span in spans],
                "besides": list(besides),
            },
        )
        return {pk: set(numbers) for pk, numbers in cursor.fetchall()}


def reach(spans: Iterable[Span]) -> dict[str, Any]:
    """The parameters of BLOCKS: whose, and when a date may start whose block touches these."""
    spans = list(spans)
    first = min(span.starts_at for span in spans)
    return {
        "company": active_company_id(),
        "since": first - _SLACK * 2,
        "long_since": first - _SLACK - LONGEST_BOOKING,
        "until": max(span.ends_at for span in spans) + _SLACK,
        "now": timezone.now(),  # what was held before is held no more
    }


def near_times(
    company: Company, wishes: Sequence[tuple[Room, Span]], *, besides: Collection[int] = ()
) -> list[list[Span]]:
    """For each wish the nearest free times in its room that day, in one query."""
    now = timezone.now()
    days = [_open_hours(company, room, span, now) for room, span in wishes]
    windows = [Window(room.pk, *day) for (room, _span), day in zip(wishes, days, strict=True)]
    busy = _busy_by_room(windows, besides)
    found = []
    for (room, span), day in zip(wishes, days, strict=True):
        shut = closed_to(room, Span(*day), now=now)
        unfree = sorted([*_on_day(busy[room.pk], room, day), *shut])
        starts = near_starts(unfree, span, *day)
        times = [Span(start, start + span.length) for start in starts]
        possible = allowed(room, times, now=now, until=company.bookable_until)
        found.append([times[number] for number in sorted(possible)])
    return found


def _busy_by_room(
    windows: Sequence[Window], besides: Collection[int]
) -> dict[int, list[tuple[datetime, datetime]]]:
    busy = defaultdict(list)
    for room_id, *block in blocks_within(windows, besides=besides):
        busy[room_id].append((block[0], block[1]))
    return busy


def _on_day(
    busy: Sequence[tuple[datetime, datetime]], room: Room, day: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """What leaves no time for a booking with the room's buffers, of one day."""
    first = bisect_right(busy, day[0], key=lambda block: block[1])
    return [
        (since - room.buffer_after, until + room.buffer_before)
        for since, until in takewhile(lambda block: block[0] < day[1], busy[first:])
    ]


def near_starts(
    busy: Sequence[tuple[datetime, datetime]], wanted: Span, opens: datetime, closes: datetime
) -> list[datetime]:
    """The starts nearest to the wanted one, one for each gap of the day, in order.

    `busy` is sorted by its starts.
    """
    starts = (nearest_start(gap, wanted) for gap in gaps_between(busy, Span(opens, closes)))
    fitting = [start for start in starts if start is not None]
    nearest = sorted(fitting, key=lambda start: abs(start - wanted.starts_at))
    return sorted(nearest[:MOST_TIMES])


def meets(span: Span, others: Iterable[Span]) -> bool:
    """Whether a time overlaps any of the others."""
    return any(o.starts_at < span.ends_at and span.starts_at < o.ends_at for o in others)


def gaps_between(busy: Iterable[tuple[datetime, datetime]], within: Span) -> Iterator[Span]:
    """What is left of a time; `busy` is sorted by its starts."""
    edges = [(within.starts_at,) * 2, *busy, (within.ends_at,) * 2]
    free_from = within.starts_at
    for (_since, until), (since, _until) in pairwise(edges):
        free_from, free_until = max(free_from, until), min(since, within.ends_at)
        if free_from < free_until:
            yield Span(free_from, free_until)


def nearest_start(gap: Span, wanted: Span, *, mark: timedelta = MARK) -> datetime | None:
    """The start in a gap that is nearest to the wanted one, on a mark unless it is that one."""
    latest = gap.ends_at - wanted.length
    start = min(max(wanted.starts_at, gap.starts_at), latest)
    if start > wanted.starts_at:
        start += (EPOCH - start) % mark
    elif start < wanted.starts_at:
        start -= (start - EPOCH) % mark
    return start if gap.starts_at <= start <= latest else None


def _open_hours(
    company: Company, room: Room, span: Span, now: datetime
) -> tuple[datetime, datetime]:
    """The hours from now on in which people work on a wish's day, or to midnight where it is
    outside of them."""
    zone = ZoneInfo(room.zone_name)
    day = to_local(span.starts_at, zone).date()
    opens = to_instant(datetime.combine(day, company.working_from), zone)
    closes = to_instant(datetime.combine(day, company.working_until), zone)
    if span.starts_at < opens:
        opens = to_instant(datetime.combine(day, time()), zone)
    if span.ends_at > closes:
        closes = to_instant(datetime.combine(day + timedelta(days=1), time()), zone)
    return max(opens, min(now, closes)), closes
