"""When rooms are free for long enough: all rooms and all days in one statement.

A gap is where a booking may lie: the room's own buffers are taken off it already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from bookings.alternatives import BLOCKS, gaps_between, reach
from bookings.house_rules.checking import closed_to
from bookings.house_rules.reading import rules_of
from bookings.models import Room
from bookings.recurrence import to_instant, to_local
from bookings.spans import Span, multirange
from tenants.models import Company
from tenants.planned import execute_planned

_DAY = timedelta(days=1)

_GAPS = f"""
    SELECT room.id, lower(gap), upper(gap)
      FROM unnest(%(rooms)s::int[], %(zones)s::int[]) AS want (room_id, zone)
      JOIN bookings_room AS room
        ON room.company_id = %(company)s AND room.id = want.room_id
      JOIN unnest(%(hours)s::text[]) WITH ORDINALITY AS zone (hours, n) ON zone.n = want.zone
     CROSS JOIN LATERAL (
         SELECT range_agg(tstzrange(taken.block_from - room.buffer_after,
                                    taken.block_to + room.buffer_before)) AS spans
           FROM ({BLOCKS}) AS taken
     ) AS busy
     CROSS JOIN LATERAL unnest(
         zone.hours::tstzmultirange - %(without)s::text::tstzmultirange
             - coalesce(busy.spans, '{{}}'::tstzmultirange)
     ) AS gap
     WHERE upper(gap) - lower(gap) >= %(length)s
     ORDER BY room.id, gap
"""  # noqa: S608  constant text


def free_gaps(
    rooms: Iterable[Room],
    hours: Mapping[str, Sequence[Span]],
    *,
    length: timedelta,
    without: Iterable[Span] = (),
) -> dict[int, list[Span]]:
    """By room id, the times of at least this length that nobody has, in order.

    `hours` are those to look at, by the name of the room's zone; `without` are times of no use to
    the people who meet. A room that is never free has no entry.
    """
    rooms, zones = list(rooms), {name: number for number, name in enumerate(hours, 1)}
    asked = [span for spans in hours.values() for span in spans]
    if not rooms or not asked:
        return {}
    found: dict[int, list[Span]] = defaultdict(list)
    parameters: dict[str, Any] = {
        **reach(asked),
        "rooms": [room.pk for room in rooms],
        "zones": [zones[room.zone_name] for room in rooms],
        "hours": [multirange(spans) for spans in hours.values()],
        "without": multirange(without),
        "length": length,
    }
    with connection.cursor() as cursor:
        execute_planned(cursor, _GAPS, parameters)
        for room_id, since, until in cursor.fetchall():
            found[room_id].append(Span(since, until))
    return {room.pk: kept for room in rooms if (kept := _allowed(room, found[room.pk], length))}


def _allowed(room: Room, gaps: Sequence[Span], length: timedelta) -> list[Span]:
    """What the rules of a room leave of times that nobody has."""
    rules, now = rules_of(room), timezone.now()
    if rules.opening_hours is None and rules.notice is None:
        return [*gaps]
    return [
        part
        for gap in gaps
        for part in gaps_between(sorted(closed_to(room, gap, now=now)), gap)
        if part.length >= length
    ]


def working_hours(company: Company, zone_name: str, window: Span) -> list[Span]:
    """The parts of a window in which the company works, by the clocks of a zone."""
    zone = ZoneInfo(zone_name)
    day, last = (to_local(at, zone).date() for at in (window.starts_at, window.ends_at))
    hours = []
    while day <= last:
        if day.isoweekday() in company.working_days:
            opens, closes = (
                to_instant(datetime.combine(day, clock), zone)
                for clock in (company.working_from, company.working_until)
            )
            hours.append(Span(max(opens, window.starts_at), min(closes, window.ends_at)))
        day += _DAY
    return [span for span in hours if span.starts_at < span.ends_at]
