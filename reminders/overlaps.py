"""Telling the owners that a date has no room because another has it, and that it has it after all.

Planned like reminders, from the dates as they are now, into rows of two kinds of their own; sent
like reminders, each once. Of a booking that is in the way several times only one is told.
"""

from collections.abc import Collection

from django.db import connection
from django.utils import timezone

from tenants.scope import active_company_id

# Once for a booking, however many of its dates lack their room: of the first one. Once it has its
# room, that is told, too, and the next overlap is news again.
_PLAN = """
WITH target AS (
    SELECT DISTINCT date.id, date.booking_id, date.starts_at,
           date.status = 'confirmed' AND date.blocks AS stands,
           date.status = 'conflicted' OR (date.room_response = 'declined'
               AND date.status IN ('confirmed', 'pending')) AS lacks_room
      FROM unnest(%(bookings)s::bigint[]) AS subject (booking_id)
      JOIN bookings_occurrence AS date ON date.booking_id = subject.booking_id
     WHERE date.company_id = %(company)s AND date.starts_at > %(now)s
), known AS (
    SELECT reminder.*, target.stands, target.lacks_room, target.booking_id,
           target.starts_at AS date_start
      FROM target JOIN reminders_reminder AS reminder ON reminder.occurrence_id = target.id
     WHERE reminder.kind IN ('overlap', 'placed') AND reminder.member_id IS NULL
), lost AS (
    SELECT DISTINCT ON (target.booking_id) target.id, target.starts_at
      FROM target
     WHERE target.lacks_room
       AND NOT EXISTS (SELECT FROM known WHERE known.booking_id = target.booking_id
                          AND known.occurrence_id <> target.id AND known.lacks_room
                          AND known.kind = 'overlap' AND known.state <> 'cancelled')
     ORDER BY target.booking_id, target.starts_at
), told AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, occurrence_id, kind, starts_at, fire_at, state, attempt,
         slack_channel, slack_ts, error)
    SELECT %(company)s, id, 'overlap', starts_at, %(now)s, 'scheduled', 0, '', '', ''
      FROM lost
     UNION ALL
    SELECT %(company)s, occurrence_id, 'placed', known.starts_at, %(now)s,
           'scheduled', 0, '', '', ''
      FROM known
     WHERE kind = 'overlap' AND stands AND state IN ('sent', 'sending') AND starts_at = date_start
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


def plan_overlaps(bookings: Collection[int]) -> list[int]:
    """Brings what is to be told of these bookings in line with their dates; the changed ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN,
            {
                "bookings": list(bookings),
                "company": active_company_id(),
                "now": timezone.now(),
            },
        )
        return [number for (number,) in cursor.fetchall()]
