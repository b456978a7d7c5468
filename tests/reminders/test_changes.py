"""A meeting that is moved, cancelled or in conflict never has a stale reminder."""

from datetime import timedelta
from typing import Any

import pytest

from bookings.drafts import Actor
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.edits.editing import change_booking
from bookings.live import redis_client
from bookings.models import Booking, Door, OutboxEntry
from bookings.outbox import announce
from reminders import planning, sending
from reminders.claims import Delivery, take
from reminders.slack import Receipt
from tenants.scope import company_scope
from tests.factories import at, cancel_all, make_booking
from tests.reminders.conftest import Office, before, sweep, tick

pytestmark = pytest.mark.worker


def move(office: Office, meeting: Any, **values: Any) -> Any:
    with company_scope(office.company.pk):
        by = Actor(Door.WEB, office.cast.alice)
        return change_occurrence(
            by=by,
            company=office.company,
            occurrence=meeting,
            changes=values,  # type: ignore[arg-type]
        )


def test_the_leads_of_one_date_replace_those_of_its_series(office: Office) -> None:
    def planned() -> dict[int | None, str]:
        office.plan()
        rows = [row for row in office.reminders() if row.state == "scheduled"]
        return {row.occurrence_id: row.kind for row in rows}

    weekly = ("RRULE:FREQ=WEEKLY;COUNT=3",)
    first = make_booking(office.cast.alice, office.cast.room, recurrence=weekly, reminders=(10,))
    with company_scope(office.company.pk):
        second, third = first.booking.occurrences.order_by("starts_at")[1:]
    move(office, second, reminders=(5,))
    move(office, third, reminders=None)
    (lead,) = office.company.reminder_leads
    own = {second.pk: "before:300", third.pk: f"before:{lead}"}
    assert planned() == {first.pk: "before:600"} | own
    with company_scope(office.company.pk):
        change_booking(
            by=Actor(Door.WEB, office.cast.alice), company=office.company, occurrence=first,
            scope="all", changes={"reminders": (60,)},
        )  # fmt: skip
    assert planned() == {first.pk: "before:3600"} | own
    move(office, second, reminders=(60,))
    assert planned()[second.pk] == "before:3600"


def test_a_moved_meeting_is_told_at_its_new_time_only(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    move(office, meeting, starts_at=at(14), ends_at=at(15))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    sweep()
    assert office.texts() == []
    clock.move_to(at(13, 50))
    tick()
    assert len(office.texts()) == 1


def test_a_meeting_moved_after_its_reminder_is_told_again(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    moved = move(office, meeting, starts_at=at(14), ends_at=at(15))
    office.plan()
    assert office.reminder().state == "scheduled"
    clock.move_to(at(13, 50))
    tick()
    assert len(office.texts()) == 2
    move(office, moved, room=office.cast.other_room)
    office.plan()
    tick()
    sweep()
    assert len(office.texts()) == 2, "the new start was told already"


def test_a_meeting_moved_there_and_back_is_told_once(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    moved = move(office, meeting, starts_at=at(14), ends_at=at(15))
    office.plan()
    move(office, moved, starts_at=at(10), ends_at=at(11))
    office.plan()
    tick()
    sweep()
    assert len(office.texts()) == 1


def test_a_move_that_is_not_planned_yet_sends_nothing_stale(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    office.change(meeting, starts_at=at(14), ends_at=at(15), block_from=at(14), block_to=at(15))
    clock.move_to(at(9, 50))
    tick()
    assert office.texts() == []
    assert office.reminder().state == "scheduled"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled"},
        {"status": "conflicted"},
        {"status": "released"},
        {"status": "pending"},
        {"transparent": True},
        {"room_response": "declined"},
    ],
    ids=str,
)
def test_what_does_not_stand_at_the_moment_of_sending_is_not_sent(
    office: Office, clock: Any, change: dict[str, Any]
) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    office.change(meeting, **change)
    clock.move_to(before(meeting.starts_at, minutes=10))
    tick()
    sweep()
    assert office.texts() == []
    assert office.reminder().state == "cancelled"


def test_a_cancelled_date_leaves_the_index(office: Office, redis: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    assert redis.zcard(f"reminders:pending:{office.company.pk}") == 1
    with company_scope(office.company.pk):
        by = Actor(Door.WEB, office.cast.alice)
        cancel_occurrence(by=by, company=office.company, occurrence=meeting)
    office.plan()
    assert office.reminder().state == "cancelled"
    assert redis.zcard(f"reminders:pending:{office.company.pk}") == 0


def test_one_date_of_a_series_moves_alone_and_all_are_cancelled_together(office: Office) -> None:
    first = make_booking(
        office.cast.alice, office.cast.room, recurrence=("RRULE:FREQ=DAILY;COUNT=5",)
    )
    office.plan()
    move(office, first, starts_at=at(16), ends_at=at(17))
    office.plan()
    times = [row.fire_at for row in office.reminders()]
    assert times == [at(15, 50), *(at(9, 50, day=day) for day in (3, 4, 5, 6))]
    with company_scope(office.company.pk):
        cancel_all(office.cast.alice, Booking.objects.get())
    office.plan()
    assert {row.state for row in office.reminders()} == {"cancelled"}


def test_a_conflict_that_is_resolved_brings_the_reminder_back(office: Office) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    for change, expected in (
        ({"status": "conflicted"}, "cancelled"),
        ({"status": "confirmed"}, "scheduled"),
        ({"room_response": "declined"}, "cancelled"),
        ({"room_response": "accepted"}, "scheduled"),
    ):
        office.change(meeting, **change)
        with company_scope(office.company.pk):
            announce(meeting.booking)
        office.plan()
        assert office.reminder().state == expected


def test_other_leads_replace_the_planned_ones(office: Office) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, reminders=(10, 30))
    office.plan()
    move(office, meeting, reminders=(30, 60))
    office.plan()
    states = {row.kind: row.state for row in office.reminders()}
    assert states == {
        "before:600": "cancelled",
        "before:1800": "scheduled",
        "before:3600": "scheduled",
    }


def test_a_change_of_the_companys_leads_reaches_what_was_planned(office: Office) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    office.company.reminder_leads = [60]
    office.company.save()
    planning.replan_company(office.company.pk)
    states = {row.kind: row.state for row in office.reminders()}
    assert states == {"before:600": "cancelled", "before:60": "scheduled"}
    assert office.reminders()[-1].fire_at == meeting.starts_at - timedelta(minutes=1)


def test_planning_acknowledges_what_it_read_and_does_nothing_twice(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    make_booking(office.cast.alice, office.cast.room)
    assert planning.due_companies() == [office.company.pk]
    assert planning.plan_company(office.company.pk) == 1
    assert planning.due_companies() == []
    assert planning.plan_company(office.company.pk) == 0
    with company_scope(office.company.pk):
        entry = OutboxEntry.objects.get(consumer="reminders")
        assert (entry.desired_v, entry.acked_v) == (1, 1)
        assert OutboxEntry.objects.get(consumer="google").acked_v == 0


def test_a_meeting_moved_while_its_message_is_on_its_way(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    with company_scope(office.company.pk):
        delivery = take(office.reminder().pk)
    assert isinstance(delivery, Delivery)
    move(office, meeting, starts_at=at(14), ends_at=at(15))
    office.plan()
    assert office.reminder().state == "sending", "the row belongs to the sender"
    receipt = Receipt(office.channel, "1.000000")
    with company_scope(office.company.pk):
        sending._record_sent(delivery, receipt)
    assert (office.reminder().state, office.reminder().fire_at) == ("scheduled", at(13, 50))


def test_without_redis_it_is_planned_and_swept_all_the_same(
    office: Office, clock: Any, settings: Any, request: pytest.FixtureRequest
) -> None:
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    request.addfinalizer(redis_client.cache_clear)
    redis_client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    office.plan()
    clock.move_to(at(9, 50) + timedelta(seconds=10))
    sweep()
    assert len(office.texts()) == 1
