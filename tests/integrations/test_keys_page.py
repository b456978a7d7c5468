"""Administrators make API keys on a page, see each once, and take them back."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.keys import create_api_key
from integrations.models import ApiKey
from tenants.errors import InvalidInput
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.conftest import Program, wish

KEYS = "/settings/api-keys/"


def make(client: Client, *, name: str = "Lobby screen", scopes: str = "book") -> Any:
    return client.post(KEYS, {"name": name, "scopes": scopes})


def key_in(answer: Any) -> str:
    (key,) = re.findall(r'value="(roomly_[^"]+)"', answer.content.decode())
    return str(key)


def keys_of(cast: Cast) -> list[ApiKey]:
    with company_scope(cast.company.pk):
        return list(ApiKey.objects.order_by("pk"))


def revoke_path(key: ApiKey) -> str:
    return f"{KEYS}{key.pk}/revoke/"


def test_a_key_is_shown_once_and_opens_the_api(seoul: Cast, admin_client: Client) -> None:
    answer = make(admin_client)
    program = Program(key_in(answer))
    assert answer["Cache-Control"] == "no-store"
    assert program.post("/api/v1/bookings", wish(seoul.room.pk)).status_code == 201
    page = admin_client.get(KEYS).content.decode()
    assert "Lobby screen" in page
    assert "Read and book" in page
    assert "for the company" in page
    assert "last used 2026-12-01 12:00" in page
    assert "roomly_" not in page
    assert keys_of(seoul)[0].secret_hash not in page


def test_a_key_that_reads_does_not_book(seoul: Cast, admin_client: Client) -> None:
    program = Program(key_in(make(admin_client, scopes="read")))
    assert program.get("/api/v1/rooms").status_code == 200
    assert program.post("/api/v1/bookings", wish(seoul.room.pk)).status_code == 403


def test_a_form_that_is_sent_twice_makes_one_key(seoul: Cast, admin_client: Client) -> None:
    make(admin_client)
    again = make(admin_client)
    assert again.status_code == 422
    assert "A key has this name already" in again.content.decode()
    assert "roomly_" not in again.content.decode()
    assert len(keys_of(seoul)) == 1


def test_the_name_of_a_revoked_key_is_free_again(seoul: Cast, admin_client: Client) -> None:
    make(admin_client)
    admin_client.post(revoke_path(keys_of(seoul)[0]))
    assert make(admin_client).status_code == 200
    assert [key.revoked_at is None for key in keys_of(seoul)] == [False, True]


def test_another_companys_names_are_free(admin_client: Client, stranger: Cast) -> None:
    with company_scope(stranger.company.pk):
        create_api_key(name="Lobby screen", scopes=["read"])
    assert make(admin_client).status_code == 200


def test_the_command_is_refused_a_name_in_use_and_the_transaction_goes_on(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        create_api_key(name="Lobby screen", scopes=["read"])
        with pytest.raises(InvalidInput, match="has this name"):
            create_api_key(name="Lobby screen", scopes=["read"])
        for _nameless in range(2):
            create_api_key(scopes=["read"])
    assert len(keys_of(seoul)) == 3


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"scopes": ""}, {"scopes": "all"}]
)
def test_what_cannot_be_a_key_is_said_and_nothing_made(
    seoul: Cast, admin_client: Client, wrong: dict[str, str]
) -> None:
    answer = make(admin_client, **wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert keys_of(seoul) == []


def test_a_revoked_key_opens_nothing_and_pressing_twice_changes_nothing(
    seoul: Cast, admin_client: Client
) -> None:
    program = Program(key_in(make(admin_client)))
    path = revoke_path(keys_of(seoul)[0])
    page = admin_client.post(path, follow=True).content.decode()
    assert "“Lobby screen” no longer works." in page
    assert "revoked on 2026-12-01" in page
    assert path not in page
    assert program.get("/api/v1/rooms").status_code == 401
    (before,) = keys_of(seoul)
    assert admin_client.post(path).status_code == 302
    assert keys_of(seoul)[0].revoked_at == before.revoked_at
    assert admin_client.get(path).status_code == 405


def test_who_a_key_acts_for_is_said(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        create_api_key(name="Robot", scopes=["read", "book"], member=seoul.alice)
    page = admin_client.get(KEYS).content.decode()
    assert "for Alice" in page
    assert "never used" in page
    assert "made on 2026-12-01" in page


def test_only_administrators(seoul: Cast, alice_client: Client, admin_client: Client) -> None:
    make(admin_client)
    (key,) = keys_of(seoul)
    assert alice_client.get(KEYS).status_code == 403
    assert make(alice_client, name="Mine").status_code == 403
    assert alice_client.post(revoke_path(key)).status_code == 403
    assert [each.revoked_at for each in keys_of(seoul)] == [None]


def test_another_companys_keys_are_not_there(admin_client: Client, stranger: Cast) -> None:
    with company_scope(stranger.company.pk):
        create_api_key(name="Canary", scopes=["read"])
    (key,) = keys_of(stranger)
    assert "Canary" not in admin_client.get(KEYS).content.decode()
    assert admin_client.post(revoke_path(key)).status_code == 404
    assert keys_of(stranger)[0].revoked_at is None


def test_many_keys_cost_no_more_than_one(seoul: Cast, admin_client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(KEYS).status_code == 200
        return len(queries)

    with company_scope(seoul.company.pk):
        create_api_key(scopes=["read"], member=seoul.alice)
    admin_client.get(KEYS)
    one = cost()
    with company_scope(seoul.company.pk):
        for person in (seoul.alice, seoul.bob, seoul.admin):
            create_api_key(scopes=["read"], member=person)
        ApiKey.objects.create(scopes=["read"], secret_hash="x", revoked_at=timezone.now())
    assert cost() == one
