"""Telling an organiser that somebody or something else booked for them.

Not what they did themselves, nor what came from Google, where their calendar says it. Told once
for a booking, of its first date to come, within a day of the booking.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from reminders.models import CompanyReminders
from tenants.scope import active_company_id

NEWS = timedelta(days=1)

_PLAN = """
WITH made AS (
    SELECT DISTINCT ON (booking.id) booking.id AS booking_id, booking.organizer_id,
           date.id AS occurrence_id, date.starts_at,
           date.status = 'confirmed' AND date.blocks AS stands
      FROM bookings_booking AS booking
      JOIN bookings_bookingevent AS event ON event.booking_id = booking.id
      JOIN tenants_member AS member ON member.id = booking.organizer_id
      JOIN bookings_occurrence AS date ON date.booking_id = booking.id
     WHERE booking.id = ANY(%(bookings)s::bigint[]) AND booking.company_id = %(company)s
       AND event.act = 'created' AND event.door <> 'google' AND event.at > %(since)s
       AND event.member_id IS DISTINCT FROM booking.organizer_id
       AND event.after ->> 'organizer' = member.email
       AND member.active AND date.starts_at > %(now)s
     ORDER BY booking.id, date.status = 'confirmed' DESC, date.starts_at
), known AS (
    SELECT reminder.id, reminder.state, reminder.occurrence_id, date.booking_id
      FROM reminders_reminder AS reminder
      JOIN bookings_occurrence AS date ON date.id = reminder.occurrence_id
     WHERE date.booking_id = ANY(%(bookings)s::bigint[]) AND reminder.kind = 'booked'
       AND reminder.company_id = %(company)s
), over AS (
    UPDATE reminders_reminder AS reminder SET state = 'cancelled'
      FROM known
     WHERE reminder.id = known.id AND known.state = 'scheduled'
       AND NOT EXISTS (SELECT FROM made
                        WHERE made.occurrence_id = known.occurrence_id AND made.stands)
    RETURNING reminder.id
), told AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, occurrence_id, kind, member_id, starts_at, fire_at, state, attempt,
         by_mail, slack_channel, slack_ts, error)
    SELECT %(company)s, occurrence_id, 'booked', organizer_id, starts_at, %(now)s, 'scheduled', 0,
           false, '', '', ''
      FROM made
     WHERE stands AND %(direct)s
       AND NOT EXISTS (SELECT FROM known
                        WHERE known.booking_id = made.booking_id
                          AND (known.state NOT IN ('scheduled', 'cancelled')))
    ON CONFLICT (company_id, occurrence_id, kind, member_id) DO UPDATE SET
        starts_at = excluded.starts_at, fire_at = excluded.fire_at, state = 'scheduled', error = ''
     WHERE reminder.state = 'cancelled'
        OR (reminder.state = 'scheduled' AND reminder.starts_at <> excluded.starts_at)
    RETURNING reminder.id
)
SELECT id FROM over UNION ALL SELECT id FROM told
"""


def plan_booked(bookings: Collection[int], chosen: CompanyReminders) -> list[int]:
    """Plans what is to be told of new ones among these bookings; returns the changed ids."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN,
            {
                "bookings": list(bookings),
                "company": active_company_id(),
                "direct": chosen.direct,
                "since": now - NEWS,
                "now": now,
            },
        )
        return [number for (number,) in cursor.fetchall()]
