from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0003_one_statement_notes_a_notification")]

    operations = [
        migrations.AddField(
            "calendarlink", "read_after", models.DateTimeField(blank=True, null=True)
        ),
    ]
