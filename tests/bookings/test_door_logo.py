"""The screen at a room's door bears its company's logo."""

import re

import pytest
from django.test import Client

from bookings.display.links import make_display, switch_off, token_of
from tenants.look import keep_logo, remove_logo
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.tenants.test_logos import picture

LOGO = re.compile(r'<img src="([^"]+)"\s+width="(\d+)"\s+height="28"\s+alt="([^"]+)">')


def door_of(cast: Cast) -> str:
    with company_scope(cast.company.pk):
        return f"/display/{token_of(make_display(room=cast.room, by=cast.admin))}/"


def give_logo(cast: Cast, colour: str = "navy") -> None:
    with company_scope(cast.company.pk):
        keep_logo(picture(colour=colour), by=cast.admin)


def shown_on(door: str) -> str:
    found = LOGO.search(Client().get(door).content.decode())
    return found.group(1) if found else ""


def test_it_is_shown_without_anybody_signed_in(seoul: Cast) -> None:
    door = door_of(seoul)
    assert shown_on(door) == ""
    give_logo(seoul)
    address = shown_on(door)
    answer = Client().get(address)
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "immutable" in answer["Cache-Control"]


def test_another_logo_reaches_an_open_display(seoul: Cast) -> None:
    door = door_of(seoul)
    give_logo(seoul)
    tag, address = Client().get(door)["ETag"], shown_on(door)
    give_logo(seoul, "red")
    assert Client().get(door, headers={"if-none-match": tag}).status_code == 200
    assert shown_on(door) != address
    assert Client().get(address).status_code == 404
    with company_scope(seoul.company.pk):
        remove_logo()
    assert shown_on(door) == ""


def test_a_display_shows_its_own_companys_logo_alone(seoul: Cast, stranger: Cast) -> None:
    for cast, colour in ((seoul, "navy"), (stranger, "red")):
        give_logo(cast, colour)
    theirs = shown_on(door_of(stranger)).rsplit("/", 1)[1]
    assert Client().get(door_of(seoul) + theirs).status_code == 404


@pytest.mark.parametrize("forged", ["1.1.nonsense", "x"])
def test_no_logo_without_a_display(seoul: Cast, forged: str) -> None:
    give_logo(seoul)
    address = shown_on(door_of(seoul))
    digest = address.rsplit("/", 1)[1]
    assert Client().get(f"/display/{forged}/{digest}").status_code == 404
    with company_scope(seoul.company.pk):
        switch_off(seoul.room)
    assert Client().get(address).status_code == 404
