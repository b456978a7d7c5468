"""Language and theme are the person's own."""

import pytest
from django.test import Client

from tests.conftest import Cast


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [("language", "ko", '<html lang="ko"'), ("theme", "dark", 'data-theme="dark"')],
)
def test_a_choice_is_kept_and_shown(
    seoul: Cast, alice_client: Client, field: str, value: str, shown: str
) -> None:
    answer = alice_client.post("/preferences/", {field: value, "next": "/bookings/"})
    assert (answer.status_code, answer["Location"]) == (302, "/bookings/")
    seoul.alice.user.refresh_from_db()
    assert getattr(seoul.alice.user, field) == value
    assert shown in alice_client.get("/").content.decode()


def test_the_language_is_remembered_for_the_page_of_signing_in(alice_client: Client) -> None:
    alice_client.post("/preferences/", {"language": "ko"})
    alice_client.post("/accounts/logout/")
    assert '<html lang="ko"' in alice_client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "pink")])
def test_an_unknown_choice_is_refused(
    seoul: Cast, alice_client: Client, field: str, value: str
) -> None:
    assert alice_client.post("/preferences/", {field: value}).status_code == 422
    seoul.alice.user.refresh_from_db()
    assert getattr(seoul.alice.user, field) != value


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_does_not_lead_away(alice_client: Client, target: str) -> None:
    answer = alice_client.post("/preferences/", {"theme": "dark", "next": target})
    assert answer["Location"] == "/"


def test_a_link_cannot_change_them(alice_client: Client) -> None:
    assert alice_client.get("/preferences/", {"theme": "dark"}).status_code == 405
