"""What the rules of a room refuse is said while one drags, before anything is asked."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import drag as select
from tests.web.test_booking_by_hand import lane_of, x_of
from tests.web.test_moving_by_hand import bar_of, drag, place_of

pytestmark = pytest.mark.browser


def says(page: Page, text: str) -> None:
    expect(page.locator(".selection.refused output")).to_have_text(text)
    page.keyboard.press("Escape")
    page.mouse.up()


def test_a_selection_snaps_to_the_step_and_says_what_refuses(
    cast: Cast, open_page: NewPage
) -> None:
    with company_scope(cast.company.pk):
        HouseRules.objects.create(opening_hours=[600, 1080] * 7, step=30, notice=90)
        HouseRules.objects.create(room=cast.room, max_length=120, min_length=60)
    page = open_page(member=cast.alice)
    lane = lane_of(page, cast)
    select(page, lane, "14:20", "15:50")
    expect(page.locator(".selection:not(.refused) output")).to_have_text("14:00–16:00")
    page.keyboard.press("Escape")
    page.mouse.up()
    of_room = f"(rule of the room {cast.room})"
    select(page, lane, "14:00", "16:30")
    says(page, f"14:00–16:30 · A booking lasts at most 2 h {of_room}")
    select(page, lane, "14:10", "14:25")
    says(page, f"14:00–14:30 · A booking lasts at least 1 h {of_room}")
    select(page, lane, "17:00", "18:30")
    says(page, "17:00–18:30 · Closed (rule of the company)")
    select(page, lane, "13:00", "14:00")
    says(page, "13:00–14:00 · To be booked at least 1 h 30 min ahead (rule of the company)")
    lane.click(position={"x": 14 * 12 * 7 + 3, "y": 20})  # a click books what is long enough
    expect(page.get_by_label("End", exact=True)).to_have_value("15:00")


def test_what_is_carried_says_so_and_the_server_names_the_nearest(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    with company_scope(cast.company.pk):
        HouseRules.objects.create(room=cast.other_room, opening_hours=[600, 960] * 7)
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    expect(page.locator(".ghost.refused output")).to_have_text(
        f"15:30–16:30 · Closed (rule of the room {cast.other_room})"
    )
    page.mouse.up()
    expect(page.locator("#toast .refusal")).to_contain_text("Closes at 16:00")
    expect(page.locator("#toast .refusal")).to_contain_text("Possible: 15:00–16:00")
    assert place_of(cast, row)[0] == cast.room.pk
    troubles.expect(422)


@pytest.mark.parametrize(
    ("start", "minutes", "to", "refused"),
    [
        (at(12, day=1), 90, "12:30", ""),  # goes on: gives its rest back
        (at(12, 45, day=1), 90, "13:45", ""),  # stays where it begins, however soon that is
        (at(12, day=1), 90, "14:45", "A booking lasts at most 2 h"),
        (at(15, day=1), 90, "15:30", "A booking lasts at least 1 h"),
    ],
)
def test_of_a_meeting_that_begins_where_it_did_page_and_server_say_the_same(
    cast: Cast,
    open_page: NewPage,
    troubles: Troubles,
    start: datetime,
    minutes: int,
    to: str,
    refused: str,
) -> None:
    row = make_booking(cast.alice, cast.room, start=start, minutes=minutes)
    with company_scope(cast.company.pk):
        HouseRules.objects.create(min_length=60, max_length=120, notice=90)
    page = open_page(member=cast.alice)
    box = bar_of(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    left = lane_of(page, cast).bounding_box()
    assert left
    page.mouse.move(left["x"] + x_of(to) - 1, box["y"] + box["height"] / 2, steps=4)
    said = page.locator(".ghost output")
    expect(said).to_contain_text(refused or "free")
    expect(page.locator(".ghost.refused")).to_have_count(int(bool(refused)))
    page.mouse.up()
    expect(page.locator("#toast")).to_contain_text(refused or "Design review is now in")
    assert (place_of(cast, row)[2] == start + timedelta(minutes=minutes)) == bool(refused)
    troubles.expect(422)
