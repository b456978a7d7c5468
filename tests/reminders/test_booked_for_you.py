"""Who is booked for by somebody or something else is told, once."""

from typing import Any

import pytest

from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.edits.editing import cancel_booking
from bookings.models import Door, Occurrence
from reminders import planning
from reminders.models import Reminder
from tenants.models import Member
from tenants.scope import company_scope
from tests.factories import at
from tests.reminders.conftest import People, sweep, tick
from tests.reminders.test_direct_messages import buttons_of

pytestmark = pytest.mark.worker


def book(people: People, by: Actor, *, rule: tuple[str, ...] = (), organizer: Any = None) -> Any:
    cast = people.office.cast
    with company_scope(cast.company.pk):
        return create_booking(
            by=by, company=cast.company, room=cast.room,
            draft=Draft(
                title="Interview", starts_at=at(10), ends_at=at(11), timezone="Asia/Seoul",
                organizer=organizer or cast.alice, recurrence=rule, reminders=(),
            ),
        ).occurrences[0]  # fmt: skip


def work(people: People) -> None:
    for _twice in range(2):
        people.office.plan()
        tick()
        sweep()


def test_a_program_booked_for_a_person(people: People) -> None:
    date = book(people, Actor(Door.API))
    work(people)
    (message,) = people.office.direct_messages(people.alice)
    assert message["text"] == (
        "A program of your company booked Hangang One for you: Interview"
        " · Tomorrow, Wed 2 Dec, 10:00–11:00"
    )
    assert {button.get("value") for button in buttons_of(message)} == {None, str(date.public_id)}


def test_somebody_booked_a_series_for_a_person(people: People) -> None:
    book(people, Actor(Door.WEB, people.office.cast.bob), rule=("RRULE:FREQ=DAILY;COUNT=9",))
    work(people)
    (text,) = people.office.told(people.alice)
    assert text.startswith("Bob booked Hangang One for you: Interview · Tomorrow, Wed 2 Dec")
    assert text.endswith(", and further dates")


@pytest.mark.parametrize("door", [Door.WEB, Door.SLACK, Door.API, Door.GOOGLE])
def test_what_a_person_did_themselves_is_no_news(people: People, door: Door) -> None:
    book(people, Actor(door, people.office.cast.alice))
    work(people)
    assert people.office.told(people.alice) == []


def test_what_came_from_google_is_no_news(people: People) -> None:
    book(people, Actor(Door.GOOGLE))
    work(people)
    assert people.office.told(people.alice) == []


def test_a_meeting_that_is_given_to_somebody_else_was_not_booked_for_them(people: People) -> None:
    date = book(people, Actor(Door.API))
    with company_scope(people.office.company.pk):
        date.booking.organizer = people.office.cast.bob
        date.booking.save()
    work(people)
    assert people.office.told(people.bob) == []


def test_what_was_cancelled_before_it_was_told_is_not(people: People) -> None:
    def cancel(date: Occurrence) -> None:
        with company_scope(people.office.company.pk):
            cancel_booking(
                by=Actor(Door.API), company=people.office.company, occurrence=date, scope="this"
            )

    date = book(people, Actor(Door.API))
    people.office.plan()
    cancel(date)
    tick()
    work(people)
    assert people.office.told(people.alice) == []
    first = book(people, Actor(Door.API), rule=("RRULE:FREQ=DAILY;COUNT=3",))
    cancel(first)
    work(people)
    (text,) = people.office.told(people.alice)
    assert "Thu 3 Dec" in text, "the first date that there is"


def test_a_move_afterwards_is_not_told_as_a_booking(people: People, clock: Any) -> None:
    date = book(people, Actor(Door.API))
    work(people)
    people.office.change(date, starts_at=at(14), ends_at=at(15), block_from=at(14), block_to=at(15))
    planning.replan_company(people.office.company.pk)
    work(people)
    assert len(people.office.told(people.alice)) == 1


def test_planning_all_anew_later_tells_no_old_bookings(people: People, clock: Any) -> None:
    book(people, Actor(Door.API), rule=("RRULE:FREQ=DAILY;COUNT=9",))
    clock.shift(25 * 3600)
    planning.replan_company(people.office.company.pk)
    with company_scope(people.office.company.pk):
        assert not Reminder.objects.filter(kind="booked").exists()


def test_who_is_not_told_directly_or_left_is_not_told_this(people: People) -> None:
    people.office.choose(direct=False)
    book(people, Actor(Door.API))
    work(people)
    people.office.choose(direct=True)
    with company_scope(people.office.company.pk):
        Member.objects.filter(pk=people.office.cast.alice.pk).update(active=False)
    planning.replan_company(people.office.company.pk)
    work(people)
    assert people.office.told(people.alice) == []
