"""Rooms, and who has them when. `bookings.services` is the only writer of bookings.

Columns ending in `_at`, `_from`, `_to` or `_until` are instants in UTC; `*_local` and
`original_start` are wall-clock times in the booking's own zone, without an offset.
"""

import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import GreaterThan
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from bookings.fields import LocalDateTimeField
from bookings.rules import LONGEST_BOOKING
from tenants.isolation import CompanyForeignKey, TenantManager, TenantModel
from tenants.scope import active_company_id
from tenants.zones import validate_zone

NO_OVERLAP = "occurrence_no_overlap"  # recognised by name when the database refuses


class Building(TenantModel):
    """A place with one time zone."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, validators=[validate_zone])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="building_name_per_company")
        ]

    def __str__(self) -> str:
        return self.name


class Floor(TenantModel):
    """A storey of a building."""

    id = models.AutoField(primary_key=True)
    building = CompanyForeignKey(Building, models.CASCADE, related_name="floors")
    name = models.CharField(max_length=50)
    position = models.SmallIntegerField(default=0)  # from the lowest

    class Meta(TenantModel.Meta):
        verbose_name = _("floor")
        verbose_name_plural = _("floors")
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "building", "name"], name="floor_name_per_building"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(models.TextChoices):
    """What rooms often have, with words of ours; a room may have other codes besides."""

    VIDEO = "video", _("Video conference")
    SCREEN = "screen", _("Screen")
    WHITEBOARD = "whiteboard", _("Whiteboard")
    PHONE = "phone", _("Phone")
    HYBRID = "hybrid", _("Hybrid meeting camera")
    ACCESSIBLE = "accessible", _("Step-free access")


class Room(TenantModel):
    """A bookable room. Its int4 key is what lets the exclusion constraint's index be used."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    id = models.AutoField(primary_key=True)
    building = CompanyForeignKey(Building, models.PROTECT, related_name="rooms")
    floor = CompanyForeignKey(Floor, models.PROTECT, null=True, blank=True, related_name="rooms")
    name = models.CharField(max_length=100)
    capacity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    equipment = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    timezone = models.CharField(  # empty: the building's
        max_length=64, blank=True, validators=[validate_zone]
    )
    google_calendar_id = models.CharField(max_length=255, blank=True)
    buffer_before = models.DurationField(default=timedelta())
    buffer_after = models.DurationField(default=timedelta())
    opening_hours = models.JSONField(default=dict, blank=True)  # empty: the company's
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "building", "name"], name="room_name_per_building"
            ),
            models.UniqueConstraint(
                fields=["company", "google_calendar_id"],
                condition=~Q(google_calendar_id=""),
                name="room_calendar_per_company",
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="room_capacity"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_name(self) -> str:
        """The IANA zone in which the room keeps its hours."""
        return self.timezone or self.building.timezone


class RoomClock(TenantModel):
    """The mutex of a room's writers and the version of its schedule, one row a room.

    Writers lock it first, in ascending room order, so that racing requests queue instead of
    meeting in the exclusion constraint, where they would wait for the deadlock timer.
    """

    room = models.OneToOneField(
        Room, models.CASCADE, primary_key=True, related_name="clock", db_constraint=False
    )
    version = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        pass


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
    checkpoint_index = models.PositiveIntegerField(null=True, blank=True)  # of a rule with COUNT:
    checkpoint_local = LocalDateTimeField(null=True, blank=True)  # expansion may start here
    horizon_until = models.DateTimeField(null=True, blank=True)  # rows exist up to here
    frozen_before = models.DateTimeField(null=True, blank=True)  # history that no edit rewrites

    origin = models.CharField(max_length=6, choices=Origin, default=Origin.ROOMLY)
    split_from = CompanyForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="later_parts"
    )
    split_key = LocalDateTimeField(null=True, blank=True)
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
    def get_queryset(self) -> OccurrenceQuerySet:
        return OccurrenceQuerySet(self.model, using=self._db).filter(company_id=active_company_id())


class Override(models.IntegerChoices):
    """Bits of `Occurrence.override_mask`: what this date has of its own."""

    TIME = 1, _("time")
    ROOM = 2, _("room")
    TITLE = 4, _("title")
    DESCRIPTION = 8, _("description")
    ORGANIZER = 16, _("organizer")
    STATUS = 32, _("status")


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
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (
                        Func(
                            F("block_from"),
                            F("block_to"),
                            Value("[)"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
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
            models.Index(fields=["room", "starts_at"], name="occurrence_grid"),
            models.Index(fields=["company", "starts_at"], name="occurrence_list"),
            models.Index(
                fields=["company", "starts_at"], condition=Q(is_long=True), name="occurrence_long"
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


class Participant(TenantModel):
    """Somebody invited to a booking, or to one date of it."""

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


class Door(models.TextChoices):
    """By which way a change came in."""

    WEB = "web", _("Roomly")
    API = "api", _("API")
    GOOGLE = "google", _("Google Calendar")
    SLACK = "slack", _("Slack")
    KIOSK = "kiosk", _("Door display")
    RULE = "rule", _("a rule")
    OPERATOR = "operator", _("the operator")


class BookingEvent(TenantModel):
    """History, only ever added to: who did what, by which door, and the values around it."""

    booking = CompanyForeignKey(Booking, models.CASCADE, related_name="history")
    original_start = LocalDateTimeField(null=True, blank=True)  # null: the whole booking
    at = models.DateTimeField(default=now)
    member = CompanyForeignKey("tenants.Member", models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=8, choices=Door)
    act = models.CharField(max_length=20)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering = ("id",)
        indexes = [models.Index(fields=["booking", "id"], name="booking_event_of_booking")]

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
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.booking_id} {self.original_start or ''}"

    @property
    def is_pending(self) -> bool:
        return self.acked_v < self.desired_v


class IdempotencyKey(TenantModel):
    """A request that was answered: the same key again gets the same answer for 24 hours."""

    actor = models.CharField(max_length=50)  # "member:5" or "key:3"
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
