"""What was booked, and its dates. `bookings.creating`, `editing` and `mirror` are the only writers.

Columns ending in `_at`, `_from`, `_to` or `_until` are instants in UTC; `*_local` and
`original_start` are wall-clock times in the booking's own zone, without an offset.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import GreaterThan
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from bookings.fields import LocalDateTimeField
from bookings.models.overlap import BLOCKS_OVERLAP
from bookings.models.rooms import Room
from bookings.rules import LONGEST_BOOKING
from tenants.isolation import CompanyForeignKey, TenantManager, TenantModel
from tenants.zones import validate_zone

NO_OVERLAP = "occurrence_no_overlap"  # recognised by name when the database refuses


class Booking(TenantModel):
    """What was booked, once or by a rule: a single booking is a series of one. Never deleted."""

    class Origin(models.TextChoices):
        ROOMLY = "roomly", _("Roomly")
        GOOGLE = "google", _("Google Calendar")

    class Visibility(models.TextChoices):
        DEFAULT = "default", _("Default")
        PUBLIC = "public", _("Public")
        PRIVATE = "private", _("Private")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    room = CompanyForeignKey(Room, models.PROTECT, related_name="bookings")
    organizer = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    organizer_email = models.EmailField(blank=True)  # as Google names them; kept if unknown here
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.DEFAULT)
    video = models.BooleanField(default=False)
    video_url = models.URLField(blank=True, max_length=500)
    metadata = models.JSONField(default=dict, blank=True)
    external_reference = models.CharField(max_length=255, blank=True)
    reminders = ArrayField(  # minutes before the start; null: the company's own leads
        models.PositiveIntegerField(), null=True, blank=True
    )

    timezone = models.CharField(max_length=64, validators=[validate_zone])
    dtstart_local = LocalDateTimeField()
    duration = models.DurationField()
    all_day = models.BooleanField(default=False)
    days = models.PositiveSmallIntegerField(null=True, blank=True)  # length of an all-day booking
    rrule = models.TextField(blank=True)  # the value of the RRULE line; empty: no rule
    rdates = ArrayField(LocalDateTimeField(), default=list, blank=True)
    exdates = ArrayField(LocalDateTimeField(), default=list, blank=True)
    opaque = models.BooleanField(default=False)  # a rule we only mirror, not expand
    # Of a series, rows exist up to here; null: it brings no further dates by itself.
    horizon_until = models.DateTimeField(null=True, blank=True)
    frozen_before = models.DateTimeField(null=True, blank=True)  # history that no edit rewrites

    origin = models.CharField(max_length=6, choices=Origin, default=Origin.ROOMLY)
    split_from = CompanyForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="later_parts"
    )
    split_key = LocalDateTimeField(null=True, blank=True)  # on the clock of the first part
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            models.CheckConstraint(
                condition=Q(duration__gt=timedelta(), duration__lte=LONGEST_BOOKING),
                name="booking_duration",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "external_reference"],
                name="booking_external_reference",
                condition=~Q(external_reference=""),
            ),
            models.Index(
                fields=["company", "horizon_until"],
                name="booking_to_extend",
                condition=Q(horizon_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.public_id)

    @property
    def is_series(self) -> bool:
        return bool(self.rrule or self.rdates or self.opaque)


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    """Named questions about dates."""

    def overlapping(self, start: datetime, end: datetime) -> "OccurrenceQuerySet":
        """Dates that touch the instants [start, end).

        Few are longer than a day: only those are looked for further back.
        """
        lately = Q(starts_at__gt=start - LONG)
        long_ago = Q(is_long=True, starts_at__gt=start - LONGEST_BOOKING)
        return self.filter(lately | long_ago, starts_at__lt=end, ends_at__gt=start)

    def blocking(self) -> "OccurrenceQuerySet":
        return self.filter(blocks=True)

    def shown(self) -> "OccurrenceQuerySet":
        """What a calendar shows: everything that was not called off."""
        return self.exclude(status__in=("cancelled", "released"))


class OccurrenceManager(TenantManager["Occurrence"]):
    _queryset_class = OccurrenceQuerySet

    def get_queryset(self) -> OccurrenceQuerySet:
        return cast(OccurrenceQuerySet, super().get_queryset())


class Override(models.IntegerChoices):
    """Bits of `Occurrence.override_mask`: what this date has of its own."""

    TIME = 1, _("time")
    ROOM = 2, _("room")
    TITLE = 4, _("title")
    DESCRIPTION = 8, _("description")
    ORGANIZER = 16, _("organizer")
    STATUS = 32, _("status")
    GUESTS = 64, _("guests")
    REMINDERS = 128, _("reminders")
    METADATA = 256, _("metadata")


BLOCKING = ("confirmed", "pending", "held")
LONG = timedelta(days=1)


class Occurrence(TenantModel):
    """One date of a booking. Known by its original start, wherever it was moved since.

    `blocks` is derived: only rows that block may not overlap in a room.
    """

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        PENDING = "pending", _("To be confirmed")
        HELD = "held", _("Held")
        CONFLICTED = "conflicted", _("Conflicting")
        CANCELLED = "cancelled", _("Cancelled")
        RELEASED = "released", _("Released")

    class RoomResponse(models.TextChoices):
        NONE = "", _("Not asked")
        NEEDS_ACTION = "needsAction", _("Not answered")
        ACCEPTED = "accepted", _("Accepted")
        TENTATIVE = "tentative", _("Tentative")
        DECLINED = "declined", _("Declined")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    booking = CompanyForeignKey(Booking, models.PROTECT, related_name="occurrences")
    room = CompanyForeignKey(Room, models.PROTECT, related_name="occurrences")
    original_start = LocalDateTimeField()  # the place that the rule gave it; the zone's wall time
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    block_from = models.DateTimeField()  # with the room's buffers as they were when booked
    block_to = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.CONFIRMED)
    reason = models.CharField(max_length=100, blank=True)  # why it is cancelled or conflicted
    transparent = models.BooleanField(default=False)
    room_response = models.CharField(max_length=11, choices=RoomResponse, blank=True)
    blocks = models.GeneratedField(
        expression=Q(status__in=BLOCKING)  # type: ignore[arg-type]
        & Q(transparent=False)
        & ~Q(room_response="declined"),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    is_long = models.GeneratedField(  # and therefore in a small index of its own
        expression=GreaterThan(F("ends_at") - F("starts_at"), Value(LONG)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    override_mask = models.PositiveSmallIntegerField(default=0)  # bits of Override
    title = models.TextField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    reminders = ArrayField(  # its own where the bit says so; null: the company's leads
        models.PositiveIntegerField(), null=True, blank=True
    )
    metadata = models.JSONField(null=True, blank=True)
    organizer = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = OccurrenceManager()

    class Meta(TenantModel.Meta):
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=BLOCKS_OVERLAP,
                condition=Q(blocks=True),
            ),
            models.UniqueConstraint(fields=["booking", "original_start"], name="occurrence_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="occurrence_ends"),
            models.CheckConstraint(
                condition=Q(block_from__lte=F("starts_at")) & Q(block_to__gte=F("ends_at")),
                name="occurrence_buffers",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + Value(LONGEST_BOOKING)),
                name="occurrence_length",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "room", "starts_at"], name="occurrence_grid"),
            models.Index(fields=["company", "starts_at"], name="occurrence_list"),
            models.Index(
                fields=["company", "starts_at"], condition=Q(is_long=True), name="occurrence_long"
            ),
            models.Index(
                fields=["room"], condition=Q(status="conflicted"), name="occurrence_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown_title} {self.starts_at:%Y-%m-%d %H:%M}Z"

    @property
    def shown_title(self) -> str:
        return self.booking.title if self.title is None else self.title

    @property
    def shown_description(self) -> str:
        return self.booking.description if self.description is None else self.description

    @property
    def shown_reminders(self) -> list[int] | None:
        own = self.override_mask & Override.REMINDERS
        found: list[int] | None = self.reminders if own else self.booking.reminders
        return found

    @property
    def shown_metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = self.booking.metadata if self.metadata is None else self.metadata
        return found


class Participant(TenantModel):
    """Somebody invited to a booking, or to one date of it.

    A date with the bit GUESTS has a list of its own. On any other, rows of the date are the answers
    that people of the series gave for it alone.
    """

    class Response(models.TextChoices):
        NEEDS_ACTION = "needsAction", _("Not answered")
        ACCEPTED = "accepted", _("Accepted")
        TENTATIVE = "tentative", _("Tentative")
        DECLINED = "declined", _("Declined")

    booking = CompanyForeignKey(Booking, models.CASCADE, related_name="participants")
    occurrence = CompanyForeignKey(
        Occurrence, models.CASCADE, null=True, blank=True, related_name="participants"
    )
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    optional = models.BooleanField(default=False)
    response = models.CharField(max_length=11, choices=Response, default=Response.NEEDS_ACTION)

    class Meta(TenantModel.Meta):
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "occurrence", "email"],
                name="participant_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.email
