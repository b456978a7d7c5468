"""Finding a room in a browser: as it is typed, on a phone, without JavaScript, for everybody."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from bookings.models import Occurrence, Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
TEN = "/find/?date=2026-12-02&start=10:00&end=11:00&length=60"
NAMES = ".free-rooms :is(h3, h4)"
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def furnished(cast: Cast) -> Cast:
    """A room with video that is taken at half past ten, a free one without, and another house."""
    with company_scope(cast.company.pk):
        Room.objects.filter(pk=cast.room.pk).update(equipment=["video"])
    make_room(cast.company, "Hall", building="Annex", capacity=40, equipment=["screen"])
    make_booking(cast.bob, cast.room, start=at(10, 30), minutes=30)
    return cast


def names(page: Page) -> list[str]:
    return page.locator(NAMES).all_inner_texts()


def test_it_looks_again_as_the_form_changes_and_books(
    furnished: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(member=furnished.alice)
    page.get_by_role("link", name="Find a room").click()
    page.wait_for_load_state()  # a form looks by itself once its scripts are there
    page.get_by_label("Date").fill("2026-12-02")
    page.get_by_label("Not before").fill("10:00")
    page.get_by_label("Not after").fill("11:00")
    page.get_by_label("How long").select_option("60")
    expect(page.locator("#found h2")).to_contain_text("2 rooms are free")
    assert names(page) == [furnished.other_room.name, "Hall"]
    page.get_by_label("How many people").fill("20")
    page.get_by_label("How many people").press("Tab")
    expect(page.locator("#found h2")).to_contain_text("1 room is free")
    expect(page).to_have_url(re.compile("seats=20"))
    page.reload()
    assert names(page) == ["Hall"], "the address says it all"
    page.get_by_label("Not after").fill("09:00")
    expect(page.locator("#wrong-end")).to_contain_text("after the start")
    expect(page.get_by_label("Not after")).to_have_value("09:00")
    troubles.expect(422)
    page.get_by_label("Not after").fill("11:00")
    page.get_by_role("link", name="Book Hall, 10:00–11:00").click()
    page.get_by_label("Title").fill("All hands")
    page.get_by_role("button", name="Book").click()
    page.locator("#booking-facts").wait_for()
    with company_scope(furnished.company.pk):
        booked = Occurrence.objects.select_related("room").latest("pk")
        assert (booked.room.name, booked.starts_at) == ("Hall", at(10))


def test_on_a_phone_what_comes_nearest_is_one_tap_away(
    furnished: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(f"{TEN}&equipment=video", member=furnished.alice, size=PHONE, has_touch=True)
    headings = page.locator("#found > h3").all_inner_texts()
    assert headings == ["Another room at that time", "Another time", "A shorter meeting"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name=f"Book {furnished.room.name}, 10:00–10:30").tap()
    expect(page.get_by_label("End", exact=True)).to_have_value("10:30")


def test_without_javascript(furnished: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page(TEN, member=furnished.alice, java_script_enabled=False)
    page.get_by_label("How many people").fill("20")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(NAMES)).to_have_text(["Hall"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(
    furnished: Cast, open_page: NewPage, troubles: Troubles, language: str
) -> None:
    furnished.alice.user.language = language
    furnished.alice.user.save()
    page = open_page(TEN, member=furnished.alice, locale=language)
    check(page)
    for query in ("&equipment=video&people=nobody@hangang.example", "&seats=400", "&people=x"):
        page.goto(TEN + query)
        check(page)
    troubles.expect(422)
