"""A message in Slack about a booking that changed since, wherever, is made to say how it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bookings.drafts import Actor, Attendee, Changes
from bookings.edits.date_edits import change_occurrence
from bookings.edits.editing import cancel_booking
from bookings.edits.restoring import restore_occurrence
from bookings.models import Booking, Door, Occurrence
from reminders import corrections, sending
from reminders.claims import Delivery, take
from reminders.kinds import message_of
from reminders.models import MemberReminders, Reminder
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, People, tick
from tests.reminders.remote.conftest import actions_of, words_of

pytestmark = pytest.mark.worker


def settle(office: Office) -> None:
    """Plans, and does what the task of corrections does for the companies that need it."""
    office.plan()
    for company_id in corrections.companies_to_correct():
        corrections.correct_company(company_id)


def move(office: Office, meeting: Occurrence, **changes: Any) -> Occurrence:
    with company_scope(office.company.pk):
        wanted: Changes = changes  # type: ignore[assignment]
        by = Actor(Door.WEB, office.cast.alice)
        return change_occurrence(by=by, company=office.company, occurrence=meeting, changes=wanted)


def cancel(office: Office, meeting: Occurrence) -> None:
    with company_scope(office.company.pk):
        by = Actor(Door.WEB, office.cast.alice)
        cancel_booking(by=by, company=office.company, occurrence=meeting)


@pytest.fixture
def meeting(office: Office, clock: Any) -> Occurrence:
    """At ten, and the channel was told at ten to."""
    row = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert len(office.messages()) == 1
    return row


def updates(office: Office) -> int:
    return len(office.slack.control.requests("chat.update"))


def test_a_cancelled_meeting_says_so_where_it_was_announced(
    office: Office, meeting: Occurrence
) -> None:
    settle(office)
    assert updates(office) == 0, "nothing changed"
    cancel(office, meeting)
    settle(office)
    (message,) = office.messages()
    assert words_of(message).startswith("This meeting was cancelled.")
    assert "Design review · Hangang One · cancelled" in words_of(message)
    assert "cancelled" in message["text"]
    settle(office)
    assert updates(office) == 1, "said once"


def test_a_moved_meeting_says_when_and_where_it_is_now(office: Office, meeting: Occurrence) -> None:
    moved = move(office, meeting, room=office.cast.other_room, ends_at=at(10, 30))
    settle(office)
    (message,) = office.messages()
    assert words_of(message).splitlines()[:2] == [
        "This has changed since you were told. It is now:", "Design review · Hangang Two",
    ]  # fmt: skip
    assert "10:00–10:30" in words_of(message)
    move(office, moved, room=office.cast.room, ends_at=at(11))
    settle(office)
    (message,) = office.messages()
    assert "Design review · Hangang One" in words_of(message)


def test_what_nobody_sees_corrects_nothing(office: Office, meeting: Occurrence) -> None:
    move(office, meeting, description="Bring the plans", reminders=(5,))
    settle(office)
    assert updates(office) == 0


def test_a_person_gets_the_buttons_with_it(people: People, clock: Any) -> None:
    office = people.office
    row = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    cancel(office, row)
    settle(office)
    (message,) = office.direct_messages(people.alice)
    assert actions_of(message) == ["open", "restore"]
    with company_scope(office.company.pk):
        by = Actor(Door.WEB, office.cast.alice)
        restore_occurrence(by=by, company=office.company, occurrence=row)
    settle(office)
    (message,) = office.direct_messages(people.alice)
    assert "give_up" in actions_of(message)
    assert len(office.told(people.alice)) == 1, "and is not told again"


def test_a_guest_still_knows_what_is_private_and_the_channel_does_not(
    people: People, clock: Any
) -> None:
    office, cast = people.office, people.office.cast
    office.choose(direct=True, in_channels=True)
    with company_scope(office.company.pk):
        MemberReminders.objects.create(company=office.company, member=cast.bob, as_guest=True)
    row = make_booking(
        cast.alice, cast.room, start=at(10), attendees=(Attendee(email=cast.bob.email),),
        visibility=Booking.Visibility.PRIVATE,
    )  # fmt: skip
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    cancel(office, row)
    settle(office)
    (told,) = office.direct_messages(people.bob)
    assert "Design review · Hangang One · cancelled" in words_of(told)
    assert actions_of(told) == ["open"]
    (posted,) = office.messages()
    assert "Private meeting · Hangang One · cancelled" in words_of(posted)


def test_a_change_while_the_message_is_on_its_way(office: Office, clock: Any) -> None:
    row = make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    with company_scope(office.company.pk):
        taken = take(office.reminder().pk)
    assert isinstance(taken, Delivery)
    cancel(office, row)
    office.plan()
    with company_scope(office.company.pk):
        message = message_of(taken.reminder, taken.receiver, datetime.now(UTC))
    assert sending._send(taken, message)
    settle(office)
    (posted,) = office.messages()
    assert words_of(posted).startswith("This meeting was cancelled.")


def test_a_worker_that_died_is_followed_by_another(
    office: Office, meeting: Occurrence, clock: Any
) -> None:
    cancel(office, meeting)
    office.plan()
    with company_scope(office.company.pk):
        assert corrections._take()
    settle(office)
    assert updates(office) == 0, "somebody is at it"
    clock.shift(corrections.LEASE.total_seconds())
    settle(office)
    assert updates(office) == 1


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ({"kind": "status", "status": 429, "retry_after": 7}, 40),
        ({"kind": "status", "status": 503}, 40),
        ({"kind": "drop", "after_effect": True}, 40),
    ],
    ids=str,
)
def test_trouble_is_followed_by_another_try(
    office: Office, meeting: Occurrence, clock: Any, fault: dict[str, Any], after: int
) -> None:
    cancel(office, meeting)
    office.slack.control.fault("chat.update", **fault)
    settle(office)
    settle(office)
    assert updates(office) == 1, "it waits"
    clock.shift(after)
    settle(office)
    (message,) = office.messages()
    assert words_of(message).startswith("This meeting was cancelled.")
    assert updates(office) == 2


def test_what_slack_does_not_change_any_more_is_left(office: Office, meeting: Occurrence) -> None:
    office.slack.control.fault("chat.update", "error", error="message_not_found")
    cancel(office, meeting)
    settle(office)
    settle(office)
    assert updates(office) == 1
    with company_scope(office.company.pk):
        assert not Reminder.objects.exclude(correct_at=None).exists()
    assert office.connection().state == "active"


def test_what_is_over_is_left(office: Office, meeting: Occurrence, clock: Any) -> None:
    cancel(office, meeting)
    office.plan()
    clock.move_to(at(11))
    settle(office)
    assert updates(office) == 0
    assert corrections.companies_to_correct() == []


def test_a_company_that_cannot_be_reached_waits(office: Office, meeting: Occurrence) -> None:
    office.slack.control.revoke_token(office.token)
    cancel(office, meeting)
    settle(office)
    assert office.connection().state == "broken"
    assert corrections.companies_to_correct() == []
    token = office.slack.control.add_token(office.team).value
    office.connect(bot_token=token, channel=office.channel)
    with company_scope(office.company.pk):
        Reminder.objects.update(correct_at=datetime.now(UTC))
    settle(office)
    (message,) = office.messages()
    assert words_of(message).startswith("This meeting was cancelled.")


def test_another_companys_messages_are_not_touched(
    office: Office, neighbour: Office, meeting: Occurrence
) -> None:
    cancel(office, meeting)
    office.plan()
    corrections.correct_company(neighbour.company.pk)
    assert updates(office) == 0
    assert corrections.companies_to_correct() == [office.company.pk]
