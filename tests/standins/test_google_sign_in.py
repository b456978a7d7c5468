"""Signing in: the account page, PKCE, what ID tokens say, and what spoils them."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from standins.google.control_client import Control
from standins.google.server import StandIn
from tests.standins.google_case import ADMIN, CLIENT, DOMAIN, transport

BACK = "http://127.0.0.1:8000/accounts/google/login/callback/"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.freebusy"


def authorize_url(google: StandIn, **changed: str | None) -> str:
    asked = {
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "some&state",
        "nonce": "n-1",
        "access_type": "offline",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"{google.url}/o/oauth2/v2/auth?{urlencode(kept)}"


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


def exchange(google: StandIn, code: str, **changed: str) -> httpx.Response:
    form = {
        **CLIENT,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return httpx.post(f"{google.url}/token", data=form, trust_env=False)


def signed_in(google: StandIn, email: str = ADMIN, **changed: str | None) -> dict[str, Any]:
    address = google.control.sign_in(authorize_url(google, **changed), email)
    answer: dict[str, Any] = exchange(google, code_of(address)).json()
    return answer


def verified(google: StandIn, token: str) -> dict[str, Any]:
    """The claims as google-auth reads them, from the stand-in's own certificates."""
    claims = id_token.verify_token(
        token,
        transport(),
        audience=CLIENT["client_id"],
        certs_url=f"{google.url}/oauth2/v1/certs",
        clock_skew_in_seconds=10,
    )
    return dict(claims)


def test_a_workspace_account_signs_in_with_pkce(google: StandIn) -> None:
    address = google.control.sign_in(authorize_url(google), ADMIN)
    query = parse_qs(urlsplit(address).query)
    assert address.startswith(BACK)
    assert query["state"] == ["some&state"]
    answer = exchange(google, query["code"][0]).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599
    claims = verified(google, answer["id_token"])
    assert (claims["hd"], claims["email"], claims["nonce"]) == (DOMAIN, ADMIN, "n-1")
    assert claims["iss"] == google.url
    assert claims["email_verified"] is True
    assert claims["name"] == "Kim Minji"


def test_user_info_and_the_id_token_name_the_same_person(google: StandIn) -> None:
    answer = signed_in(google)
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    told = httpx.get(f"{google.url}/v1/userinfo", headers=headers, trust_env=False).json()
    assert told["sub"] == verified(google, answer["id_token"])["sub"]
    assert told["email"] == ADMIN


def test_hd_follows_the_account_and_never_the_address(google: StandIn) -> None:
    visitor = f"visitor@{DOMAIN}"
    google.control.add_account(visitor, "Vic Visitor", hd=None)
    claims = verified(google, signed_in(google, visitor)["id_token"])
    assert claims["email"] == visitor
    assert "hd" not in claims


def test_the_page_lists_accounts_and_marks_the_hinted_one(google: StandIn) -> None:
    page = httpx.get(authorize_url(google, login_hint=ADMIN), trust_env=False).text
    assert re.search(rf'value="{ADMIN}"[^>]*autofocus', page)
    assert page.count("data-account=") == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://elsewhere.example/callback"},
        {"response_type": "token"},
        {"scope": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
)
def test_a_bad_request_stays_on_googles_page(google: StandIn, wrong: dict[str, Any]) -> None:
    answer = httpx.get(authorize_url(google, **wrong), trust_env=False)
    assert answer.status_code == 400
    assert "Access blocked" in answer.text


def test_a_registered_client_may_return_to_its_own_address_only(google: StandIn) -> None:
    google.control.add_client(CLIENT["client_id"], CLIENT["client_secret"], [BACK])
    assert httpx.get(authorize_url(google), trust_env=False).status_code == 200
    other = authorize_url(google, redirect_uri=BACK + "?x=1")
    assert httpx.get(other, trust_env=False).status_code == 400


def test_denying_goes_back_with_an_error_and_the_state(google: StandIn) -> None:
    address = google.control.sign_in(authorize_url(google), ADMIN, deny=True)
    query = parse_qs(urlsplit(address).query)
    assert query == {"state": ["some&state"], "error": ["access_denied"]}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "another-verifier-that-is-also-long-enough-012345"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": BACK + "x"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"code": "4/0Awrong"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_exchanged_only_as_it_was_asked(
    google: StandIn, changed: dict[str, str], error: str
) -> None:
    code = code_of(google.control.sign_in(authorize_url(google), ADMIN))
    answer = exchange(google, **({"code": code} | changed))
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_a_code_works_once_and_a_second_try_revokes_the_first(google: StandIn) -> None:
    code = code_of(google.control.sign_in(authorize_url(google), ADMIN))
    token = exchange(google, code).json()["access_token"]
    assert exchange(google, code).json()["error"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {token}"}
    told = httpx.get(f"{google.url}/v1/userinfo", headers=headers, trust_env=False)
    assert told.status_code == 401


def test_a_code_expires(google: StandIn) -> None:
    code = code_of(google.control.sign_in(authorize_url(google), ADMIN))
    google.control.advance_clock(601)
    assert exchange(google, code).json()["error"] == "invalid_grant"


def test_a_refresh_token_comes_with_the_first_consent_or_a_new_one(google: StandIn) -> None:
    assert "refresh_token" not in signed_in(google, access_type="online")
    assert "refresh_token" in signed_in(google)
    assert "refresh_token" not in signed_in(google)
    assert "refresh_token" in signed_in(google, prompt="consent")


def test_unticked_scopes_are_missing_from_the_grant(google: StandIn) -> None:
    wanted = f"openid email {EVENTS} {FREE_BUSY}"
    url = authorize_url(google, scope=wanted, prompt="consent")
    address = google.control.sign_in(url, ADMIN, untick=(EVENTS,))
    granted = exchange(google, code_of(address)).json()["scope"].split()
    assert FREE_BUSY in granted
    assert EVENTS not in granted


def test_the_consent_page_names_every_scope(google: StandIn) -> None:
    url = authorize_url(google, scope=f"openid {EVENTS}", prompt="consent")
    form = dict(part.split("=", 1) for part in urlsplit(url).query.split("&"))
    assert form
    params = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
    page = httpx.post(
        f"{google.url}/o/oauth2/v2/auth", data={**params, "account": ADMIN}, trust_env=False
    )
    assert f'value="{EVENTS}" checked' in page.text


@pytest.mark.parametrize(
    "order",
    [
        {"forged": True},
        {"expired": True},
        {"claims": {"aud": "another-client"}},
    ],
)
def test_spoilt_id_tokens_do_not_verify(google: StandIn, order: dict[str, Any]) -> None:
    google.control.tamper_id_token(**order)
    spoilt = signed_in(google)["id_token"]
    with pytest.raises((GoogleAuthError, ValueError)):
        verified(google, spoilt)
    assert verified(google, signed_in(google)["id_token"])


def test_claims_can_be_left_out_and_changed(google: StandIn) -> None:
    google.control.tamper_id_token(without=["hd"], claims={"iss": "https://evil.example"})
    claims = verified(google, signed_in(google)["id_token"])
    assert "hd" not in claims
    assert claims["iss"] == "https://evil.example"


def test_keys_rotate_and_both_stay_published(google: StandIn) -> None:
    before = signed_in(google)["id_token"]
    kids = google.control.rotate_keys()
    after = signed_in(google)["id_token"]
    assert len(kids) == 2
    assert verified(google, before)
    assert verified(google, after)
    keys = httpx.get(f"{google.url}/oauth2/v3/certs", trust_env=False).json()["keys"]
    assert {key["kid"] for key in keys} == set(kids)


def test_the_control_client_reports_a_refused_order(google: StandIn) -> None:
    with pytest.raises(RuntimeError, match="no such order"):
        Control(google.url).juggle()
