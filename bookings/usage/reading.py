"""What a report of usage is made from: the rooms, and one line for each date that had one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from bookings.house_rules.hours import MINUTES
from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Hours
from bookings.models import LONG, Room
from bookings.rules import LONGEST_BOOKING
from bookings.shown import ShownRoom, shown_rooms
from bookings.spans import Span
from tenants.models import Company, Member
from tenants.scope import active_company_id

# A date of a rule was not decided on by itself, and when something was booked in Google is not
# known here: neither tells how long ahead people book.
_AHEAD = """
    CASE WHEN booking.origin = 'roomly' AND booking.split_from_id IS NULL
          AND date.original_start = booking.dtstart_local
         THEN floor(extract(epoch FROM date.starts_at - booking.created_at) / 60)::int END
"""
_BEGUN = """
    SELECT room_id, booking_id, original_start, starts_at, ends_at FROM bookings_occurrence
     WHERE company_id = %(company)s AND blocks AND ends_at > %(start)s
"""
# In two halves, as `bookings.shown` does: few are longer than a day.
_MEETINGS = f"""
    SELECT date.room_id, floor(extract(epoch FROM date.starts_at) / 60)::int,
           ceil(extract(epoch FROM date.ends_at) / 60)::int, {_AHEAD}
      FROM ({_BEGUN} AND starts_at > %(lately)s AND starts_at < %(end)s
            UNION ALL
            {_BEGUN} AND is_long AND starts_at > %(long_ago)s AND starts_at <= %(lately)s
           ) AS date
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
"""  # noqa: S608  constant text


class Meeting(NamedTuple):
    """A date that had its room. All in minutes, its times since 1970 in UTC: a report has
    thousands. `ahead` is how long before it was booked, where that is known."""

    room_id: int
    starts: int
    ends: int
    ahead: int | None


@dataclass(frozen=True)
class UsedRoom:
    """A room as a report counts it: `hours` are when it is meant to be used, by its own clock."""

    pk: int
    name: str
    building: str
    is_open: bool
    zone: ZoneInfo
    hours: Hours


def used_rooms(company: Company, member: Member, now: datetime) -> list[UsedRoom]:
    """All rooms of the active company in the order of its buildings, in one query.

    A room without opening hours is meant to be used in the company's working hours.
    """
    working = working_week(company)
    return [_used_room(room, working) for room in shown_rooms(now, member=member.pk)]


def working_week(company: Company) -> Hours:
    """The company's working hours in the form of opening hours."""
    opens, closes = (_minute(at) for at in (company.working_from, company.working_until))
    days = company.working_days
    return tuple((opens, closes) if day in days else (0, 0) for day in range(1, 8))


def _used_room(room: ShownRoom, working: Hours) -> UsedRoom:
    rules = rules_of(room)
    return UsedRoom(
        pk=room.pk,
        name=room.name,
        building=room.building,
        is_open=room.state == Room.State.OPEN,
        zone=rules.zone,
        hours=rules.opening_hours.value if rules.opening_hours else working,
    )


def _minute(at: time) -> int:
    """Minutes after midnight; a day that ends a second before midnight ends with it."""
    return MINUTES if at >= time(23, 59) else at.hour * 60 + at.minute


def meetings_within(span: Span) -> list[Meeting]:
    """Every date of the active company that has a room in a time, in one query."""
    asked: Mapping[str, Any] = {
        "company": active_company_id(),
        "start": span.starts_at,
        "end": span.ends_at,
        "lately": span.starts_at - LONG,
        "long_ago": span.starts_at - LONGEST_BOOKING,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEETINGS, asked)
        return [*map(Meeting._make, cursor.fetchall())]
