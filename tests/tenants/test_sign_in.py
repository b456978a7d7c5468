"""Who comes in through Google, and as whom."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from tenants.access import COMPANY_SESSION_KEY
from tenants.models import Company, Member, User
from tenants.scope import company_scope
from tests import factories
from tests.tenants.conftest import LOGIN, Visit, come_back, leave_for_google

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return factories.make_company()


def members(company: Company) -> list[Member]:
    with company_scope(company.pk):
        return list(Member.objects.select_related("user").order_by("pk"))


def asked(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_the_first_person_of_a_company_becomes_its_administrator(
    company: Company, client: Client, visit: Visit
) -> None:
    answer = visit(client, "minji@hangang.example")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    (member,) = members(company)
    assert (member.email, member.name) == ("minji@hangang.example", "Minji Kim")
    assert member.role == Member.Role.ADMIN
    assert client.session[COMPANY_SESSION_KEY] == company.pk


def test_the_second_person_becomes_an_employee(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    workspace.control.add_account("junho@hangang.example", "Junho Lee")
    visit(client, "minji@hangang.example")

    visit(Client(), "junho@hangang.example")

    assert [member.role for member in members(company)] == ["admin", "employee"]


def test_no_token_of_google_is_kept(company: Company, client: Client, visit: Visit) -> None:
    visit(client, "minji@hangang.example")

    assert not SocialToken.objects.exists()
    assert not User.objects.get().has_usable_password()


def test_coming_back_brings_name_and_address_up_to_date(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    visit(client, "minji@hangang.example")
    claims = {"email": "Minji.Kim@hangang.example", "given_name": "Minji", "family_name": "Park"}
    workspace.control.tamper_id_token(claims=claims)

    visit(Client(), "minji@hangang.example")

    (member,) = members(company)
    assert (member.email, member.name) == ("minji.kim@hangang.example", "Minji Park")
    assert User.objects.get().email == "minji.kim@hangang.example"


def test_two_workspace_accounts_of_one_person_are_two_users_in_two_companies(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    other = factories.make_company(name="Hudson", domain="hudson.example")
    workspace.control.add_account("minji@hudson.example", "Minji Kim")

    visit(client, "minji@hangang.example")
    assert client.session[COMPANY_SESSION_KEY] == company.pk
    visit(client, "minji@hudson.example")

    assert client.session[COMPANY_SESSION_KEY] == other.pk
    assert User.objects.count() == 2
    assert len(members(company)) == len(members(other)) == 1


def test_the_claim_decides_not_the_domain_of_the_address(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    workspace.control.add_account("minji@brand.example", "Minji Kim", hd="hangang.example")

    visit(client, "minji@brand.example")

    assert [member.email for member in members(company)] == ["minji@brand.example"]


def test_a_new_account_with_a_known_address_takes_the_membership_over(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    visit(client, "minji@hangang.example")
    workspace.control.tamper_id_token(claims={"sub": "another-account"})

    answer = visit(Client(), "minji@hangang.example")

    assert answer.headers["Location"] == "/"
    (member,) = members(company)
    assert member.user.username == "google-another-account"
    assert member.role == Member.Role.ADMIN
    assert not EmailAddress.objects.exists()


def test_an_address_that_moved_to_another_account_leaves_the_earlier_holder(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    workspace.control.add_account("junho@hangang.example", "Junho Lee")
    visit(client, "minji@hangang.example")
    visit(Client(), "junho@hangang.example")
    workspace.control.tamper_id_token(claims={"email": "minji@hangang.example"})

    visit(Client(), "junho@hangang.example")

    first, second = members(company)
    assert second.email == "minji@hangang.example"
    assert first.email.endswith("@unknown.invalid")


def test_a_name_longer_than_the_column_is_cut(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    workspace.control.tamper_id_token(claims={"given_name": "M" * 200, "family_name": "K" * 200})

    visit(client, "minji@hangang.example")

    assert members(company)[0].name == "M" * 150


@pytest.mark.parametrize(
    "query",
    [
        "scope=https://www.googleapis.com/auth/drive",
        "auth_params=hd%3Devil.example%26prompt%3Dnone%26login_hint%3Dx",
        "action=reauthenticate",
    ],
)
def test_the_query_of_the_login_url_changes_nothing_that_google_is_asked(
    client: Client, workspace: Any, query: str
) -> None:
    changing = {"state", "nonce", "code_challenge", "scope"}
    plain = asked(leave_for_google(client))
    there = asked(client.post(f"{LOGIN}?{query}").headers["Location"])

    assert set(there["scope"].split()) == {"openid", "email", "profile"}
    assert there["code_challenge_method"] == "S256"
    assert {k: v for k, v in there.items() if k not in changing} == {
        k: v for k, v in plain.items() if k not in changing
    }


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_a_second_account_is_never_attached_to_the_person_who_is_signed_in(
    company: Company, client: Client, visit: Visit, workspace: Any, process: str
) -> None:
    workspace.control.add_account("junho@hangang.example", "Junho Lee")
    visit(client, "minji@hangang.example")

    visit(client, "junho@hangang.example", process=process)

    assert [account.user.email for account in SocialAccount.objects.order_by("pk")] == [
        "minji@hangang.example",
        "junho@hangang.example",
    ]
    assert client.session["_auth_user_id"] == str(members(company)[1].user_id)


def test_the_login_url_by_itself_asks_before_it_leaves(client: Client, workspace: Any) -> None:
    answer = client.get(LOGIN)

    assert answer.status_code == 200
    assert 'method="post"' in answer.content.decode()


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/?day=2026-12-03", "/?day=2026-12-03"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_sign_in_only_pages_of_roomly_are_reached(
    company: Company, client: Client, visit: Visit, wanted: str, reached: str
) -> None:
    assert visit(client, "minji@hangang.example", next=wanted).headers["Location"] == reached


def test_the_stand_in_holds_roomly_to_its_code_challenge(
    company: Company, client: Client, workspace: Any
) -> None:
    there = leave_for_google(client)
    weaker = there.replace(asked(there)["code_challenge"], "A" * 43)

    answer = come_back(client, workspace.control.sign_in(weaker, "minji@hangang.example"))

    assert answer.status_code == 401
    assert not User.objects.exists()


def test_an_answer_of_google_works_once_and_in_the_browser_that_asked(
    company: Company, client: Client, workspace: Any
) -> None:
    back = workspace.control.sign_in(leave_for_google(client), "minji@hangang.example")

    assert come_back(Client(), back).status_code == 401
    assert come_back(client, back).status_code == 302
    assert come_back(client, back).status_code == 401


def test_a_token_of_another_sign_in_is_refused(
    company: Company, client: Client, visit: Visit, workspace: Any
) -> None:
    workspace.control.tamper_id_token(claims={"nonce": "of another window"})

    assert visit(client, "minji@hangang.example").status_code == 403
    assert not SocialAccount.objects.exists()


def test_cancelling_at_google_is_no_error(client: Client, workspace: Any) -> None:
    back = workspace.control.sign_in(leave_for_google(client), "minji@hangang.example", deny=True)

    answer = come_back(client, back)

    assert answer.headers["Location"] == "/accounts/login/cancelled/"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "google/login/token/", "signup/", "password/change/", "password/reset/", "password/set/",
        "email/", "confirm-email/", "inactive/", "reauthenticate/", "3rdparty/", "3rdparty/signup/",
        "social/signup/", "social/connections/",
    ],
)  # fmt: skip
def test_no_other_page_of_allauth_exists(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}").status_code == 404


def test_a_password_opens_nothing_but_the_admin(client: Client) -> None:
    assert client.post("/accounts/login/", {"login": "a", "password": "b"}).status_code == 403


def test_signing_out_ends_the_session(company: Company, client: Client, visit: Visit) -> None:
    visit(client, "minji@hangang.example")

    answer = client.post("/accounts/logout/")

    assert answer.headers["Location"] == "/accounts/login/"
    assert COMPANY_SESSION_KEY not in client.session
