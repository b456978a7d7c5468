"""Programs that act for a company, and programs that are told what happened."""

from urllib.parse import urlsplit
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel


class ApiKey(TenantModel):
    """A bearer key of a company, shown once and stored hashed."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        BOOK = "book", _("Book")
        ADMIN = "admin", _("Administer")

    name = models.CharField(max_length=100, blank=True)
    member = CompanyForeignKey(  # on whose behalf it books; null: the company's own
        "tenants.Member", models.CASCADE, null=True, blank=True, related_name="api_keys"
    )
    secret_hash = models.CharField(max_length=64)  # SHA-256 of the secret's 256 random bits
    scopes = ArrayField(models.CharField(max_length=5, choices=Scope))
    created_at = models.DateTimeField(default=now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.UniqueConstraint(fields=["company", "secret_hash"], name="api_key_hash"),
            models.UniqueConstraint(  # so that people can tell them apart
                fields=["company", "name"],
                condition=Q(revoked_at=None) & ~Q(name=""),
                name="api_key_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"key {self.pk}"


class Webhook(TenantModel):
    """An address that a company's bookings are told to, one message after the other.

    See `integrations.webhooks`.
    """

    class Event(models.TextChoices):
        CREATED = "booking.created", _("A booking was made")
        CHANGED = "booking.changed", _("A booking was changed")
        CANCELLED = "booking.cancelled", _("A booking was cancelled")

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Switched off")

    class Cause(models.TextChoices):
        GONE = "gone", _("The receiver says that it is gone for good.")
        FAILING = "failing", _("Nothing got through for three days.")

    url = models.CharField(max_length=500)
    description = models.CharField(max_length=100, blank=True)
    events = ArrayField(models.CharField(max_length=20, choices=Event))
    secret = EncryptedTextField()  # "whsec_…"
    old_secret = EncryptedTextField(blank=True)  # signs too, until then
    old_secret_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    disabled_because = models.CharField(max_length=7, choices=Cause, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # null: the last one got through
    next_at = models.DateTimeField(default=now)
    leased_until = models.DateTimeField(null=True, blank=True)  # a worker is busy until then
    place = models.TextField(editable=False)  # PostgreSQL's snapshot up to which history was read
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["company", "url"], name="webhook_once"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="active"), name="webhook_in_use"),
        ]

    def __str__(self) -> str:
        return self.description or urlsplit(self.url).netloc


class WebhookMessage(TenantModel):
    """What one address is told of one act, or of nothing: a test. Its id stays in every try."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    class Trouble(models.TextChoices):
        NOT_PUBLIC = "not_public", _("The address is not on the public Internet.")
        NO_NAME = "no_name", _("Nobody knows a server of this name.")
        NO_CONNECTION = "no_connection", _("The server could not be reached safely.")
        TIMEOUT = "timeout", _("The server did not answer in time.")

    webhook = CompanyForeignKey(Webhook, models.CASCADE, related_name="messages", db_index=False)
    event = CompanyForeignKey("bookings.BookingEvent", models.CASCADE, null=True, related_name="+")
    public_id = models.UUIDField(default=uuid4, editable=False)
    type = models.CharField(max_length=20)
    body = models.TextField(blank=True)  # JSON as it was signed first; empty: not tried yet
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer, by HTTP
    answer = models.TextField(blank=True)  # how the last answer began
    trouble = models.CharField(max_length=13, choices=Trouble, blank=True)  # why there was none
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_message_once"),
        ]
        indexes = [
            models.Index(fields=["webhook", "id"], name="webhook_message_order"),
            models.Index(
                fields=["webhook", "id"],
                condition=Q(state="waiting"),
                name="webhook_message_waiting",
            ),
            models.Index(fields=["company", "created_at"], name="webhook_message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.wire_id}"

    @property
    def wire_id(self) -> str:
        """The `webhook-id` by which a receiver knows that it has it already."""
        return f"msg_{self.public_id.hex}"
