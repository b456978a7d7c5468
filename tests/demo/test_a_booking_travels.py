"""The newcomer's walk: from the sign-in page to Google, back, and into Slack."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.demo.conftest import Demo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_clock,
    pytest.mark.timeout(600),  # seconds, the start of the demo among them
]

QUARTERS_PER_HOUR = 12  # the grid's columns are five minutes wide
PATIENCE = 90_000  # milliseconds; the promise is seconds, the bench measures it on a quiet machine


@dataclass(frozen=True)
class Place:
    """A demo company, as somebody who walks in knows it."""

    person: str
    zone: ZoneInfo
    slack_channel: str

    @property
    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(self.zone)


SEOUL = Place("minji@hangang.example", ZoneInfo("Asia/Seoul"), "C0HANGANG0")
NEW_YORK = Place("alex@hudson.example", ZoneInfo("America/New_York"), "C0HUDSON00")


@pytest.fixture
def place() -> Place:
    """The company in which enough of today is left to book: there always is one."""
    return SEOUL if SEOUL.now.hour < 18 else NEW_YORK


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def sign_in(page: Page, demo: Demo, person: str) -> None:
    page.goto(demo.web)
    page.locator("form[action*='/accounts/google/login/'] button").first.click()
    page.locator("button.account", has_text=person).click()


def drag_over(page: Page, *, hour: int) -> None:
    """Presses at the hour in the first room and lets go an hour later."""
    column = page.locator(f".hours .s{hour * QUARTERS_PER_HOUR}")
    column.scroll_into_view_if_needed()
    lane = page.locator("li.room:not(.shut) .lane").first
    x, y = column.bounding_box(), lane.bounding_box()
    next_column = page.locator(f".hours .s{(hour + 1) * QUARTERS_PER_HOUR}").bounding_box()
    assert x
    assert y
    assert next_column
    row = y["y"] + y["height"] / 2
    page.mouse.move(x["x"] + 3, row)
    page.mouse.down()
    page.mouse.move(next_column["x"] - 3, row, steps=5)
    page.mouse.up()


def test_a_booking_travels_to_google_and_back_and_into_slack(
    demo: Demo, page: Page, place: Place
) -> None:
    sign_in(page, demo, place.person)
    expect(page.locator("html.scripted #grid")).to_have_attribute(
        "data-date", f"{place.now:%Y-%m-%d}", timeout=PATIENCE
    )
    room = page.locator("li.room:not(.shut) h3").first.text_content() or ""
    hour = place.now.hour + 2

    drag_over(page, hour=hour)
    page.locator("#panel input[name=title]").fill("Design review")
    page.locator("#panel form button.primary").click()
    bar = page.locator("a.bar", has_text="Design review")
    expect(bar).to_contain_text(f"{hour:02}:00–{hour + 1:02}:00", timeout=PATIENCE)

    bar.click()
    expect(page.locator("#booking-facts .sync.synced")).to_be_visible(timeout=PATIENCE)

    move_in_google(page, demo, room, by=timedelta(hours=1))
    expect(bar).to_contain_text(f"{hour + 1:02}:00–{hour + 2:02}:00", timeout=PATIENCE)

    slack = page.context.new_page()
    slack.goto(demo.slack)
    slack.locator(f"a[href*='{place.slack_channel}']").first.click()
    reminder = slack.locator("[data-message-ts]", has_text="Design review").last
    expect(reminder).to_be_visible(timeout=PATIENCE)


def move_in_google(page: Page, demo: Demo, room: str, *, by: timedelta) -> None:
    google = page.context.new_page()
    google.goto(demo.google)
    google.get_by_role("searchbox").fill(room)
    google.get_by_role("searchbox").press("Enter")
    google.locator("a[data-calendar-id]", has_text=room).click()
    event = google.locator("form[data-event-id]").filter(
        has=google.locator("input[name=summary][value='Design review']")
    )
    for name in ("start", "end"):
        moved = datetime.fromisoformat(event.locator(f"[name={name}]").input_value()) + by
        event.locator(f"[name={name}]").fill(f"{moved:%Y-%m-%dT%H:%M}")
    with google.expect_navigation():
        event.get_by_role("button", name="Save").click()


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("pat@gmail.example", "workspace_account_required"),
        ("visitor@hangang.example", "workspace_account_required"),
        ("robin@unknown.example", "unknown_workspace"),
    ],
)
def test_who_belongs_to_no_company_is_told_why(
    demo: Demo, page: Page, person: str, code: str
) -> None:
    sign_in(page, demo, person)
    expect(page.locator("body")).to_contain_text(code, timeout=PATIENCE)


def test_the_operator_manages_companies(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.web}/admin/")
    page.fill("[name=username]", "operator")
    page.fill("[name=password]", demo.operator_password)
    page.locator("[type=submit]").click()
    page.goto(f"{demo.web}/admin/tenants/company/add/")
    page.fill("[name=name]", "Danube")
    page.fill("[name='domains-0-name']", "danube.example")
    page.locator("[name=_save]").click()
    expect(page.locator("#result_list")).to_contain_text("danube.example", timeout=PATIENCE)
