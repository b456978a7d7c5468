from django.db import migrations, models

from tenants.operations import worker_function


class Migration(migrations.Migration):

    dependencies = [
        ("reminders", "0004_told_directly"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminder",
            name="shown",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="reminder",
            name="correct_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(
                condition=models.Q(("correct_at__isnull", False)),
                fields=["correct_at"],
                name="reminder_to_correct",
            ),
        ),
        # Whose messages in Slack have something to be corrected, where Slack can be reached.
        worker_function(
            "reminders_companies_to_correct",
            "at timestamptz",
            "SETOF int",
            """
            SELECT DISTINCT reminder.company_id
              FROM reminders_reminder AS reminder
              JOIN reminders_slackconnection AS slack ON slack.company_id = reminder.company_id
              JOIN tenants_company AS company ON company.id = reminder.company_id
             WHERE reminder.correct_at <= at AND slack.state = 'active'
               AND (slack.wait_until IS NULL OR slack.wait_until <= at)
               AND company.suspended_at IS NULL
            """,
        ),
    ]
