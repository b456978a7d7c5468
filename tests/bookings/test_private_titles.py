"""Where titles are private, only those in a booking read its words; the others see it is taken."""

import pytest
from django.test import Client

from bookings.drafts import Attendee
from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS

TOMORROW = "2026-12-02"


@pytest.fixture
def hushed(seoul: Cast) -> Cast:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(room=seoul.room, private_titles=True)
    make_booking(seoul.bob, seoul.room, title="Layoffs")
    make_booking(seoul.bob, seoul.room, start=at(12), title="All hands", visibility="public")
    make_booking(seoul.bob, seoul.other_room, title="Lunch")
    guests = (Attendee(email=seoul.alice.email),)
    make_booking(seoul.bob, seoul.room, start=at(14), title="Raise", attendees=guests)
    return seoul


def test_the_day_shows_titles_to_those_in_the_booking(hushed: Cast, alice_client: Client) -> None:
    page = alice_client.get(f"/?date={TOMORROW}").content.decode()
    assert "Layoffs" not in page
    assert page.count("<b>Private</b>") == 1
    assert all(title in page for title in ("All hands", "Lunch", "Raise"))
    for member in (hushed.bob, hushed.admin):
        assert "Layoffs" in sign_in(member).get(f"/?date={TOMORROW}").content.decode()


def test_neither_detail_nor_api_nor_a_refusal_tells_more(
    hushed: Cast, alice_client: Client
) -> None:
    found = alice_client.get(BOOKINGS, {"room": hushed.room.pk}).json()["results"]
    assert [each["title"] for each in found] == [None, "All hands", "Raise"]
    hidden = alice_client.get(f"/bookings/{found[0]['id']}/").content.decode()
    assert "Layoffs" not in hidden
    named = alice_client.get(BOOKINGS, {"organizer": hushed.bob.email}).json()["results"]
    assert {each["title"] for each in named} == {"All hands", "Lunch"}
    body = {
        "room": hushed.room.pk, "title": "Mine", "start": "2026-12-02T10:00:00+09:00",
        "end": "2026-12-02T11:00:00+09:00", "timezone": "Asia/Seoul",
    }  # fmt: skip
    refused = alice_client.post(BOOKINGS, body, content_type="application/json")
    assert refused.status_code == 409
    assert [each["title"] for each in refused.json()["conflicts"]] == [None]
