"""A company's accent colour, and its logo in a row of its own."""

import django.db.models.deletion
import tenants.accent
from django.db import migrations, models

from tenants.isolation import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_admin_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("png", models.BinaryField()),
                ("digest", models.CharField(max_length=32)),
            ],
            options={
                "verbose_name": "logo",
                "verbose_name_plural": "logos",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="company",
            name="accent",
            field=models.CharField(
                blank=True, max_length=7, validators=[tenants.accent.validate_accent]
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="logo",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="company",
            name="logo_width",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(("accent__regex", "^(#[0-9a-f]{6})?$")), name="company_accent"
            ),
        ),
        migrations.AddField(
            model_name="logo",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.company"
            ),
        ),
        migrations.AddConstraint(
            model_name="logo",
            constraint=models.UniqueConstraint(fields=("company",), name="one_logo"),
        ),
        IsolateTable("Logo"),
    ]
