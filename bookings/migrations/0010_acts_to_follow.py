"""Lines of history say in which transaction they were written, for who reads them on from a place."""

import bookings.models.records
from django.db import migrations, models
from django.db.models.functions import Cast


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0009_newest_events'),
        ('tenants', '0005_audit_log'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            # First the column, then its default: so the lines that there are need not be written anew.
            database_operations=[
                migrations.RunSQL(
                    """
                    ALTER TABLE bookings_bookingevent ADD COLUMN written_in bigint;
                    ALTER TABLE bookings_bookingevent
                        ALTER COLUMN written_in SET DEFAULT pg_current_xact_id()::text::bigint;
                    """,
                    "ALTER TABLE bookings_bookingevent DROP COLUMN written_in",
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name='bookingevent',
                    name='written_in',
                    field=models.BigIntegerField(db_default=Cast(Cast(bookings.models.records.CurrentTransaction(), models.TextField()), models.BigIntegerField()), editable=False, null=True),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='bookingevent',
            index=models.Index(fields=['company', 'written_in'], name='booking_event_written'),
        ),
    ]
