"""What was done by hand waits ten seconds; taken back by then, Google never hears of it."""

from typing import Any

import pytest
from django.test import Client

from bookings.models import Occurrence
from bookings.outbox import UNDO_TIME
from bookings.web.move_views import seen_as
from calendars.google import GoogleCalendar
from tenants.scope import company_scope
from tests.calendars.conftest import Linked
from tests.calendars.test_trouble import later
from tests.conftest import sign_in
from tests.factories import make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)
SOON, LATE = UNDO_TIME.total_seconds() - 1, UNDO_TIME.total_seconds() + 1
WRITES = {"insert", "patch", "delete", "move", "import", "update"}


@pytest.fixture
def page(linked: Linked) -> Client:
    return sign_in(linked.cast.alice)


def booked(linked: Linked, **fields: Any) -> Occurrence:
    """A booking that Google knows, too."""
    row = make_booking(linked.cast.alice, linked.cast.room, **fields)
    assert linked.push().done
    linked.forget_calls()
    return row


def post(page: Client, row: Occurrence, act: str, **data: Any) -> Any:
    answer = page.post(f"/bookings/{row.public_id}/{act}/", data, headers={"HX-Request": "true"})
    assert answer.status_code in (200, 302), answer.content.decode()
    return answer


def drag(linked: Linked, page: Client, row: Occurrence, *, other_room: bool = False) -> Any:
    """An hour later; a series asks, and this event is meant."""
    room = linked.cast.other_room if other_room else linked.cast.room
    with company_scope(linked.company_id):
        seen = seen_as(row, linked.cast.alice)
    answer = post(page, row, "move", room=room.pk, start_by=60, end_by=60, seen=seen)
    if not row.booking.is_series:
        return answer
    carried = dict(answer.context["carried"])
    return post(page, row, "edit", **carried, scope="this")


def undo(page: Client, row: Occurrence, answer: Any) -> None:
    before = answer.context["undo"]
    post(
        page, row, "put-back", room=before.room_id, scope=before.scope,
        starts_at=before.starts_at.isoformat(), ends_at=before.ends_at.isoformat(),
        version=answer.context["version"],
    )  # fmt: skip


def push(linked: Linked) -> int:
    """A worker looks at both calendars; how often it wrote."""
    for room in (linked.cast.room, linked.cast.other_room):
        assert linked.push(room).done
    return sum(times for name, times in linked.calls().items() if name in WRITES)


@pytest.mark.parametrize("other_room", [False, True])
@pytest.mark.parametrize("rule", [(), DAILY])
def test_a_drag_reaches_google_after_ten_seconds_unless_undone(
    linked: Linked, page: Client, rule: tuple[str, ...], other_room: bool
) -> None:
    row = booked(linked, recurrence=rule)
    answer = drag(linked, page, row, other_room=other_room)
    with later(SOON):
        assert push(linked) == 0
        undo(page, row, answer)
    with later(LATE):
        assert push(linked) == 0
    assert not any(entry.is_pending for entry in linked.entries())

    with company_scope(linked.company_id):
        row = Occurrence.objects.select_related("booking", "room__building").get(pk=row.pk)
    drag(linked, page, row, other_room=other_room)
    with later(LATE):
        assert push(linked) > 0
    assert not any(entry.is_pending for entry in linked.entries())


@pytest.mark.parametrize("rule", [(), DAILY])
def test_a_cancelled_date_brought_back_in_time_never_left(
    linked: Linked, page: Client, rule: tuple[str, ...]
) -> None:
    row = booked(linked, recurrence=rule)
    post(page, row, "cancel", scope="this")
    with later(SOON):
        assert push(linked) == 0
        post(page, row, "restore")
        assert push(linked) == 0
    assert not any(entry.is_pending for entry in linked.entries())


def test_a_drag_during_the_first_delivery_waits_all_the_same(
    linked: Linked, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.forget_calls()
    real = GoogleCalendar.write

    def write(*args: Any, **named: Any) -> Any:
        answer = real(*args, **named)
        monkeypatch.setattr(GoogleCalendar, "write", real)
        drag(linked, page, row)
        return answer

    monkeypatch.setattr(GoogleCalendar, "write", write)
    assert push(linked) == 1
    assert push(linked) == 1
    with later(LATE):
        assert push(linked) == 2
