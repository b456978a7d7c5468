"""A person's day, told at the time they chose on their own clock: once, if there is any."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from bookings.drafts import Attendee
from reminders.agendas import companies_with_agendas, plan_agendas
from reminders.models import MemberReminders, Reminder, SlackPerson
from reminders.preferences import plan_again
from tenants.models import Member
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, People, sweep, tick

pytestmark = pytest.mark.worker
TOMORROW = at(8)


@pytest.fixture
def morning(people: People, clock: Any) -> People:
    """Everybody is told their day at eight."""
    people.office.choose(agenda_at=time(8))
    people.office.company.reminder_leads = []
    people.office.company.save()
    return people


def rows(office: Office) -> list[Reminder]:
    with company_scope(office.company.pk):
        found = Reminder.objects.filter(kind__startswith="agenda:").select_related("member")
        return list(found.order_by("fire_at", "member_id"))


def tell(people: People, clock: Any, moment: datetime = TOMORROW) -> None:
    plan_agendas(people.office.company.pk)
    clock.move_to(moment)
    tick()
    tick()
    sweep()


def test_the_day_in_one_message_as_organiser_and_guest(morning: People, clock: Any) -> None:
    office, cast = morning.office, morning.office.cast
    guest = Attendee(email=cast.alice.email)
    make_booking(cast.alice, cast.room, start=at(14), title="Planning")
    make_booking(cast.bob, cast.other_room, start=at(9), title="Stand-up", attendees=(guest,))
    make_booking(cast.alice, cast.room, start=at(9, day=3), title="Another day")
    lost = make_booking(cast.alice, cast.other_room, start=at(16), title="Review")
    office.change(lost, status="conflicted")
    tell(morning, clock)
    (text,) = office.told(morning.alice)
    assert text.splitlines() == [
        "Your meetings on Dec. 2, 2026",
        "09:00–10:00 Stand-up · Hangang Two",
        "14:00–15:00 Planning · Hangang One",
        "16:00–17:00 Review · Hangang Two (needs another room)",
    ]
    assert [line.split(" · ")[0] for line in office.told(morning.bob)[0].splitlines()[1:]] == [
        "09:00–10:00 Stand-up"
    ]
    assert len(mail.outbox) == 0, "the administrator has no meeting"


def test_what_is_cancelled_or_declined_is_not_in_it(morning: People, clock: Any) -> None:
    office, cast = morning.office, morning.office.cast
    guest = Attendee(email=cast.bob.email)
    meeting = make_booking(cast.alice, cast.room, start=at(14), attendees=(guest,))
    with company_scope(office.company.pk):
        meeting.booking.participants.update(response="declined")
    plan_agendas(office.company.pk)
    office.change(make_booking(cast.alice, cast.room, start=at(9)), status="cancelled")
    tell(morning, clock)
    assert office.told(morning.bob) == []
    assert len(office.told(morning.alice)[0].splitlines()) == 2
    assert [row.state for row in rows(office) if row.fire_at == TOMORROW].count("cancelled") == 2


def test_booked_after_it_was_planned_and_quiet_hours_do_not_matter(
    morning: People, clock: Any
) -> None:
    office, cast = morning.office, morning.office.cast
    office.choose(quiet_from=time(22), quiet_until=time(9))
    plan_agendas(office.company.pk)
    make_booking(cast.alice, cast.room, start=at(14))
    tell(morning, clock)
    assert len(office.told(morning.alice)) == 1


def test_a_late_one_is_told_until_the_last_meeting_begins(morning: People, clock: Any) -> None:
    office, cast = morning.office, morning.office.cast
    make_booking(cast.alice, cast.room, start=at(9))
    make_booking(cast.alice, cast.room, start=at(14))
    make_booking(cast.bob, cast.other_room, start=at(9))
    tell(morning, clock, at(10))
    assert len(office.told(morning.alice)) == 1
    assert office.told(morning.bob) == []
    missed = next(row for row in rows(office) if row.member == cast.bob)
    assert (missed.state, missed.error) == ("skipped", "meeting_began")


def test_planned_two_days_ahead_once_and_on_each_ones_clock(morning: People) -> None:
    office, cast = morning.office, morning.office.cast
    with company_scope(office.company.pk):
        SlackPerson.objects.create(
            email=cast.bob.email, slack_id=morning.bob, timezone="America/New_York"
        )
    assert companies_with_agendas() == [office.company.pk]
    assert plan_agendas(office.company.pk) == 6
    assert plan_agendas(office.company.pk) == 0
    times = {(str(row.member), row.fire_at) for row in rows(office)}
    york = ZoneInfo("America/New_York")
    assert times == {
        *((name, at(8, day=day)) for name in ("Admin", "Alice") for day in (2, 3)),
        *(("Bob", at(8, day=day, zone=york)) for day in (1, 2)),
    }


def test_a_person_may_have_another_time_or_none(morning: People, clock: Any) -> None:
    office, cast = morning.office, morning.office.cast
    plan_agendas(office.company.pk)
    with company_scope(office.company.pk):
        MemberReminders.objects.create(member=cast.alice, agenda_at=time(7, 30))
        MemberReminders.objects.create(member=cast.bob, no_agenda=True)
        Member.objects.filter(pk=cast.admin.pk).update(active=False)
    plan_agendas(office.company.pk)
    waiting = {(str(row.member), row.fire_at) for row in rows(office) if row.state == "scheduled"}
    assert waiting == {("Alice", at(7, 30, day=day)) for day in (2, 3)}


def test_only_one_person_wants_it(people: People, clock: Any) -> None:
    office, cast = people.office, people.office.cast
    assert companies_with_agendas() == []
    with company_scope(office.company.pk):
        MemberReminders.objects.create(member=cast.alice, agenda_at=time(8))
        plan_again(office.company.pk, cast.alice)
    assert companies_with_agendas() == [office.company.pk]
    plan_agendas(office.company.pk)
    assert {row.member for row in rows(office)} == {cast.alice}


def test_a_time_of_today_that_has_passed_means_tomorrow(morning: People) -> None:
    morning.office.choose(agenda_at=time(11, 59))  # it is noon
    plan_agendas(morning.office.company.pk)
    assert {row.fire_at for row in rows(morning.office)} == {
        at(11, 59, day=2), at(11, 59, day=3)
    }  # fmt: skip


@pytest.mark.parametrize(("day", "offset"), [(13, 5), (14, 4), (15, 4)])
def test_the_clock_on_the_wall_counts_when_clocks_change(
    neighbour: Office, clock: Any, day: int, offset: int
) -> None:
    """New York springs forward at 2:00 on 14 March 2027."""
    neighbour.choose(agenda_at=time(8))
    clock.move_to(datetime(2027, 3, day - 1, 20, tzinfo=UTC))
    plan_agendas(neighbour.company.pk)
    first = rows(neighbour)[0]
    assert (first.kind, first.fire_at) == (
        f"agenda:2027-03-{day}",
        datetime(2027, 3, day, 8 + offset, tzinfo=UTC),
    )


def test_without_slack_it_comes_by_mail(morning: People, clock: Any) -> None:
    cast = morning.office.cast
    make_booking(cast.admin, cast.room, start=at(14))
    tell(morning, clock)
    (sent,) = mail.outbox
    assert sent.subject == "Your meetings on Dec. 2, 2026"
    assert "14:00–15:00 Design review · Hangang One" in sent.body


def test_empty_days_are_forgotten_after_a_week(morning: People, clock: Any) -> None:
    tell(morning, clock)
    assert [row.state for row in rows(morning.office)].count("cancelled") == 3
    clock.shift(timedelta(days=9).total_seconds())
    plan_agendas(morning.office.company.pk)
    kept = {row.kind for row in rows(morning.office)}
    assert "agenda:2026-12-02" not in kept


def test_a_day_is_read_in_a_few_queries_however_full_it_is(
    morning: People, clock: Any, django_assert_max_num_queries: Any
) -> None:
    office, cast = morning.office, morning.office.cast
    guest = Attendee(email=cast.alice.email)
    for hour in range(9, 19):
        make_booking(cast.alice, cast.room, start=at(hour), minutes=30)
        make_booking(cast.bob, cast.other_room, start=at(hour), minutes=30, attendees=(guest,))
    plan_agendas(office.company.pk)
    clock.move_to(TOMORROW)
    with company_scope(office.company.pk):
        Reminder.objects.exclude(member=cast.alice).update(state="cancelled")
    with django_assert_max_num_queries(60):
        tick()
    assert len(office.told(morning.alice)[0].splitlines()) == 21
