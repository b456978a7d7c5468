"""The buttons of a message: each does once what it says, and the message then says how it is."""

from typing import Any

import pytest
from celery import current_app
from celery.exceptions import Retry

from bookings.drafts import Actor, Attendee
from bookings.edits.editing import cancel_booking, change_booking
from bookings.models import Booking, BookingEvent, Door, Occurrence
from reminders.corrections import correct_company
from reminders.messages import Receiver
from reminders.models import Reminder
from reminders.remote.dates import as_it_is
from reminders.slack import Throttled
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import tick
from tests.reminders.remote.conftest import Workspace, actions_of, words_of

pytestmark = pytest.mark.worker
WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=3",)


def as_now(row: Occurrence) -> Occurrence:
    with company_scope(row.company_id):
        found: Occurrence = Occurrence.objects.select_related("booking", "room").get(pk=row.pk)
    return found


def listed(workspace: Workspace) -> dict[str, Any]:
    """The message that `/room mine` brings."""
    workspace.types("/room mine")
    return workspace.last()


@pytest.fixture
def meeting(workspace: Workspace) -> Occurrence:
    cast = workspace.office.cast
    return make_booking(cast.alice, cast.room, start=at(10))


@pytest.fixture
def reminder(workspace: Workspace, meeting: Occurrence, clock: Any) -> dict[str, Any]:
    """The reminder of the meeting, as its organiser has it from Slack."""
    workspace.office.choose(direct=True)
    clock.move_to(at(9, 50))
    workspace.office.plan()
    tick()
    with company_scope(meeting.company_id):
        sent = Reminder.objects.get(state="sent", member=workspace.office.cast.alice)
    found: dict[str, Any] = workspace.control.messages(sent.slack_channel)[-1]
    return {**found, "channel": sent.slack_channel}


def press_in_direct(workspace: Workspace, message: dict[str, Any], action: str) -> dict[str, Any]:
    """Presses a button in the direct messages with the app; the message as it is then."""
    team, channel = workspace.office.team, message["channel"]
    reply = workspace.control.click(team, channel, message["ts"], action, workspace.people["alice"])
    assert reply.status == 200
    workspace.work()
    messages = {each["ts"]: each for each in workspace.control.messages(channel)}
    return {**messages[message["ts"]], "channel": channel}


def newest(workspace: Workspace, message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = workspace.control.messages(message["channel"])[-1]
    return {**found, "channel": message["channel"]}


def message_named(workspace: Workspace, ts: str) -> dict[str, Any]:
    (found,) = (each for each in workspace.office.messages() if each["ts"] == ts)
    return found


def test_a_reminder_gives_its_meeting_up(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    after = press_in_direct(workspace, reminder, "give_up")
    assert as_now(meeting).status == "cancelled"
    with company_scope(meeting.company_id):
        event = BookingEvent.objects.get(act="cancelled")
    assert (event.door, event.member_id) == (Door.SLACK, workspace.office.cast.alice.pk)
    assert words_of(after).splitlines()[0] == "Given up. The room is free again."
    assert "Design review · Hangang One · cancelled" in words_of(after)
    assert actions_of(after) == ["open", "restore"]
    assert "Given up" in after["text"], "also where blocks are not shown"
    assert after["metadata"] == reminder["metadata"], "it is still known by its mark"


def test_a_press_speaks_for_itself_and_other_messages_follow(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    """The channel was told, too; the correction leaves the pressed message its words."""
    after = press_in_direct(workspace, reminder, "give_up")
    workspace.office.plan()
    correct_company(workspace.office.company.pk)
    assert newest(workspace, reminder)["blocks"] == after["blocks"]
    assert workspace.says().startswith("This meeting was cancelled.")
    press_in_direct(workspace, after, "restore")
    workspace.office.plan()
    correct_company(workspace.office.company.pk)
    assert words_of(newest(workspace, reminder)).startswith("The room is yours again.")
    assert "cancelled" not in workspace.says()


def test_what_was_given_up_is_brought_back(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    given_up = press_in_direct(workspace, reminder, "give_up")
    back = press_in_direct(workspace, given_up, "restore")
    assert as_now(meeting).status == "confirmed"
    assert words_of(back).splitlines()[0] == "The room is yours again."
    assert "give_up" in actions_of(back)
    again = press_in_direct(workspace, back, "give_up")
    assert as_now(meeting).status == "cancelled"
    make_booking(workspace.office.cast.bob, as_now(meeting).room, start=at(10, 30), title="Standup")
    press_in_direct(workspace, again, "restore")
    assert as_now(meeting).status == "cancelled"
    assert words_of(newest(workspace, reminder)) == (
        "Hangang One is taken from 10:30 on: Standup (Bob)."
    )


def test_a_date_given_up_in_the_list_is_brought_back_there(workspace: Workspace) -> None:
    cast = workspace.office.cast
    first = make_booking(cast.alice, cast.room, start=at(10), recurrence=WEEKLY)
    workspace.presses(listed(workspace), "give_up:1")
    assert as_now(first).status == "cancelled"
    assert "Restore this date" in workspace.says()
    given_up = workspace.last()
    workspace.presses(given_up, "restore", who="bob")
    assert as_now(first).status == "cancelled", "it is not theirs"
    workspace.presses(given_up, "restore")
    assert as_now(first).status == "confirmed"
    said = words_of(message_named(workspace, given_up["ts"]))
    assert said.startswith("The room is yours again.")
    assert said.count("Design review") == 3


def test_a_reminder_makes_its_meeting_longer_once(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    for _time in range(2):  # a double click
        workspace.control.click(
            workspace.office.team, reminder["channel"], reminder["ts"], "extend",
            workspace.people["alice"],
        )  # fmt: skip
    workspace.work()
    assert as_now(meeting).ends_at == at(11, 15)
    after = {**newest(workspace, reminder)}
    assert "10:00–11:15" in words_of(after)
    press_in_direct(workspace, after, "extend")
    assert as_now(meeting).ends_at == at(11, 30), "once more, from what the message says now"


def test_a_task_that_runs_twice_extends_once(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any], redis: Any
) -> None:
    workspace.control.click(
        workspace.office.team, reminder["channel"], reminder["ts"], "extend",
        workspace.people["alice"],
    )  # fmt: skip
    ((name, arguments),) = workspace.tasks()
    current_app.tasks[name](*arguments)
    redis.flushdb()  # even that it was answered is forgotten
    current_app.tasks[name](*arguments)
    assert as_now(meeting).ends_at == at(11, 15)
    assert "10:00–11:15" in words_of(newest(workspace, reminder))


def test_no_longer_where_somebody_comes_after(workspace: Workspace, meeting: Occurrence) -> None:
    cast = workspace.office.cast
    make_booking(cast.bob, cast.room, start=at(11, 5), title="Standup")
    shown = listed(workspace)
    workspace.presses(shown, "extend:1")
    assert workspace.says() == (
        "Hangang One is taken from 11:05 on: Standup (Bob).\nIt is free until 11:05."
    )
    assert as_now(meeting).ends_at == at(11)
    workspace.presses(shown, "extend:1")
    assert "taken from 11:05" in workspace.says(), "what was refused is tried again"


def test_what_others_keep_private_is_not_told(workspace: Workspace, meeting: Occurrence) -> None:
    cast = workspace.office.cast
    make_booking(
        cast.bob, cast.room, start=at(11), title="Salaries", visibility=Booking.Visibility.PRIVATE
    )
    workspace.presses(listed(workspace), "extend:1")
    assert "Salaries" not in workspace.says()
    assert "Hangang One is taken from 11:00 on: Private meeting" in workspace.says()


def test_the_rest_of_a_series_is_given_up(workspace: Workspace) -> None:
    cast = workspace.office.cast
    first = make_booking(cast.alice, cast.room, start=at(10), recurrence=WEEKLY)
    shown = listed(workspace)
    workspace.presses(shown, "give_up_rest:2")
    with company_scope(cast.company.pk):
        states = list(
            first.booking.occurrences.order_by("starts_at").values_list("status", flat=True)
        )
    assert states == ["confirmed", "cancelled", "cancelled"]
    said = workspace.says()
    assert said.startswith("This date and all that follow are given up.")
    assert said.count("Design review") == 1, "the list shows what is left"


def test_another_room_is_chosen_among_those_that_are_free(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    cast = workspace.office.cast
    third = make_room(cast.company, "Third")
    make_room(cast.company, "Phone box", capacity=1)
    with company_scope(cast.company.pk):
        change_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=meeting,
            changes={"attendees": (Attendee(email="mira@hangang.example"),)},
        )  # fmt: skip
    make_booking(cast.bob, cast.other_room, start=at(10))
    press_in_direct(workspace, reminder, "other_room")
    offers = newest(workspace, reminder)
    assert offers["is_ephemeral"]
    assert "Third (6)" in words_of(offers)
    assert "Hangang Two" not in words_of(offers), "it is taken"
    assert "Phone box" not in words_of(offers), "two people do not fit into it"
    after = press_in_direct(workspace, offers, "take_offer:1")
    assert as_now(meeting).room_id == third.pk
    assert "Design review · Third" in words_of(after)
    messages = {each["ts"]: each for each in workspace.control.messages(reminder["channel"])}
    assert "Design review · Third" in words_of(messages[reminder["ts"]]), "the reminder, too"


def test_an_offer_that_was_taken_meanwhile_brings_the_others(
    workspace: Workspace, meeting: Occurrence
) -> None:
    cast = workspace.office.cast
    make_room(cast.company, "Third")
    workspace.presses(listed(workspace), "other_room:1")
    offers = workspace.last()
    make_booking(cast.bob, cast.other_room, start=at(10))
    workspace.presses(offers, "take_offer:1")
    assert as_now(meeting).room_id == cast.room.pk
    said = workspace.says()
    assert "already taken" in said
    assert "Third (6)" in said
    assert "Hangang Two (6)" not in said


def test_who_lacks_a_room_takes_one_that_is_offered(
    workspace: Workspace, meeting: Occurrence
) -> None:
    """As where somebody booked over it in Google."""
    cast, office = workspace.office.cast, workspace.office
    office.choose(direct=True)
    office.change(meeting, status=Occurrence.Status.CONFLICTED)
    make_booking(cast.bob, cast.room, start=at(10), title="Standup")
    office.plan()
    tick()
    with company_scope(cast.company.pk):
        sent = Reminder.objects.get(state="sent", member=cast.alice)
    told = {**workspace.control.messages(sent.slack_channel)[-1], "channel": sent.slack_channel}
    after = press_in_direct(workspace, told, "take_offer")
    assert (as_now(meeting).status, as_now(meeting).room_id) == ("confirmed", cast.other_room.pk)
    assert "Design review · Hangang Two" in words_of(after)


def test_no_other_room(workspace: Workspace, meeting: Occurrence) -> None:
    cast = workspace.office.cast
    make_booking(cast.bob, cast.other_room, start=at(10))
    workspace.presses(listed(workspace), "other_room:1")
    assert workspace.says() == "No other room is free at that time."


def test_nobody_changes_what_is_not_theirs(workspace: Workspace, meeting: Occurrence) -> None:
    shown = listed(workspace)
    for action in ("give_up:1", "extend:1", "other_room:1"):
        workspace.presses(shown, action, who="bob")
        assert workspace.says() == ("Only the organiser or a room manager can change this booking.")
    assert as_now(meeting).ends_at == at(11)
    workspace.presses(shown, "give_up:1", who="admin")
    assert as_now(meeting).status == "cancelled"


def test_a_stale_message_only_says_how_it_is_now(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    cast = workspace.office.cast
    with company_scope(cast.company.pk):
        change_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=meeting,
            changes={"starts_at": at(15), "ends_at": at(16)},
        )  # fmt: skip
    after = press_in_direct(workspace, reminder, "give_up")
    assert as_now(meeting).status == "confirmed", "it gave up ten o'clock, and that is no more"
    assert "15:00–16:00" in words_of(after)
    assert words_of(after).startswith("This has changed in the meantime.")
    press_in_direct(workspace, after, "give_up")
    assert as_now(meeting).status == "cancelled"


def test_a_booking_that_is_gone_is_said_to_be(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any]
) -> None:
    cast = workspace.office.cast
    with company_scope(cast.company.pk):
        cancel_booking(by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=meeting)
    after = press_in_direct(workspace, reminder, "extend")
    assert "Design review · Hangang One · cancelled" in words_of(after)
    assert actions_of(after) == ["open", "restore"]


def test_a_meeting_that_is_over_cannot_be_changed(
    workspace: Workspace, meeting: Occurrence, reminder: dict[str, Any], clock: Any
) -> None:
    clock.move_to(at(11))
    after = press_in_direct(workspace, reminder, "extend")
    assert "Design review · Hangang One · over" in words_of(after)
    assert as_now(meeting).ends_at == at(11)


def test_another_companys_booking_does_not_exist(
    workspace: Workspace, strangers: Workspace, meeting: Occurrence
) -> None:
    """Somebody shows a message of one company in the workspace of another."""
    shown = listed(workspace)
    control = strangers.control
    foreign = control._standin.store.workspaces[strangers.office.team].channels[
        strangers.office.channel
    ]
    ours = control._standin.store.workspaces[workspace.office.team].channels[
        workspace.office.channel
    ]
    foreign.messages.append(ours.find(shown["ts"]))
    strangers.presses(shown, "give_up:1", who="alice")
    assert as_now(meeting).status == "confirmed"
    assert "does not exist any more" in words_of(strangers.office.messages()[-1])


@pytest.mark.parametrize("value", ["", "x", "|", "1|2|3", "{id}|x|y", "{id}|1|2026-12-02T10:00:00"])
def test_an_offer_that_cannot_be_read_moves_nothing(
    workspace: Workspace, meeting: Occurrence, value: str
) -> None:
    shown = listed(workspace)
    channel = workspace.control._standin.store.workspaces[workspace.office.team].channels[
        workspace.office.channel
    ]
    button = channel.find(shown["ts"]).blocks[2]["elements"][0]
    button |= {"action_id": "take_offer", "value": value.format(id=meeting.public_id)}
    workspace.presses(shown, "take_offer")
    assert as_now(meeting).room_id == workspace.office.cast.room.pk
    assert workspace.says()


def test_slack_that_is_away_for_a_moment_is_tried_again(
    workspace: Workspace, meeting: Occurrence
) -> None:
    shown = listed(workspace)
    workspace.control.fault("response_url", "status", status=429, retry_after=1)
    team, channel = workspace.office.team, workspace.office.channel
    workspace.control.click(team, channel, shown["ts"], "give_up:1", workspace.people["alice"])
    ((name, arguments),) = workspace.tasks()
    with pytest.raises((Retry, Throttled)):
        current_app.tasks[name](*arguments)
    assert as_now(meeting).status == "cancelled"
    current_app.tasks[name](*arguments)
    assert "You have nothing booked." in workspace.says()


def test_a_pressed_link_is_acknowledged_and_nothing_is_done(
    workspace: Workspace, meeting: Occurrence, redis: Any
) -> None:
    shown = listed(workspace)
    team, channel = workspace.office.team, workspace.office.channel
    reply = workspace.control.click(team, channel, shown["ts"], "open:1", workspace.people["alice"])
    assert reply.status == 200
    assert workspace.tasks() == []


def test_in_a_channel_a_private_title_stays_private(workspace: Workspace, seoul: Cast) -> None:
    row = make_booking(
        seoul.alice, seoul.room, start=at(10), title="Salaries",
        visibility=Booking.Visibility.PRIVATE,
    )  # fmt: skip
    with company_scope(seoul.company.pk):
        message = as_it_is(row, Receiver("en", "Asia/Seoul", seoul.alice))
    posted = workspace.posts(message)
    workspace.presses(posted, "extend")
    changed = message_named(workspace, posted["ts"])
    assert "10:00–11:15" in words_of(changed)
    assert "Salaries" not in str(changed)
    assert actions_of(changed) == ["open"]
