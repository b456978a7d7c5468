"""Where Slack rotates tokens the company's is always good, renewed by one process at a time."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from reminders import oauth, tokens
from reminders import slack as slack_calls
from reminders.models import SlackConnection
from tenants.models import AdminNotice
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.reminders.conftest import consent

HOURS = timedelta(hours=12)


@pytest.fixture
def rotating(seoul: Cast, slack_app: Any, admin_client: Client, clock: Any) -> Cast:
    slack_app.control.configure(token_rotation=True)
    team = slack_app.control.add_workspace("Hangang").id
    slack_app.control.add_channel(team, "rooms")
    admin_client.get(consent(slack_app, admin_client, team))
    return seoul


def door_of(cast: Cast) -> SlackConnection:
    with company_scope(cast.company.pk):
        found: SlackConnection = SlackConnection.objects.get()
        return found


def renewals(slack: Any) -> int:
    return len(slack.control.requests("oauth.v2.access")) - 1  # the installation


def call(door: SlackConnection) -> None:
    assert [channel.name for channel in slack_calls.channels(door)] == ["rooms"]


def test_an_installation_keeps_both_tokens_and_their_end(rotating: Cast) -> None:
    door = door_of(rotating)
    assert door.bot_token.startswith("xoxe.xoxb-")
    assert door.refresh_token
    assert door.token_expires_at == timezone.now() + HOURS


def test_a_token_is_renewed_five_minutes_before_its_end(
    rotating: Cast, slack_app: Any, clock: Any
) -> None:
    first = door_of(rotating)
    clock.shift(HOURS - tokens.EARLY - timedelta(seconds=1))
    call(first)
    assert renewals(slack_app) == 0
    clock.shift(1)
    call(first)
    call(first)  # who read the row before the renewal uses the new token all the same
    second = door_of(rotating)
    assert renewals(slack_app) == 1
    assert second.bot_token != first.bot_token
    assert second.refresh_token != first.refresh_token
    assert second.token_expires_at == timezone.now() + HOURS
    assert second.refreshing_until is None
    clock.shift(HOURS)
    call(second)
    assert renewals(slack_app) == 2


def test_a_token_that_slack_calls_expired_is_renewed_and_the_call_made(
    rotating: Cast, slack_app: Any
) -> None:
    door = door_of(rotating)
    slack_app.control.fault("conversations.list", "error", error="token_expired")
    call(door)
    assert renewals(slack_app) == 1
    assert door_of(rotating).bot_token != door.bot_token


def test_without_rotation_an_expired_token_is_the_end(seoul: Cast, slack_app: Any) -> None:
    team = slack_app.control.add_workspace("Hangang").id
    door = SlackConnection(bot_token=slack_app.control.add_token(team).value)
    slack_app.control.revoke_token(door.bot_token, "token_expired")
    with pytest.raises(slack_calls.Broken, match="token_expired"):
        slack_calls.channels(door)


def test_a_slack_that_is_down_costs_nothing_until_the_token_ends(
    rotating: Cast, slack_app: Any, clock: Any
) -> None:
    door = door_of(rotating)
    clock.shift(HOURS - timedelta(minutes=4))
    slack_app.control.fault("oauth.v2.access", "status", status=503, times=2)
    call(door)
    clock.shift(240)
    with pytest.raises(slack_calls.NotSent):
        call(door)
    assert door_of(rotating).state == "active"
    call(door)


def test_a_refused_renewal_asks_to_connect_again(
    rotating: Cast, slack_app: Any, clock: Any, admin_client: Client
) -> None:
    """As after a death between Slack's answer and our storing it: the refresh token is used up."""
    door = door_of(rotating)
    oauth.renew(door.refresh_token)
    clock.shift(HOURS)
    with pytest.raises(slack_calls.Broken, match="invalid_refresh_token"):
        call(door)
    assert (door_of(rotating).state, door_of(rotating).error) == ("broken", "invalid_refresh_token")
    page = admin_client.get("/bookings/").content.decode()
    assert "Slack no longer lets Roomly in" in page
    admin_client.get(consent(slack_app, admin_client, door.team_id))
    assert "Slack no longer lets Roomly in" not in admin_client.get("/bookings/").content.decode()
    with company_scope(rotating.company.pk):
        assert AdminNotice.objects.get(kind="slack_broken").ended_at is not None
    call(door_of(rotating))


def test_the_operators_own_mistake_breaks_no_companys_connection(
    rotating: Cast, slack_app: Any, clock: Any, settings: Any
) -> None:
    settings.SLACK_CLIENT_SECRET = "mistyped"
    clock.shift(HOURS)
    with pytest.raises(slack_calls.NotSent, match="bad_client_secret"):
        call(door_of(rotating))
    assert door_of(rotating).state == "active"


def test_an_installation_meanwhile_is_not_written_over(
    rotating: Cast,
    slack_app: Any,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    admin_client: Client,
) -> None:
    door, renew = door_of(rotating), oauth.renew

    def while_somebody_installs(refresh_token: str) -> oauth.Grant:
        grant = renew(refresh_token)
        admin_client.get(consent(slack_app, admin_client, door.team_id))
        return grant

    monkeypatch.setattr(oauth, "renew", while_somebody_installs)
    clock.shift(HOURS)
    tokens.good_token(door)
    monkeypatch.undo()
    assert door_of(rotating).connected_at > door.connected_at
    call(door_of(rotating))


def test_a_renewal_that_another_process_stored_first_is_used(
    rotating: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hung for longer than its lease finds its refresh token used up."""
    door, renew = door_of(rotating), oauth.renew

    def overtaken(refresh_token: str) -> oauth.Grant:
        monkeypatch.setattr(oauth, "renew", renew)
        clock.shift(tokens.LEASE + timedelta(seconds=1))
        tokens.good_token(door)
        return renew(refresh_token)

    monkeypatch.setattr(oauth, "renew", overtaken)
    clock.shift(HOURS)
    assert tokens.good_token(door) == door_of(rotating).bot_token
    assert door_of(rotating).state == "active"


@pytest.mark.django_db(transaction=True)
@pytest.mark.real_clock
def test_of_many_at_once_one_renews(seoul: Cast, slack_app: Any, admin_client: Client) -> None:
    slack_app.control.configure(token_rotation=True)
    team = slack_app.control.add_workspace("Hangang").id
    admin_client.get(consent(slack_app, admin_client, team))
    with company_scope(seoul.company.pk):
        SlackConnection.objects.update(token_expires_at=timezone.now())
    door, got = door_of(seoul), []
    begun = threading.Barrier(4)

    def ask() -> None:
        begun.wait()
        got.append(tokens.good_token(door))
        database.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert renewals(slack_app) == 1
    assert set(got) == {door_of(seoul).bot_token}
    assert len(got) == 4
