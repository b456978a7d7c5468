"""What people do, on either side."""

from typing import Any

from bookings.drafts import Actor, Changes
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.edits.editing import cancel_booking, change_booking
from bookings.edits.restoring import restore_occurrence
from bookings.models import Booking, Door, Occurrence
from tenants.scope import company_scope
from tests.calendars.conftest import Linked


def change(linked: Linked, changes: Changes, index: int = 0) -> None:
    row = linked.dates()[index]
    with company_scope(linked.company_id):
        change_occurrence(
            by=Actor(Door.WEB, linked.cast.admin),
            company=linked.cast.company,
            occurrence=row,
            changes=changes,
        )


def cancel(linked: Linked, index: int = 0) -> None:
    row = linked.dates()[index]
    with company_scope(linked.company_id):
        cancel_occurrence(
            by=Actor(Door.WEB, linked.cast.admin), company=linked.cast.company, occurrence=row
        )


def change_series(
    linked: Linked, row: Occurrence, scope: str, changes: Changes, **more: Any
) -> Booking:
    """Changes a date and the following, or all; returns the part that goes on."""
    with company_scope(linked.company_id):
        edited = change_booking(
            by=Actor(Door.WEB, linked.cast.admin),
            company=linked.cast.company,
            occurrence=row,
            scope=scope,
            changes=changes,
            **more,
        )
        part: Booking = edited.occurrence.booking
    return part


def cancel_series(linked: Linked, row: Occurrence, scope: str) -> None:
    with company_scope(linked.company_id):
        cancel_booking(
            by=Actor(Door.WEB, linked.cast.admin),
            company=linked.cast.company,
            occurrence=row,
            scope=scope,
        )


def restore(linked: Linked, row: Occurrence) -> None:
    with company_scope(linked.company_id):
        restore_occurrence(
            by=Actor(Door.WEB, linked.cast.admin), company=linked.cast.company, occurrence=row
        )


def event_body(
    summary: str = "Lunch", start: str = "12:00", end: str = "13:00", **more: Any
) -> Any:
    return {
        "summary": summary,
        "start": {"dateTime": f"2026-12-02T{start}:00+09:00", "timeZone": "Asia/Seoul"},
        "end": {"dateTime": f"2026-12-02T{end}:00+09:00", "timeZone": "Asia/Seoul"},
        **more,
    }


def make_there(linked: Linked, body: Any, actor: str = "alice@hangang.example") -> Any:
    return linked.google.control.ui_create(linked.calendar, body, actor=actor)


def edit_there(linked: Linked, event_id: str, **change: Any) -> Any:
    return linked.google.control.ui_edit(linked.calendar, event_id, **change)
