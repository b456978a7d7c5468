"""Where one can meet, and the clock that its writers share."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.isolation import CompanyForeignKey, TenantModel
from tenants.zones import validate_zone


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

    @classmethod
    def words(cls, codes: Iterable[str]) -> str:
        """Codes as a person reads them; those of a company's own stay as they are."""
        labels = dict(cls.choices)
        return ", ".join(str(labels.get(code, code)) for code in codes)


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
