"""A series on the day's page: its dates light up together, for every way of getting there."""

import re

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import check
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser
TWICE_A_DAY = ("RRULE:FREQ=DAILY;BYHOUR=14,16;COUNT=6",)
LIT = re.compile(r"\blit\b")


def series(cast: Cast, title: str = "Stand-up") -> Occurrence:
    """Two dates today, one of them in another room, and a booking that is none of it."""
    first = make_booking(
        cast.alice, cast.room, start=at(14, day=1), title=title, recurrence=TWICE_A_DAY
    )
    with company_scope(cast.company.pk):
        second: Occurrence = first.booking.occurrences.order_by("starts_at")[1]
        Occurrence.objects.filter(pk=second.pk).update(room=cast.other_room)
    make_booking(cast.bob, cast.other_room, start=at(13, day=1), title="Once")
    return second


def lit(page: Page) -> Locator:
    return page.locator("a.lit")


def test_the_pointer_lights_all_dates_of_a_series(cast: Cast, open_page: NewPage) -> None:
    series(cast)
    page = open_page(member=cast.alice)
    page.get_by_role("link", name=re.compile("Stand-up 14:00")).hover()
    expect(lit(page)).to_have_count(2)
    page.get_by_role("link", name=re.compile("Once")).hover()
    expect(lit(page)).to_have_count(0)


def test_the_keyboard_lights_them_too(cast: Cast, open_page: NewPage) -> None:
    series(cast)
    page = open_page(member=cast.alice)
    page.get_by_role("link", name=re.compile("Stand-up 16:00.*repeats")).focus()
    expect(lit(page)).to_have_count(2)
    page.locator("#timeline").focus()
    expect(lit(page)).to_have_count(0)
    for _ in range(9):  # from now, at noon, to 14:00
        page.keyboard.press("ArrowRight")
    cell = page.locator("button.cursor")
    expect(cell).to_have_accessible_name(re.compile("14:00, Stand-up .*repeats"))
    expect(lit(page)).to_have_count(2)
    page.keyboard.press("ArrowLeft")
    expect(lit(page)).to_have_count(0)


def test_they_stay_lit_while_others_book(cast: Cast, open_page: NewPage) -> None:
    series(cast)
    page = open_page(member=cast.alice)
    bar = page.get_by_role("link", name=re.compile("Stand-up 14:00"))
    bar.hover()
    bar.evaluate("bar => { window.bar = bar }")
    make_booking(cast.bob, cast.other_room, start=at(18, day=1), title="Appears")
    expect(page.get_by_role("link", name=re.compile("Appears"))).to_be_visible()
    expect(lit(page)).to_have_count(2)
    assert page.evaluate("window.bar.isConnected"), "an unchanged row was put in place anew"


def test_my_bookings_light_them_too(cast: Cast, open_page: NewPage) -> None:
    second = series(cast)
    with company_scope(cast.company.pk):
        Occurrence.objects.filter(pk=second.pk).update(status=Occurrence.Status.CONFLICTED)
    page = open_page("/bookings/", member=cast.alice)
    section = page.get_by_role("region", name="Needs another room or time")
    expect(section.get_by_role("link")).to_have_count(1)
    section.get_by_role("link").focus()
    expect(lit(page)).to_have_count(6)


@pytest.mark.parametrize("width", [1440, 390])
def test_no_violations_and_nothing_sticks_out(cast: Cast, open_page: NewPage, width: int) -> None:
    second = series(cast, title="A stand-up with a title that is longer than its time")
    with company_scope(cast.company.pk):
        Occurrence.objects.filter(pk=second.pk).update(status=Occurrence.Status.CONFLICTED)
    size = ViewportSize(width=width, height=844)
    for path in ("/", "/bookings/"):
        page = open_page(path, member=cast.alice, size=size)
        page.locator("a[data-series]").first.focus()
        expect(lit(page).first).to_have_class(LIT)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
