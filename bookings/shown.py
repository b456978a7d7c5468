"""What a calendar shows of a time, as slim values: a page has thousands, and models cost more.

They have the names of the models' fields, so that one rule serves both.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bookings.models.bookings import LONG
from bookings.rules import LONGEST_BOOKING
from bookings.sync_state import OUTBOX_STATE
from tenants.planned import execute_planned
from tenants.scope import active_company_id


class ShownBooking(NamedTuple):
    """What was booked; see `Booking`."""

    pk: int
    organizer_id: int | None
    visibility: str
    is_series: bool
    split_from_id: int | None
    rrule: str
    opaque: bool
    dtstart_local: datetime
    timezone: str
    days: int | None


class ShownDate(NamedTuple):
    """One of its dates; see `Occurrence`."""

    pk: int
    public_id: str
    room_id: int
    starts_at: datetime
    ends_at: datetime
    status: str
    transparent: bool
    room_response: str
    override_mask: int
    shown_title: str
    sync: str  # a value of Sync, as far as the outbox tells
    booking: ShownBooking

    @property
    def booking_id(self) -> int:
        return self.booking.pk


class ShownRoom(NamedTuple):
    """A room, where it is, what rules it and who holds it; see `Room` and `with_rules`."""

    pk: int
    company_id: int
    name: str
    capacity: int
    equipment: list[str]
    state: str
    zone_name: str
    building_id: int
    building: str
    floor_id: int | None
    floor: str | None
    company_ruling: str | None
    building_ruling: str | None
    own_ruling: str | None
    held: list[dict[str, str]]  # who, starts_at, ends_at, expires_at
    starred: bool  # by whoever looks


_DATES_BEGUN = """
    SELECT id, public_id, booking_id, room_id, original_start, starts_at, ends_at, status,
           transparent, room_response, override_mask, title
      FROM bookings_occurrence
     WHERE company_id = %(company)s
       AND status NOT IN ('cancelled', 'released') AND ends_at > %(start)s
"""
# Few are longer than a day: only those are looked for further back. In two halves, or PostgreSQL
# would expect half of all dates ever, and read the bookings of all of them. One look at each room,
# and at each booking, which OFFSET keeps as it is: a plan is made before it is known how few of the
# rooms are asked for, and after a first reading for a minute before it is known how many there are.
_DATES = f"""
    SELECT date.id, date.public_id::text, date.room_id, date.starts_at, date.ends_at, date.status,
           date.transparent, date.room_response, date.override_mask,
           coalesce(date.title, booking.title),
           {OUTBOX_STATE},
           booking.id, booking.organizer_id, booking.visibility,
           booking.rrule <> '' OR booking.rdates <> '{{}}' OR booking.opaque,
           booking.split_from_id, booking.rrule, booking.opaque, booking.dtstart_local,
           booking.timezone, booking.days
      FROM (SELECT begun.* FROM unnest(%(rooms)s::int[]) AS asked (room)
             CROSS JOIN LATERAL (
                {_DATES_BEGUN} AND room_id = asked.room
                    AND starts_at > %(lately)s AND starts_at < %(end)s OFFSET 0
             ) AS begun
            UNION ALL
            {_DATES_BEGUN} AND room_id = ANY(%(rooms)s) AND is_long
                AND starts_at > %(long_ago)s AND starts_at <= %(lately)s
           ) AS date
     CROSS JOIN LATERAL (
        SELECT * FROM bookings_booking WHERE id = date.booking_id OFFSET 0
           ) AS booking
     ORDER BY date.starts_at, date.id
"""  # noqa: S608  constant text
_OF_DATE = len(ShownDate._fields) - 1

_RULING = """
    (SELECT to_json(ruling)::text FROM bookings_houserules AS ruling
      WHERE company_id = %(company)s AND building_id {} AND room_id {})
"""
_HELD = """
    SELECT hold.room_id, hold.starts_at, hold.ends_at, hold.expires_at, hold.xmin,
           coalesce(nullif(member.name, ''), member.email) AS who, member.xmin AS who_xmin
      FROM bookings_hold AS hold JOIN tenants_member AS member ON member.id = hold.member_id
     WHERE hold.company_id = %(company)s AND hold.expires_at > %(now)s
"""
_STARRED = """
    SELECT room_id FROM bookings_favourite
     WHERE company_id = %(company)s AND member_id = %(member)s
"""
_ROOMS = f"""
    SELECT room.id, room.company_id, room.name, room.capacity, room.equipment, room.state,
           coalesce(nullif(room.timezone, ''), building.timezone),
           building.id, building.name, floor.id, floor.name,
           {_RULING.format("IS NULL", "IS NULL")},
           {_RULING.format("= building.id", "IS NULL")},
           {_RULING.format("IS NULL", "= room.id")},
           ARRAY(SELECT json_build_object('who', who, 'starts_at', starts_at,
                                          'ends_at', ends_at, 'expires_at', expires_at)
                   FROM ({_HELD} AND hold.member_id <> %(member)s) AS held
                  WHERE held.room_id = room.id),
           room.id IN ({_STARRED})
      FROM bookings_room AS room
      JOIN bookings_building AS building ON building.id = room.building_id
      LEFT JOIN bookings_floor AS floor ON floor.id = room.floor_id
     WHERE room.company_id = %(company)s AND (%(only)s::text IS NULL OR room.id::text = %(only)s)
     ORDER BY building.position, building.name, floor.position, floor.name,
              room.position, room.name
"""  # noqa: S608  constant text

_WRITTEN = "SELECT sum(xmin::text::bigint) FROM {} WHERE company_id = %(company)s"
_VERSION = f"""
    SELECT count(*), sum(version),
           ({_WRITTEN.format("bookings_room")}),
           ({_WRITTEN.format("bookings_building")}),
           ({_WRITTEN.format("bookings_floor")}),
           ({_WRITTEN.format("bookings_houserules")}),
           (SELECT sum(xmin::text::bigint + who_xmin::text::bigint) FROM ({_HELD}) AS held),
           (SELECT sum(hashint8extended(id, (state = 'dead')::int)) FROM bookings_outboxentry
             WHERE company_id = %(company)s AND acked_v < desired_v AND consumer = 'google'),
           ARRAY({_STARRED} ORDER BY room_id)
      FROM bookings_roomclock WHERE company_id = %(company)s
"""  # noqa: S608  constant text


def shown_dates(room_ids: Collection[int], start: datetime, end: datetime) -> list[ShownDate]:
    """Every date that the calendars of these rooms show between two instants, by start; one query.

    In the company's scope.
    """
    asked: dict[str, Any] = {
        "company": active_company_id(),
        "rooms": list(room_ids),
        "start": start,
        "end": end,
        "lately": start - LONG,
        "long_ago": start - LONGEST_BOOKING,
    }
    with connection.cursor() as cursor:
        execute_planned(cursor, _DATES, asked)
        return [
            ShownDate._make((*row[:_OF_DATE], ShownBooking._make(row[_OF_DATE:])))
            for row in cursor.fetchall()
        ]


def shown_rooms(now: datetime, *, member: int, only: int | None = None) -> list[ShownRoom]:
    """All rooms of the active company as they are listed for a member, by building and floor, or
    one by its id, with what is held in them at an instant for others; one query."""
    asked: dict[str, Any] = {
        "company": active_company_id(),
        "now": now,
        "member": member,
        "only": None if only is None else str(only),  # of any length
    }
    with connection.cursor() as cursor:
        execute_planned(cursor, _ROOMS, asked)
        return [*map(ShownRoom._make, cursor.fetchall())]


def shown_version(now: datetime, *, member: int) -> tuple[Any, ...]:
    """Values that are other ones after any change of what the company's rooms show a member; one
    query.

    Whoever writes bookings raises a clock in the same transaction. Rooms, their places and rules
    have no clock: PostgreSQL's own mark of who wrote a row last stands in. So it does for holds and
    who has them, which are over by themselves. Deliveries change by themselves, too; those that
    wait or were refused count by their ids.
    """
    with connection.cursor() as cursor:
        about = {"company": active_company_id(), "now": now, "member": member}
        execute_planned(cursor, _VERSION, about)
        version: tuple[Any, ...] = cursor.fetchone()
        return version
