"""A form that one opens keeps its time from the others, in front of their eyes."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
DAY = "/?date=2026-12-02"


def open_form(page: Page, cast: Cast) -> None:
    page.locator(f"#room-{cast.room.pk} a.book").click()
    expect(page.locator("#hold")).to_contain_text("Held for you until")


def test_the_others_see_it_come_and_go(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    alice, bob = (open_page(DAY, member=member) for member in (cast.alice, cast.bob))
    open_form(alice, cast)
    bar = bob.locator(f"#room-{cast.room.pk} li.bar.held")
    expect(bar).to_contain_text("Alice", timeout=2000)
    expect(bob.locator("#legend")).to_contain_text("held")
    assert not alice.locator("li.bar.held").count()
    alice.keyboard.press("Escape")
    expect(bar).to_have_count(0, timeout=2000)
    open_form(alice, cast)
    expect(bar).to_have_count(1, timeout=2000)
    alice.locator("#id_title").fill("Standup")
    alice.locator("#panel button.primary").click()
    expect(alice.locator("#booking-facts")).to_be_visible()
    expect(bar).to_have_count(0, timeout=2000)
    expect(bob.locator(f"#room-{cast.room.pk} a.bar")).to_have_count(1)


def test_it_goes_from_the_page_when_its_time_is_over(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    alice, bob = (open_page(DAY, member=member) for member in (cast.alice, cast.bob))
    open_form(alice, cast)
    expect(bob.locator("li.bar.held")).to_have_count(1)
    bob.clock.fast_forward("02:05")
    expect(bob.locator("li.bar.held")).to_have_count(0)


def test_on_a_phone_leaving_the_page_gives_it_up(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    phone = open_page(DAY, member=cast.alice, size={"width": 390, "height": 800})
    phone.locator(f"#room-{cast.room.pk} a.book").click()
    phone.wait_for_url(re.compile("/bookings/new/"))
    expect(phone.locator("#hold")).to_contain_text("Held for you until")
    bob = open_page(DAY, member=cast.bob)
    expect(bob.locator("li.bar.held")).to_have_count(1)
    phone.get_by_role("link", name="Close").click()
    expect(bob.locator("li.bar.held")).to_have_count(0)


def test_the_keyboard_hears_what_is_closed_and_books_what_is_possible(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    with company_scope(cast.company.pk):
        HouseRules.objects.create(opening_hours=[600, 1200] * 7)
    page = open_page(DAY, member=cast.alice)
    page.locator("#timeline").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cursor")).to_have_attribute("aria-label", re.compile("09:00, closed"))
    page.keyboard.press("Enter")
    offer = page.get_by_role("button", name="10:00–10:30")
    expect(page.locator("#look")).to_contain_text("Opens at 10:00 (rule of the company)")
    page.locator("#id_title").fill("Standup")
    offer.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#booking-facts")).to_contain_text("10:00–10:30")


def test_a_change_holds_its_new_place_until_it_is_saved(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    daily = ("RRULE:FREQ=DAILY;COUNT=3",)
    make_booking(cast.alice, cast.room, start=at(14), recurrence=daily)
    make_booking(cast.bob, cast.room, start=at(18), title="Interview")
    alice, bob = (open_page(DAY, member=member) for member in (cast.alice, cast.bob))
    alice.locator("a.bar.mine").click()
    alice.get_by_role("link", name="Change").click()
    alice.get_by_label("Start").fill("17:30")
    alice.get_by_label("Start").blur()
    expect(alice.locator("#look")).to_contain_text("Interview")
    alice.get_by_label("Start").fill("16:00")
    alice.get_by_label("Start").blur()
    expect(alice.locator("#look .refusal")).to_have_count(0)
    expect(alice.locator("#hold")).to_contain_text("Held for you until")
    expect(bob.locator("li.bar.held")).to_contain_text("Alice", timeout=2000)
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("heading", name="Which dates do you mean?")).to_be_visible()
    expect(alice.locator("#hold")).to_contain_text("Held for you until")
    expect(bob.locator("li.bar.held")).to_have_count(1)
    alice.get_by_role("button", name="This event", exact=True).click()
    expect(alice.locator("#booking-facts")).to_contain_text("16:00–17:00")
    expect(bob.locator("li.bar.held")).to_have_count(0)
