"""The day on a phone: time runs down, a finger that rests takes hold, one that moves scrolls."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import PHONE, times_booked
from tests.web.test_moving_by_hand import place_of

pytestmark = pytest.mark.browser
HOUR = 60  # pixels
HOLD = 400  # milliseconds
Place = tuple[float, float]


class Finger:
    """One finger on the glass of a phone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.browser = page.context.new_cdp_session(page)

    def _touch(self, kind: str, *places: Place) -> None:
        points: list[dict[str, Any]] = [{"x": x, "y": y} for x, y in places]
        self.browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, place: Place) -> None:
        self._touch("touchStart", place)

    def rest(self, place: Place) -> None:
        self.down(place)
        self.page.clock.run_for(HOLD)

    def move(self, start: Place, end: Place) -> None:
        for part in (0.2, 0.6, 1.0):
            x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            self._touch("touchMove", (x, y))

    def up(self) -> None:
        self._touch("touchEnd")


def phone(open_page: NewPage, cast: Cast, path: str = "/", **options: Any) -> Page:
    return open_page(path, member=cast.alice, size=PHONE, has_touch=True, is_mobile=True, **options)


def place_in(lane: Locator, hours: float) -> Place:
    """So many hours after midnight in a room's column."""
    box = lane.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + hours * HOUR + 3


def lane_of(page: Page, room_id: int) -> Locator:
    return page.locator(f"#room-{room_id} .lane")


def test_a_resting_finger_selects_and_books(cast: Cast, open_page: NewPage) -> None:
    page = phone(open_page, cast)
    finger, lane = Finger(page), lane_of(page, cast.room.pk)
    start, end = place_in(lane, 14), place_in(lane, 15.1)
    finger.rest(start)
    expect(page.locator(".selection output")).to_have_text("14:00–14:30")
    top = page.evaluate("timeline.scrollTop")
    finger.move(start, end)
    expect(page.locator(".selection output")).to_have_text("14:00–15:15")
    assert page.evaluate("timeline.scrollTop") == top
    finger.up()
    expect(page).to_have_url(re.compile("/bookings/new/.*start=14%3A00&end=15%3A15"))
    page.get_by_label("Title").fill("On the way")
    page.get_by_role("button", name="Book").tap()
    expect(page.get_by_role("heading", name="On the way")).to_be_visible()
    assert times_booked(cast) == [(at(14, day=1), at(15, 15, day=1))]


def test_a_moving_finger_scrolls(cast: Cast, open_page: NewPage) -> None:
    page = phone(open_page, cast)
    finger, lane = Finger(page), lane_of(page, cast.room.pk)
    top = page.evaluate("timeline.scrollTop")
    start, end = place_in(lane, 17), place_in(lane, 13)
    finger.down(start)
    finger.move(start, end)
    page.clock.run_for(HOLD)
    finger.up()
    expect(page.locator(".selection")).to_have_count(0)
    page.wait_for_function(f"timeline.scrollTop > {top + 100}")
    assert "/bookings/new/" not in page.url


def test_a_resting_finger_carries_a_booking(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = phone(open_page, cast)
    finger = Finger(page)
    start = place_in(lane_of(page, cast.room.pk), 14.5)
    end = place_in(lane_of(page, cast.other_room.pk), 16)
    finger.rest(start)
    finger.move(start, end)
    expect(page.locator(".ghost output")).to_have_text("15:30–16:30 · free")
    finger.up()
    expect(page.locator("#toast")).to_contain_text("is now in Hangang Two")
    assert place_of(cast, row) == (cast.other_room.pk, at(15, 30, day=1), at(16, 30, day=1))
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert place_of(cast, row)[0] == cast.room.pk


def test_arrows_follow_the_face_of_the_day(cast: Cast, open_page: NewPage) -> None:
    page = phone(open_page, cast)
    page.locator("#timeline").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".cursor")).to_have_accessible_name("Hangang Two, 12:15, free")


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(
    cast: Cast, open_page: NewPage, troubles: Troubles, language: str
) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    with company_scope(cast.company.pk):
        HouseRules.objects.create(opening_hours=[600, 1080] * 7, max_length=60)
    cast.alice.user.language = language
    cast.alice.user.save()
    page = phone(open_page, cast, locale=language)
    check(page)
    finger, lane = Finger(page), lane_of(page, cast.other_room.pk)
    start = place_in(lane, 16)
    finger.rest(start)
    finger.move(start, place_in(lane, 18.4))
    expect(page.locator(".selection.refused")).to_have_count(1)
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
