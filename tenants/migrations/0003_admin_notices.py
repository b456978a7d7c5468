"""What a company's administrators are told of while it lasts."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from tenants.isolation import IsolateTable
from tenants.operations import worker_function


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_google_overlaps")]

    operations = [
        migrations.CreateModel(
            name="AdminNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("text", models.TextField()),
                ("path", models.CharField(max_length=200)),
                ("raised_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("posted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.company",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice to administrators",
                "verbose_name_plural": "notices to administrators",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="adminnotice",
            constraint=models.UniqueConstraint(
                fields=("company", "kind"), name="one_notice_of_a_kind"
            ),
        ),
        IsolateTable("AdminNotice"),
        worker_function(
            "tenants_companies_to_tell",
            "before timestamptz",
            "TABLE (company_id int)",
            """
            SELECT DISTINCT notice.company_id
              FROM tenants_adminnotice AS notice
              JOIN tenants_company AS company ON company.id = notice.company_id
             WHERE notice.ended_at IS NULL AND company.suspended_at IS NULL
               AND (notice.mailed_at IS NULL OR notice.mailed_at <= before
                    OR notice.posted_at IS NULL OR notice.posted_at <= before)
            """,
        ),
    ]
