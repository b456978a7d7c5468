"""What was done by hand waits ten seconds; taken back by then, Google never hears of it."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from bookings.drafts import Actor
from bookings.edits.editing import cancel_booking, change_booking
from bookings.models import Booking, BookingEvent, Door, Occurrence, OutboxEntry
from bookings.outbox import UNDO_TIME
from bookings.web.form.move_views import seen_as
from calendars.google import GoogleCalendar
from tenants.scope import company_scope
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.conftest import sign_in
from tests.factories import make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)
UNTIL = ("RRULE:FREQ=DAILY;UNTIL=20261210T010000Z",)
ENDLESS = ("RRULE:FREQ=WEEKLY",)
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


def post(page: Client, row: Occurrence, act: str, *, status: int = 0, **data: Any) -> Any:
    answer = page.post(f"/bookings/{row.public_id}/{act}/", data, headers={"HX-Request": "true"})
    assert answer.status_code in ([status] if status else [200, 302]), answer.content.decode()
    return answer


def drag(
    linked: Linked, page: Client, row: Occurrence, *, other_room: bool = False, scope: str = "this"
) -> Any:
    """An hour later; a series asks, and is answered."""
    room = linked.cast.other_room if other_room else linked.cast.room
    with company_scope(linked.company_id):
        seen = seen_as(row, ZoneInfo(linked.cast.company.timezone))
    answer = post(page, row, "move", room=room.pk, start_by=60, end_by=60, seen=seen)
    if not row.booking.is_series:
        return answer
    carried = dict(answer.context["carried"])
    return post(page, row, "edit", **carried, scope=scope)


def undo(page: Client, row: Occurrence, answer: Any, *, status: int = 200) -> None:
    before = answer.context["undo"]
    data = {
        "room": before.room_id, "scope": before.scope, "starts_at": before.starts_at.isoformat(),
        "ends_at": before.ends_at.isoformat(), "version": answer.context["version"],
        "cut": answer.context["cut"],
    }  # fmt: skip
    post(page, row, "put-back", status=status, **data)


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


def everything(linked: Linked) -> list[dict[str, Any]]:
    """All bookings and dates as they are stored, but for their counters."""
    with company_scope(linked.company_id):
        stored = [*Booking.objects.order_by("pk").values(), *dates_of().values()]
    return [
        {name: value for name, value in row.items() if name not in ("version", "updated_at")}
        for row in stored
    ]


def dates_of() -> Any:
    return Occurrence.objects.order_by("original_start")


def third_of(linked: Linked, row: Occurrence) -> Occurrence:
    with company_scope(linked.company_id):
        third: Occurrence = dates_of().select_related("booking").filter(booking=row.booking)[2]
    return third


@pytest.mark.parametrize("other_room", [False, True])
@pytest.mark.parametrize("rule", [DAILY, UNTIL, ENDLESS])
@pytest.mark.parametrize("scope", ["following", "all"])
def test_a_series_that_a_drag_has_cut_is_one_again(
    linked: Linked, page: Client, rule: tuple[str, ...], other_room: bool, scope: str
) -> None:
    """By "following" at the third date, or by "all" while the first two are over."""
    row = make_booking(linked.cast.alice, linked.cast.room, recurrence=rule)
    with company_scope(linked.company_id):  # with something of its own on both sides of the cut
        rows = [*dates_of().select_related("booking", "room__building")]
        for own in (rows[1], rows[3]):
            change_booking(
                by=Actor(Door.WEB, linked.cast.alice), company=linked.cast.company,
                occurrence=own, changes={"title": "Finale"},
            )  # fmt: skip
        cancel_booking(
            by=Actor(Door.WEB, linked.cast.alice), company=linked.cast.company,
            occurrence=rows[4],
        )  # fmt: skip
    begin = (rows[1].ends_at - timezone.now()).total_seconds() if scope == "all" else 0
    with later(begin):
        assert push(linked)
        linked.forget_calls()
        before = everything(linked)
        third = third_of(linked, row)
        answer = drag(linked, page, third, other_room=other_room, scope=scope)
    with company_scope(linked.company_id):
        assert Booking.objects.count() == 2
    with later(begin + 5):
        assert push(linked) == 0
        undo(page, third, answer)
        assert everything(linked) == before
        assert push(linked) == 0
    with later(begin + LATE):
        assert push(linked) == 0
    with company_scope(linked.company_id):
        assert not OutboxEntry.objects.filter(
            consumer="google", acked_v__lt=F("desired_v")
        ).exists()
        acts = BookingEvent.objects.filter(act="changed", original_start=None)
        assert acts.count() == 2, "the story tells of both"


def test_a_cut_stays_where_somebody_touched_a_half_or_listeners_were_told(
    linked: Linked, page: Client
) -> None:
    row = booked(linked, recurrence=DAILY)
    third = third_of(linked, row)
    answer = drag(linked, page, third, scope="following")
    with company_scope(linked.company_id):
        Booking.objects.filter(pk=row.booking_id).update(version=F("version") + 1)
    after = everything(linked)
    undo(page, third, answer, status=412)
    assert everything(linked) == after
    with company_scope(linked.company_id):
        Booking.objects.filter(pk=row.booking_id).update(version=F("version") - 1)
    with later(LATE - 1.5):
        undo(page, third, answer, status=412)
    with later(LATE):
        assert push(linked) > 0
        undo(page, third, answer, status=412)
    assert everything(linked) == after
