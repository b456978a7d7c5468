"""What to offer somebody whose room is taken: other rooms then, and later times there."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import connection

from bookings.drafts import Draft
from bookings.models import Occurrence, Room
from bookings.recurrence import Series, expand, parse_recurrence, to_instant, to_local
from bookings.rules import LONGEST_BOOKING
from tenants.models import Company
from tenants.scope import active_company_id

MOST_ROOMS = 5
MOST_TIMES = 3
MARK = timedelta(minutes=15)  # offered times start on a quarter of an hour

_FREE_ROOMS = """
    SELECT room.id FROM bookings_room AS room
     WHERE room.company_id = %(company)s AND room.id <> %(room)s
       AND room.state = 'open' AND room.capacity >= %(seats)s
       AND NOT EXISTS (
           SELECT FROM bookings_occurrence AS taken
             JOIN unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS want (s, e)
               ON taken.block_from < want.e + room.buffer_after
              AND taken.block_to > want.s - room.buffer_before
            WHERE taken.room_id = room.id AND taken.blocks
              AND taken.starts_at > %(since)s AND taken.starts_at < %(until)s
              AND NOT taken.id = ANY(%(besides)s::bigint[]))
"""


@dataclass(frozen=True)
class Span:
    """A time that is wanted: instants, the end excluded."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True)
class Alternative:
    """A room and a time that are free at this moment; of a series, its first date."""

    room: Room
    span: Span


def spans_of(draft: Draft, until: datetime) -> list[Span]:
    """The times that a draft asks for, up to an instant."""
    if not draft.recurrence:
        return [Span(draft.starts_at, draft.ends_at)]
    series = Series(
        dtstart_local=to_local(draft.starts_at, ZoneInfo(draft.timezone)),
        timezone=draft.timezone,
        duration=draft.ends_at - draft.starts_at,
        recurrence=parse_recurrence(draft.recurrence, draft.timezone),
    )
    return [
        Span(place.starts_at, place.ends_at) for place in expand(series, draft.starts_at, until)
    ]


def alternatives(
    *,
    company: Company,
    room: Room,
    spans: Sequence[Span],
    seats: int = 1,
    besides: Collection[int] = (),
) -> list[Alternative]:
    """Rooms that are free at all these times, then (for a single time) later times that day.

    Dates whose ids are in `besides` do not count as taken: the one that is being moved.
    """
    rooms = _free_rooms(room, spans, seats, besides)
    offers = [Alternative(other, spans[0]) for other in rooms]
    if len(spans) == 1:
        offers += [
            Alternative(room, span) for span in _later_times(company, room, spans[0], besides)
        ]
    return offers


def _free_rooms(
    room: Room, spans: Sequence[Span], seats: int, besides: Collection[int]
) -> list[Room]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FREE_ROOMS,
            {
                "company": active_company_id(),
                "room": room.pk,
                "seats": seats,
                "starts": [span.starts_at for span in spans],
                "ends": [span.ends_at for span in spans],
                "since": min(span.starts_at for span in spans) - LONGEST_BOOKING * 2,
                "until": max(span.ends_at for span in spans) + LONGEST_BOOKING,
                "besides": list(besides),
            },
        )
        free = [pk for (pk,) in cursor.fetchall()]
    found: Iterable[Room] = Room.objects.filter(pk__in=free).select_related("building", "floor")
    return sorted(found, key=lambda other: _distance(room, other))[:MOST_ROOMS]


def _distance(room: Room, other: Room) -> tuple[bool, bool, int, int]:
    """Near before far, alike before different."""
    return (
        other.building_id != room.building_id,
        other.floor_id != room.floor_id,
        abs(other.capacity - room.capacity),
        other.pk,
    )


def _later_times(company: Company, room: Room, span: Span, besides: Collection[int]) -> list[Span]:
    until = _end_of_day(company, room, span)
    taken = (
        Occurrence.objects.get_queryset()
        .overlapping(span.starts_at - timedelta(days=1), until)
        .blocking()
        .filter(room=room)
        .exclude(pk__in=besides)
        .order_by("block_from")
        .values_list("block_from", "block_to")
    )
    busy = [(since - room.buffer_after, up_to + room.buffer_before) for since, up_to in taken]
    starts = free_starts(busy, span, until)
    return [Span(start, start + span.length) for start in islice(starts, MOST_TIMES)]


def _end_of_day(company: Company, room: Room, span: Span) -> datetime:
    """Closing time on the day of the wish, or midnight for somebody who works late anyway."""
    zone = ZoneInfo(room.zone_name)
    day = to_local(span.starts_at, zone).date()
    closing = to_instant(datetime.combine(day, company.working_until), zone)
    midnight = to_instant(datetime.combine(day + timedelta(days=1), time()), zone)
    return closing if span.ends_at <= closing else midnight


def free_starts(
    busy: Iterable[tuple[datetime, datetime]], wanted: Span, until: datetime
) -> Iterator[datetime]:
    """The first start in each gap, from the wanted one on, that leaves enough time before `until`.

    `busy` is sorted by its starts.
    """
    start = wanted.starts_at
    for taken_from, taken_to in busy:
        if start + wanted.length <= taken_from:
            yield start
        start = max(start, _next_mark(taken_to))
    if start + wanted.length <= until:
        yield start


def _next_mark(instant: datetime) -> datetime:
    over = timedelta(minutes=instant.minute, seconds=instant.second,
                     microseconds=instant.microsecond) % MARK  # fmt: skip
    return instant + (MARK - over if over else timedelta())
