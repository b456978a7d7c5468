"""Rows with sensible defaults, made through the product's own services where there are any."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import cancel_booking
from bookings.models import Booking, Building, Door, Occurrence, Room
from tenants.access import active_member
from tenants.models import Company, Member, User
from tenants.scope import company_scope
from tenants.services import create_company, join_company

SEOUL = ZoneInfo("Asia/Seoul")


def at(hour: int, minute: int = 0, *, day: int = 2, month: int = 12, year: int = 2026,
       zone: ZoneInfo = SEOUL) -> datetime:  # fmt: skip
    """An instant by its wall clock; by default on the day after the tests' frozen today."""
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def make_company(
    *, name: str = "Hangang", domain: str = "hangang.example",
    timezone: str = "Asia/Seoul", language: str = "en",
) -> Company:  # fmt: skip
    return create_company(name=name, domains=[domain], timezone=timezone, language=language)


def make_member(company: Company, email: str, *, role: str = "") -> Member:
    """A person who has signed in; the first one of a company is its administrator."""
    user = User(username=email, email=email, first_name=email.partition("@")[0].capitalize())
    user.set_unusable_password()
    user.save()
    member = join_company(company=company, user=user)
    if role:
        with company_scope(company.pk):
            member.role = role
            member.save()
    return member


def as_signed_in(member: Member) -> Member:
    """A member as a request knows them. In the active company's scope."""
    known = active_member(member.user_id)
    assert known
    return known


def make_room(
    company: Company, name: str = "Han River", *, building: str = "Main", calendar: str = "",
    **fields: Any,
) -> Room:  # fmt: skip
    with company_scope(company.pk):
        place, _made = Building.objects.get_or_create(
            name=building, defaults={"timezone": company.timezone}
        )
        room: Room = Room.objects.create(
            building=place, name=name, capacity=fields.pop("capacity", 6),
            google_calendar_id=calendar, **fields,
        )  # fmt: skip
    return room


def cancel_all(by: Member, booking: Booking, *, seen: str | None = None) -> Occurrence:
    """Cancels a series from its first date, in the active company's scope."""
    first = booking.occurrences.select_related("booking", "room").earliest("original_start")
    return cancel_booking(
        by=Actor(Door.WEB, by), company=by.company, occurrence=first, scope=Scope.ALL,
        expected_version=seen,
    )  # fmt: skip


def make_booking(
    member: Member, room: Room, *, start: datetime | None = None, minutes: int = 60,
    title: str = "Design review", **fields: Any,
) -> Occurrence:  # fmt: skip
    """Books through the service and returns the first date, with its booking and room loaded."""
    start = start or at(10)
    company = member.company
    with company_scope(company.pk):
        booked = create_booking(
            by=Actor(Door.WEB, member),
            company=company,
            room=room,
            draft=Draft(
                title=title, starts_at=start, ends_at=start + timedelta(minutes=minutes),
                timezone=fields.pop("timezone", company.timezone), **fields,
            ),
        )  # fmt: skip
        return booked.occurrences[0]
