"""A series at ten from the second to the sixth of December, and who edits it in Google."""

from typing import Any

from tests.calendars.acts import (
    change_series,
)
from tests.calendars.both import (
    both_equal,
    date_of,
    listed,
    nothing_is_left_to_do,
)
from tests.calendars.conftest import Linked
from tests.factories import at

FATES = ("placed", "dropped", "kept", "moved")  # of exceptions, when their series changes


def edit_there(linked: Linked, day: int, scope: str = "this", **change: Any) -> None:
    (event,) = [event for event in linked.events() if "recurrence" in event]
    instance = f"{event['id']}_202612{day:02}T010000Z"
    linked.google.control.ui_edit(linked.calendar, instance, scope=scope, **change)


def edit_day_there(linked: Linked, day: int, scope: str, of: str = "", **change: Any) -> None:
    linked.google.control.ui_edit(linked.calendar, _shown(linked, day, of), scope=scope, **change)


def delete_day_there(linked: Linked, day: int, scope: str) -> None:
    linked.google.control.ui_delete(linked.calendar, _shown(linked, day), scope=scope)


def _shown(linked: Linked, day: int, title: str = "") -> str:
    """The date that Google shows on a day (under a title), wherever its series began."""
    (event,) = [
        event
        for event in listed(linked, linked.calendar)
        if event["start"]["dateTime"].startswith(f"2026-12-{day:02}") and title in event["summary"]
    ]
    return str(event["id"])


def delete_there(linked: Linked, day: int, scope: str = "this") -> None:
    (event,) = [event for event in linked.events() if "recurrence" in event]
    instance = f"{event['id']}_202612{day:02}T010000Z"
    linked.google.control.ui_delete(linked.calendar, instance, scope=scope)


def move(linked: Linked, day: int, scope: str, hour: int) -> None:
    times: Any = {"starts_at": at(hour, day=day), "ends_at": at(hour + 1, day=day)}
    change_series(linked, date_of(linked, day), scope, times)


def settle(linked: Linked) -> None:
    for _round in range(3):
        assert linked.sync().done
    both_equal(linked)
    nothing_is_left_to_do(linked)
