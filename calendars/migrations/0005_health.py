"""How far behind each calendar is, who was told of it, and what Google refused."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from tenants.isolation import CompanyForeignKey, IsolateTable
from tenants.operations import worker_function


def lags() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.PositiveIntegerField(), blank=True, default=list, size=None
    )


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0004_first_day_audit"),
        ("tenants", "0002_google_overlaps"),
        ("bookings", "0003_pending_deliveries"),
    ]

    operations = [
        migrations.AddField(
            "calendarlink", "behind_since", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "calendarlink", "alarmed_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("calendarlink", "lags_in", lags()),
        migrations.AddField("calendarlink", "lags_out", lags()),
        migrations.CreateModel(
            name="Refusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=10)),
                ("calendar_id", models.CharField(max_length=255)),
                ("event_id", models.CharField(max_length=1100)),
                ("request", models.JSONField(default=dict)),
                ("answer", models.TextField()),
                ("reason", models.CharField(blank=True, max_length=100)),
                ("refused_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.company",
                    ),
                ),
                (
                    "entry",
                    CompanyForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refusals",
                        to="bookings.outboxentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused delivery",
                "verbose_name_plural": "refused deliveries",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="refusal",
            constraint=models.UniqueConstraint(fields=("entry",), name="last_refusal_of_entry"),
        ),
        IsolateTable("Refusal"),
        migrations.RunSQL("DROP FUNCTION calendars_due_channels", migrations.RunSQL.noop),
        worker_function(
            "calendars_due_channels",
            "at timestamptz, most int",
            "TABLE (company_id int, link_id bigint)",
            """
            SELECT link.company_id, link.id
              FROM calendars_calendarlink AS link
              JOIN tenants_company AS company
                ON company.id = link.company_id AND company.suspended_at IS NULL
              JOIN calendars_googleconnection AS connection
                ON connection.company_id = link.company_id AND connection.state = 'active'
             WHERE link.state = 'active' AND link.push_supported
               AND NOT EXISTS (
                   SELECT FROM calendars_channel AS channel
                    WHERE channel.link_id = link.id AND channel.company_id = link.company_id
                      AND ((channel.state = 'live' AND channel.renew_at > at)
                           OR (channel.state = 'pending'
                               AND channel.created_at > at - interval '1 minute')
                           OR (channel.state = 'refused'
                               AND channel.created_at > at - interval '1 hour')))
             ORDER BY link.id LIMIT most
            """,
        ),
        worker_function(
            "calendars_late_companies",
            "before timestamptz",
            "TABLE (company_id int)",
            """
            SELECT link.company_id FROM calendars_calendarlink AS link
             WHERE link.alarmed_at IS NOT NULL
             UNION
            SELECT late.company_id FROM (
                SELECT link.company_id FROM calendars_calendarlink AS link
                 WHERE link.behind_since < before
                   AND (link.generation > link.pulled_generation OR link.failures > 0)
                 UNION
                SELECT entry.company_id FROM bookings_outboxentry AS entry
                 WHERE entry.consumer = 'google' AND entry.acked_v < entry.desired_v
                   AND entry.state <> 'dead' AND entry.first_pending_at < before
            ) AS late
              JOIN calendars_googleconnection AS connection
                ON connection.company_id = late.company_id AND connection.state <> 'revoked'
            """,
        ),
    ]
