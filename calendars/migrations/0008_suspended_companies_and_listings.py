"""Companies that are switched off are left alone; listings from the beginning are put off."""

from django.db import migrations, models

from tenants.operations import worker_function

HAS_PUSH = """
    link.missed_in_row < 2 AND EXISTS (
        SELECT FROM calendars_channel AS channel
         WHERE channel.link_id = link.id AND channel.company_id = link.company_id
           AND channel.state = 'live' AND channel.expires_at > at)
"""
CONNECTED = """
              JOIN tenants_company AS company
                ON company.id = link.company_id AND company.suspended_at IS NULL
              JOIN calendars_googleconnection AS connection
                ON connection.company_id = link.company_id AND connection.state <> 'revoked'
"""
MAY_BE_READ = f"FROM calendars_calendarlink AS link {CONNECTED} WHERE link.state = 'active'"
# Its token is gone, and the time to list it from the beginning has not come.
IS_PUT_OFF = "(link.sync_token = '' AND link.list_after > at)"


class Migration(migrations.Migration):
    dependencies = [("calendars", "0007_polling")]

    operations = [
        migrations.AddField(
            "calendarlink", "list_after", models.DateTimeField(blank=True, null=True)
        ),
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
               AND (link.lease_until IS NULL OR link.lease_until < at)
               AND (link.failures = 0 OR link.next_poll_at <= at)
               AND (link.sync_token <> '' AND link.generation > link.pulled_generation
                    OR (link.sync_token <> '' OR {IS_PUT_OFF}) AND soonest.id IS NOT NULL)
             ORDER BY soonest.starts_at NULLS LAST, link.next_poll_at LIMIT most
            """,
        ),
        migrations.RunSQL("DROP FUNCTION calendars_due_polls", migrations.RunSQL.noop),
        worker_function(
            "calendars_due_polls",
            "at timestamptz, sparing boolean, most int",
            "TABLE (company_id int, link_id bigint)",
            f"""
            SELECT link.company_id, link.id
            {MAY_BE_READ}
               AND (link.lease_until IS NULL OR link.lease_until < at)
               AND (link.next_poll_at <= at OR link.sync_token = '' AND link.failures = 0)
               AND NOT coalesce({IS_PUT_OFF}, false)
               AND (NOT sparing OR link.sync_token = '' OR NOT ({HAS_PUSH}))
             ORDER BY link.next_poll_at LIMIT most
            """,
        ),
        migrations.RunSQL("DROP FUNCTION calendars_polling_load", migrations.RunSQL.noop),
        worker_function(
            "calendars_polling_load",
            "at timestamptz",
            "TABLE (usual bigint, quiet bigint, without_push bigint)",
            f"""
            SELECT count(*) FILTER (WHERE has_push AND NOT is_quiet),
                   count(*) FILTER (WHERE has_push AND is_quiet),
                   count(*) FILTER (WHERE NOT has_push)
              FROM (SELECT {HAS_PUSH} AS has_push,
                           link.last_change_at < at - interval '30 days' AS is_quiet
                    {MAY_BE_READ}) AS calendar
            """,
        ),
        migrations.RunSQL("DROP FUNCTION calendars_late_companies", migrations.RunSQL.noop),
        worker_function(
            "calendars_late_companies",
            "before timestamptz",
            "TABLE (company_id int)",
            f"""
            SELECT link.company_id FROM calendars_calendarlink AS link
             WHERE link.alarmed_at IS NOT NULL
             UNION
            SELECT link.company_id FROM (
                SELECT link.company_id FROM calendars_calendarlink AS link
                 WHERE link.behind_since < before
                   AND (link.generation > link.pulled_generation OR link.failures > 0)
                 UNION
                SELECT entry.company_id FROM bookings_outboxentry AS entry
                 WHERE entry.consumer = 'google' AND entry.acked_v < entry.desired_v
                   AND entry.state <> 'dead' AND entry.first_pending_at < before
            ) AS link
            {CONNECTED}
            """,
        ),
        migrations.RunSQL("DROP FUNCTION calendars_due_long_work", migrations.RunSQL.noop),
        worker_function(
            "calendars_due_long_work",
            "at timestamptz, most int",
            "TABLE (company_id int, work_id bigint)",
            """
            SELECT work.company_id, work.id
              FROM calendars_longwork AS work
              JOIN tenants_company AS company
                ON company.id = work.company_id AND company.suspended_at IS NULL
             WHERE work.state IN ('running', 'waiting') AND work.next_at <= at
               AND (work.lease_until IS NULL OR work.lease_until < at)
             ORDER BY work.next_at LIMIT most
            """,
        ),
    ]
