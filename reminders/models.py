"""Who is to be told what, when: these rows are the truth, Redis is only their index.

All columns are instants in UTC.
"""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel

CHANNEL = "slack:channel"  # a recipient: the channel of the company's Slack connection
OVERLAP, PLACED = "overlap", "placed"  # kinds besides "before:600"


class SlackConnection(TenantModel):
    """A company's Slack: a bot token with a channel, or an incoming webhook's URL."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Connected")
        BROKEN = "broken", _("Needs to be connected again")

    bot_token = EncryptedTextField(blank=True)
    channel = models.CharField(max_length=100, blank=True)  # id or #name, with a bot token
    channel_id = models.CharField(max_length=100, blank=True)  # as Slack's answer named it
    webhook_url = EncryptedTextField(blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    error = models.TextField(blank=True)
    wait_until = models.DateTimeField(null=True, blank=True)  # Slack's Retry-After
    connected_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("Slack connection")
        verbose_name_plural = _("Slack connections")
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_slack_connection"),
            models.CheckConstraint(
                condition=~Q(webhook_url="") | (~Q(bot_token="") & ~Q(channel="")),
                name="slack_has_a_door",
            ),
        ]

    def __str__(self) -> str:
        return self.channel or "incoming webhook"


class Reminder(TenantModel):
    """One message about one date to one recipient, sent once."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")
        SKIPPED = "skipped", _("Not sent")

    occurrence = CompanyForeignKey(
        "bookings.Occurrence", models.CASCADE, related_name="reminder_rows"
    )
    kind = models.CharField(max_length=30)  # "before:600": seconds before the start; or one above
    recipient = models.CharField(max_length=150)  # CHANNEL
    starts_at = models.DateTimeField()  # of the date that the message will name
    fire_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.SCHEDULED)
    attempt = models.PositiveIntegerField(default=0)  # who records must hold this number
    lease_until = models.DateTimeField(null=True, blank=True)  # until then nobody else takes it
    sent_for = models.DateTimeField(null=True, blank=True)  # the start that the last message named
    sent_at = models.DateTimeField(null=True, blank=True)
    slack_channel = models.CharField(max_length=100, blank=True)
    slack_ts = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["occurrence", "kind", "recipient"], name="reminder_once"
            ),
        ]
        indexes = [
            models.Index(fields=["fire_at"], condition=Q(state="scheduled"), name="reminder_due"),
            models.Index(
                fields=["lease_until"], condition=Q(state="sending"), name="reminder_lease"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fire_at:%Y-%m-%d %H:%M}Z"
