"""A visitor who goes to the stand-in's sign-in page and comes back."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

LOGIN = "/accounts/google/login/"
CALLBACK = "http://testserver/accounts/google/login/callback/"

Visit = Callable[..., HttpResponse]


@pytest.fixture
def workspace(google: Any) -> Any:
    """Google with an account of the company, and Roomly's callback registered."""
    google.control.add_client("roomly-demo", "roomly-demo-secret", [CALLBACK])
    google.control.add_account("minji@hangang.example", "Minji Kim")
    return google


def leave_for_google(client: Client, **form: str) -> str:
    """Presses the button of the sign-in page; Google's address with all that Roomly asks for."""
    answer = client.post(LOGIN, form)
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def come_back(client: Client, location: str) -> HttpResponse:
    """The browser follows Google's redirect to Roomly's callback."""
    assert location.startswith(CALLBACK), location
    parts = urlsplit(location)
    return cast(HttpResponse, client.get(f"{parts.path}?{parts.query}"))


@pytest.fixture
def visit(workspace: Any) -> Visit:
    """Signs an account in, through Google's page, in a browser."""

    def go(client: Client, email: str, **form: str) -> HttpResponse:
        there = leave_for_google(client, **form)
        return come_back(client, workspace.control.sign_in(there, email))

    return go
