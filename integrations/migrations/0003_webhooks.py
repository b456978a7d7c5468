"""Outgoing webhooks, their messages, and which of them have something to do."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import tenants.encryption
import tenants.isolation
import uuid
from django.db import migrations, models

from tenants.isolation import IsolateTable
from tenants.operations import worker_function


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0010_acts_to_follow'),
        ('integrations', '0002_names_of_keys'),
        ('tenants', '0005_audit_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500)),
                ('description', models.CharField(blank=True, max_length=100)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('booking.created', 'A booking was made'), ('booking.changed', 'A booking was changed'), ('booking.cancelled', 'A booking was cancelled')], max_length=20), size=None)),
                ('secret', tenants.encryption.EncryptedTextField()),
                ('old_secret', tenants.encryption.EncryptedTextField(blank=True)),
                ('old_secret_until', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('active', 'In use'), ('paused', 'Paused'), ('disabled', 'Switched off')], default='active', max_length=8)),
                ('disabled_because', models.CharField(blank=True, choices=[('gone', 'The receiver says that it is gone for good.'), ('failing', 'Nothing got through for three days.')], max_length=7)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('place', models.TextField(editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.company')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('type', models.CharField(max_length=20)),
                ('body', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=9)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('tried_at', models.DateTimeField(null=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('trouble', models.CharField(blank=True, choices=[('not_public', 'The address is not on the public Internet.'), ('no_name', 'Nobody knows a server of this name.'), ('no_connection', 'The server could not be reached safely.'), ('timeout', 'The server did not answer in time.')], max_length=13)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.company')),
                ('event', tenants.isolation.CompanyForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='bookings.bookingevent')),
                ('webhook', tenants.isolation.CompanyForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='integrations.webhook')),
            ],
            options={
                'verbose_name': 'webhook message',
                'verbose_name_plural': 'webhook messages',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='webhook',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['next_at'], name='webhook_in_use'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.UniqueConstraint(fields=('company', 'url'), name='webhook_once'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['webhook', 'id'], name='webhook_message_order'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['webhook', 'id'], name='webhook_message_waiting'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['company', 'created_at'], name='webhook_message_age'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('webhook', 'event'), name='webhook_message_once'),
        ),
        IsolateTable("Webhook"),
        IsolateTable("WebhookMessage"),
        # What waits, or what history has since the place of a webhook: of a transaction that began
        # after it, or was open then. Least and greatest are one look at an index each, whatever
        # statistics say, where EXISTS may read the table through for every webhook. A place ahead of
        # all transactions is of another server, from which this database was restored.
        worker_function(
            "integrations_due_webhooks",
            "at timestamptz",
            "TABLE (company_id int, webhook_id bigint)",
            """
            SELECT hook.company_id, hook.id
              FROM integrations_webhook AS hook
              JOIN tenants_company AS company ON company.id = hook.company_id
             WHERE hook.state = 'active' AND company.suspended_at IS NULL AND hook.next_at <= at
               AND (hook.leased_until IS NULL OR hook.leased_until <= at)
               AND ((SELECT min(message.webhook_id) FROM integrations_webhookmessage AS message
                      WHERE message.webhook_id >= hook.id AND message.state = 'waiting') = hook.id
                    OR (SELECT max(event.written_in) FROM bookings_bookingevent AS event
                         WHERE event.company_id = hook.company_id
                           AND event.written_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
                       >= pg_snapshot_xmax(hook.place::pg_snapshot)::text::bigint
                    OR EXISTS (SELECT FROM pg_snapshot_xip(hook.place::pg_snapshot) AS open (id)
                                WHERE open.id::text::bigint =
                                      (SELECT max(event.written_in) FROM bookings_bookingevent AS event
                                        WHERE event.company_id = hook.company_id
                                          AND event.written_in <= open.id::text::bigint))
                    OR pg_snapshot_xmin(hook.place::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()))
            """,
        ),
        worker_function(
            "integrations_companies_with_webhooks",
            "",
            "TABLE (company_id int)",
            "SELECT DISTINCT hook.company_id FROM integrations_webhook AS hook",
        ),
    ]
