"""Administrators see who is in the company, and choose who else is one; never nobody."""

import re
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.models import Member, User
from tenants.people import LastAdministrator, set_administrator
from tenants.people_views import PEOPLE_A_PAGE
from tenants.scope import company_scope
from tests.bookings.concurrently import at_once
from tests.conftest import Cast, sign_in
from tests.factories import make_member

PEOPLE = "/settings/people/"


def path_of(member: Member) -> str:
    return f"{PEOPLE}{member.pk}/administrator/"


def role_of(member: Member) -> str:
    with company_scope(member.company_id):
        return str(Member.objects.get(pk=member.pk).role)


def make_admin(member: Member) -> None:
    with company_scope(member.company_id):
        Member.objects.filter(pk=member.pk).update(role=Member.Role.ADMIN)


def addresses(client: Client, **query: str) -> list[str]:
    page = client.get(PEOPLE, query).content.decode()
    return re.findall(r"(\w+)@hangang\.example ·", page)


def test_people_by_name_with_role_and_last_sign_in(seoul: Cast, admin_client: Client) -> None:
    User.objects.filter(pk=seoul.bob.user_id).update(last_login=timezone.now())
    User.objects.filter(pk=seoul.alice.user_id).update(last_login=None)
    with company_scope(seoul.company.pk):
        Member.objects.filter(pk=seoul.alice.pk).update(active=False)
        Member.objects.filter(pk=seoul.bob.pk).update(name="aaron")
    page = admin_client.get(PEOPLE).content.decode()
    assert addresses(admin_client) == ["bob", "admin", "alice"]
    assert "last signed in 2026-12-01 12:00" in page
    assert "never signed in" in page
    assert page.count("Switched off") == 1
    assert "3 people" in page


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ALI", ["alice"]),
        ("bob@", ["bob"]),
        ("hangang alice", ["alice"]),
        ("%", []),
        ("\0", ["admin", "alice", "bob"]),
    ],
)
def test_a_search_finds_names_and_addresses(
    seoul: Cast, admin_client: Client, words: str, found: list[str]
) -> None:
    assert addresses(admin_client, q=words) == found


def test_a_search_without_a_result_says_so(seoul: Cast, admin_client: Client) -> None:
    page = admin_client.get(PEOPLE, {"q": "zzz"}).content.decode()
    assert "Nobody has this name or address." in page


def test_a_hundred_a_page_for_as_many_queries_as_three(seoul: Cast, admin_client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(PEOPLE).status_code == 200
        return len(queries)

    admin_client.get(PEOPLE)
    three = cost()
    with company_scope(seoul.company.pk):
        for number in range(PEOPLE_A_PAGE):
            make_member(seoul.company, f"zoe{number:03}@hangang.example")
    assert cost() == three
    assert len(addresses(admin_client)) == PEOPLE_A_PAGE
    assert addresses(admin_client, page="2") == ["zoe097", "zoe098", "zoe099"]
    page = admin_client.get(PEOPLE, {"q": "hangang"}).content.decode()
    assert "?q=hangang&amp;page=2" in page


def test_somebody_becomes_an_administrator_and_is_one_no_more(
    seoul: Cast, admin_client: Client
) -> None:
    alice_client = sign_in(seoul.alice)
    for _twice in range(2):
        answer = admin_client.post(f"{path_of(seoul.alice)}?q=ali", {"admin": "yes"}, follow=True)
        assert "Alice is an administrator now." in answer.content.decode()
        assert answer.redirect_chain[-1][0] == f"{PEOPLE}?q=ali"
    assert alice_client.get(PEOPLE).status_code == 200
    for _twice in range(2):
        answer = admin_client.post(path_of(seoul.alice), {"admin": "no"}, follow=True)
        assert "Alice is not an administrator any more." in answer.content.decode()
    assert alice_client.get(PEOPLE).status_code == 403


def test_a_room_manager_who_is_no_administrator_stays_a_room_manager(
    seoul: Cast, admin_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        Member.objects.filter(pk=seoul.bob.pk).update(role=Member.Role.ROOM_MANAGER)
    assert "Room manager" in admin_client.get(PEOPLE).content.decode()
    admin_client.post(path_of(seoul.bob), {"admin": "no"})
    assert role_of(seoul.bob) == Member.Role.ROOM_MANAGER


def test_who_gives_it_up_is_led_to_the_day(seoul: Cast, admin_client: Client) -> None:
    make_admin(seoul.alice)
    answer = admin_client.post(path_of(seoul.admin), {"admin": "no"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert answer.status_code == 200
    assert role_of(seoul.admin) == Member.Role.EMPLOYEE


@pytest.mark.parametrize("gone", ["member", "account"])
def test_the_last_who_can_sign_in_stays(seoul: Cast, admin_client: Client, gone: str) -> None:
    make_admin(seoul.alice)
    with company_scope(seoul.company.pk):
        if gone == "member":
            Member.objects.filter(pk=seoul.alice.pk).update(active=False)
        else:
            User.objects.filter(pk=seoul.alice.user_id).update(is_active=False)
    answer = admin_client.post(path_of(seoul.admin), {"admin": "no"}, follow=True)
    assert "Your company needs an administrator." in answer.content.decode()
    assert role_of(seoul.admin) == Member.Role.ADMIN


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_each_other_away_one_stays(seoul: Cast) -> None:
    make_admin(seoul.alice)

    def take(member: Member) -> None:
        with company_scope(seoul.company.pk):
            set_administrator(member_id=member.pk, admin=False)

    for _round in range(10):
        results = at_once([partial(take, seoul.admin), partial(take, seoul.alice)])
        assert sorted(map(type, results), key=str) == [type(None), LastAdministrator]
        make_admin(seoul.admin)
        make_admin(seoul.alice)


@pytest.mark.parametrize("choice", [{}, {"admin": "perhaps"}])
def test_an_unknown_choice_changes_nothing(
    seoul: Cast, admin_client: Client, choice: dict[str, str]
) -> None:
    assert admin_client.post(path_of(seoul.alice), choice).status_code == 422
    assert admin_client.get(path_of(seoul.alice)).status_code == 405
    assert role_of(seoul.alice) == Member.Role.EMPLOYEE


def test_only_administrators_and_only_in_their_own_company(
    seoul: Cast, stranger: Cast, alice_client: Client, admin_client: Client
) -> None:
    assert alice_client.get(PEOPLE).status_code == 403
    assert alice_client.post(path_of(seoul.alice), {"admin": "yes"}).status_code == 403
    assert admin_client.post(path_of(stranger.alice), {"admin": "yes"}).status_code == 404
    assert "canary" not in admin_client.get(PEOPLE).content.decode()
    assert role_of(seoul.alice) == role_of(stranger.alice) == Member.Role.EMPLOYEE
