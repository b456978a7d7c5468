"""The administrator connects, tests and disconnects Slack on a page."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from reminders.models import SlackChannel, SlackConnection
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.reminders.conftest import Office, open_office

PAGE = "/settings/slack/"


@pytest.fixture
def door(seoul: Cast, slack: Any) -> dict[str, str]:
    """A token and a channel of a company that is not connected yet."""
    team = slack.control.add_workspace("Hangang").id
    channel = slack.control.add_channel(team, "rooms")
    return {
        "bot_token": slack.control.add_token(team).value,
        "channel": "#rooms",
        "team": team,
        "channel_id": channel.id,
    }


def connections_of(cast: Cast) -> list[SlackConnection]:
    with company_scope(cast.company.pk):
        return list(SlackConnection.objects.all())


def test_a_token_is_connected_and_tested(
    seoul: Cast, admin_client: Client, door: dict[str, str], slack: Any
) -> None:
    assert "not connected yet" in admin_client.get(PAGE).content.decode()
    answer = admin_client.post(
        PAGE, {"bot_token": door["bot_token"], "channel": "#rooms"}, follow=True
    )
    assert answer.redirect_chain == [(PAGE, 302)]
    answer = admin_client.post(f"{PAGE}test/", follow=True)
    assert "The test message was sent" in answer.content.decode()
    assert len(slack.control.messages(door["channel_id"])) == 1
    with company_scope(seoul.company.pk):
        assert SlackChannel.objects.get().channel_id == door["channel_id"]


def test_the_secret_is_stored_encrypted_and_never_shown(
    seoul: Cast, admin_client: Client, door: dict[str, str]
) -> None:
    admin_client.post(PAGE, {"bot_token": door["bot_token"], "channel": "#rooms"})
    page = admin_client.get(PAGE).content.decode()
    assert door["bot_token"] not in page
    with company_scope(seoul.company.pk), connection.cursor() as cursor:
        cursor.execute("SELECT bot_token FROM reminders_slackconnection")
        assert door["bot_token"] not in cursor.fetchone()[0]
    rejected = admin_client.post(PAGE, {"bot_token": "xoxb-typed", "channel": ""})
    assert "xoxb-typed" not in rejected.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"bot_token": "xoxb-1"},
        {"channel": "#rooms"},
        {"bot_token": "xoxb-1", "channel": "#rooms", "webhook_url": "https://hooks.slack.com/x"},
        {"webhook_url": "http://169.254.169.254/latest/meta-data"},
        {"webhook_url": "https://hooks.slack.com.evil.example/services/T/B/x"},
        {"webhook_url": "https://hooks.slack.com@evil.example/services/T/B/x"},
        {"webhook_url": "http://hooks.slack.com/services/T/B/x"},
        {"webhook_url": "file:///etc/passwd"},
        {"webhook_url": "https://[hooks.slack.com/services"},
        {"bot_token": "xoxb-1\r\nX-Evil: 1", "channel": "#rooms"},
        {"bot_token": "톡톡", "channel": "#rooms"},
        {"bot_token": "x" * 501, "channel": "#rooms"},
        {"bot_token": "xoxb-1", "channel": "c" * 101},
    ],
)
def test_what_cannot_be_right_is_refused(
    seoul: Cast, admin_client: Client, typed: dict[str, str]
) -> None:
    answer = admin_client.post(PAGE, typed)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert connections_of(seoul) == []


def test_slacks_refusal_is_told_in_words_and_kept(
    seoul: Cast, admin_client: Client, door: dict[str, str], slack: Any
) -> None:
    admin_client.post(PAGE, {"bot_token": door["bot_token"], "channel": "#rooms"})
    slack.control.revoke_token(door["bot_token"])
    page = admin_client.post(f"{PAGE}test/", follow=True).content.decode()
    assert page.count("Slack no longer accepts the token") == 2, "as an answer, and as the state"
    assert "Needs to be connected again" in page


def test_a_test_that_works_mends_the_connection(
    seoul: Cast, admin_client: Client, door: dict[str, str], slack: Any
) -> None:
    admin_client.post(PAGE, {"bot_token": door["bot_token"], "channel": "#rooms"})
    slack.control.revoke_token(door["bot_token"])
    admin_client.post(f"{PAGE}test/")
    assert connections_of(seoul)[0].state == "broken"
    slack.control.revoke_token(door["bot_token"], "active")
    admin_client.post(f"{PAGE}test/")
    assert (connections_of(seoul)[0].state, connections_of(seoul)[0].error) == ("active", "")


def test_disconnecting_forgets_the_secret(seoul: Cast, admin_client: Client, slack: Any) -> None:
    open_office(seoul, slack, "Hangang")
    admin_client.post(f"{PAGE}disconnect/")
    assert connections_of(seoul) == []
    assert admin_client.post(f"{PAGE}test/").status_code == 404


@pytest.mark.parametrize("path", ["", "test/", "disconnect/"])
def test_only_administrators(seoul: Cast, alice_client: Client, slack: Any, path: str) -> None:
    office: Office = open_office(seoul, slack, "Hangang")
    assert alice_client.post(PAGE + path).status_code == 403
    assert Client().post(PAGE + path).status_code == 302
    assert office.texts() == []
    assert len(connections_of(seoul)) == 1


def test_an_administrator_sees_their_own_company_only(
    seoul: Cast, stranger: Cast, slack: Any
) -> None:
    open_office(seoul, slack, "Hangang")
    page = sign_in(stranger.admin).get(PAGE).content.decode()
    assert "not connected yet" in page


def test_the_audit_log_says_who_did_what_and_keeps_no_secret(
    seoul: Cast, admin_client: Client, door: dict[str, str]
) -> None:
    admin_client.post(PAGE, {"bot_token": door["bot_token"], "channel": "#rooms"})
    place = f"room:{seoul.room.pk}"
    admin_client.post(f"{PAGE}channels/", {"place": place, "channel": door["channel_id"]})
    with company_scope(seoul.company.pk):
        choice = SlackChannel.objects.get(room=seoul.room).pk
    admin_client.post(f"{PAGE}channels/remove/", {"choice": choice})
    for _twice in range(2):
        admin_client.post(f"{PAGE}disconnect/")
    with company_scope(seoul.company.pk):
        entries = list(AuditEntry.objects.order_by("pk").values())
    assert [entry["act"].partition(".")[2] for entry in entries] == [
        "channel", "connected", "channel", "no_channel", "disconnected"
    ]  # fmt: skip
    assert {entry["member_id"] for entry in entries} == {seoul.admin.pk}
    assert entries[2]["details"] == {"place": [None, "Hangang One"]}
    assert door["bot_token"] not in str(entries)
