"""Who is told: the room's channel, the organiser, and the guests who want it."""

from typing import Any

import pytest

from bookings.drafts import Actor, Attendee
from bookings.edits.date_edits import change_occurrence
from bookings.models import Door, Occurrence, Participant
from reminders import planning
from reminders.models import SlackChannel
from reminders.preferences import Times, choose_for_company, choose_for_member
from reminders.refresh import refill
from tenants.models import Member
from tenants.scope import company_scope
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import Office, People, tick

pytestmark = pytest.mark.worker
NO_TIMES = Times(quiet_from=None, quiet_until=None, agenda_at=None)
WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=3",)


def wish(member: Member, **values: Any) -> None:
    wanted = {"as_organizer": True, "as_guest": False, "leads": None, "no_agenda": False}
    with company_scope(member.company_id):
        choose_for_member(member=member, times=NO_TIMES, **wanted | values)


def planned(office: Office) -> set[tuple[str, str]]:
    office.plan()
    with company_scope(office.company.pk):
        return {
            (str(row.member or "channel"), row.kind)
            for row in office.reminders()
            if row.state == "scheduled"
        }


def invite(*members: Member) -> tuple[Attendee, ...]:
    return tuple(Attendee(email=member.email) for member in members)


def test_each_receiver_has_leads_of_their_own(people: People) -> None:
    office, cast = people.office, people.office.cast
    office.choose(in_channels=True)
    wish(cast.alice, leads=[5, 60])
    wish(cast.bob, as_guest=True)
    make_booking(cast.alice, cast.room, attendees=invite(cast.bob, cast.admin))
    assert planned(office) == {
        ("channel", "before:600"),
        ("Alice", "before:300"), ("Alice", "before:3600"),
        ("Bob", "before:600"),
    }  # fmt: skip


def test_the_bookings_own_leads_are_everybodys(people: People) -> None:
    cast = people.office.cast
    wish(cast.alice, leads=[5])
    make_booking(cast.alice, cast.room, reminders=(20,))
    assert planned(people.office) == {("Alice", "before:1200")}


def test_a_change_of_mind_reaches_what_was_planned(people: People) -> None:
    office, cast = people.office, people.office.cast
    make_booking(cast.alice, cast.room, attendees=invite(cast.bob))
    make_booking(cast.bob, cast.other_room)
    assert planned(office) == {("Alice", "before:600"), ("Bob", "before:600")}
    wish(cast.alice, as_organizer=False)
    assert planned(office) == {("Bob", "before:600")}
    wish(cast.bob, leads=[15], as_guest=True)
    assert planned(office) == {("Bob", "before:900")}
    assert sum(row.state == "scheduled" for row in office.reminders()) == 2
    with company_scope(office.company.pk):
        choose_for_company(
            company=office.company, leads=[30], direct=False, in_channels=True, by_mail=True,
            times=NO_TIMES,
        )  # fmt: skip
    assert planned(office) == {("channel", "before:1800"), ("Bob", "before:900")}


def test_one_persons_change_plans_their_dates_alone(people: People) -> None:
    office, cast = people.office, people.office.cast
    make_booking(cast.alice, cast.room)
    make_booking(cast.bob, cast.other_room)
    office.plan()
    wish(cast.alice, leads=[5])
    assert planning.plan_company(office.company.pk) == 1


def test_who_is_organiser_and_guest_is_told_once(people: People, clock: Any) -> None:
    cast = people.office.cast
    wish(cast.alice, as_guest=True)
    make_booking(cast.alice, cast.room, start=at(10), attendees=invite(cast.alice))
    people.office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert len(people.office.told(people.alice)) == 1
    assert people.office.texts() == []


def test_a_date_with_guests_of_its_own(people: People) -> None:
    office, cast = people.office, people.office.cast
    wish(cast.bob, as_guest=True)
    wish(cast.admin, as_guest=True)
    first = make_booking(cast.alice, cast.room, recurrence=WEEKLY, attendees=invite(cast.bob))
    with company_scope(office.company.pk):
        second = first.booking.occurrences.order_by("starts_at")[1]
        change_occurrence(
            by=Actor(Door.WEB, cast.alice), company=office.company, occurrence=second,
            changes={"attendees": invite(cast.admin)},
        )  # fmt: skip
    office.plan()
    told = {(row.occurrence_id, row.member_id) for row in office.reminders()}
    assert (second.pk, cast.admin.pk) in told
    assert (second.pk, cast.bob.pk) not in told
    assert (first.pk, cast.bob.pk) in told
    assert (first.pk, cast.admin.pk) not in told


@pytest.mark.parametrize("alone", [False, True], ids=["the series", "this date"])
def test_who_declined_is_left_alone_and_who_changes_their_mind_is_not(
    people: People, clock: Any, alone: bool
) -> None:
    office, cast = people.office, people.office.cast
    wish(cast.bob, as_guest=True)
    first = make_booking(
        cast.alice, cast.room, start=at(10), recurrence=WEEKLY, attendees=invite(cast.bob)
    )
    office.plan()
    with company_scope(office.company.pk):
        person = Participant.objects.get()
        if alone:
            person.pk, person.occurrence = None, first
        person.response = "declined"
        person.save()
    clock.move_to(at(9, 50))
    tick()
    assert office.told(people.bob) == []
    with company_scope(office.company.pk):
        Participant.objects.filter(pk=person.pk).update(response="accepted")
    clock.move_to(at(9, 50, day=9))
    refill(office.company.pk)
    tick()
    assert len(office.told(people.bob)) == 1


def test_who_left_or_gave_the_meeting_away_is_told_nothing(people: People, clock: Any) -> None:
    office, cast = people.office, people.office.cast
    make_booking(cast.alice, cast.room, start=at(10))
    given = make_booking(cast.alice, cast.other_room, start=at(11))
    office.plan()
    clock.move_to(at(9, 50))
    with company_scope(office.company.pk):
        Member.objects.filter(pk=cast.alice.pk).update(active=False)
    tick()
    with company_scope(office.company.pk):
        Member.objects.filter(pk=cast.alice.pk).update(active=True)
        given.booking.organizer = cast.bob
        given.booking.save()
    clock.move_to(at(10, 50))
    tick()
    assert office.told(people.alice) == []
    planning.replan_company(office.company.pk)
    tick()
    assert len(office.told(people.bob)) == 1


def test_a_room_without_a_channel_is_told_of_nowhere(office: Office, clock: Any) -> None:

    with company_scope(office.company.pk):
        SlackChannel.objects.update(room=office.cast.room)
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    make_booking(office.cast.alice, office.cast.other_room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert len(office.texts()) == 1
    assert sorted((row.state, row.error) for row in office.reminders()) == [
        ("cancelled", "no_channel"), ("sent", "")
    ]  # fmt: skip


def test_a_hundred_people_are_planned_in_one_statement(
    people: People, django_assert_max_num_queries: Any
) -> None:
    office, cast = people.office, people.office.cast
    wish(cast.bob, as_guest=True)
    for number in range(10):
        room = make_room(office.company, f"Room {number}")
        make_booking(cast.alice, room, recurrence=WEEKLY, attendees=invite(cast.bob))
    with django_assert_max_num_queries(19):
        office.plan()
    assert len(office.reminders()) == 60


def test_companies_keep_to_their_own_people(people: People, neighbour: Office) -> None:
    """A guest's address counts in the booking's company alone."""
    office, cast = people.office, people.office.cast
    wish(neighbour.cast.bob, as_guest=True)
    make_booking(cast.alice, cast.room, attendees=invite(neighbour.cast.bob))
    assert planned(office) == {("Alice", "before:600")}
    with company_scope(neighbour.company.pk):
        assert not Occurrence.objects.exists()
