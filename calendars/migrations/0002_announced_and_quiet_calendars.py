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
                SELECT DISTINCT booking.id, booking.room_id,
                       (SELECT min(date.starts_at) FROM bookings_occurrence AS date
                         WHERE date.booking_id = booking.id AND date.ends_at > at) AS soonest
                  FROM bookings_outboxentry AS entry
                  JOIN bookings_booking AS booking ON booking.id = entry.booking_id
                 WHERE entry.consumer = 'google' AND entry.acked_v < entry.desired_v
                   AND entry.state IN ('ok', 'stalled') AND entry.next_at <= at
            ), waiting AS (
                SELECT home.id, due.soonest FROM due
                  JOIN calendars_calendarlink AS home ON home.room_id = due.room_id
                 UNION  -- what went to a room without calendar is taken off where it was
                SELECT copy.link_id, due.soonest FROM due
                  JOIN calendars_googlecopy AS copy
                    ON copy.booking_id = due.id AND copy.original_start IS NULL
                 WHERE NOT EXISTS (SELECT FROM calendars_calendarlink AS home
                                    WHERE home.room_id = due.room_id)
            ), soonest AS (
                SELECT id, min(soonest) AS starts_at FROM waiting GROUP BY id
            )
            SELECT link.company_id, link.id
            {MAY_BE_READ.replace("WHERE", "LEFT JOIN soonest ON soonest.id = link.id WHERE")}
               AND link.sync_token <> ''
               AND (link.failures = 0 OR link.next_poll_at <= at)
               AND (link.generation > link.pulled_generation OR soonest.id IS NOT NULL)
             ORDER BY soonest.starts_at NULLS LAST, link.next_poll_at LIMIT most
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
