"""/room answers who asks, alone, in their language and on their clock."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bookings.models import Floor
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.reminders.remote.conftest import Workspace, actions_of, speaks

pytestmark = pytest.mark.worker


@pytest.fixture
def video_room(workspace: Workspace) -> None:
    """Twelve seats with a camera on the third floor."""
    cast = workspace.office.cast
    with company_scope(cast.company.pk):
        floor = Floor.objects.create(building=cast.room.building, name="3F")
    make_room(cast.company, "Han River", floor=floor, capacity=12, equipment=["video"])


@pytest.mark.usefixtures("video_room")
def test_what_is_free_now_and_until_when(workspace: Workspace) -> None:
    cast = workspace.office.cast
    make_booking(cast.bob, cast.room, start=at(11, 50, day=1), minutes=60)
    make_booking(cast.bob, cast.other_room, start=at(14, day=1), minutes=60)
    workspace.types("/room now")
    said = workspace.says()
    assert "Hangang Two · free until 14:00 (2 h)" in said
    assert "Han River 3F · free for the rest of the day" in said
    assert "Hangang One" not in said
    workspace.types("/room now 10 video")
    said = workspace.says()
    assert said.startswith("Now, for 10 people, with video")
    assert "Han River 3F" in said
    assert "Hangang Two" not in said
    assert workspace.last()["is_ephemeral"]


@pytest.mark.parametrize("minute", [30, 38, 44, 59])
def test_now_is_now_also_at_night_and_on_a_day_off(
    workspace: Workspace, clock: Any, minute: int
) -> None:
    clock.move_to(at(22, minute, day=6) + timedelta(seconds=40))  # a Sunday
    workspace.types("/room now")
    assert "Hangang One · free for the rest of the day" in workspace.says()
    workspace.types("/room now 500")
    assert workspace.says() == "Now, for 500 people\nNo room is free now."


def test_a_day_off_begins_when_people_come(workspace: Workspace) -> None:
    workspace.types("/room find sunday 1h")
    assert "Hangang One · 09:00–10:00" in workspace.says()


@pytest.mark.usefixtures("video_room")
def test_what_is_free_at_another_time(workspace: Workspace) -> None:
    cast = workspace.office.cast
    make_booking(cast.bob, cast.room, start=at(15), minutes=30)
    workspace.types("/room find tomorrow 3pm 1h")
    said = workspace.says()
    assert said.startswith("Tomorrow, Wed 2 Dec, 15:00–16:00")
    assert "Hangang Two" in said
    assert "Hangang One" not in said
    workspace.types("/room find 9:00")
    assert workspace.says().startswith("Tomorrow, Wed 2 Dec, 09:00–09:30"), "nine o'clock is over"
    workspace.types("/room find tomorrow 20 people 3pm")
    assert "No room is free then." in workspace.says()


def test_another_day_without_a_time_shows_its_times(workspace: Workspace) -> None:
    cast = workspace.office.cast
    make_booking(cast.bob, cast.room, start=at(9), minutes=60)
    workspace.types("/room find tomorrow 1h")
    said = workspace.says()
    assert said.startswith("Tomorrow, Wed 2 Dec, for 1 h")
    assert "Hangang One · 10:00–11:00" in said


@pytest.mark.usefixtures("video_room")
def test_it_is_said_in_korean_to_who_speaks_it(workspace: Workspace) -> None:
    speaks(workspace.office.cast.alice, "ko")
    workspace.types("/room 찾기 내일 오후 3시 1시간 6명 화상")
    assert workspace.says().startswith("내일, 12월 2일 수요일, 15:00–16:00, 6명, 화상 회의\n")
    workspace.types("/room 지금 6명 화상")
    assert workspace.says().startswith("지금, 6명, 화상 회의")
    workspace.types("/room 내 예약")
    assert "예약이 없습니다" in workspace.says()
    workspace.types("/room now", who="bob")
    assert workspace.says().startswith("Now")


def test_times_are_those_of_the_person(workspace: Workspace) -> None:
    control, office = workspace.control, workspace.office
    control._standin.store.workspaces[office.team].users[
        workspace.people["alice"]
    ].tz = "America/New_York"
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    workspace.types("/room mine")
    assert "Tomorrow, Tue 1 Dec, 20:00–21:00" in workspace.says()
    workspace.types("/room find tomorrow 3pm")
    assert workspace.says().startswith(
        "Tomorrow, Tue 1 Dec, 15:00–15:30\nTimes in America/New_York"
    )


def test_ones_own_bookings_with_buttons(workspace: Workspace) -> None:
    cast = workspace.office.cast
    make_booking(cast.alice, cast.room, start=at(10), title="<!channel> & budget")
    make_booking(
        cast.alice,
        cast.room,
        start=at(14),
        title="Weekly",
        recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",),
    )
    make_booking(cast.bob, cast.other_room, start=at(10), title="Not hers")
    make_booking(cast.alice, cast.room, start=at(12, day=1), title="Running")
    workspace.types("/room mine")
    said = workspace.says()
    titles = [line for line in said.splitlines() if " · " in line]
    assert titles == [
        "Running · Hangang One", "<!channel> & budget · Hangang One", *["Weekly · Hangang One"] * 3,
    ]  # fmt: skip
    actions = actions_of(workspace.last())
    assert len(set(actions)) == len(actions), "each can be told from the others"
    assert "give_up_rest:3" in actions
    assert "give_up_rest:2" not in actions


@pytest.mark.parametrize("line", ["/room", "/room help", "/room frobnicate it", "/room 도움말"])
def test_help_and_what_is_not_understood_come_with_examples(
    workspace: Workspace, line: str
) -> None:
    workspace.types(line)
    said = workspace.says()
    assert "/room find tomorrow 3pm 1h" in said
    assert ("did not understand “frobnicate it”" in said) is ("frobnicate" in line)


def test_what_was_understood_is_said_back_beside_what_was_not(workspace: Workspace) -> None:
    workspace.types("/room find tomorrow 3pm underwater")
    said = workspace.says().splitlines()
    assert "“underwater”" in said[0]
    assert said[1] == "Tomorrow, Wed 2 Dec, 15:00–15:30"


def test_a_time_that_nobody_can_book_is_refused_in_words(workspace: Workspace) -> None:
    workspace.types("/room find today 9am")
    assert workspace.says() == "This time is over. Choose a later one."


def test_many_rooms_and_long_titles_stay_within_slacks_limits(workspace: Workspace) -> None:
    cast = workspace.office.cast
    for number in range(30):
        make_room(cast.company, f"{number} {'가' * 90}")
    for hour in range(9, 20):
        make_booking(cast.alice, cast.room, start=at(hour), title="나" * 255)
    workspace.types("/room now")
    assert "free for the rest of the day" in workspace.says()
    workspace.types("/room mine")
    assert "There are more." in workspace.says()


def test_only_what_is_needed_is_passed_on(workspace: Workspace) -> None:
    office = workspace.office
    workspace.control.command(office.team, office.channel, workspace.people["alice"], "/room now")
    ((name, (asked,)),) = workspace.tasks()
    assert name == "reminders.tasks.answer_slack_command"
    assert set(asked) == {"team", "user", "response_url", "trigger", "text"}
    assert office.token not in json.dumps(asked)


def test_a_command_that_is_delivered_twice_is_answered_once(workspace: Workspace) -> None:
    from celery import current_app  # noqa: PLC0415

    office = workspace.office
    workspace.control.command(office.team, office.channel, workspace.people["alice"], "/room mine")
    ((name, arguments),) = workspace.tasks()
    for _time in range(2):
        current_app.tasks[name](*arguments)
    assert len(office.messages()) == 1


def test_nobody_elses_company_shows(workspace: Workspace, strangers: Workspace) -> None:
    theirs: Cast = strangers.office.cast
    make_booking(theirs.alice, theirs.room, start=at(10), title="Secret plan")
    workspace.types("/room mine")
    assert "Secret plan" not in workspace.says()
    workspace.types("/room now")
    assert "Canary" not in workspace.says()
    strangers.types("/room mine")
    assert "Secret plan" in strangers.says()


def test_a_member_is_found_by_address_whatever_its_case(workspace: Workspace) -> None:
    member: Member = workspace.office.cast.alice
    make_booking(member, workspace.office.cast.room, start=at(10), title="Hers")
    users = workspace.control._standin.store.workspaces[workspace.office.team].users
    users[workspace.people["alice"]].email = member.email.upper()
    workspace.types("/room mine")
    assert "Hers" in workspace.says()
