"""A date of a series may have reminders and metadata of its own."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="reminders",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveIntegerField(), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="occurrence",
            name="metadata",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
