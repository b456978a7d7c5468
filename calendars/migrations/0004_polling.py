"""How often calendars are looked at, and how many of each kind there are."""

import django.utils.timezone
from django.db import migrations, models

from tenants.operations import worker_function

HAS_PUSH = """
    link.missed_in_row < 2 AND EXISTS (
        SELECT FROM calendars_channel AS channel
         WHERE channel.link_id = link.id AND channel.company_id = link.company_id
           AND channel.state = 'live' AND channel.expires_at > at)
"""
MAY_BE_READ = """
              FROM calendars_calendarlink AS link
              JOIN calendars_googleconnection AS connection
                ON connection.company_id = link.company_id AND connection.state <> 'revoked'
             WHERE link.state = 'active'
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0003_one_statement_notes_a_notification")]

    operations = [
        migrations.AddField(
            "calendarlink", "read_after", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "calendarlink", "missed_in_row", models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AddField(
            "calendarlink",
            "last_change_at",
            models.DateTimeField(default=django.utils.timezone.now),
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
               AND (NOT sparing OR link.sync_token = '' OR NOT ({HAS_PUSH}))
             ORDER BY link.next_poll_at LIMIT most
            """,
        ),
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
    ]
