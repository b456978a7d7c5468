"""Long work that goes on in steps."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.isolation import CompanyForeignKey, TenantModel


class LongWork(TenantModel):
    """A company's work of minutes, done in steps: how far it is, and where it goes on.

    `cursor` is where the next step begins, `result` what the work found out; both in the terms of
    its kind (see `calendars.work_kinds`). One worker at a time holds the lease.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Under way")
        WAITING = "waiting", _("Waiting")  # for something outside; goes on by itself
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=State, default=State.RUNNING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)  # null: not known yet
    cursor = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)  # in English; see `reason`
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    started_by = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Since when the work goes on without a break, and from how many: its pace is measured here.
    paced_at = models.DateTimeField(default=now)
    paced_from = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=now)  # not one step before
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("long work")
        verbose_name_plural = _("long work")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind"],
                condition=Q(state__in=("running", "waiting")),
                name="one_open_work_per_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "-started_at"], name="long_work_latest"),
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=("running", "waiting")),
                name="long_work_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in (self.State.RUNNING, self.State.WAITING)

    @property
    def reason(self) -> str:
        """Why it failed or waits, in the reader's language where the sentence is one of ours."""
        return gettext(self.error) if self.error else ""

    @property
    def time_left(self) -> timedelta | None:
        """How long the rest takes at the pace of late; None where nobody can tell."""
        made = self.done - self.paced_from
        if self.state != self.State.RUNNING or self.total is None or made <= 0:
            return None
        passed = self.updated_at - self.paced_at
        return max(self.total - self.done, 0) * passed / made
