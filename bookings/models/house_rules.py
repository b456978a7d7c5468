"""The rules that a company, a building or a room sets for its bookings (`bookings.house_rules`)."""

from functools import reduce
from operator import and_

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.rooms import Building, Room
from tenants.isolation import CompanyForeignKey, TenantModel

DAY = 24 * 60  # minutes
LONGEST = 31 * DAY
FARTHEST = 730  # days
STEPS = (1, 5, 10, 15, 20, 30, 60)  # minutes; each divides an hour, 1 is any time


def _is_a_day(weekday: int) -> Q:
    """A weekday's own two places: it closes after it opens, or when it does, on the same day."""
    opens, closes = f"opening_hours__{2 * weekday}", f"opening_hours__{2 * weekday + 1}"
    return Q(**{f"{opens}__lte": F(closes), f"{opens}__gte": 0, f"{closes}__lte": DAY})


class HouseRules(TenantModel):
    """One row a company, building or room that rules something; null: as those around it say.

    Lengths are minutes on the clock, `horizon` is days. `opening_hours` are of each weekday from
    Monday on the minutes after midnight at which it opens and closes; equal: closed.
    """

    building = CompanyForeignKey(
        Building, models.CASCADE, null=True, blank=True, related_name="house_rules"
    )
    room = CompanyForeignKey(
        Room, models.CASCADE, null=True, blank=True, related_name="house_rules"
    )
    opening_hours = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True)
    min_length = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST)]
    )
    max_length = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST)]
    )
    notice = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(FARTHEST * DAY)]
    )
    horizon = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(FARTHEST)]
    )
    step = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(step, f"{step}") for step in STEPS]
    )
    private_titles = models.BooleanField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("house rules")
        verbose_name_plural = _("house rules")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "building", "room"],
                name="house_rules_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(building=None) | Q(room=None), name="house_rules_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(opening_hours=None)
                | Q(opening_hours__len=14)
                & reduce(and_, (_is_a_day(weekday) for weekday in range(7))),
                name="house_rules_opening_hours",
            ),
            models.CheckConstraint(
                condition=Q(min_length=None) | Q(min_length__gte=1, min_length__lte=LONGEST),
                name="house_rules_min_length",
            ),
            models.CheckConstraint(
                condition=Q(max_length=None) | Q(max_length__gte=1, max_length__lte=LONGEST),
                name="house_rules_max_length",
            ),
            models.CheckConstraint(
                condition=Q(min_length=None)
                | Q(max_length=None)
                | Q(min_length__lte=F("max_length")),
                name="house_rules_lengths",
            ),
            models.CheckConstraint(
                condition=Q(notice=None) | Q(notice__lte=FARTHEST * DAY), name="house_rules_notice"
            ),
            models.CheckConstraint(
                condition=Q(horizon=None) | Q(horizon__gte=1, horizon__lte=FARTHEST),
                name="house_rules_horizon",
            ),
            models.CheckConstraint(
                condition=Q(step=None) | Q(step__in=STEPS), name="house_rules_step"
            ),
        ]

    def __str__(self) -> str:
        return str(self.room or self.building or self.company)
