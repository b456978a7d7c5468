from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reminders", "0002_slack_workspaces_and_receivers"),
    ]

    operations = [
        migrations.AddField(
            model_name="slackconnection",
            name="refreshing_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
