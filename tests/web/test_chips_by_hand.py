"""Filters of the day by hand: chips, stars, a selected time; a phone with one building or room."""

import re

import pytest
from playwright.sync_api import expect

from bookings.access import get_room
from bookings.favourites import star
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import PHONE, drag, lane_of

pytestmark = pytest.mark.browser


def test_chips_choose_and_clear(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    hall = make_room(cast.company, "Hall", building="Annex", capacity=20)
    page = open_page("/?date=2026-12-02", member=cast.alice)
    rooms = page.locator(".room")
    expect(rooms).to_have_count(3)
    page.get_by_text("Seats", exact=True).click()
    check(page)
    page.get_by_role("link", name="8 seats or more").click()
    expect(rooms).to_have_count(1)
    expect(page.get_by_text("1 of 3 rooms")).to_be_visible()
    page.get_by_role("link", name="Next day").click()
    expect(page).to_have_url(re.compile(r"seats=8.*date=2026-12-03|date=2026-12-03.*seats=8"))
    expect(page.locator(f"#room-{hall.pk}")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    expect(rooms).to_have_count(3)


def test_free_for_the_selected_time(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    make_booking(cast.bob, cast.other_room, start=at(15, day=1))
    page = open_page(member=cast.alice)
    drag(page, lane_of(page, cast), "14:30", "15:30")
    page.mouse.up()
    expect(page.locator("#panel form")).to_be_visible()
    page.get_by_text("Free 14:30").click()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Free 14:30–15:30")).to_be_visible()
    expect(page.locator(".room")).to_have_count(1)
    # The last one goes, without a reload: to who may hold it for a moment still.
    make_booking(cast.alice, cast.room, start=at(15, day=1))
    expect(page.get_by_text("No room is like this.")).to_be_visible()


def test_a_star(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page(member=cast.alice)
    button = page.get_by_role("button", name=f"Favourite: {cast.room}")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Favourites").click()
    expect(page.locator(".room")).to_have_count(1)
    page.get_by_role("button", name=f"Favourite: {cast.room}").click()
    expect(page.get_by_role("button", name=f"Favourite: {cast.room}", pressed=True)).to_have_count(
        0
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_my_building_or_one_room(
    cast: Cast, open_page: NewPage, troubles: Troubles, language: str
) -> None:
    hall = make_room(cast.company, "Hall", building="Annex", capacity=20)
    with company_scope(cast.company.pk):
        star(cast.alice, get_room(hall.pk), starred=True)
    cast.alice.user.language = language
    cast.alice.user.save()
    page = open_page(member=cast.alice, size=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator(".room")).to_have_count(3)
    page.locator("[data-menu=building] summary").tap()
    check(page)
    page.get_by_role("link", name="Annex").tap()
    expect(page.locator(".room")).to_have_count(1)
    page.goto("/")
    expect(page).to_have_url(re.compile(f"building={hall.building_id}"))
    page.locator("[data-menu=building] summary").tap()
    page.locator("[data-menu=building] a").first.tap()
    expect(page.locator(".room")).to_have_count(3)
    page.get_by_role("link", name=str(cast.room), exact=True).tap()
    expect(page.locator(".room:visible")).to_have_count(1)
    box = page.locator(f"#room-{cast.room.pk}").bounding_box()
    assert box
    assert box["width"] > 300
    check(page)
    page.locator("#all-rooms").tap()
    expect(page.locator(".room:visible")).to_have_count(3)
