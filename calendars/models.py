"""Google Calendar as a company's connection, its rooms' calendars, and what we last saw there.

Besides: the long work that reading all of it takes.
"""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.fields import LocalDateTimeField
from tenants.encryption import EncryptedTextField
from tenants.isolation import CompanyForeignKey, TenantModel

CHANNEL_LIFE = timedelta(days=7)  # Google's default and the longest it is known to grant


class GoogleConnection(TenantModel):
    """A company's permission to write its rooms' calendars: an admin's or a service account's."""

    class Kind(models.TextChoices):
        OAUTH = "oauth", _("Administrator's grant")
        SERVICE_ACCOUNT = "service_account", _("Service account")

    class State(models.TextChoices):
        ACTIVE = "active", _("Connected")
        SUSPECT = "suspect", _("Being checked")
        REVOKED = "revoked", _("Needs to be connected again")

    kind = models.CharField(max_length=16, choices=Kind)
    account_email = models.EmailField()  # who grants, or whom the service account acts for
    secret = EncryptedTextField()  # refresh token, or the service account's key as JSON
    scopes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)  # one refresh at a time
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    error = models.TextField(blank=True)  # what Google said, for the admins
    checked_at = models.DateTimeField(null=True, blank=True)  # when a suspicion arose
    connected_by = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    connected_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("Google connection")
        verbose_name_plural = _("Google connections")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_google_connection")]

    def __str__(self) -> str:
        return self.account_email


class CalendarLink(TenantModel):
    """A room's Google calendar: where its changes are read from, and who works on it now.

    `generation` counts hints that something changed; the calendar is up to date when
    `pulled_generation` has caught up. One worker at a time holds the lease.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        MISSING = "missing", _("Not found in Google")

    room = CompanyForeignKey("bookings.Room", models.CASCADE, related_name="calendar_links")
    google_calendar_id = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    push_supported = models.BooleanField(default=True)
    sync_token = models.TextField(blank=True)
    generation = models.BigIntegerField(default=0)
    pulled_generation = models.BigIntegerField(default=-1)  # below generation: never pulled
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(default=now)  # after a failure: not one call before
    read_after = models.DateTimeField(null=True, blank=True)  # what comes before shares a reading
    list_after = models.DateTimeField(null=True, blank=True)  # no listing from the beginning before
    last_pull_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)  # a notification from Google
    missed_pushes = models.PositiveIntegerField(default=0)  # changes that only a poll found
    missed_in_row = models.PositiveSmallIntegerField(default=0)  # polls that found such
    last_change_at = models.DateTimeField(default=now)  # when a reading last found news
    # Since when Google may say more than was read; told of by it, or assumed after a failure.
    behind_since = models.DateTimeField(null=True, blank=True)
    lags_in = ArrayField(  # see calendars.lag
        models.PositiveIntegerField(), default=list, blank=True
    )
    lags_out = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    alarmed_at = models.DateTimeField(  # while it is late: see calendars.alarms
        null=True, blank=True
    )
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = [
            models.UniqueConstraint(fields=["room"], name="one_calendar_per_room"),
            models.UniqueConstraint(
                fields=["company", "google_calendar_id"], name="calendar_once_per_company"
            ),
        ]
        indexes = [models.Index(fields=["next_poll_at"], name="calendar_link_poll")]

    def __str__(self) -> str:
        return self.google_calendar_id


class Channel(TenantModel):
    """A push channel at Google. Its row exists before Google hears of it."""

    class State(models.TextChoices):
        PENDING = "pending", _("Opening")
        LIVE = "live", _("Live")
        OLD = "old", _("Replaced")
        STOPPED = "stopped", _("Stopped")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, editable=False)
    link = CompanyForeignKey(CalendarLink, models.CASCADE, related_name="channels")
    resource_id = models.CharField(max_length=255, blank=True)  # Google's, from the watch answer
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    renew_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("push channel")
        verbose_name_plural = _("push channels")
        indexes = [
            models.Index(fields=["renew_at"], condition=Q(state="live"), name="channel_renewal")
        ]

    def __str__(self) -> str:
        return str(self.id)


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


class AuditGrant(TenantModel):
    """A company's permission to read, for the audit alone.

    Apart from GoogleConnection, so that nothing which writes to Google, follows its changes or
    waits for a connection can come upon it.
    """

    kind = models.CharField(max_length=16, choices=GoogleConnection.Kind)
    account_email = models.EmailField()  # who grants, or whom the service account acts for
    secret = EncryptedTextField()  # refresh token, or the service account's key as JSON
    scopes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = CompanyForeignKey(
        "tenants.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(default=now)

    class Meta(TenantModel.Meta):
        verbose_name = _("permission to read")
        verbose_name_plural = _("permissions to read")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_audit_grant")]

    def __str__(self) -> str:
        return self.account_email


class AuditRun(TenantModel):
    """One look at all of a company's rooms: a report, once it is finished."""

    account_email = models.EmailField()  # with whose eyes
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)
    rooms = models.JSONField(default=list)  # in order: name, calendar, capacity
    people = models.JSONField(default=dict, blank=True)  # addresses; emptied at the end
    unseen = models.JSONField(default=dict, blank=True)  # what could not be looked at: of rooms

    class Meta(TenantModel.Meta):
        verbose_name = _("audit")
        verbose_name_plural = _("audits")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class AuditFinding(TenantModel):
    """One trouble that an audit found; `calendars.audit.words` says it."""

    run = CompanyForeignKey(AuditRun, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=20)
    room_name = models.CharField(max_length=200)
    calendar_id = models.CharField(max_length=255, blank=True)
    identity = models.CharField(max_length=64)  # the same trouble has the same in every run
    facts = models.JSONField(default=dict)
    link = models.TextField(blank=True)  # to the event in Google

    class Meta(TenantModel.Meta):
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return f"{self.kind}: {self.room_name}"


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
