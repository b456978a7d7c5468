"""A look at a company's calendars before anything is switched on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from calendars.models.links import GoogleConnection
from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel


class AuditGrant(TenantModel):
    """A company's permission to read, for the audit alone.

    Apart from GoogleConnection, so that nothing which writes to Google, follows its changes or
    waits for a connection can come upon it.
    """

    kind = models.CharField(max_length=16, choices=GoogleConnection.Kind)
    account_email = models.EmailField()  # who grants, or whom the service account acts for
    secret = EncryptedTextField()  # refresh token, or the service account's key as JSON
    scopes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("permission to read")
        verbose_name_plural = _("permissions to read")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_audit_grant")]

    def __str__(self) -> str:
        return self.account_email


class AuditRun(TenantModel):
    """One look at all of a company's rooms: a report, once it is finished."""

    account_email = models.EmailField()  # with whose eyes
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)
    rooms = models.JSONField(default=list)  # in order: name, calendar, capacity
    people = models.JSONField(default=dict, blank=True)  # addresses; emptied at the end
    unseen = models.JSONField(default=dict, blank=True)  # what could not be looked at: of rooms

    class Meta(TenantModel.Meta):
        verbose_name = _("audit")
        verbose_name_plural = _("audits")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class AuditFinding(TenantModel):
    """One trouble that an audit found; `calendars.audit.words` says it."""

    run = CompanyForeignKey(AuditRun, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=20)
    room_name = models.CharField(max_length=200)
    calendar_id = models.CharField(max_length=255, blank=True)
    identity = models.CharField(max_length=64)  # the same trouble has the same in every run
    facts = models.JSONField(default=dict)
    link = models.TextField(blank=True)  # to the event in Google

    class Meta(TenantModel.Meta):
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return f"{self.kind}: {self.room_name}"
