"""A company's connection with Google, its rooms' calendars, and their push channels."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel

CHANNEL_LIFE = timedelta(days=7)  # Google's default and the longest it is known to grant


class GoogleConnection(TenantModel):
    """A company's permission to write its rooms' calendars: an admin's or a service account's."""

    class Kind(models.TextChoices):
        OAUTH = "oauth", _("Administrator's grant")
        SERVICE_ACCOUNT = "service_account", _("Service account")

    class State(models.TextChoices):
        ACTIVE = "active", _("Connected")
        SUSPECT = "suspect", _("Being checked")
        REVOKED = "revoked", _("Needs to be connected again")

    kind = models.CharField(max_length=16, choices=Kind)
    account_email = models.EmailField()  # who grants, or whom the service account acts for
    secret = EncryptedTextField()  # refresh token, or the service account's key as JSON
    scopes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)  # one refresh at a time
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    error = models.TextField(blank=True)  # what Google said, for the admins
    checked_at = models.DateTimeField(null=True, blank=True)  # when a suspicion arose
    connected_by = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    connected_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("Google connection")
        verbose_name_plural = _("Google connections")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_google_connection")]

    def __str__(self) -> str:
        return self.account_email


class CalendarLink(TenantModel):
    """A room's Google calendar: where its changes are read from, and who works on it now.

    `generation` counts hints that something changed; the calendar is up to date when
    `pulled_generation` has caught up. One worker at a time holds the lease.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        MISSING = "missing", _("Not found in Google")

    room = CompanyForeignKey("bookings.Room", models.CASCADE, related_name="calendar_links")
    google_calendar_id = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    push_supported = models.BooleanField(default=True)
    sync_token = models.TextField(blank=True)
    generation = models.BigIntegerField(default=0)
    pulled_generation = models.BigIntegerField(default=-1)  # below generation: never pulled
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(default=now)  # after a failure: not one call before
    read_after = models.DateTimeField(null=True, blank=True)  # what comes before shares a reading
    list_after = models.DateTimeField(null=True, blank=True)  # no listing from the beginning before
    last_pull_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)  # a notification from Google
    missed_pushes = models.PositiveIntegerField(default=0)  # changes that only a poll found
    missed_in_row = models.PositiveSmallIntegerField(default=0)  # polls that found such
    last_change_at = models.DateTimeField(default=now)  # when a reading last found news
    # Since when Google may say more than was read; told of by it, or assumed after a failure.
    behind_since = models.DateTimeField(null=True, blank=True)
    lags_in = ArrayField(  # see calendars.lag
        models.PositiveIntegerField(), default=list, blank=True
    )
    lags_out = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    alarmed_at = models.DateTimeField(  # while it is late: see calendars.alarms
        null=True, blank=True
    )
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = [
            models.UniqueConstraint(fields=["room"], name="one_calendar_per_room"),
            models.UniqueConstraint(
                fields=["company", "google_calendar_id"], name="calendar_once_per_company"
            ),
        ]
        indexes = [models.Index(fields=["next_poll_at"], name="calendar_link_poll")]

    def __str__(self) -> str:
        return self.google_calendar_id


class Channel(TenantModel):
    """A push channel at Google. Its row exists before Google hears of it."""

    class State(models.TextChoices):
        PENDING = "pending", _("Opening")
        LIVE = "live", _("Live")
        OLD = "old", _("Replaced")
        STOPPED = "stopped", _("Stopped")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, editable=False)
    link = CompanyForeignKey(CalendarLink, models.CASCADE, related_name="channels")
    resource_id = models.CharField(max_length=255, blank=True)  # Google's, from the watch answer
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    renew_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("push channel")
        verbose_name_plural = _("push channels")
        indexes = [
            models.Index(fields=["renew_at"], condition=Q(state="live"), name="channel_renewal")
        ]

    def __str__(self) -> str:
        return str(self.id)
