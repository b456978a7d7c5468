"""Who is to be told what, when: these rows are the truth, Redis is only their index.

All columns are instants in UTC.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel

# The kinds of messages, besides "before:600", a start in so many seconds, and "agenda:2026-12-01".
OVERLAP, PLACED, BOOKED = "overlap", "placed", "booked"
BEFORE, AGENDA = "before:", "agenda:"


class SettingsOfReminders(models.Model):
    """What the company chooses for all, and a person for themselves."""

    quiet_from = models.TimeField(null=True, blank=True)  # on the receiver's clock
    quiet_until = models.TimeField(null=True, blank=True)  # earlier: overnight; the same: none
    agenda_at = models.TimeField(null=True, blank=True)  # on the receiver's clock

    class Meta:
        abstract = True


class SlackConnection(TenantModel):
    """A company's Slack: a bot token, or an incoming webhook's URL.

    The token came with an installation, which names the workspace, or was entered by hand.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Connected")
        BROKEN = "broken", _("Needs to be connected again")

    bot_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)  # where Slack rotates the app's tokens
    token_expires_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)  # by one process at a time
    team_id = models.CharField(max_length=40, blank=True)  # of a workspace, or an organisation
    team_name = models.CharField(max_length=150, blank=True)
    bot_user_id = models.CharField(max_length=40, blank=True)
    scopes = models.TextField(blank=True)  # as an installation granted them, comma-separated
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
            # Across companies: a request from Slack names its workspace alone.
            models.UniqueConstraint(
                fields=["team_id"], condition=~Q(team_id=""), name="slack_team_of_one_company"
            ),
            models.CheckConstraint(
                condition=~Q(webhook_url="") | ~Q(bot_token=""),
                name="slack_has_a_door",
            ),
        ]

    def __str__(self) -> str:
        return self.team_name or ("bot token" if self.bot_token else "incoming webhook")

    @property
    def is_installed(self) -> bool:
        """Whether the token came with an installation, and is not the company's own."""
        return bool(self.scopes)


class SlackChannel(TenantModel):
    """Where what is posted about a room goes: its own channel, its building's, the company's.

    The narrowest that there is; the company's is the row without building and room.
    """

    building = CompanyForeignKey(
        "bookings.Building", models.CASCADE, null=True, blank=True, related_name="+"
    )
    room = CompanyForeignKey(
        "bookings.Room", models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=100)  # as it was chosen: #name, or an id
    channel_id = models.CharField(max_length=100, blank=True)  # once Slack's answer named it
    error = models.TextField(blank=True)  # Slack's word for why nothing can be posted there

    class Meta(TenantModel.Meta):
        verbose_name = _("Slack channel")
        verbose_name_plural = _("Slack channels")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "building", "room"],
                nulls_distinct=False,
                name="one_slack_channel_a_place",
            ),
            models.CheckConstraint(
                condition=Q(building=None) | Q(room=None), name="slack_channel_of_one_place"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SlackPerson(TenantModel):
    """Who an address is in the company's Slack, as Slack said at `looked_up_at`.

    Without `slack_id`: Slack knows nobody by it.
    """

    email = models.EmailField()  # lower-case, and confirmed in Slack
    slack_id = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    dm_channel = models.CharField(max_length=40, blank=True)  # once one was opened
    looked_up_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("person in Slack")
        verbose_name_plural = _("people in Slack")
        constraints = [
            models.UniqueConstraint(fields=["company", "email"], name="slack_person_by_email"),
            models.UniqueConstraint(
                fields=["company", "slack_id"],
                condition=~Q(slack_id=""),
                name="slack_person_by_id",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class CompanyReminders(SettingsOfReminders, TenantModel):
    """Who is told of what in a company; how long before a start is `Company.reminder_leads`."""

    direct = models.BooleanField(default=True)  # organisers by direct message
    in_channels = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)  # while Slack cannot be used

    class Meta(TenantModel.Meta):
        verbose_name = _("reminders of a company")
        verbose_name_plural = _("reminders of companies")
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_company_reminders"),
        ]

    def __str__(self) -> str:
        return str(self.company)


class MemberReminders(SettingsOfReminders, TenantModel):
    """What a person chose for themselves; what is null is as the company has it."""

    member = CompanyForeignKey("tenants.Member", models.CASCADE, related_name="+")
    as_organizer = models.BooleanField(default=True)
    as_guest = models.BooleanField(default=False)
    leads = ArrayField(models.PositiveIntegerField(), null=True, blank=True)  # seconds
    no_agenda = models.BooleanField(default=False)  # though the company has one

    class Meta(TenantModel.Meta):
        verbose_name = _("reminders of a person")
        verbose_name_plural = _("reminders of people")
        constraints = [
            models.UniqueConstraint(fields=["company", "member"], name="one_member_reminders"),
        ]

    def __str__(self) -> str:
        return str(self.member)


class Reminder(TenantModel):
    """One message to one receiver, sent once: about a date, or an agenda of a day."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")
        SKIPPED = "skipped", _("Not sent")

    occurrence = CompanyForeignKey(  # null: an agenda
        "bookings.Occurrence", models.CASCADE, null=True, related_name="reminder_rows"
    )
    kind = models.CharField(max_length=30)
    member = CompanyForeignKey(  # null: the room's channel
        "tenants.Member", models.CASCADE, null=True, related_name="+"
    )
    starts_at = models.DateTimeField()  # of the date that the message names; an agenda's day's end
    fire_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.SCHEDULED)
    attempt = models.PositiveIntegerField(default=0)  # who records must hold this number
    lease_until = models.DateTimeField(null=True, blank=True)  # until then nobody else takes it
    by_mail = models.BooleanField(default=False)  # that is how the last attempt went
    sent_for = models.DateTimeField(null=True, blank=True)  # the start that the last message named
    sent_at = models.DateTimeField(null=True, blank=True)
    slack_channel = models.CharField(max_length=100, blank=True)
    slack_ts = models.CharField(max_length=40, blank=True)
    shown = models.CharField(max_length=32, blank=True, db_default="", default="")  # see shown.py
    correct_at = models.DateTimeField(null=True, blank=True)  # that message is no longer true
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "occurrence", "kind", "member"],
                nulls_distinct=False,
                name="reminder_once",
            ),
        ]
        indexes = [
            models.Index(fields=["fire_at"], condition=Q(state="scheduled"), name="reminder_due"),
            models.Index(
                fields=["lease_until"], condition=Q(state="sending"), name="reminder_lease"
            ),
            models.Index(
                fields=["correct_at"],
                condition=Q(correct_at__isnull=False),
                name="reminder_to_correct",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fire_at:%Y-%m-%d %H:%M}Z"
