"""Telling the owners that a date has no room because another has it, and that it has it after all.

Planned like reminders, from the dates as they are now, into rows of two kinds of their own; sent
like reminders, each once: to the room's channel, to the organiser and to those who have the room.
Of a booking that is in the way several times only one date is told.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.utils import timezone

from bookings.rules import LONGEST_BOOKING
from reminders.models import CompanyReminders
from tenants.scope import active_company_id

# Once for a booking, however many of its dates lack their room: of the first one. Once it has its
# room, that is told, too, and the next overlap is news again.
_PLAN = """
WITH target AS (
    SELECT DISTINCT date.id, date.booking_id, date.starts_at, booking.organizer_id,
           date.room_id, date.block_from, date.block_to,
           date.status = 'confirmed' AND date.blocks AS stands,
           date.status = 'conflicted' OR (date.room_response = 'declined'
               AND date.status IN ('confirmed', 'pending')) AS lacks_room
      FROM unnest(%(bookings)s::bigint[]) AS subject (booking_id)
      JOIN bookings_occurrence AS date ON date.booking_id = subject.booking_id
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
     WHERE date.company_id = %(company)s AND date.starts_at > %(now)s
), known AS (
    SELECT reminder.*, target.stands, target.lacks_room, target.booking_id, target.organizer_id,
           target.starts_at AS date_start
      FROM target JOIN reminders_reminder AS reminder ON reminder.occurrence_id = target.id
     WHERE reminder.kind IN ('overlap', 'placed')
), lost AS (
    SELECT DISTINCT ON (target.booking_id) target.*
      FROM target
     WHERE target.lacks_room
       AND NOT EXISTS (SELECT FROM known WHERE known.booking_id = target.booking_id
                          AND known.occurrence_id <> target.id AND known.lacks_room
                          AND known.kind = 'overlap' AND known.state <> 'cancelled')
     ORDER BY target.booking_id, target.starts_at
), receiver AS (
    SELECT lost.id, NULL::bigint AS member_id FROM lost WHERE %(in_channels)s
     UNION
    SELECT owner.id, owner.member_id
      FROM (SELECT lost.id, lost.organizer_id AS member_id FROM lost
             UNION
            SELECT lost.id, other.organizer_id
              FROM lost
              JOIN bookings_occurrence AS blocker
                ON blocker.room_id = lost.room_id AND blocker.blocks AND blocker.id <> lost.id
               AND blocker.starts_at > lost.block_from - %(longest)s
               AND blocker.starts_at < lost.block_to + %(longest)s
               AND blocker.block_from < lost.block_to AND blocker.block_to > lost.block_from
              JOIN bookings_booking AS other ON other.id = blocker.booking_id
           ) AS owner
      JOIN tenants_member AS member ON member.id = owner.member_id AND member.active
     WHERE %(direct)s
), told AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, occurrence_id, kind, member_id, starts_at, fire_at, state, attempt,
         by_mail, slack_channel, slack_ts, error)
    SELECT %(company)s, lost.id, 'overlap', receiver.member_id, lost.starts_at, %(now)s,
           'scheduled', 0, false, '', '', ''
      FROM lost JOIN receiver ON receiver.id = lost.id
     UNION ALL
    SELECT %(company)s, occurrence_id, 'placed', known.member_id, known.starts_at, %(now)s,
           'scheduled', 0, false, '', '', ''
      FROM known
     WHERE kind = 'overlap' AND stands AND state IN ('sent', 'sending') AND starts_at = date_start
       AND (known.member_id IS NULL OR known.member_id = known.organizer_id)
    ON CONFLICT (company_id, occurrence_id, kind, member_id) DO UPDATE SET
        starts_at = excluded.starts_at, fire_at = excluded.fire_at, error = '',
        lease_until = CASE WHEN reminder.state = 'sending' THEN reminder.lease_until END,
        state = CASE WHEN reminder.state = 'sending' THEN 'sending'
                     WHEN reminder.sent_for = excluded.starts_at THEN 'sent'
                     ELSE 'scheduled' END
     WHERE reminder.starts_at <> excluded.starts_at OR reminder.state = 'cancelled'
    RETURNING reminder.id
), over AS (
    UPDATE reminders_reminder AS reminder
       SET state = 'cancelled', sent_for = NULL, lease_until = NULL
      FROM known
     WHERE reminder.id = known.id AND reminder.state IN ('scheduled', 'sent')
       AND ((reminder.kind = 'overlap' AND NOT known.lacks_room)
            OR (reminder.kind = 'placed' AND NOT known.stands))
    RETURNING reminder.id
)
SELECT id FROM told UNION ALL SELECT id FROM over
"""


def plan_overlaps(bookings: Collection[int], chosen: CompanyReminders) -> list[int]:
    """Brings what is to be told of these bookings in line with their dates; the changed ids."""
    wanted: dict[str, Any] = {
        "bookings": list(bookings),
        "company": active_company_id(),
        "in_channels": chosen.in_channels,
        "direct": chosen.direct,
        "longest": LONGEST_BOOKING * 2,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, wanted)
        return [number for (number,) in cursor.fetchall()]
