"""Rooms that a person has starred."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.rooms import Room
from tenants.isolation import CompanyForeignKey, TenantModel


class Favourite(TenantModel):
    """A star of one member for one room; who works for two companies has stars in each."""

    member = models.ForeignKey(
        "tenants.Member", models.CASCADE, related_name="+", db_constraint=False
    )
    room = CompanyForeignKey(Room, models.CASCADE, related_name="favourites")

    class Meta(TenantModel.Meta):
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [
            models.UniqueConstraint(fields=["member", "room"], name="favourite_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member} ★ {self.room}"
