"""What a company wants to become of events in Google that overlap."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="google_overlaps",
            field=models.CharField(
                choices=[
                    ("warn", "Keep it, and tell both owners"),
                    ("decline", "Decline the later one in Google, as the room"),
                ],
                default="warn",
                max_length=7,
                verbose_name="an event in Google that overlaps",
            ),
        ),
    ]
