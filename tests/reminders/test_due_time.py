"""A reminder comes when it is due, not earlier, once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reminders.models import Reminder
from reminders.refresh import refill
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, before, sweep, tick

pytestmark = pytest.mark.worker


def test_ten_minutes_before_and_once(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    clock.move_to(before(meeting.starts_at, minutes=10, seconds=1))
    tick()
    sweep()
    assert office.texts() == []
    clock.move_to(before(meeting.starts_at, minutes=10))
    tick()
    tick()
    assert len(office.texts()) == 1
    clock.shift(60)
    tick()
    sweep()
    assert len(office.texts()) == 1
    reminder = office.reminder()
    assert reminder.state == Reminder.State.SENT
    assert (reminder.slack_channel, reminder.slack_ts) == (
        office.channel,
        office.messages()[0]["ts"],
    )


def test_the_bookings_own_leads_replace_the_companys(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room, reminders=(5, 60, 60))
    office.plan()
    leads = [(row.kind, meeting.starts_at - row.fire_at) for row in office.reminders()]
    assert leads == [("before:3600", timedelta(hours=1)), ("before:300", timedelta(minutes=5))]
    for minutes in (60, 5):
        clock.move_to(before(meeting.starts_at, minutes=minutes))
        tick()
    assert ["1 h" in office.texts()[0], "5 min" in office.texts()[1]] == [True, True]


def test_no_leads_no_reminders(office: Office) -> None:
    make_booking(office.cast.alice, office.cast.room, reminders=())
    office.plan()
    assert office.reminders() == []


def test_the_companys_leads_are_seconds(office: Office, clock: Any) -> None:
    office.company.reminder_leads = [15, 90]
    office.company.save()
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    assert [meeting.starts_at - row.fire_at for row in office.reminders()] == [
        timedelta(seconds=90),
        timedelta(seconds=15),
    ]
    clock.move_to(before(meeting.starts_at, seconds=15))
    tick()
    assert len(office.texts()) == 1, "of two that are due, the one nearer to the start"
    assert "1 min" in office.texts()[0]
    assert [row.state for row in office.reminders()] == ["skipped", "sent"]


def test_a_meeting_booked_at_short_notice_is_told_at_once(office: Office, clock: Any) -> None:
    clock.move_to(at(9, 56))
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    tick()
    assert "4 min" in office.texts()[0]


def test_nothing_is_sent_once_the_meeting_has_begun(office: Office, clock: Any) -> None:
    meeting = make_booking(office.cast.alice, office.cast.room)
    office.plan()
    clock.move_to(meeting.starts_at)
    tick()
    assert office.texts() == []
    assert (office.reminder().state, bool(office.reminder().error)) == ("skipped", True)


def test_a_running_meeting_is_not_planned(office: Office, clock: Any) -> None:
    clock.move_to(at(10, 5))
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    assert office.reminders() == []


def test_a_year_of_dates_is_planned_in_one_statement(
    office: Office, redis: Any, django_assert_max_num_queries: Any
) -> None:
    make_booking(
        office.cast.alice, office.cast.room, recurrence=("RRULE:FREQ=DAILY",), reminders=(10, 30)
    )
    with django_assert_max_num_queries(19):
        office.plan()
    assert len(office.reminders()) > 700
    assert redis.zcard(f"reminders:pending:{office.company.pk}") == 4, "two days are in Redis"


@pytest.mark.parametrize(("day", "offset_hours"), [(13, 5), (14, 4)])
def test_the_lead_is_real_time_when_clocks_change(
    neighbour: Office, clock: Any, day: int, offset_hours: int
) -> None:
    """New York springs forward at 2:00 on 14 March 2027."""
    start = datetime(2027, 3, day, 3, 5, tzinfo=ZoneInfo("America/New_York"))
    meeting = make_booking(neighbour.cast.alice, neighbour.cast.room, start=start.astimezone(UTC))
    neighbour.plan()
    assert neighbour.reminder().fire_at == meeting.starts_at - timedelta(minutes=10)
    clock.move_to(neighbour.reminder().fire_at)
    refill(neighbour.company.pk)  # it was beyond the two days that Redis holds
    tick()
    assert meeting.starts_at.hour == 3 + offset_hours
    assert "10 min" in neighbour.texts()[0]
    assert "03:05" in neighbour.texts()[0]


def test_a_weekly_series_keeps_its_wall_clock_over_the_change(neighbour: Office) -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(2027, 3, 9, 9, tzinfo=zone)
    make_booking(
        neighbour.cast.alice,
        neighbour.cast.room,
        start=start.astimezone(UTC),
        recurrence=("RRULE:FREQ=WEEKLY;COUNT=2",),
    )
    neighbour.plan()
    with company_scope(neighbour.company.pk):
        shown = {row.fire_at.astimezone(zone).strftime("%H:%M") for row in neighbour.reminders()}
    assert shown == {"08:50"}
