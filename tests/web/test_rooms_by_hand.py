"""Several rooms are changed by one press; a day that is open elsewhere shows it at once."""

import pytest
from playwright.sync_api import expect

from tests.conftest import Cast
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser


def test_all_rooms_of_a_building_are_ticked_and_changed(cast: Cast, open_page: NewPage) -> None:
    day = open_page(member=cast.alice)
    row = day.locator(f"#room-{cast.room.pk}")
    expect(row).to_contain_text("6 seats")
    page = open_page("/settings/rooms/", member=cast.admin)
    ticks = page.locator("input[name=room]")
    expect(ticks.first).to_be_hidden()
    page.locator(".many-rooms summary").click()
    everything = page.get_by_label("All rooms of Main")
    everything.check()
    expect(ticks.first).to_be_checked()
    ticks.first.uncheck()
    expect(everything).not_to_be_checked()
    everything.check()
    page.get_by_label("Seats").fill("21")
    page.get_by_label("Bookings", exact=True).select_option(label="Nobody may book")
    page.get_by_role("button", name="Change the rooms that are ticked").click()
    expect(page.locator(".message")).to_have_text("2 rooms changed")
    expect(row).to_contain_text("21 seats")
    expect(row.locator(".book")).to_have_text("Closed")
    page.goto(f"/settings/rooms/{cast.room.pk}/")
    page.get_by_label("Name").fill("Nodeul")
    page.get_by_role("button", name="Save").click()
    expect(row.get_by_role("heading")).to_have_text("Nodeul")
