"""What administrators changed: lines that may be added and read, never changed or deleted."""

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from tenants.isolation import CompanyForeignKey, IsolateTable
from tenants.operations import append_only


class Migration(migrations.Migration):
    dependencies = [
        ('tenants', '0004_look_of_a_company'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('door', models.CharField(choices=[('web', 'Roomly'), ('api', 'API'), ('google', 'Google Calendar'), ('slack', 'Slack'), ('kiosk', 'Door display'), ('rule', 'a rule'), ('operator', 'the operator')], max_length=8)),
                ('act', models.CharField(max_length=30)),
                ('subject', models.CharField(blank=True, max_length=255)),
                ('target', models.BigIntegerField(null=True)),
                ('details', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.company')),
                ('member', CompanyForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.member')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit log',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['company', '-at', '-id'], name='audit_entry_newest')],
            },
        ),
        IsolateTable("AuditEntry"),
        append_only("tenants_auditentry"),
    ]
