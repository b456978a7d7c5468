"""Tokens: refresh, revocation, expiry, scopes, service accounts."""

from typing import Any

import httpx
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account

from standins.google.server import StandIn
from tests.standins.google_case import (
    ADMIN,
    CLIENT,
    DOMAIN,
    ROOM,
    insert,
    refusal,
    service_for,
    timed,
    transport,
)

CALENDAR = "https://www.googleapis.com/auth/calendar"
READ_ONLY = f"{CALENDAR}.readonly"
ROBOT = "robot@roomly.iam.gserviceaccount.com"


def user(google: StandIn, refresh_token: str, **changed: str) -> user_credentials.Credentials:
    return user_credentials.Credentials(
        None, refresh_token=refresh_token, token_uri=f"{google.url}/token", **(CLIENT | changed)
    )


def post(google: StandIn, path: str, **form: str) -> httpx.Response:
    return httpx.post(f"{google.url}{path}", data=form, trust_env=False)


def test_a_grant_is_refreshed_without_a_new_refresh_token(google: StandIn) -> None:
    token = google.control.grant(ADMIN, refresh_token="fixed-grant")
    assert token == "fixed-grant"
    answer = post(google, "/token", grant_type="refresh_token", refresh_token=token, **CLIENT)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in", "scope", "token_type"}


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": "never-given"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
    ],
)
def test_a_wrong_refresh_is_refused_as_google_does(
    google: StandIn, changed: dict[str, str], status: int, error: str
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": google.control.grant(ADMIN), **CLIENT}
    answer = post(google, "/token", **(form | changed))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_revoked_grant_is_dead_and_so_are_its_access_tokens(google: StandIn, api: Any) -> None:
    insert(api, timed())
    assert google.control.revoke(ADMIN) == 1
    with pytest.raises(RefreshError) as caught:
        api.events().list(calendarId=ROOM).execute()
    assert caught.value.args[1]["error"] == "invalid_grant"


def test_revoke_knows_both_kinds_of_token_and_no_others(google: StandIn) -> None:
    refresh_token = google.control.grant(ADMIN)
    assert post(google, "/revoke", token=refresh_token).status_code == 200
    assert post(google, "/revoke", token=refresh_token).status_code == 400
    access_token = google.control.access_token(ADMIN)
    assert post(google, "/revoke", token=access_token).status_code == 200
    assert post(google, "/revoke", token="nonsense").status_code == 400


def test_an_expired_access_token_is_refreshed_by_the_client(google: StandIn, api: Any) -> None:
    insert(api, timed())
    google.control.expire_access_tokens()
    assert insert(api, timed(2))["status"] == "confirmed"


def test_access_tokens_live_as_long_as_set(google: StandIn, http: httpx.Client) -> None:
    assert http.get("/calendar/v3/users/me/calendarList").status_code == 200
    google.control.advance_clock(3600)
    answer = http.get("/calendar/v3/users/me/calendarList")
    assert answer.status_code == 401
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"
    assert answer.json()["error"]["errors"][0]["location"] == "Authorization"


def test_no_token_is_401(google: StandIn) -> None:
    answer = httpx.get(f"{google.url}/calendar/v3/users/me/calendarList", trust_env=False)
    assert answer.status_code == 401


def test_a_missing_scope_is_403(google: StandIn) -> None:
    reader = service_for(google, ADMIN, [READ_ONLY])
    reader.events().list(calendarId=ROOM).execute()
    request = reader.events().insert(calendarId=ROOM, body=timed())
    assert refusal(request) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_the_hundred_and_first_grant_kills_the_oldest(google: StandIn) -> None:
    first = google.control.grant(ADMIN)
    for _ in range(100):
        google.control.grant(ADMIN)
    with pytest.raises(RefreshError):
        user(google, first).refresh(transport())


def robot(key: dict[str, Any], *scopes: str) -> Any:
    return service_account.Credentials.from_service_account_info(key, scopes=list(scopes))


def delegated(google: StandIn, subject: str, *scopes: str) -> Any:
    key = google.control.add_service_account(ROBOT, {DOMAIN: [CALENDAR]})
    return robot(key, *scopes).with_subject(subject)


def test_a_service_account_acts_for_a_person_of_the_domain(google: StandIn) -> None:
    credentials = delegated(google, ADMIN, CALENDAR)
    credentials.refresh(transport())
    headers = {"Authorization": f"Bearer {credentials.token}"}
    answer = httpx.get(
        f"{google.url}/calendar/v3/calendars/primary", headers=headers, trust_env=False
    )
    assert answer.json()["id"] == ADMIN


@pytest.mark.parametrize(
    ("subject", "scope", "error"),
    [
        (ADMIN, READ_ONLY, "unauthorized_client"),
        (f"nobody@{DOMAIN}", CALENDAR, "invalid_grant"),
    ],
)
def test_delegation_reaches_as_far_as_it_was_given(
    google: StandIn, subject: str, scope: str, error: str
) -> None:
    with pytest.raises(RefreshError) as caught:
        delegated(google, subject, scope).refresh(transport())
    assert caught.value.args[1]["error"] == error


def test_delegation_can_be_taken_back(google: StandIn) -> None:
    credentials = delegated(google, ADMIN, CALENDAR)
    google.control.delegate(ROBOT, DOMAIN, [])
    with pytest.raises(RefreshError):
        credentials.refresh(transport())


def test_an_undelegated_service_account_sees_only_what_is_shared_and_cannot_invite(
    google: StandIn,
) -> None:
    key = google.control.add_service_account(ROBOT)
    credentials = robot(key, CALENDAR)
    credentials.refresh(transport())
    headers = {"Authorization": f"Bearer {credentials.token}"}
    with httpx.Client(base_url=google.url, headers=headers, trust_env=False) as client:
        path = f"/calendar/v3/calendars/{ROOM}/events"
        assert client.get(path).status_code == 404
        google.control.set_acl(ROOM, f"user:{ROBOT}", "writer")
        assert client.post(path, json=timed()).status_code == 200
        answer = client.post(path, json=timed(attendees=[{"email": ADMIN}]))
    reason = answer.json()["error"]["errors"][0]["reason"]
    assert (answer.status_code, reason) == (403, "forbiddenForServiceAccounts")
