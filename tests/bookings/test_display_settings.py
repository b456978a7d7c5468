"""Administrators give rooms a display, find its link again, and switch it off."""

import re

from django.test import Client

from bookings.models import Display
from tenants.scope import company_scope
from tests.conftest import Cast

DISPLAYS = "/settings/displays/"


def made(cast: Cast) -> list[int]:
    with company_scope(cast.company.pk):
        return list(Display.objects.values_list("room_id", flat=True))


def test_one_press_makes_a_link_that_opens_the_room(seoul: Cast, admin_client: Client) -> None:
    assert "Set up" in admin_client.get(DISPLAYS).content.decode()
    path = f"{DISPLAYS}{seoul.room.pk}/"
    for _twice in range(2):
        page = admin_client.post(path, follow=True).content.decode()
    assert made(seoul) == [seoul.room.pk]
    (link, *_others) = re.findall(r'href="(http[^"]*/display/[^"]+)"', page)
    assert '<svg viewBox="0 0' in page
    assert "style=" not in page
    opened = Client().get(re.sub(r"^http://[^/]+", "", link))
    assert seoul.room.name in opened.content.decode()
    assert link in admin_client.get(path).content.decode(), "it can be found again"
    assert admin_client.get(path)["Cache-Control"] == "no-store"
    assert "seen 0" in admin_client.get(DISPLAYS).content.decode()


def test_a_display_is_switched_off(seoul: Cast, admin_client: Client) -> None:
    path = f"{DISPLAYS}{seoul.room.pk}/"
    admin_client.post(path)
    page = admin_client.post(path, {"off": "1"}, follow=True).content.decode()
    assert "Its link opens nothing any more." in page
    assert made(seoul) == []
    assert admin_client.get(path).status_code == 302, "there is none to look at"


def test_only_administrators_and_only_for_their_own_rooms(
    seoul: Cast, stranger: Cast, alice_client: Client, admin_client: Client
) -> None:
    for path in (DISPLAYS, f"{DISPLAYS}{seoul.room.pk}/"):
        assert alice_client.get(path).status_code == 403
        assert alice_client.post(path).status_code in (403, 405)
    assert admin_client.post(f"{DISPLAYS}{stranger.room.pk}/").status_code == 404
    assert made(seoul) == made(stranger) == []


def test_a_company_without_rooms_is_told_how_they_get_here(
    seoul: Cast, admin_client: Client
) -> None:
    with company_scope(seoul.company.pk):
        seoul.room.delete()
        seoul.other_room.delete()
    assert "How rooms get here" in admin_client.get(DISPLAYS).content.decode()
