"""The screen at a door in a real browser: pressed, offline and back, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from bookings.display.links import make_display, token_of
from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
TABLET = ViewportSize(width=1024, height=768)
LOOK_AGAIN = "00:16"  # longer than a display waits between two looks


@pytest.fixture
def door(cast: Cast) -> str:
    with company_scope(cast.company.pk):
        return f"/display/{token_of(make_display(room=cast.room, by=cast.admin))}/"


def go_offline(page: Page) -> None:
    """Once the display has all that it wants to keep."""
    page.evaluate("navigator.serviceWorker.ready")
    page.context.set_offline(True)


def test_books_extends_and_ends_by_press_and_shows_what_others_do(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str
) -> None:
    page = open_page(door, size=TABLET)
    expect(page.locator("#state")).to_contain_text("Free")
    page.get_by_role("button", name=re.compile("^30 min")).click()
    expect(page.locator("#state")).to_contain_text("In use")
    page.get_by_role("button", name=re.compile(r"^\+15 min")).click()
    expect(page.locator("#state")).to_contain_text("until 12:45")
    page.get_by_text("End the meeting").click()
    page.get_by_role("button", name=re.compile("give the room back")).click()
    expect(page.locator("#state")).to_contain_text("Free")
    make_booking(cast.alice, cast.room, start=at(18, day=1), title="Planning")
    page.clock.run_for(LOOK_AGAIN)
    expect(page.locator("aside")).to_contain_text("Planning")
    with company_scope(cast.company.pk):
        assert Occurrence.objects.count() == 2


def test_goes_on_without_a_connection_says_so_and_comes_back(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str
) -> None:
    page = open_page(door, size=TABLET)
    go_offline(page)
    page.get_by_role("button", name=re.compile("^15 min")).click()
    expect(page.locator("#note")).to_contain_text("nothing is booked twice")
    page.clock.run_for("02:31")
    expect(page.locator("#state")).to_contain_text("Free")
    page.context.set_offline(False)
    page.clock.run_for(LOOK_AGAIN)
    page.clock.run_for(LOOK_AGAIN)  # the first look may have begun before
    expect(page.locator("#note")).to_be_hidden()
    with company_scope(cast.company.pk):
        assert not Occurrence.objects.exists()
    troubles[:] = [text for text in troubles if "ERR_INTERNET_DISCONNECTED" not in text]


def test_tells_how_old_it_is(open_page: NewPage, troubles: Troubles, door: str) -> None:
    page = open_page(door, size=TABLET)
    go_offline(page)
    page.clock.run_for("02:31")
    expect(page.locator("#note")).to_contain_text("No connection for 2 min")
    troubles[:] = [text for text in troubles if "ERR_INTERNET_DISCONNECTED" not in text]


def test_starts_without_a_connection_with_what_it_knew_last(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str
) -> None:
    page = open_page(door, size=TABLET)
    page.evaluate("navigator.serviceWorker.ready")
    make_booking(cast.alice, cast.room, start=at(18, day=1), title="Planning")
    with page.expect_response(lambda answer: answer.url.endswith(door)):
        page.clock.run_for(LOOK_AGAIN)
    expect(page.locator("aside")).to_contain_text("Planning")
    go_offline(page)
    page.clock.run_for("05:00")
    page.reload()
    expect(page.locator("aside")).to_contain_text("Planning")
    expect(page.locator("#note")).to_contain_text(re.compile("No connection for [5-9] min"))
    troubles[:] = [text for text in troubles if "ERR_INTERNET_DISCONNECTED" not in text]


def test_starts_without_a_connection_with_what_it_looked_up_since_it_was_loaded(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str
) -> None:
    """The browser's language makes the page vary, and a look does not ask as a load does."""
    page = open_page(door, size=TABLET)
    page.evaluate("navigator.serviceWorker.ready")
    page.context.set_extra_http_headers({"Accept-Language": "en-GB"})
    page.reload()
    make_booking(cast.alice, cast.room, start=at(18, day=1), title="Planning")
    with page.expect_response(lambda answer: answer.url.endswith(door)):
        page.clock.run_for(LOOK_AGAIN)
    expect(page.locator("aside")).to_contain_text("Planning")
    go_offline(page)
    page.reload()
    expect(page.locator("aside")).to_contain_text("Planning")
    troubles[:] = [text for text in troubles if "ERR_INTERNET_DISCONNECTED" not in text]


def test_works_without_scripts(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str
) -> None:
    page = open_page(f"{door}?eink=1", size=TABLET, java_script_enabled=False)
    page.get_by_role("button", name=re.compile("^60 min")).click()
    expect(page.locator("#state")).to_contain_text("until 13:00")
    expect(page).to_have_url(re.compile(r"\?eink=1$"))


@pytest.mark.parametrize("ink", ["", "?eink=1"])
def test_no_violations(
    cast: Cast, open_page: NewPage, troubles: Troubles, door: str, ink: str
) -> None:
    page = open_page(door, size=TABLET)
    check(page)
    make_booking(cast.alice, cast.room, start=at(12, day=1), title="Planning")
    make_booking(cast.alice, cast.room, start=at(14, day=1), title="Review")
    page.goto(f"{door}{ink}")
    page.get_by_text("End the meeting").click()
    check(page)
    for path in ("/settings/displays/", f"/settings/displays/{cast.room.pk}/"):
        check(open_page(path, member=cast.admin))
