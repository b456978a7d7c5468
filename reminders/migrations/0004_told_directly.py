from django.db import migrations, models

from tenants.operations import worker_function

# When somebody is told what falls into their quiet hours: at the end of them, if the meeting has
# not begun by then, otherwise five minutes before they begin. Who has none is told at once.
# Where clocks change, a wall-clock time may be missing or come twice: an hour earlier is safe.
QUIET_HOURS = """
CREATE FUNCTION reminders_is_quiet(at timestamptz, zone text, quiet_from time, quiet_until time)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN quiet_from < quiet_until
                THEN clock >= quiet_from AND clock < quiet_until
                WHEN quiet_from > quiet_until
                THEN clock >= quiet_from OR clock < quiet_until
                ELSE false END
      FROM (SELECT (at AT TIME ZONE zone)::time AS clock) AS wall
$$;
CREATE FUNCTION reminders_told_at(
    at timestamptz, begins timestamptz, zone text, quiet_from time, quiet_until time
) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN NOT reminders_is_quiet(at, zone, quiet_from, quiet_until) THEN at
                WHEN ends < begins THEN ends
                WHEN ahead > at OR reminders_is_quiet(ahead, zone, quiet_from, quiet_until)
                THEN ahead - interval '1 hour'
                ELSE ahead END
      FROM (SELECT (local::date + (local::time >= quiet_until)::int + quiet_until)
                       AT TIME ZONE zone AS ends,
                   (local::date - (local::time < quiet_from)::int + quiet_from)
                       AT TIME ZONE zone - interval '5 minutes' AS ahead
              FROM (SELECT at AT TIME ZONE zone AS local) AS wall) AS edges
$$;
"""
NO_QUIET_HOURS = "DROP FUNCTION reminders_told_at; DROP FUNCTION reminders_is_quiet"


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0003_slack_token_renewal'),
    ]

    operations = [
        migrations.AddField(
            model_name='memberreminders',
            name='no_agenda',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='reminder',
            name='by_mail',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(QUIET_HOURS, NO_QUIET_HOURS),
        migrations.RunSQL("DROP FUNCTION reminders_due(timestamptz, int)", migrations.RunSQL.noop),
        # What somebody has to look at: due or left half done, of companies whose Slack can be
        # reached or that send mail instead; and whatever a begun meeting has made pointless.
        # Turn about, so that one company's backlog cannot keep the others waiting.
        worker_function(
            "reminders_due",
            "at timestamptz, most int",
            "TABLE (company_id int, reminder_id bigint)",
            """
            SELECT due.company_id, due.id FROM (
                SELECT reminder.company_id, reminder.id, reminder.fire_at,
                       row_number() OVER (PARTITION BY reminder.company_id
                                          ORDER BY reminder.fire_at) AS turn
                  FROM reminders_reminder AS reminder
                  JOIN tenants_company AS company ON company.id = reminder.company_id
                  LEFT JOIN reminders_slackconnection AS slack
                    ON slack.company_id = reminder.company_id
                  LEFT JOIN reminders_companyreminders AS chosen
                    ON chosen.company_id = reminder.company_id
                 WHERE ((reminder.state = 'scheduled' AND reminder.fire_at <= at)
                        OR reminder.state = 'sending')
                   AND (reminder.lease_until IS NULL OR reminder.lease_until <= at)
                   AND (reminder.starts_at <= at
                        OR (company.suspended_at IS NULL
                            AND CASE WHEN slack.state = 'active'
                                     THEN slack.wait_until IS NULL OR slack.wait_until <= at
                                     ELSE reminder.member_id IS NOT NULL
                                          AND coalesce(chosen.by_mail, true) END))
            ) AS due
             WHERE due.turn <= 20
             ORDER BY due.turn, due.fire_at LIMIT most
            """,
        ),
        worker_function(
            "reminders_companies_with_agendas",
            "",
            "SETOF int",
            """
            SELECT company.id FROM tenants_company AS company
             WHERE company.suspended_at IS NULL
               AND (EXISTS (SELECT FROM reminders_companyreminders AS chosen
                             WHERE chosen.company_id = company.id AND chosen.agenda_at IS NOT NULL)
                    OR EXISTS (SELECT FROM reminders_memberreminders AS own
                                WHERE own.company_id = company.id AND own.agenda_at IS NOT NULL))
            """,
        ),
    ]
