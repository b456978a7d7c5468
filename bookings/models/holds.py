"""A time in a room that is kept for whoever fills in a form (`bookings.holding`)."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from bookings.models.overlap import BLOCKS_OVERLAP
from bookings.models.rooms import Room
from bookings.rules import LONGEST_BOOKING
from tenants.isolation import CompanyForeignKey, TenantModel

ONE_HOLD = "hold_no_overlap"


class Hold(TenantModel):
    """At most one a person; nothing any more once it has expired, whether or not it is still here.

    It is no booking: it has no history, no listener hears of it, Google never sees it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    member = models.OneToOneField(
        "tenants.Member", models.CASCADE, related_name="+", db_constraint=False
    )
    room = CompanyForeignKey(Room, models.CASCADE, related_name="holds")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    block_from = models.DateTimeField()  # with the room's buffers
    block_to = models.DateTimeField()
    form = models.CharField(max_length=100)  # the key of the form for which it is
    begun_at = models.DateTimeField()  # when that form held anything first
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            ExclusionConstraint(
                name=ONE_HOLD,
                expressions=BLOCKS_OVERLAP,
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"))
                & Q(ends_at__lte=F("starts_at") + Value(LONGEST_BOOKING)),
                name="hold_length",
            ),
            models.CheckConstraint(
                condition=Q(block_from__lte=F("starts_at")) & Q(block_to__gte=F("ends_at")),
                name="hold_buffers",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("begun_at")), name="hold_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}Z"
