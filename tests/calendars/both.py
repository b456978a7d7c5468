"""What each side shows of a room: every date by itself, by its words and times."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from bookings.guests import guests_of_dates, list_of
from bookings.models import Occurrence, Room
from calendars import content
from calendars.budget import Budget, Lane
from calendars.google import GoogleCalendar
from calendars.models import GoogleCopy
from tenants.scope import company_scope
from tests.calendars.conftest import Linked

WRITES = ("insert", "patch", "delete", "move")
Slot = tuple[str, datetime, datetime]


def listed(linked: Linked, calendar: str) -> list[dict[str, Any]]:
    """What a person sees in Google: every date by itself."""
    token = linked.google.control.access_token(linked.cast.admin.email)
    found: list[dict[str, Any]] = []
    with GoogleCalendar(
        access_token=token, quota_user="person", budget=Budget(0, Lane.INTERACTIVE)
    ) as google:
        events = google._events()
        request = events.list(calendarId=calendar, singleEvents=True, maxResults=2500)
        while request is not None:
            answer = google._execute(request)
            found += answer["items"]
            request = events.list_next(request, answer)
    return found


def there(linked: Linked, calendar: str) -> list[Slot]:
    slots = (
        (str(event["summary"]), moment(event["start"]), moment(event["end"]))
        for event in listed(linked, calendar)
    )
    return to_come(slots)


def here(linked: Linked, room: Room) -> list[Slot]:
    with company_scope(linked.company_id):
        rows = Occurrence.objects.filter(room=room).exclude(status="cancelled")
        slots = [
            (row.shown_title, row.starts_at, row.ends_at) for row in rows.select_related("booking")
        ]
    return to_come(slots)


def guests_there(linked: Linked, calendar: str) -> list[Slot]:
    """Who is invited to each date."""
    return to_come(
        (
            " ".join(sorted(guest["email"] for guest in content.guests_of(event, calendar))),
            moment(event["start"]),
            moment(event["end"]),
        )
        for event in listed(linked, calendar)
    )


def guests_here(linked: Linked, room: Room) -> list[Slot]:
    with company_scope(linked.company_id):
        rows = list(Occurrence.objects.filter(room=room).exclude(status="cancelled"))
        guests = guests_of_dates(rows)
    return to_come(
        (" ".join(sorted(list_of(guests[row.pk]))), row.starts_at, row.ends_at) for row in rows
    )


def to_come(slots: Iterable[Slot]) -> list[Slot]:
    """An edit of all dates rewrites Google's past, never ours."""
    return sorted(slot for slot in slots if slot[2] > timezone.now())


def moment(value: dict[str, str]) -> datetime:
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC)


def both_equal(linked: Linked) -> None:
    """Both rooms say the same on both sides."""
    rooms = {
        linked.cast.room: linked.calendar,
        linked.cast.other_room: linked.other_calendar,
    }
    for room, calendar in rooms.items():
        assert here(linked, room) == there(linked, calendar)


def date_of(linked: Linked, day: int) -> Occurrence:
    """The date that its series has on a day of December, wherever it is now."""
    with company_scope(linked.company_id):
        rows = Occurrence.objects.select_related("booking", "room__building")
        (found,) = [
            row for row in rows
            if (row.original_start.month, row.original_start.day) == (12, day)
        ]  # fmt: skip
    return found


def masters(linked: Linked, calendar: str = "") -> list[dict[str, Any]]:
    """What Google has of a room without the exceptions of series."""
    return [event for event in linked.events(calendar) if "recurringEventId" not in event]


def order_of_writes(linked: Linked) -> list[str]:
    """The writing calls since they were last forgotten, in their order."""
    calls = [call["api"].rpartition(".")[2] for call in linked.google.control.requests()]
    return [name for name in calls if name in WRITES]


def nothing_is_left_to_do(linked: Linked) -> None:
    """Reading both calendars again, twice, writes nothing to either side."""
    before = versions(linked)
    rooms = [room for room in (linked.cast.room, linked.cast.other_room) if is_used(linked, room)]
    linked.forget_calls()
    for _round in range(2):
        for room in rooms:
            assert linked.sync(room).done
    assert set(linked.calls()) <= {"list"}
    assert [entry.last_error for entry in linked.entries() if entry.is_pending] == []
    assert versions(linked) == before


def is_used(linked: Linked, room: Room) -> bool:
    """Whether either side ever had anything in a room's calendar."""
    if not linked.has_calendar(room):
        return False
    link = linked.link(room)
    with company_scope(linked.company_id):
        dates, copies = Occurrence.objects.filter(room=room), GoogleCopy.objects.all()
        here = dates.exists() or copies.filter(link=link).exists()
    return here or bool(linked.google.control.events(link.google_calendar_id, cancelled=True))


def versions(linked: Linked) -> list[tuple[int, int, int]]:
    with company_scope(linked.company_id):
        rows = Occurrence.objects.order_by("pk").select_related("booking")
        return [(row.pk, row.version, row.booking.version) for row in rows]
