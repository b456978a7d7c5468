"""The card of a booking: what a bar is too short to say, by pointer and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
TOMORROW = "/?date=2026-12-02"
WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=3",)


def test_a_pointer_that_rests_on_a_bar_is_told_all_of_it(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(10), minutes=15, title="Retro", recurrence=WEEKLY)
    page = open_page(TOMORROW, member=cast.alice)
    card = page.locator("#card")
    page.get_by_role("link", name="Retro").hover()
    expect(card).to_be_hidden()
    page.clock.run_for("00:01")
    for words in ("Retro", "10:00–10:15", cast.room.name, "Bob", "Every week", "repeats"):
        expect(card).to_contain_text(words)
    check(page)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_it_goes_when_the_pointer_leaves_or_takes_hold(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.alice, cast.room, start=at(10), title="Retro")
    page = open_page(TOMORROW, member=cast.alice)
    card, bar = page.locator("#card"), page.get_by_role("link", name="Retro")
    leaves: tuple[Callable[[], None], ...] = (page.locator("h1").hover, page.mouse.down)
    for leave in leaves:
        bar.hover()
        page.clock.run_for("00:01")
        expect(card).to_be_visible()
        leave()
        expect(card).to_be_hidden()


def test_it_follows_the_keyboard_in_the_day_and_in_a_week(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(9), title="Retro")
    page = open_page(TOMORROW, member=cast.alice)
    card = page.locator("#card")
    page.locator("#timeline").focus()
    page.keyboard.press("ArrowRight")
    expect(card).to_contain_text("Retro")
    for _quarter in range(4):
        page.keyboard.press("ArrowRight")
    expect(card).to_be_hidden()
    page.goto(f"/rooms/{cast.room.pk}/?date=2026-12-02")
    page.locator("h1").click()
    while not page.locator("a.bar:focus").count():
        page.keyboard.press("Tab")
    expect(card).to_contain_text("09:00–10:00")
    page.keyboard.press("Tab")
    expect(card).to_be_hidden()
