"""An administrator adds Roomly to their Slack workspace, and takes it away again."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from slack_sdk import WebClient

from reminders import oauth
from reminders import slack as slack_calls
from reminders.channels import choose_channel
from reminders.messages import connection_test
from reminders.models import SlackChannel, SlackConnection, SlackPerson
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.reminders.conftest import BACK, consent

PAGE = "/settings/slack/"


@pytest.fixture
def team(slack_app: Any) -> str:
    return str(slack_app.control.add_workspace("Hangang").id)


def connections_of(cast: Cast) -> list[SlackConnection]:
    with company_scope(cast.company.pk):
        return list(SlackConnection.objects.all())


def installed(cast: Cast) -> SlackConnection:
    (found,) = connections_of(cast)
    return found


def said(client: Client, path: str) -> str:
    """What the settings page says after the way back."""
    answer = client.get(path, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    return str(answer.content.decode())


def test_it_asks_slack_for_what_it_uses(slack_app: Any, admin_client: Client) -> None:
    location = admin_client.get("/slack/install")["Location"]
    assert location.startswith(f"{slack_app.authorize_url}?")
    assert "redirect_uri=http%3A%2F%2Ftestserver%2Fslack%2Foauth%2Fcallback" in location
    query = parse_qs(urlsplit(location).query)
    assert query["client_id"] == ["roomly-demo"]
    assert query["scope"] == [",".join(oauth.SCOPES)]
    assert query["redirect_uri"] == [BACK]


def test_an_installation_is_stored_and_posts(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    rooms = slack_app.control.add_channel(team, "rooms", with_app=False)
    page = said(admin_client, consent(slack_app, admin_client, team))
    assert "Roomly is in Hangang now." in page
    assert "No channel is chosen yet" in page
    door = installed(seoul)
    assert (door.team_id, door.team_name, door.state) == (team, "Hangang", "active")
    assert door.bot_user_id.startswith("U")
    assert set(door.scopes.split(",")) == set(oauth.SCOPES)
    assert (door.refresh_token, door.token_expires_at) == ("", None)
    assert door.bot_token not in page
    with company_scope(seoul.company.pk), connection.cursor() as cursor:
        cursor.execute("SELECT bot_token, refresh_token FROM reminders_slackconnection")
        assert door.bot_token not in str(cursor.fetchone())
    slack_calls.post(door, rooms.id, connection_test(seoul.company))
    assert len(slack_app.control.messages(rooms.id)) == 1


def test_what_is_not_our_own_way_back_is_refused(
    seoul: Cast, stranger: Cast, admin_client: Client, slack_app: Any, team: str, clock: Any
) -> None:
    back = consent(slack_app, admin_client, team)
    code = back.partition("code=")[2].partition("&")[0]
    for wrong in (f"?code={code}", f"?code={code}&state=forged", ""):
        other = Client()  # another browser of the same person
        other.cookies = sign_in(seoul.admin).cookies
        assert other.get(f"/slack/oauth/callback{wrong}").status_code == 403
        assert other.get(back).status_code == 403
    admin_client.get("/slack/install")  # another errand: the first one is void
    assert admin_client.get(back).status_code == 403
    clock.shift(1)
    late = consent(slack_app, admin_client, team)
    clock.shift(601)
    answer = admin_client.get(late)
    assert (answer.status_code, "out of turn" in answer.content.decode()) == (403, True)
    moved = consent(slack_app, admin_client, team)
    session = admin_client.session  # the same browser, by now another company's
    session["company"], session["_auth_user_id"] = stranger.company.pk, str(stranger.admin.user_id)
    session["_auth_user_hash"] = stranger.admin.user.get_session_auth_hash()
    session.save()
    assert stranger.admin.name in admin_client.get("/settings/slack/").content.decode()
    assert admin_client.get(moved).status_code == 403
    assert connections_of(seoul) == connections_of(stranger) == []
    assert slack_app.control.requests("oauth.v2.access") == []


def test_the_way_back_works_once(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    back = consent(slack_app, admin_client, team)
    assert admin_client.get(back).status_code == 302
    assert admin_client.get(back).status_code == 403
    assert len(slack_app.control.requests("oauth.v2.access")) == 1


def test_saying_no_and_a_code_that_slack_does_not_know_change_nothing(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    refused = consent(slack_app, admin_client, team, decision="cancel")
    assert "was not allowed there" in said(admin_client, refused)
    late = consent(slack_app, admin_client, team)
    slack_app.control.advance(601)
    assert "did not confirm" in said(admin_client, late)
    down = consent(slack_app, admin_client, team)
    slack_app.control.fault("oauth.v2.access", "drop")
    assert "did not confirm" in said(admin_client, down)
    assert connections_of(seoul) == []


def test_a_workspace_is_one_companys(
    seoul: Cast, stranger: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    admin_client.get(consent(slack_app, admin_client, team))
    theirs = sign_in(stranger.admin)
    page = said(theirs, consent(slack_app, theirs, team))
    assert "belongs to another company" in page
    assert "Hangang" not in page
    assert connections_of(stranger) == []
    slack_calls.channels(installed(seoul))  # our token works on


def test_installing_again_replaces_and_keeps_the_choices(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str, clock: Any
) -> None:
    admin_client.get(consent(slack_app, admin_client, team))
    first = installed(seoul)
    with company_scope(seoul.company.pk):
        choose_channel(company=seoul.company, name="#rooms")
        SlackChannel.objects.update(error="not_in_channel")
        SlackConnection.objects.update(state="broken", error="token_revoked", scopes="chat:write")
    assert "learned something" in admin_client.get(PAGE).content.decode()
    clock.shift(1)
    admin_client.get(consent(slack_app, admin_client, team))
    again = installed(seoul)
    assert again.connected_at > first.connected_at
    assert (again.state, again.error) == ("active", "")
    assert "learned something" not in admin_client.get(PAGE).content.decode()
    assert slack_app.control.requests("auth.revoke") == []
    with company_scope(seoul.company.pk):
        assert SlackChannel.objects.get().error == ""


def test_another_workspace_ends_the_first_one_and_its_choices(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    admin_client.get(consent(slack_app, admin_client, team))
    first = installed(seoul)
    with company_scope(seoul.company.pk):
        choose_channel(company=seoul.company, name="#rooms")
        SlackPerson.objects.create(email="alice@hangang.example", slack_id="U0ALICE")
    other = slack_app.control.add_workspace("Elsewhere").id
    admin_client.get(consent(slack_app, admin_client, other))
    assert installed(seoul).team_id == other
    with pytest.raises(slack_calls.Broken, match="token_revoked"):
        slack_calls.channels(first)
    with company_scope(seoul.company.pk):
        assert not SlackChannel.objects.exists()
        assert not SlackPerson.objects.exists()


def test_disconnecting_ends_the_token_at_slack_as_far_as_slack_lets_us(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    for fault in (False, True):
        admin_client.get(consent(slack_app, admin_client, team))
        door = installed(seoul)
        if fault:
            slack_app.control.fault("auth.revoke", "status", status=500)
        assert admin_client.post(f"{PAGE}disconnect/").status_code == 302
        assert connections_of(seoul) == []
        assert len(slack_app.control.requests("auth.revoke")) == 1 + fault
        if not fault:
            with pytest.raises(slack_calls.Broken, match="token_revoked"):
                slack_calls.channels(door)


def test_a_token_of_the_companys_own_names_its_workspace_and_is_left_alone(
    seoul: Cast, stranger: Cast, admin_client: Client, slack_app: Any, team: str
) -> None:
    token = slack_app.control.add_token(team).value
    typed = {"bot_token": token, "channel": "#rooms"}
    assert admin_client.post(PAGE, typed).status_code == 302
    assert (installed(seoul).team_id, installed(seoul).is_installed) == (team, False)
    refused = sign_in(stranger.admin).post(PAGE, typed)
    assert refused.status_code == 422
    assert "belongs to another company" in refused.content.decode()
    admin_client.post(f"{PAGE}disconnect/")
    assert slack_app.control.requests("auth.revoke") == []


def test_a_whole_organisation_is_refused_with_the_reason(
    seoul: Cast, admin_client: Client, slack_app: Any, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in knows no Enterprise Grid: its answer is rewritten to what Slack says there."""
    real = WebClient.api_call

    def of_an_organisation(self: WebClient, api_method: str, **arguments: Any) -> Any:
        answer: Any = real(self, api_method, **arguments)
        if api_method in ("oauth.v2.access", "auth.test"):
            organisation = {"id": "E1", "name": "Han"}
            where: Any = {"team": None} if api_method == "oauth.v2.access" else {"team_id": "E1"}
            answer.data.update(where, is_enterprise_install=True, enterprise=organisation)
        return answer

    monkeypatch.setattr(WebClient, "api_call", of_an_organisation)
    page = said(admin_client, consent(slack_app, admin_client, team))
    assert "added to a whole Slack organisation" in page
    assert len(slack_app.control.requests("auth.revoke")) == 1
    typed = {"bot_token": slack_app.control.add_token(team).value, "channel": "#rooms"}
    refused = admin_client.post(PAGE, typed)
    assert (refused.status_code, "whole Slack organisation" in refused.content.decode()) == (
        422,
        True,
    )
    assert connections_of(seoul) == []


def test_an_installation_without_a_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebClient, "oauth_v2_access", lambda self, **form: {})
    with pytest.raises(oauth.NoAnswer):
        oauth.redeem("code", BACK)


def test_administrators_only(
    seoul: Cast, alice_client: Client, slack_app: Any, settings: LazySettings, admin_client: Client
) -> None:
    for path in ("/slack/install", "/slack/oauth/callback"):
        assert alice_client.get(path).status_code == 403
        assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert 'href="/slack/install"' in admin_client.get(PAGE).content.decode()
    settings.SLACK_CLIENT_ID = ""
    assert "/slack/install" not in admin_client.get(PAGE).content.decode()
    for path in ("/slack/install", "/slack/oauth/callback"):
        answer = admin_client.get(path)
        assert (answer.status_code, "no Slack app" in answer.content.decode()) == (404, True)
