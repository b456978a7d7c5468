"""API keys in the operator's Django admin."""

import pytest
from django.test import Client

from integrations.models import ApiKey
from tenants.models import User
from tenants.operator import OPERATOR_SESSION_KEY
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.conftest import Program

KEYS = "/admin/integrations/apikey/"


@pytest.fixture
def operator(seoul: Cast) -> Client:
    """An operator who has entered Alice's company."""
    client = Client()
    client.force_login(
        User.objects.create_superuser("operator", password="long and quiet"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    session = client.session
    session[OPERATOR_SESSION_KEY] = seoul.company.pk
    session.save()
    return client


def test_a_key_can_be_taken_back_but_not_read(
    operator: Client, program: Program, seoul: Cast
) -> None:
    with company_scope(seoul.company.pk):
        key = ApiKey.objects.get()
    for page in (KEYS, f"{KEYS}{key.pk}/change/"):
        answer = operator.get(page)
        assert answer.status_code == 200
        assert key.secret_hash not in answer.content.decode()
    chosen = {"action": "revoke", "_selected_action": [key.pk]}
    assert operator.post(KEYS, chosen).status_code == 302
    assert program.get("/api/v1/rooms").status_code == 401


def test_keys_of_another_company_are_not_there(operator: Client, stranger: Cast) -> None:
    with company_scope(stranger.company.pk):
        key = ApiKey.objects.create(secret_hash="x", scopes=["read"], name="Canary")
    assert b"Canary" not in operator.get(KEYS).content
    assert operator.get(f"{KEYS}{key.pk}/change/").status_code == 302  # back to the index
    operator.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})
    with company_scope(stranger.company.pk):
        assert ApiKey.objects.get().revoked_at is None
