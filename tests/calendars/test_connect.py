"""An administrator connects the company with Google, and can end it again."""

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from calendars.connect import disconnect_google
from calendars.models import CalendarLink, Channel, GoogleConnection
from calendars.watch import renew_channel
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.calendars.conftest import Linked
from tests.conftest import sign_in
from tests.factories import make_booking

EVENTS = "https://www.googleapis.com/auth/calendar.events"


def begin(client: Client) -> str:
    answer = client.post("/settings/google/connect/")
    assert answer.status_code == 302
    return str(answer["Location"])


def consent(linked: Linked, client: Client, email: str, **choice: Any) -> Any:
    """The whole way through Google's consent page, back to us."""
    back = linked.google.control.sign_in(begin(client), email, **choice)
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


@pytest.fixture
def admin(unconnected: Linked) -> Client:
    back = "http://testserver/settings/google/callback/"
    unconnected.google.control.add_client("roomly-demo", "roomly-demo-secret", [back])
    return sign_in(unconnected.cast.admin)


def connections(linked: Linked) -> list[GoogleConnection]:
    with company_scope(linked.company_id):
        return list(GoogleConnection.objects.all())


def test_it_asks_google_for_a_lasting_grant(unconnected: Linked, admin: Client) -> None:
    query = parse_qs(urlsplit(begin(admin)).query)
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent"]
    assert query["code_challenge_method"] == ["S256"]
    assert EVENTS in query["scope"][0].split()
    assert query["redirect_uri"] == ["http://testserver/settings/google/callback/"]


def test_a_connection_makes_links_and_delivers_what_waited(
    unconnected: Linked, admin: Client
) -> None:
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    answer = consent(unconnected, admin, unconnected.cast.admin.email)
    assert answer.status_code == 302
    google = unconnected.connection()
    assert google.account_email == unconnected.cast.admin.email
    assert google.connected_by_id == unconnected.cast.admin.pk
    assert EVENTS in google.scopes
    with company_scope(unconnected.company_id):
        assert CalendarLink.objects.count() == 2
    assert unconnected.push().done
    assert unconnected.event()["summary"] == "Design review"


def test_the_page_shows_the_connection(linked: Linked) -> None:
    page = sign_in(linked.cast.admin).get("/settings/google/").content.decode()
    assert linked.cast.admin.email in page
    assert "/settings/google/health/" in page
    assert linked.connection().secret not in page


def test_only_administrators_may(unconnected: Linked) -> None:
    alice = sign_in(unconnected.cast.alice)
    assert alice.get("/settings/google/").status_code == 403
    for path in ("connect/", "disconnect/"):
        assert alice.post(f"/settings/google/{path}").status_code == 403
    assert alice.get("/settings/google/callback/?state=x&code=y").status_code == 403
    assert Client().get("/settings/google/callback/").status_code == 403


def test_a_state_that_is_not_ours_is_refused(unconnected: Linked, admin: Client) -> None:
    begin(admin)
    answer = admin.get("/settings/google/callback/?state=forged&code=x")
    assert answer.status_code == 403
    assert connections(unconnected) == []


def test_the_way_back_works_once(unconnected: Linked, admin: Client) -> None:
    back = unconnected.google.control.sign_in(begin(admin), unconnected.cast.admin.email)
    path = f"{urlsplit(back).path}?{urlsplit(back).query}"
    assert admin.get(path).status_code == 302
    assert admin.get(path).status_code == 403


def test_a_person_who_says_no_is_told_so(unconnected: Linked, admin: Client) -> None:
    answer = consent(unconnected, admin, unconnected.cast.admin.email, deny=True)
    assert answer.status_code == 403
    assert connections(unconnected) == []


def test_an_unticked_permission_is_not_enough(unconnected: Linked, admin: Client) -> None:
    answer = consent(unconnected, admin, unconnected.cast.admin.email, untick=(EVENTS,))
    assert answer.status_code == 403
    assert connections(unconnected) == []


@pytest.mark.parametrize(
    ("email", "hd"),
    [("pat@gmail.example", None), ("visitor@hangang.example", None), ("x@canary.example", "")],
)
def test_an_account_of_somebody_else_is_refused(
    unconnected: Linked, admin: Client, email: str, hd: str | None
) -> None:
    unconnected.google.control.add_account(email, hd=hd)
    assert consent(unconnected, admin, email).status_code == 403
    assert connections(unconnected) == []


def test_a_forged_id_token_is_refused(unconnected: Linked, admin: Client) -> None:
    unconnected.google.control.tamper_id_token(forged=True)
    assert consent(unconnected, admin, unconnected.cast.admin.email).status_code == 403
    assert connections(unconnected) == []


def test_disconnecting_closes_channels_and_returns_the_grant(linked: Linked, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    renew_channel(linked.company_id, linked.link().pk)
    settings.PUBLIC_URL = "http://testserver"
    answer = sign_in(linked.cast.admin).post("/settings/google/disconnect/")
    assert answer.status_code == 302
    assert connections(linked) == []
    (channel,) = linked.google.control.channels()
    assert channel["stopped"]
    assert linked.google.control.revoke(linked.cast.admin.email) == 0  # nothing left to revoke
    with company_scope(linked.company_id):
        assert not Channel.objects.exists()


def test_disconnecting_works_when_google_does_not(linked: Linked) -> None:
    linked.google.control.fault("internal_failure", times=None, path="/revoke")
    linked.google.control.fault("unavailable", times=None)
    disconnect_google(linked.company_id)
    assert connections(linked) == []


def test_after_connecting_again_events_are_not_made_again(linked: Linked, admin: Client) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    disconnect_google(linked.company_id)
    consent(linked, admin, linked.cast.admin.email)
    linked.forget_calls()
    assert linked.push().done
    assert set(linked.calls()) == {"token", "list"}
    assert linked.event()["summary"] == "Design review"


def test_another_account_than_before_is_asked_about(linked: Linked, admin: Client) -> None:
    alice = linked.cast.alice.email
    linked.google.control.change_account(alice, admin=True)
    asked = consent(linked, admin, alice)
    assert asked.status_code == 409
    assert f"Use {alice} from now on" in asked.content.decode()
    assert linked.connection().account_email == linked.cast.admin.email
    agreed = admin.post("/settings/google/connect/", {"account": alice})["Location"]
    assert parse_qs(urlsplit(agreed).query)["login_hint"] == [alice]
    back = urlsplit(linked.google.control.sign_in(agreed, alice))
    assert admin.get(f"{back.path}?{back.query}").status_code == 302
    assert linked.connection().account_email == alice


def test_the_same_account_is_not_asked_about(linked: Linked, admin: Client) -> None:
    assert consent(linked, admin, linked.cast.admin.email).status_code == 302


def connect_by_command(linked: Linked, typed: str, monkeypatch: Any, **options: Any) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    printed = io.StringIO()
    call_command("connect_google", company=linked.company_id, stdout=printed, **options)
    return printed.getvalue()


def test_a_refresh_token_from_standard_input(
    unconnected: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = unconnected.cast.admin.email
    token = unconnected.google.control.grant(email)
    told = connect_by_command(
        unconnected, f"{token}\n", monkeypatch, refresh_token="-", account=email
    )
    assert token not in told
    assert unconnected.push().done


def test_a_service_account_s_key_from_a_file(
    unconnected: Linked, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    key = unconnected.google.control.add_service_account(
        "robot@roomly.example", {"hangang.example": [EVENTS]}
    )
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key))
    connect_by_command(
        unconnected, "", monkeypatch,
        service_account=str(file), subject=unconnected.cast.admin.email,
    )  # fmt: skip
    assert unconnected.connection().kind == "service_account"
    assert unconnected.push().done


def test_commands_say_what_is_missing(unconnected: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    email = unconnected.cast.admin.email
    with pytest.raises(CommandError, match="no refresh token"):
        connect_by_command(unconnected, "\n", monkeypatch, refresh_token="-", account=email)
    with pytest.raises(CommandError, match="standard input"):
        connect_by_command(unconnected, "", monkeypatch, refresh_token="1//x", account=email)
    with pytest.raises(CommandError, match="key file"):
        connect_by_command(unconnected, "{}", monkeypatch, service_account="-", subject=email)
    with pytest.raises(CommandError, match="account"):
        connect_by_command(unconnected, "1//x\n", monkeypatch, refresh_token="-")
    with pytest.raises(CommandError, match="no company"):
        call_command("connect_google", company=999_999, refresh_token="-", account=email)


def test_the_audit_log_says_who_connected_and_disconnected(
    unconnected: Linked, admin: Client
) -> None:
    consent(unconnected, admin, "admin@hangang.example")
    for _twice in range(2):
        admin.post("/settings/google/disconnect/")
    with company_scope(unconnected.company_id):
        said = list(AuditEntry.objects.order_by("pk").values_list("act", "member", "subject"))
    who = (unconnected.cast.admin.pk, "admin@hangang.example")
    assert said == [("google.connected", *who), ("google.disconnected", *who)]
