"""Counting what waits, and since when, without reading every delivery that ever was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_values_of_a_date")]

    operations = [
        migrations.AddIndex(
            model_name="outboxentry",
            index=models.Index(
                fields=["company", "first_pending_at"],
                condition=models.Q(acked_v__lt=models.F("desired_v")),
                name="outbox_pending",
            ),
        ),
    ]
