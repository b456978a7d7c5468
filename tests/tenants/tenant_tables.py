"""Every table of a company's own, found by reflection, with a row of a company in each."""

from typing import Any, cast
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.utils import timezone

from bookings.drafts import Attendee
from bookings.models import (
    Building,
    Display,
    Favourite,
    Floor,
    Hold,
    HouseRules,
    IdempotencyKey,
    Occurrence,
    Room,
)
from calendars.models import (
    AuditFinding,
    AuditGrant,
    AuditRun,
    CalendarLink,
    Channel,
    DirectoryPerson,
    DirectoryRoom,
    GoogleConnection,
    GoogleCopy,
    LongWork,
    Refusal,
)
from integrations.models import ApiKey, Webhook, WebhookMessage
from reminders.models import (
    CompanyReminders,
    MemberReminders,
    Reminder,
    SlackChannel,
    SlackConnection,
    SlackPerson,
)
from tenants.models import AdminNotice, AuditEntry, Logo
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking

CANARY = "Canary-7c1f"  # in every text of the other company
LOGO_OF_CANARY = "7c1f" * 8  # but for the address of its logo


def has_company(model: type[models.Model]) -> bool:
    """Whether rows belong to a company, by whatever base class."""
    return any(
        field.name == "company" and field.concrete for field in model._meta.get_fields()
    ) and model._meta.label not in ("tenants.Domain",)  # which names the company before sign-in


TENANT_MODELS = [model for model in apps.get_models() if has_company(model)]
TABLES = [model._meta.db_table for model in TENANT_MODELS]
APPEND_ONLY = ["tenants_auditentry"]  # which the serving roles neither change nor delete from
CHANGEABLE = [table for table in TABLES if table not in APPEND_ONLY]


def relations(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """The columns that point at another row of the company."""
    return [
        cast("models.ForeignKey[Any, Any]", field)
        for field in model._meta.local_fields
        if field.is_relation and field.related_model in TENANT_MODELS
    ]


def fill(cast_: Cast, *, hour: int = 10) -> Occurrence:
    """At least one row of every tenant table, its texts marked with the canary."""
    row = make_booking(
        cast_.alice, cast_.room, start=at(hour), title=CANARY, description=CANARY,
        external_reference=CANARY,
        attendees=(Attendee(email="canary-7c1f@guest.example", name=CANARY),),
    )  # fmt: skip
    with company_scope(cast_.company.pk):
        Floor.objects.create(building=cast_.room.building, name=CANARY)
        HouseRules.objects.create(private_titles=False)
        Favourite.objects.create(member=cast_.alice, room=cast_.room)
        Hold.objects.create(
            member=cast_.alice, room=cast_.room, form=CANARY, begun_at=at(1), expires_at=at(2),
            starts_at=at(20), ends_at=at(21), block_from=at(20), block_to=at(21),
        )  # fmt: skip
        Display.objects.create(room=cast_.room, made_by=cast_.admin)
        IdempotencyKey.objects.create(actor="member:1", key=CANARY, body={"title": CANARY})
        ApiKey.objects.create(name=CANARY, secret_hash=uuid4().hex * 2, scopes=["read"])
        hook = Webhook.objects.create(
            url=f"https://receiver.example/{CANARY}", description=CANARY, secret=CANARY,
            events=["booking.created"], place="1:1:",
        )  # fmt: skip
        WebhookMessage.objects.create(
            webhook=hook, event=row.booking.history.get(), type="booking.created", body=CANARY,
            answer=CANARY, state="delivered",
        )  # fmt: skip
        SlackConnection.objects.create(webhook_url=f"https://hooks.example/{CANARY}")
        GoogleConnection.objects.create(
            kind="oauth", account_email="canary-7c1f@canary.example", secret=CANARY
        )
        link = CalendarLink.objects.create(room=cast_.room, google_calendar_id=CANARY)
        Channel.objects.create(id=uuid4(), link=link, resource_id=CANARY)
        GoogleCopy.objects.create(link=link, google_event_id=CANARY, booking=row.booking)
        DirectoryRoom.objects.create(
            resource_id=CANARY, calendar_id=CANARY, name=CANARY, capacity=4, seen_by=0
        )
        DirectoryPerson.objects.create(
            email="canary-7c1f@canary.example", name=CANARY, state="suspended", seen_by=0
        )
        LongWork.objects.create(kind="reading", state="failed", error=CANARY)
        AuditGrant.objects.create(
            kind="oauth", account_email="canary-7c1f@canary.example", secret=CANARY
        )
        Refusal.objects.create(
            entry=row.booking.outbox.get(consumer="google"), act="patch", calendar_id=CANARY,
            event_id=CANARY, request={"summary": CANARY}, answer=CANARY,
        )  # fmt: skip
        AuditEntry.objects.create(
            member=cast_.admin, door="web", act="rooms.changed", subject=CANARY,
            target=cast_.room.pk, details={"name": [CANARY, CANARY]},
        )  # fmt: skip
        Logo.objects.create(png=CANARY.encode(), digest=LOGO_OF_CANARY)
        AdminNotice.objects.create(kind=CANARY, text=CANARY, path=CANARY)
        now = timezone.now()
        run = AuditRun.objects.create(account_email="canary-7c1f@canary.example", finished_at=now)
        AuditFinding.objects.create(
            run=run, kind="no_calendar", room_name=CANARY, identity=CANARY,
            facts={"calendar": CANARY},
        )  # fmt: skip
        Reminder.objects.create(
            occurrence=row, kind="before:600", member=cast_.alice, starts_at=now, fire_at=now,
            error=CANARY,
        )  # fmt: skip
        SlackChannel.objects.create(name=CANARY, channel_id=CANARY)
        SlackPerson.objects.create(email="canary-7c1f@canary.example", slack_id=CANARY)
        CompanyReminders.objects.create()
        MemberReminders.objects.create(member=cast_.alice)
    return row


def add_spares(cast_: Cast) -> None:
    """A second row of every table that others point at, at which none points yet."""
    booking = make_booking(cast_.bob, cast_.other_room, start=at(17)).booking
    with company_scope(cast_.company.pk):
        booking.outbox.all().delete()
        building = Building.objects.create(name="Spare", timezone="UTC")
        floor = Floor.objects.create(name="Spare", building=building)
        room = Room.objects.create(name="Spare", building=building, floor=floor, capacity=1)
        CalendarLink.objects.create(room=room, google_calendar_id="spare")
        Webhook.objects.create(url="https://spare.example/", events=[], secret="s", place="1:1:")
        AuditRun.objects.create(account_email="spare@canary.example")
        Room.objects.create(name="Spare too", building=building, capacity=1)


def row_of(model: type[models.Model], cast_: Cast, order: str = "pk") -> Any:
    """Some row of a company in this table."""
    with company_scope(cast_.company.pk):
        return cast(Any, model)._default_manager.order_by(order).first()
