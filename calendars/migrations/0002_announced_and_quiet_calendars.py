"""Calendars with work that somebody waits for, apart from those that it is only time to look at."""

from django.db import migrations

from tenants.operations import worker_function

MAY_BE_READ = """
              FROM calendars_calendarlink AS link
              JOIN calendars_googleconnection AS connection
                ON connection.company_id = link.company_id AND connection.state <> 'revoked'
             WHERE link.state = 'active'
               AND (link.lease_until IS NULL OR link.lease_until < at)
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0001_initial")]

    operations = [
        migrations.RunSQL("DROP FUNCTION calendars_due_links", migrations.RunSQL.noop),
        worker_function(
            "calendars_due_links",
            "at timestamptz, most int",
            "TABLE (company_id int, link_id bigint)",
            f"""
            WITH due AS (
                SELECT DISTINCT booking.id, booking.room_id
                  FROM bookings_outboxentry AS entry
                  JOIN bookings_booking AS booking ON booking.id = entry.booking_id
                 WHERE entry.consumer = 'google' AND entry.acked_v < entry.desired_v
                   AND entry.state IN ('ok', 'stalled') AND entry.next_at <= at
            ), waiting AS (
                SELECT home.id FROM due
                  JOIN calendars_calendarlink AS home ON home.room_id = due.room_id
                 UNION  -- what went to a room without calendar is taken off where it was
                SELECT copy.link_id FROM due
                  JOIN calendars_googlecopy AS copy
                    ON copy.booking_id = due.id AND copy.original_start IS NULL
                 WHERE NOT EXISTS (SELECT FROM calendars_calendarlink AS home
                                    WHERE home.room_id = due.room_id)
            )
            SELECT link.company_id, link.id
            {MAY_BE_READ}
               AND link.sync_token <> ''
               AND (link.failures = 0 OR link.next_poll_at <= at)
               AND (link.generation > link.pulled_generation
                    OR link.id IN (SELECT id FROM waiting))
             ORDER BY link.next_poll_at LIMIT most
            """,
        ),
        worker_function(
            "calendars_due_polls",
            "at timestamptz, most int",
            "TABLE (company_id int, link_id bigint)",
            f"""
            SELECT link.company_id, link.id
            {MAY_BE_READ}
               AND (link.next_poll_at <= at OR link.sync_token = '' AND link.failures = 0)
             ORDER BY link.next_poll_at LIMIT most
            """,
        ),
    ]
