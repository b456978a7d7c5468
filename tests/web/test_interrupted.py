"""Between a person and their form: an ended session, another tab, no network, a night."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.conftest import Cast, sign_in
from tests.factories import make_booking
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import PHONE, lane_of, times_booked, x_of

pytestmark = pytest.mark.browser


def sign_out(page: Page) -> None:
    """The session ends, unnoticed by the page."""
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def sign_in_again(page: Page, cast: Cast, server: str) -> None:
    """As Google sends somebody back, to where the sign-in page was told."""
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_visible()
    page.wait_for_load_state("load")  # its scripts ran: what was typed is marked as kept
    back = page.locator("[name=next]").input_value()
    name = settings.SESSION_COOKIE_NAME
    session = sign_in(cast.alice).cookies[name].value
    page.context.add_cookies([{"name": name, "value": session, "url": server}])
    page.goto(back)


def test_what_was_typed_in_the_panel_is_there_after_signing_in_again(
    cast: Cast, open_page: NewPage, troubles: Troubles, server: str
) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    lane_of(page, cast).click(position={"x": x_of("14:00"), "y": 20})
    expect(page.locator("#hold")).to_contain_text("Held for you until")  # it asks by now
    page.get_by_label("People").fill("bob@hangang.example")
    page.get_by_label("Title").fill("Design review")
    expect(page.locator("#free-busy li")).to_have_count(1)  # all is answered that it asks
    sign_out(page)
    page.get_by_role("button", name="Book", exact=True).click()
    sign_in_again(page, cast, server)
    expect(page).to_have_url(re.compile(r"/\?date=2026-12-02"))
    expect(page.get_by_label("Title")).to_have_value("Design review")
    expect(page.get_by_label("People")).to_have_value("bob@hangang.example")
    expect(page.get_by_label("Start")).to_have_value("14:00")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", name="Design review")).to_be_visible()
    assert len(times_booked(cast)) == 1
    page.reload()
    expect(page.locator("#panel")).to_be_hidden()  # it is not asked again
    troubles.expect(401)


def test_the_same_on_a_page_of_its_own(
    cast: Cast, open_page: NewPage, troubles: Troubles, server: str
) -> None:
    form = f"/bookings/new/?room={cast.other_room.pk}&date=2026-12-02&start=15:00&end=16:00"
    page = open_page(form, member=cast.alice, size=PHONE)
    page.get_by_label("Title").fill("On the way")
    sign_out(page)
    page.get_by_role("button", name="Book", exact=True).click()
    sign_in_again(page, cast, server)
    expect(page.get_by_label("Title")).to_have_value("On the way")
    expect(page.get_by_label("Start")).to_have_value("15:00")
    expect(page.get_by_label("Room", exact=True)).to_have_value(str(cast.other_room.pk))
    page.goto("/bookings/new/")
    expect(page.get_by_label("Title")).to_have_value("")  # another form is another form
    troubles.expect(401)


def test_a_token_that_another_tab_made_invalid_is_renewed(
    cast: Cast, open_page: NewPage, troubles: Troubles, server: str
) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    page.locator("a.book").first.click()
    page.get_by_label("Title").fill("Design review")
    token = "x" * 32
    page.context.add_cookies([{"name": "csrftoken", "value": token, "url": server}])
    with page.expect_navigation():
        page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("#panel form")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Design review")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", name="Design review")).to_be_visible()
    troubles.expect(403)


def test_a_lost_connection_is_said_and_tried_again(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    page.locator("a.book").first.click()
    page.get_by_label("Title").fill("Design review")
    page.context.set_offline(True)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("No connection to Roomly.")
    expect(page.get_by_label("Title")).to_have_value("Design review")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").dblclick()  # and a double click is one booking
    expect(page.get_by_role("heading", name="Design review")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()
    assert len(times_booked(cast)) == 1
    troubles.clear()  # the browser reports each request that could not be sent


def test_what_happened_while_the_connection_was_lost_is_shown(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("No connection to Roomly.")
    expect(page.get_by_text("what you typed is still here")).to_be_hidden()
    lane_of(page, cast).click(position={"x": x_of("10:00"), "y": 20})
    expect(page.locator("#panel")).to_be_hidden()
    make_booking(cast.bob, cast.other_room, title="Interview")
    page.context.set_offline(False)
    expect(page.locator("a.bar", has_text="Interview")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()
    troubles.clear()


def test_a_page_left_open_overnight_shows_the_new_day(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(member=cast.alice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday, December 1, 2026")
    with page.expect_navigation():  # the server's clock stays: that it asks is what counts
        page.clock.fast_forward("13:00:00")
    page = open_page("/?date=2026-12-01", member=cast.alice)
    page.clock.fast_forward("13:00:00")
    lane_of(page, cast).click(position={"x": x_of("18:00"), "y": 20})
    expect(page.locator("#panel")).to_be_hidden()  # yesterday is over
