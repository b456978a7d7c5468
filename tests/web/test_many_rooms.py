"""More rooms than a screen shows: their rows come folded, and nobody notices."""

import pytest
from playwright.sync_api import expect

from bookings.models import Occurrence, Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
MANY = 60
TOMORROW = "/?date=2026-12-02"


@pytest.fixture
def last(cast: Cast) -> Room:
    """The last of many rooms, with a booking."""
    rooms = [make_room(cast.company, f"Room {number:02}") for number in range(MANY)]
    make_booking(cast.bob, rooms[-1], title="Retro")
    return rooms[-1]


def test_all_of_them_are_there_and_follow_changes(
    cast: Cast, last: Room, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(TOMORROW, member=cast.alice)
    expect(page.locator(".room")).to_have_count(MANY + 2)
    expect(page.locator(".storey noscript")).to_have_count(0)
    row = page.locator(f"#room-{last.pk}")
    expect(row.locator("a.bar")).to_contain_text(["Retro 10:00–11:00"])
    other = make_booking(cast.bob, cast.room, title="Moved here by Google")
    with company_scope(cast.company.pk):
        conflicted = Occurrence.Status.CONFLICTED
        Occurrence.objects.filter(pk=other.pk).update(room=last, status=conflicted)
    make_booking(cast.bob, last, start=at(14), title="Later")
    expect(row.locator("a.bar")).to_have_count(3)
    expect(row).to_have_class("room lanes2")
    make_room(cast.company, "Room 99")
    make_booking(cast.bob, last, start=at(16), title="The last")
    expect(page.locator(".room")).to_have_count(MANY + 3)
    expect(row.locator("a.bar")).to_have_count(4)


def test_a_link_leads_to_the_last(
    cast: Cast, last: Room, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(f"{TOMORROW}#room-{last.pk}", member=cast.alice)
    expect(page.get_by_role("link", name="Retro")).to_be_in_viewport()


def test_without_javascript_they_are_there_too(
    cast: Cast, last: Room, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(TOMORROW, member=cast.alice, java_script_enabled=False)
    expect(page.locator(".room")).to_have_count(MANY + 2)
    expect(page.get_by_role("link", name="Retro")).to_be_visible()
