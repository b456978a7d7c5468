"""What happened in a company last, whatever it happened to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('bookings', '0008_dates_of_a_room'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='bookingevent',
            index=models.Index(fields=['company', '-at', '-id'], name='booking_event_newest'),
        ),
    ]
