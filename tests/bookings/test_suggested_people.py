"""Colleagues are suggested while somebody types who is to come."""

import re

import pytest
from django.test import Client

from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import make_member


def suggested(client: Client, typed: str) -> list[str]:
    answer = client.post("/bookings/new/people/", {"attendees": typed})
    assert answer.status_code == 200
    return re.findall(r'data-email="([^"]+)"', answer.content.decode())


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bo", ["bob@hangang.example"]),
        ("OB", ["bob@hangang.example"]),
        ("eve@else.example, bo", ["bob@hangang.example"]),
        ("bob@hangang.example, bo", []),
        ("bob@hangang.example", []),
        ("alice", []),  # who types it comes anyway
        ("example", []),  # in everybody's address
        ("bo, ", []),
        ("", []),
        ("%", []),
    ],
)
def test_whose_name_or_address_is_begun(
    seoul: Cast, alice_client: Client, typed: str, found: list[str]
) -> None:
    assert suggested(alice_client, typed) == found


def test_a_handful_of_the_own_company_who_are_still_there(
    seoul: Cast, stranger: Cast, alice_client: Client
) -> None:
    make_member(stranger.company, f"kim0@{stranger.alice.email.partition('@')[2]}")
    kims = [make_member(seoul.company, f"kim{number}@hangang.example") for number in range(1, 9)]
    with company_scope(seoul.company.pk):
        kims[0].active = False
        kims[0].save()
    expected = [f"kim{number}@hangang.example" for number in range(2, 7)]
    assert suggested(alice_client, "kim") == expected
