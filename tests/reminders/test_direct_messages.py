"""What a person reads in Slack, what they can do there, and that they read it once."""

from datetime import timedelta
from typing import Any

import pytest

from bookings.drafts import Attendee
from reminders.models import MemberReminders, SlackPerson
from tenants.scope import company_scope
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import Office, People, tick
from tests.reminders.test_message import words_of

pytestmark = pytest.mark.worker
ALICES = ["open", "extend", "other_room", "give_up"]


@pytest.fixture
def due(people: People, clock: Any) -> People:
    """Alice has a meeting at ten, of which she is to be told now."""
    make_booking(people.office.cast.alice, people.office.cast.room, start=at(10))
    people.office.plan()
    clock.move_to(at(9, 50))
    return people


def buttons_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        element
        for block in message["blocks"]
        for element in [*block.get("elements", ()), block.get("accessory", {})]
        if element.get("type") == "button"
    ]


def only_message(people: People) -> dict[str, Any]:
    tick()
    (message,) = people.office.direct_messages(people.alice)
    return message


def test_the_organiser_can_act_where_they_read_it(due: People) -> None:
    message = only_message(due)
    (date,) = due.office.reminders()
    with company_scope(due.office.company.pk):
        public_id = str(date.occurrence.public_id)
    buttons = buttons_of(message)
    assert [button["action_id"] for button in buttons] == ALICES
    assert {button.get("value") for button in buttons} == {None, public_id}
    assert [button["action_id"] for button in buttons if "confirm" in button] == ["give_up"]
    assert words_of(message)[:2] == ["Design review", "Starts in 10 min in Hangang One"]
    row = due.office.reminder()
    assert (row.state, row.slack_ts, row.slack_channel[0]) == ("sent", message["ts"], "D")


def test_a_series_can_be_given_up_from_here(due: People, clock: Any) -> None:
    cast = due.office.cast
    make_booking(cast.bob, cast.other_room, start=at(10), recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    due.office.plan()
    tick()
    (message,) = due.office.direct_messages(due.bob)
    rest = buttons_of(message)[-1]
    assert (rest["action_id"], rest["style"], "confirm" in rest) == ("give_up_rest", "danger", True)


def test_a_guest_may_only_open_it_and_knows_its_title(people: People, clock: Any) -> None:
    office, cast = people.office, people.office.cast
    with company_scope(office.company.pk):
        MemberReminders.objects.create(member=cast.alice, as_guest=True)
    guest = Attendee(email=cast.alice.email)
    make_booking(
        cast.bob, cast.room, start=at(10), attendees=(guest,), title="Merger", visibility="private"
    )
    office.plan()
    clock.move_to(at(9, 50))
    message = only_message(people)
    assert [button["action_id"] for button in buttons_of(message)] == ["open"]
    assert words_of(message)[0] == "Merger"


@pytest.mark.parametrize(
    ("zone", "times"),
    [
        ("Asia/Seoul", "Today, Wed 2 Dec, 10:00–11:00"),
        ("America/New_York", "Today, Tue 1 Dec, 20:00–21:00 (America/New_York)"),
        ("Not/AZone", "Today, Wed 2 Dec, 10:00–11:00"),
    ],
)
def test_it_is_on_the_readers_clock(people: People, clock: Any, zone: str, times: str) -> None:
    office, cast = people.office, people.office.cast
    office.slack.control.add_user(office.team, cast.admin.email, id="U1", tz=zone)
    make_booking(cast.admin, cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    (message,) = office.direct_messages("U1")
    assert words_of(message)[2] == times


def test_the_zone_is_named_where_it_is_not_the_rooms(people: People, clock: Any) -> None:
    office = people.office
    hudson = make_room(office.company, "Hudson", timezone="America/New_York")
    make_booking(office.cast.alice, hudson, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    assert words_of(only_message(people))[2] == "Today, Wed 2 Dec, 10:00–11:00 (Asia/Seoul)"


def test_it_is_in_the_readers_language(due: People) -> None:
    due.office.cast.alice.user.language = "ko"
    due.office.cast.alice.user.save()
    assert "오늘, 12월 2일 수요일, 10:00" in only_message(due)["text"]


def test_slack_is_asked_once_a_day_and_of_a_stranger_once_an_hour(
    people: People, clock: Any
) -> None:
    office, cast = people.office, people.office.cast
    office.choose(by_mail=False)
    for hour in (10, 11):
        make_booking(cast.alice, cast.room, start=at(hour))
        make_booking(cast.admin, cast.other_room, start=at(hour))
    office.plan()
    for moment in (at(9, 50), at(10, 50)):
        clock.move_to(moment)
        tick()
    asked = [r["arguments"]["email"] for r in office.slack.control.requests("users.lookupByEmail")]
    assert sorted(asked) == [cast.admin.email, cast.admin.email, cast.alice.email]
    reasons = {(row.state, row.error) for row in office.reminders()}
    assert reasons == {("sent", ""), ("skipped", "not_in_slack")}


@pytest.mark.parametrize("who", [{"deleted": True}, {"is_bot": True}, {"email_hidden": True}])
def test_who_left_slack_and_programs_are_nobody(
    people: People, clock: Any, who: dict[str, Any]
) -> None:
    office, cast = people.office, people.office.cast
    office.choose(by_mail=False)
    office.slack.control.add_user(office.team, cast.admin.email, id="U1", **who)
    make_booking(cast.admin, cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert office.reminder().error == "not_in_slack"
    with company_scope(office.company.pk):
        assert SlackPerson.objects.get().slack_id == ""


def test_a_person_who_has_another_account_now_is_asked_about_anew(due: People) -> None:
    with company_scope(due.office.company.pk):
        SlackPerson.objects.create(
            email=due.office.cast.alice.email, slack_id="UOLD",
            looked_up_at=at(9, 50) - timedelta(hours=5),
        )  # fmt: skip
    tick()
    tick()
    assert len(due.office.told(due.alice)) == 1


def test_slack_that_takes_back_what_it_just_said_is_believed_for_an_hour(due: People) -> None:
    due.office.choose(by_mail=False)
    control = due.office.slack.control
    control.fault("chat.postMessage", "error", error="user_disabled", times=None)
    for _ in range(3):
        tick()
    assert len(control.requests("chat.postMessage")) == 1
    assert due.office.reminder().error == "not_in_slack"
    assert due.office.connection().state == "active"


@pytest.mark.parametrize("after_effect", [True, False])
def test_an_unclear_answer_is_looked_into_before_sending_again(
    due: People, clock: Any, after_effect: bool
) -> None:
    due.office.slack.control.fault("chat.postMessage", "drop", after_effect=after_effect)
    tick()
    assert due.office.reminder().state == "sending"
    clock.shift(15)
    tick()
    assert len(due.office.told(due.alice)) == 1
    row = due.office.reminder()
    assert (row.state, row.error) == ("sent", "")
    with company_scope(due.office.company.pk):
        assert SlackPerson.objects.get().dm_channel == row.slack_channel


def test_where_direct_messages_cannot_be_read_nothing_is_doubled(due: People, clock: Any) -> None:
    token = due.office.slack.control.add_token(due.office.team).value
    due.office.connect(bot_token=token, channel=due.office.channel)
    due.office.slack.control.fault("chat.postMessage", "drop", after_effect=True)
    tick()
    clock.shift(15)
    tick()
    assert len(due.office.told(due.alice)) == 1
    assert due.office.reminder().error == "unknown: missing_scope"


def test_slack_that_does_not_say_who_it_is_is_asked_again(due: People, clock: Any) -> None:
    due.office.slack.control.fault("users.lookupByEmail", "status", status=500)
    tick()
    assert due.office.reminder().state == "scheduled"
    clock.shift(14)
    tick()
    assert due.office.told(due.alice) == []
    clock.shift(1)
    tick()
    assert len(due.office.told(due.alice)) == 1


def test_a_pause_that_slack_asks_for_while_looking_up_is_kept(due: People, clock: Any) -> None:
    due.office.slack.control.fault("users.lookupByEmail", "status", status=429, retry_after=30)
    tick()
    assert due.office.connection().wait_until == at(9, 50) + timedelta(seconds=30)
    clock.shift(30)
    tick()
    assert len(due.office.told(due.alice)) == 1


def test_one_company_never_asks_for_anothers_people(due: People, neighbour: Office) -> None:
    tick()
    with company_scope(neighbour.company.pk):
        assert not SlackPerson.objects.exists()
