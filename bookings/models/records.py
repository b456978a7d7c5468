"""What is kept beside bookings: their history, who has to hear of them, answered requests."""

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from bookings.fields import LocalDateTimeField
from bookings.models.bookings import Booking
from tenants.isolation import CompanyForeignKey, TenantModel
from tenants.models import Door


class CurrentTransaction(Func):
    """PostgreSQL's id of the transaction that runs: it never comes again
    (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT)."""

    function = "pg_current_xact_id"
    output_field = models.TextField()


class BookingEvent(TenantModel):
    """History, only ever added to: who did what, by which door, and the values around it.

    Who reads it on from a place knows by `written_in` what was not there yet: transactions do not
    end in the order of their lines' ids (see integrations/webhooks/collecting.py).
    """

    booking = CompanyForeignKey(Booking, models.CASCADE, related_name="history")
    original_start = LocalDateTimeField(null=True, blank=True)  # null: the whole booking
    at = models.DateTimeField(default=now)
    member = CompanyForeignKey("tenants.Member", models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=8, choices=Door)
    act = models.CharField(max_length=20)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    written_in = models.BigIntegerField(  # null: before there was anybody who reads on
        null=True,
        editable=False,
        db_default=Cast(Cast(CurrentTransaction(), models.TextField()), models.BigIntegerField()),
    )

    class Meta(TenantModel.Meta):
        ordering = ("id",)
        indexes = [
            models.Index(fields=["booking", "id"], name="booking_event_of_booking"),
            models.Index(fields=["company", "written_in"], name="booking_event_written"),
            models.Index(fields=["company", "-at", "-id"], name="booking_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}Z"


class OutboxEntry(TenantModel):
    """What is out of date for whom: pending while acked_v is below desired_v.

    It never says what to do. The consumer reads the booking as it is now, so a hundred edits
    fold into one delivery and a replayed one carries nothing stale.
    """

    class State(models.TextChoices):
        OK = "ok", _("In order")
        STALLED = "stalled", _("Retrying")
        DEAD = "dead", _("Refused")
        BLOCKED = "blocked", _("Waiting for the connection")

    consumer = models.CharField(max_length=10)  # a name in settings.BOOKING_LISTENERS
    booking = CompanyForeignKey(Booking, models.CASCADE, related_name="outbox")
    original_start = LocalDateTimeField(null=True, blank=True)  # null: the master or the single
    lane = models.BigIntegerField()  # the lineage's first booking; its parts go one at a time
    desired_v = models.BigIntegerField(default=1)
    acked_v = models.BigIntegerField(default=0)
    next_at = models.DateTimeField(default=now)
    tries = models.PositiveIntegerField(default=0)
    error_class = models.CharField(max_length=20, blank=True)
    last_error = models.TextField(blank=True)  # for a person to read
    state = models.CharField(max_length=7, choices=State, default=State.OK)
    first_pending_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("outbox entry")
        verbose_name_plural = _("outbox")
        constraints = [
            models.UniqueConstraint(
                fields=["consumer", "booking", "original_start"],
                name="outbox_subject",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["consumer", "next_at"],
                condition=Q(acked_v__lt=F("desired_v")) & Q(state__in=("ok", "stalled")),
                name="outbox_due",
            ),
            models.Index(
                fields=["company", "first_pending_at"],
                condition=Q(acked_v__lt=F("desired_v")),
                name="outbox_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.booking_id} {self.original_start or ''}"

    @property
    def is_pending(self) -> bool:
        return self.acked_v < self.desired_v


class IdempotencyKey(TenantModel):
    """A request that was answered: the same key again gets the same answer for 24 hours."""

    actor = models.CharField(max_length=50)  # "member:5", "key:3" or "display:7"
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "actor", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return self.key
