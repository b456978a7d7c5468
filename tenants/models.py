"""Whose data it is, and who asks."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import DomainNameValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.accent import validate_accent
from tenants.isolation import CompanyForeignKey, TenantModel
from tenants.zones import validate_zone


class User(AbstractUser):
    """A person who signs in, known across companies by their Google account."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    language = models.CharField(max_length=10, blank=True)  # empty: the company's
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)

    objects: ClassVar[UserManager[Self]] = UserManager()

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.email.partition("@")[0] or self.username


class Door(models.TextChoices):
    """By which way a change came in."""

    WEB = "web", _("Roomly")
    API = "api", _("API")
    GOOGLE = "google", _("Google Calendar")
    SLACK = "slack", _("Slack")
    KIOSK = "kiosk", _("Door display")
    RULE = "rule", _("a rule")
    OPERATOR = "operator", _("the operator")


class Language(models.TextChoices):
    KOREAN = "ko", "한국어"
    ENGLISH = "en", "English"


def monday_to_friday() -> list[int]:
    return [1, 2, 3, 4, 5]


def nine_in_the_morning() -> time:
    return time(9)


def six_in_the_evening() -> time:
    return time(18)


def ten_minutes() -> list[int]:
    return [600]


HORIZON_SLACK = timedelta(days=7)  # so long may the extension of series fail before it is felt


class Company(models.Model):
    """A customer: one Google Workspace organisation. The row itself holds nothing secret."""

    class GoogleOverlaps(models.TextChoices):
        WARN = "warn", _("Keep it, and tell both owners")
        DECLINE = "decline", _("Decline the later one in Google, as the room")

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, default="Asia/Seoul", validators=[validate_zone])
    language = models.CharField(max_length=5, choices=Language, default=Language.KOREAN)
    working_from = models.TimeField(default=nine_in_the_morning)  # the company's time
    working_until = models.TimeField(default=six_in_the_evening)
    working_days = ArrayField(models.PositiveSmallIntegerField(), default=monday_to_friday)  # ISO
    week_start = models.PositiveSmallIntegerField(  # ISO weekday: 1 Monday … 7 Sunday
        default=7, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        default=365, validators=[MinValueValidator(90), MaxValueValidator(730)]
    )
    bookable_until = models.DateTimeField()  # every series has its dates up to here
    reminder_leads = ArrayField(  # seconds before a booking starts
        models.PositiveIntegerField(), default=ten_minutes, blank=True
    )
    google_overlaps = models.CharField(  # what becomes of an event in Google that overlaps
        _("an event in Google that overlaps"),
        max_length=7,
        choices=GoogleOverlaps,
        default=GoogleOverlaps.WARN,
    )
    accent = models.CharField(  # "#rrggbb" on light pages; empty: Roomly's own
        max_length=7, blank=True, validators=[validate_accent]
    )
    logo = models.CharField(max_length=32, blank=True)  # the digest of its Logo; empty: none
    logo_width = models.PositiveSmallIntegerField(default=0)  # CSS pixels
    settings = models.JSONField(default=dict, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(
                condition=Q(working_until__gt=F("working_from")), name="company_working_hours"
            ),
            models.CheckConstraint(
                condition=Q(accent__regex="^(#[0-9a-f]{6})?$"), name="company_accent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.bookable_until is None:
            self.bookable_until = now() + timedelta(days=self.horizon_days)
        super().save(*args, **kwargs)

    def horizon_target(self, at: datetime) -> datetime:
        """Up to which instant series should have their dates, seen from another."""
        return at + timedelta(days=self.horizon_days) + HORIZON_SLACK


class Domain(models.Model):
    """A Workspace domain of a company: the value of the `hd` claim that lets its people in."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="domain_name_unique"),
            models.CheckConstraint(condition=Q(name=Lower("name")), name="domain_name_lower"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip().lower()
        DomainNameValidator(accept_idna=False)(self.name)


class Member(TenantModel):
    """A person in one company. Who works for two has two Workspace accounts and two of these."""

    class Role(models.TextChoices):
        EMPLOYEE = "employee", _("Employee")
        ROOM_MANAGER = "room_manager", _("Room manager")
        ADMIN = "admin", _("Administrator")

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    email = models.EmailField()  # the Workspace address, lower-case
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=12, choices=Role, default=Role.EMPLOYEE)
    active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=now, editable=False)

    lasting_notices: list[str]  # kinds of AdminNotice; only of who signed in
    company_state: dict[str, Any] | None  # of administrators, by settings.COMPANY_STATE; also only

    class Meta(TenantModel.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="member_once_per_company"),
            models.UniqueConstraint(fields=["company", "email"], name="member_email_per_company"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="member_email_lower"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    @property
    def runs_rooms(self) -> bool:
        """Whether the person may change what others booked."""
        return self.role in (self.Role.ADMIN, self.Role.ROOM_MANAGER)


class Logo(TenantModel):
    """A company's logo, apart from the company: it is read only where the picture is sent."""

    png = models.BinaryField()  # as `tenants.logos` draws it
    digest = models.CharField(max_length=32)

    class Meta(TenantModel.Meta):
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_logo")]

    def __str__(self) -> str:
        return self.digest


class AdminNotice(TenantModel):
    """Something that a company's administrators are told of while it lasts, a mail a day.

    One row for each kind of trouble; who finds it raises it, who mends it ends it.
    """

    kind = models.CharField(max_length=30)  # "google_revoked"
    text = models.TextField()  # in the company's language
    path = models.CharField(max_length=200)  # of the page where it is mended
    raised_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)  # also across incidents
    posted_at = models.DateTimeField(null=True, blank=True)  # to Slack

    class Meta(TenantModel.Meta):
        verbose_name = _("notice to administrators")
        verbose_name_plural = _("notices to administrators")
        constraints = [
            models.UniqueConstraint(fields=["company", "kind"], name="one_notice_of_a_kind")
        ]

    def __str__(self) -> str:
        return self.text


class AuditEntry(TenantModel):
    """A line of what administrators changed, only ever added to; see `tenants.audit_log`."""

    at = models.DateTimeField(default=now)
    member = CompanyForeignKey(Member, models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=8, choices=Door)
    act = models.CharField(max_length=30)  # "rooms.changed"
    subject = models.CharField(max_length=255, blank=True)  # what it was called then
    target = models.BigIntegerField(null=True)  # its id
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)  # {name: [before, after]}

    class Meta(TenantModel.Meta):
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["company", "-at", "-id"], name="audit_entry_newest")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}Z"
