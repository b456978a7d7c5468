"""Rooms and people as Google's directory has them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.isolation import TenantModel


class DirectoryRoom(TenantModel):
    """A room as Google's directory last named it; one that is gone from there is kept, and known.

    The directory tells no deletions: what a whole reading does not name is gone.
    """

    resource_id = models.CharField(max_length=100)  # Google's key
    calendar_id = models.CharField(max_length=255)  # its address
    name = models.CharField(max_length=255)
    building = models.CharField(max_length=255, blank=True)
    floor = models.CharField(max_length=255, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    features = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    seen_by = models.BigIntegerField()  # the long work that last read it
    gone_at = models.DateTimeField(null=True, blank=True)
    closed_here = models.BooleanField(default=False)  # because it was gone

    class Meta(TenantModel.Meta):
        verbose_name = _("room in the directory")
        verbose_name_plural = _("rooms in the directory")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "resource_id"], name="directory_room_once_per_company"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DirectoryPerson(TenantModel):
    """Whether an organiser still works here, as Google's directory last told it.

    Only people who have bookings to come, or are members, are kept; not the whole directory.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ARCHIVED = "archived", _("Archived")
        GONE = "gone", _("Deleted")

    email = models.EmailField()  # in lower case; the one by which we know the person
    name = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=9, choices=State)
    seen_by = models.BigIntegerField()  # the long work that last read it
    changed_at = models.DateTimeField(default=now)  # when the state was first read

    class Meta(TenantModel.Meta):
        verbose_name = _("person in the directory")
        verbose_name_plural = _("people in the directory")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"], name="directory_person_once_per_company"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email
