"""Who does not come in: each is told why, and nothing of them stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tenants.identity import KEYS_CACHE
from tenants.models import Company, Member, User
from tenants.scope import company_scope
from tests import factories
from tests.tenants.conftest import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return factories.make_company()


@pytest.fixture(autouse=True)
def people(workspace: Any) -> None:
    workspace.control.add_account("pat@gmail.example", "Pat", hd=None)
    workspace.control.add_account("visitor@hangang.example", "Visitor", hd=None)
    workspace.control.add_account("robin@unknown.example", "Robin")


@pytest.fixture
def nothing_stays(company: Company) -> Iterator[None]:
    """Fails a test that leaves a user, an account, an address or a member behind."""
    yield
    for model in (User, SocialAccount, EmailAddress):
        assert not model._default_manager.exists(), model
    with company_scope(company.pk):
        assert not Member.objects.exists()


def assert_refused(answer: HttpResponse, code: str, client: Client) -> None:
    assert answer.status_code == 403
    assert code in answer.content.decode()
    assert "_auth_user_id" not in client.session
    kept = {key for key, value in client.session.items() if value}
    assert kept == set(), "the session of a refused visitor holds nothing"


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("pat@gmail.example", "workspace_account_required"),
        ("visitor@hangang.example", "workspace_account_required"),
        ("robin@unknown.example", "unknown_workspace"),
    ],
)
def test_an_account_that_is_of_no_company_here(
    client: Client, visit: Visit, email: str, code: str
) -> None:
    assert_refused(visit(client, email), code, client)


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"hd": ""}, "workspace_account_required"),
        ({"hd": ["hangang.example"]}, "workspace_account_required"),
        ({"hd": "hangang.example.evil.example"}, "unknown_workspace"),
        ({"email_verified": False}, "identity_not_verified"),
        ({"email_verified": "false"}, "identity_not_verified"),
        ({"email": ""}, "identity_not_verified"),
        ({"iss": "https://evil.example"}, "identity_not_verified"),
        ({"aud": "another-client"}, "identity_not_verified"),
        ({"aud": ["roomly-demo", "another-client"]}, "identity_not_verified"),
        ({"iat": 4_000_000_000, "exp": 4_000_003_600}, "identity_not_verified"),
    ],
)
def test_claims_that_let_nobody_in(
    client: Client, visit: Visit, workspace: Any, claims: dict[str, Any], code: str
) -> None:
    workspace.control.tamper_id_token(claims=claims)

    assert_refused(visit(client, "minji@hangang.example"), code, client)


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    "fault",
    [
        {"forged": True},
        {"expired": True},
        *({"without": [claim]} for claim in ("exp", "iat", "sub", "iss", "aud")),
    ],
)
def test_a_token_that_google_did_not_make_for_now(
    client: Client, visit: Visit, workspace: Any, fault: dict[str, Any]
) -> None:
    workspace.control.tamper_id_token(**fault)

    assert_refused(visit(client, "minji@hangang.example"), "identity_not_verified", client)


@pytest.mark.usefixtures("nothing_stays")
def test_a_suspended_company(company: Company, client: Client, visit: Visit) -> None:
    company.suspended_at = timezone.now()
    company.save()

    assert_refused(visit(client, "minji@hangang.example"), "company_suspended", client)


@pytest.mark.parametrize("claims", [{"hd": "unknown.example"}, {"hd": "", "name": "Other"}])
def test_a_known_account_whose_claim_changed_is_refused_and_not_overwritten(
    company: Company, visit: Visit, workspace: Any, claims: dict[str, str]
) -> None:
    visit(Client(), "minji@hangang.example")
    before = SocialAccount.objects.get()
    client = Client()
    workspace.control.tamper_id_token(claims={"given_name": "Mallory", **claims})

    assert visit(client, "minji@hangang.example").status_code == 403

    after = SocialAccount.objects.get()
    assert after.extra_data == before.extra_data
    assert after.last_login == before.last_login
    assert User.objects.get().first_name == "Minji"


def test_a_person_whom_the_operator_switched_off(
    company: Company, client: Client, visit: Visit
) -> None:
    visit(Client(), "minji@hangang.example")
    with company_scope(company.pk):
        Member.objects.update(active=False)

    assert_refused(visit(client, "minji@hangang.example"), "account_deactivated", client)


def test_a_new_account_does_not_bring_a_switched_off_address_back(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    visit(Client(), "minji@hangang.example")
    User.objects.update(is_active=False)
    with company_scope(company.pk):
        Member.objects.update(active=False)
    workspace.control.tamper_id_token(claims={"sub": "another-account"})

    assert_refused(visit(client, "minji@hangang.example"), "account_deactivated", client)
    assert User.objects.count() == 1


def test_a_new_key_of_google_is_fetched_when_a_token_names_it(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    visit(Client(), "minji@hangang.example")
    workspace.control.rotate_keys(keep_old=False)

    assert visit(client, "minji@hangang.example").status_code == 302


def test_keys_may_come_as_jwks(
    company: Company, client: Client, visit: Visit, workspace: Any, settings: Any
) -> None:
    settings.GOOGLE_OAUTH_CERTS_URL = f"{workspace.url}/oauth2/v3/certs"

    assert visit(client, "minji@hangang.example").status_code == 302
    workspace.control.tamper_id_token(forged=True)
    assert_refused(visit(Client(), "minji@hangang.example"), "identity_not_verified", Client())


def test_without_googles_keys_nobody_comes_in(
    company: Company, client: Client, visit: Visit, settings: Any
) -> None:
    settings.GOOGLE_OAUTH_CERTS_URL = "http://127.0.0.1:1/certs"

    assert_refused(visit(client, "minji@hangang.example"), "identity_not_verified", client)


def test_keys_are_kept_no_longer_than_google_says(
    company: Company, client: Client, visit: Visit, redis: Any
) -> None:
    visit(client, "minji@hangang.example")

    (key,) = redis.keys(f"*{KEYS_CACHE}")
    assert 0 < redis.ttl(key) <= 21_600, "as the stand-in's Cache-Control says"
