"""A screen at the door of a room (`bookings.display`)."""

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from bookings.models.rooms import Room
from tenants.isolation import CompanyForeignKey, TenantModel


class Display(TenantModel):
    """Lets whoever has its link see and use one room. Deleted when it is switched off.

    The link is made from the row's key by our own secret, so that no copy of the table opens a
    door; a key is never used again.
    """

    room = CompanyForeignKey(Room, models.CASCADE, related_name="displays")
    made_by = CompanyForeignKey("tenants.Member", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=now, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True)  # to within a few minutes

    class Meta(TenantModel.Meta):
        verbose_name = _("door display")
        verbose_name_plural = _("door displays")
        constraints = [
            models.UniqueConstraint(fields=["company", "room"], name="one_display_a_room")
        ]

    def __str__(self) -> str:
        return str(self.room)
