"""Each place may have a channel of its own, and trouble with one is that channel's alone."""

from typing import Any

import pytest
from django.test import Client

from reminders.admin_notices import companies_to_tell
from reminders.channels import channel_of_room, choose_channel
from reminders.models import SlackChannel
from tenants.models import AdminNotice
from tenants.scope import company_scope
from tests.conftest import Cast, become, sign_in
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import Office, sweep, tick

PAGE = "/settings/slack/"
CHOOSE, REMOVE, TEST = f"{PAGE}channels/", f"{PAGE}channels/remove/", f"{PAGE}test/"


def choices(office: Office) -> dict[str, str]:
    """Each place and what was chosen for it."""
    with company_scope(office.company.pk):
        rows = SlackChannel.objects.select_related("building", "room")
        return {str(row.room or row.building or ""): row.name for row in rows}


def banner(client: Client) -> str:
    """A page that is about something else, with what administrators are told on top."""
    return str(client.get("/bookings/").content.decode())


def choose(client: Client, place: str, channel: str) -> Any:
    return client.post(CHOOSE, {"place": place, "channel": channel})


def test_channels_are_chosen_from_those_of_the_workspace(
    office: Office, admin_client: Client
) -> None:
    control, team = office.slack.control, office.team
    hidden = control.add_channel(team, "hidden", private=True, with_app=False)
    token = control.add_token(team, scopes=["chat:write", "channels:read", "groups:read"]).value
    office.connect(bot_token=token, channel="#rooms")
    control.add_channel(team, "board", private=True)
    page = admin_client.get(PAGE).content.decode()
    assert '<option value="#rooms">' in page
    assert '<option value="#board">' in page
    assert "#hidden" not in page
    admin_client.get(PAGE)
    assert len(control.requests("conversations.list")) == 1, "kept for a while"
    late = control.add_channel(team, "late")
    building, room = office.cast.room.building, office.cast.room
    assert choose(admin_client, f"building:{building.pk}", "#late").status_code == 302
    assert choose(admin_client, f"room:{room.pk}", f" {late.id} ").status_code == 302
    assert choose(admin_client, "company", "board").status_code == 302
    assert choices(office) == {"": "#board", building.name: "#late", room.name: "#late"}
    refused = choose(admin_client, "company", "#hidden")
    assert (refused.status_code, "no such channel" in refused.content.decode()) == (422, True)
    assert choose(admin_client, "company", hidden.id).status_code == 302, "a test tells"


def test_what_cannot_be_listed_can_be_typed(office: Office, admin_client: Client) -> None:
    office.slack.control.fault("conversations.list", "error", error="missing_scope", times=None)
    assert choose(admin_client, "company", "general").status_code == 302
    assert choices(office) == {"": "#general"}
    assert office.connection().state == "active"


def test_a_long_list_is_read_page_by_page(
    office: Office, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reminders.slack.CHANNELS_A_PAGE", 2)
    for number in range(4):
        office.slack.control.add_channel(office.team, f"c{number}")
    page = admin_client.get(PAGE).content.decode()
    assert page.count('<option value="#c') == 4


def test_another_door_is_not_offered_the_last_ones_channels(
    office: Office, admin_client: Client, clock: Any
) -> None:
    assert "#rooms" in admin_client.get(PAGE).content.decode()
    clock.shift(1)
    elsewhere = office.slack.control.add_workspace("Elsewhere").id
    office.slack.control.add_channel(elsewhere, "cellar")
    office.connect(bot_token=office.slack.control.add_token(elsewhere).value, channel="#cellar")
    page = admin_client.get(PAGE).content.decode()
    assert '<option value="#cellar">' in page
    assert '<option value="#rooms">' not in page


@pytest.mark.parametrize(
    ("place", "channel"), [("company", ""), ("company", "#"), ("", "#rooms"), ("floor:1", "#rooms"),
                           ("room:x", "#rooms"), ("company", "x" * 101)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    office: Office, admin_client: Client, place: str, channel: str
) -> None:
    answer = choose(admin_client, place, channel)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (422, True)


def test_another_companys_places_and_choices_are_not_there(
    office: Office, neighbour: Office, admin_client: Client
) -> None:
    with company_scope(neighbour.company.pk):
        theirs = SlackChannel.objects.get()
    cast = neighbour.cast
    for place in (f"room:{cast.room.pk}", f"building:{cast.room.building_id}", "room:999999999"):
        assert choose(admin_client, place, "#rooms").status_code == 404
    for path in (REMOVE, TEST):
        for number in (str(theirs.pk), "x", "", "9" * 30):
            assert admin_client.post(path, {"choice": number}).status_code == 404
    assert neighbour.texts() == []
    assert choices(neighbour) != {}


def test_only_administrators(office: Office, alice_client: Client) -> None:
    for path in (CHOOSE, REMOVE, TEST):
        assert alice_client.post(path, {"place": "company", "channel": "#x"}).status_code == 403
        assert Client().post(path).status_code == 302


def test_a_removed_choice_gives_way_to_the_wider_one(office: Office, admin_client: Client) -> None:
    room = office.cast.room
    choose(admin_client, f"building:{room.building_id}", "#rooms")
    choose(admin_client, f"room:{room.pk}", "#rooms")
    for left in ("building", "company", None):
        with company_scope(office.company.pk):
            found = channel_of_room(room)
            assert found is not None
            number = found.pk
        admin_client.post(REMOVE, {"choice": number})
        with company_scope(office.company.pk):
            found = channel_of_room(room)
        kind = found and ("building" if found.building_id else "company")
        assert kind == left
    assert "No channel is chosen yet" in admin_client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("archived", "The channel is archived"), ("left", "Roomly is not in the channel"),
     ("deleted", "Slack does not know the channel")],
)  # fmt: skip
def test_a_test_message_tells_what_is_wrong_with_which_channel(
    office: Office, admin_client: Client, trouble: str, words: str
) -> None:
    control, room = office.slack.control, office.cast.room
    other = control.add_channel(office.team, "other")
    choose(admin_client, f"room:{room.pk}", "#other")
    with company_scope(office.company.pk):
        row = SlackChannel.objects.get(room=room)
    admin_client.post(TEST, {"choice": row.pk})
    assert len(control.messages(other.id)) == 1
    match trouble:
        case "archived":
            control.archive_channel(office.team, other.id)
        case "left":
            control.set_app_in_channel(office.team, other.id, False)
        case _:
            control.delete_channel(office.team, other.id)
    page = admin_client.post(TEST, {"choice": row.pk}, follow=True).content.decode()
    assert page.count(words) == 2, "as the answer, and beside the channel"
    assert office.connection().state == "active"
    assert "cannot post to one of your Slack channels" not in page, "it is all there already"
    assert "cannot post to one of your Slack channels" in banner(admin_client)
    admin_client.post(TEST)
    assert len(office.texts()) == 1, "the company's channel works"
    choose(admin_client, f"room:{room.pk}", "#rooms")
    assert words not in admin_client.get(PAGE).content.decode()
    assert "cannot post" not in banner(admin_client)


@pytest.mark.worker
def test_a_broken_channel_holds_up_its_own_reminders_only_and_they_come_once_it_is_mended(
    office: Office, clock: Any
) -> None:
    control, cast = office.slack.control, office.cast
    other = control.add_channel(office.team, "other")
    with company_scope(office.company.pk):
        choose_channel(company=office.company, name="#other", channel_id=other.id, room=cast.room)
    control.set_app_in_channel(office.team, other.id, False)
    for room in (cast.room, cast.other_room):
        make_booking(cast.alice, room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    sweep()
    assert sorted(row.state for row in office.reminders()) == ["scheduled", "sent"]
    assert office.connection().state == "active"
    assert companies_to_tell() == [office.company.pk]
    asked = len(control.requests("chat.postMessage"))
    clock.shift(59)
    tick()
    sweep()
    assert len(control.requests("chat.postMessage")) == asked, "nothing is hammered"
    control.set_app_in_channel(office.team, other.id, True)
    clock.shift(1)
    tick()
    assert len(control.messages(other.id)) == 1
    with company_scope(office.company.pk):
        assert not SlackChannel.objects.exclude(error="").exists()
        assert not AdminNotice.objects.filter(ended_at=None).exists()


def test_a_company_that_has_chosen_no_channel_is_not_posted_to(
    office: Office, admin_client: Client
) -> None:
    with company_scope(office.company.pk):
        number = SlackChannel.objects.get().pk
    admin_client.post(REMOVE, {"choice": number})
    assert admin_client.post(TEST).status_code == 404
    assert office.slack.control.requests("chat.postMessage") == []


def test_a_person_of_another_company_sees_nothing_of_it(
    office: Office, stranger: Cast, clock: Any
) -> None:
    become("roomly_app")
    assert "#rooms" not in sign_in(stranger.admin).get(PAGE).content.decode().replace(
        'placeholder="#rooms"', ""
    )


def test_a_room_that_goes_takes_its_choice_along(office: Office, admin_client: Client) -> None:
    room = make_room(office.company, "Attic")
    choose(admin_client, f"room:{room.pk}", "#rooms")
    with company_scope(office.company.pk):
        room.delete()
    assert "Attic" not in choices(office)
