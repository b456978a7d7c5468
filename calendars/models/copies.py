"""What we last saw in Google, and what Google refused to take."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from bookings.fields import LocalDateTimeField
from calendars.models.links import CalendarLink
from tenants.isolation import CompanyForeignKey, TenantModel


class GoogleCopy(TenantModel):
    """One event (or one exception of a series) in Google, as we last saw it there.

    `base` is Google's content that both sides agree on and `base_v` the version of our booking
    that it carried. `attempts` holds what we may have written without hearing the answer.
    """

    link = CompanyForeignKey(CalendarLink, models.CASCADE, related_name="copies")
    moving_from = CompanyForeignKey(  # the event may still be on this calendar
        CalendarLink, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    google_event_id = models.CharField(max_length=1100)  # as Google spells it, case-sensitive
    recurring_event_id = models.CharField(max_length=1100, blank=True)
    booking = CompanyForeignKey(
        "bookings.Booking", models.CASCADE, null=True, blank=True, related_name="google_copies"
    )
    original_start = LocalDateTimeField(null=True, blank=True)  # null: the master or the single
    incarnation = models.PositiveSmallIntegerField(default=0)  # an id is burnt once deleted
    etag = models.TextField(blank=True)
    remote_updated = models.DateTimeField(null=True, blank=True)  # Google's clock
    html_link = models.URLField(max_length=1000, blank=True)
    raw = models.JSONField(default=dict)  # the item as last listed, until it is projected
    dirty = models.BooleanField(default=False)  # listed, not yet projected onto a booking
    run_id = models.UUIDField(null=True, blank=True)  # the full listing that last saw it
    dates_unread = models.BooleanField(default=False)  # of a series that got another time or rule
    base = models.JSONField(default=dict)
    base_v = models.BigIntegerField(default=0)
    attempts = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("Google event")
        verbose_name_plural = _("Google events")
        constraints = [
            models.UniqueConstraint(fields=["link", "google_event_id"], name="copy_of_event"),
            models.UniqueConstraint(
                fields=["booking", "original_start"],
                condition=Q(booking__isnull=False),
                nulls_distinct=False,
                name="copy_of_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["link"], condition=Q(dirty=True), name="copy_to_project"),
            models.Index(fields=["link", "recurring_event_id"], name="copy_of_series"),
        ]

    def __str__(self) -> str:
        return self.google_event_id


class Refusal(TenantModel):
    """What Google was last asked for a delivery that it refused, and what it said.

    It counts while its outbox entry is refused. Tokens are in neither: they travel in headers.
    """

    entry = CompanyForeignKey("bookings.OutboxEntry", models.CASCADE, related_name="refusals")
    act = models.CharField(max_length=10)  # of calendars.plans.Plan
    calendar_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=1100)
    request = models.JSONField(default=dict)  # the body
    answer = models.TextField()  # Google's words
    reason = models.CharField(max_length=100, blank=True)  # Google's code
    refused_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("refused delivery")
        verbose_name_plural = _("refused deliveries")
        constraints = [models.UniqueConstraint(fields=["entry"], name="last_refusal_of_entry")]

    def __str__(self) -> str:
        return f"{self.act} {self.event_id}"
