"""A series in a real browser: changed, called off and brought back, one date or all of them."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def series(cast: Cast) -> list[Occurrence]:
    """Five days from Wednesday 2 December 2026, 10:00–11:00."""
    make_booking(cast.alice, cast.room, title="Standup", recurrence=("RRULE:FREQ=DAILY;COUNT=5",))
    return dates(cast)


def dates(cast: Cast) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        mine = Occurrence.objects.filter(booking__organizer=cast.alice)
        return list(mine.select_related("booking").order_by("original_start"))


def open_in_panel(page: Page) -> None:
    """Opens the booking of the day and its form beside the day."""
    page.locator("a.bar.mine").first.click()
    page.get_by_role("link", name="Change").click()


def form_of(cast: Cast, open_page: NewPage, row: Occurrence, **options: object) -> Page:
    return open_page(f"/bookings/{row.public_id}/edit/", member=cast.alice, **options)


def test_edits_the_following(cast: Cast, open_page: NewPage, series: list[Occurrence]) -> None:
    page = open_page("/?date=2026-12-04", member=cast.alice)
    open_in_panel(page)
    page.get_by_label("Start").fill("14:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Which dates do you mean?")).to_be_focused()
    following = page.get_by_role("button", name="This and following events")
    expect(following).to_have_accessible_description("3 dates change")
    following.click()
    expect(page.get_by_role("link", name="Change")).to_be_visible()
    assert [row.starts_at for row in dates(cast)] == [
        at(14 if day >= 4 else 10, day=day) for day in range(2, 7)
    ]


def test_edits_all_by_keyboard(cast: Cast, open_page: NewPage, series: list[Occurrence]) -> None:
    page = form_of(cast, open_page, series[1])
    page.get_by_label("Title").fill("Retro")
    page.get_by_label("Title").press("Enter")
    page.get_by_role("button", name="All events").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Retro")).to_be_visible()
    assert {row.shown_title for row in dates(cast)} == {"Retro"}


def test_going_back_from_the_question_keeps_the_form(
    cast: Cast, open_page: NewPage, series: list[Occurrence]
) -> None:
    page = open_page("/?date=2026-12-03", member=cast.alice)
    open_in_panel(page)
    page.get_by_label("Title").fill("Retro")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Title")).to_have_value("Retro")
    expect(page.locator(".rule-words")).to_have_text("Every day, 5 times")


def test_chooses_what_becomes_of_taken_dates(
    cast: Cast, open_page: NewPage, troubles: Troubles, series: list[Occurrence]
) -> None:
    make_booking(cast.bob, cast.room, start=at(14, 30, day=5), title="Interview")
    page = open_page("/?date=2026-12-02", member=cast.alice)
    open_in_panel(page)
    page.get_by_label("Start").fill("14:00")
    page.get_by_role("button", name="Save").click()
    all_events = page.get_by_role("button", name="All events")
    expect(all_events).to_have_accessible_description("5 dates change 1 is taken, you choose next")
    all_events.click()
    expect(page.get_by_role("alert")).to_contain_text("1 date is taken")
    expect(page.locator(".undecided")).to_contain_text("Interview 14:30–15:30")
    page.get_by_label("Sat, 5 Dec 2026").select_option(cast.other_room.name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Change")).to_be_visible()
    rooms = [row.room_id for row in dates(cast)]
    assert rooms == [cast.room.pk] * 3 + [cast.other_room.pk, cast.room.pk]
    troubles.expect(409)


def test_shows_the_edited_dates_that_a_new_rule_would_lose(
    cast: Cast, open_page: NewPage, series: list[Occurrence]
) -> None:
    page = form_of(cast, open_page, series[1])
    page.get_by_label("Title").fill("Finale")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="This event").click()
    expect(page.get_by_role("heading", name="Finale")).to_be_visible()
    page.goto(f"/bookings/{series[0].public_id}/edit/")
    page.get_by_label("Repeat", exact=True).select_option("Weekly on Wednesday")
    expect(page.locator(".rule-words")).to_have_text("Every week on Wed, 5 times")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="This event")).to_have_count(0)
    expect(page.get_by_text("Thu, 3 Dec 2026, 10:00–11:00")).to_be_visible()
    page.get_by_role("button", name="All events").click()
    expect(page.get_by_text("Every week on Wed, 5 times").first).to_be_visible()


def test_cancels_the_following(cast: Cast, open_page: NewPage, series: list[Occurrence]) -> None:
    page = open_page("/?date=2026-12-04", member=cast.alice)
    page.locator("a.bar.mine").first.click()
    page.get_by_role("link", name="Cancel the booking").click()
    expect(page.get_by_role("heading", name="Cancel which events?")).to_be_visible()
    following = page.get_by_role("button", name="Cancel this and following events")
    expect(following).to_have_accessible_description("3 dates are cancelled")
    following.click()
    expect(page.get_by_text("does not take place on this date any more")).to_be_visible()
    expect(page.locator("a.bar.mine")).to_have_count(0)
    assert [row.status for row in dates(cast)] == ["confirmed"] * 2 + ["cancelled"] * 3


def test_brings_a_cancelled_date_back(
    cast: Cast, open_page: NewPage, series: list[Occurrence]
) -> None:
    page = open_page("/?date=2026-12-03", member=cast.alice)
    page.locator("a.bar.mine").first.click()
    page.get_by_role("link", name="Cancel the booking").click()
    page.get_by_role("button", name="Cancel this event").click()
    page.get_by_role("button", name="Book it after all").click()
    expect(page.locator("a.bar.mine")).to_be_visible()
    expect(page.get_by_role("link", name="Change")).to_be_visible()
    assert [row.status for row in dates(cast)] == ["confirmed"] * 5


def test_asks_in_korean(cast: Cast, open_page: NewPage, series: list[Occurrence]) -> None:
    cast.alice.user.language = "ko"
    cast.alice.user.save()
    page = form_of(cast, open_page, series[0], size=PHONE, locale="ko")
    page.locator("#id_repeat").select_option("weekly")
    expect(page.locator(".rule-words")).to_have_text("매주 수요일, 5회")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("button.primary").click()
    expect(page.locator(".scopes button")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(
    cast: Cast,
    open_page: NewPage,
    troubles: Troubles,
    series: list[Occurrence],
    language: str,
) -> None:
    make_booking(cast.bob, cast.room, start=at(14, 30, day=5), title="Interview")
    cast.alice.user.language = language
    cast.alice.user.save()
    page = form_of(cast, open_page, series[0], locale=language)
    page.locator("#id_repeat").select_option("custom")
    page.locator("#id_start").fill("14:00")
    page.locator(".rule-words").wait_for()
    check(page)
    page.locator("#id_repeat").select_option("daily")
    page.locator("button.primary").click()
    check(page)
    page.locator("button[value=all]").click()
    page.locator(".undecided").wait_for()
    check(page)
    page.locator("[name=skip_all]").click()
    page.locator(".tally .is-skipped").wait_for()
    page.locator("button.primary").click()
    page.locator(".skipped").wait_for()
    check(page)
    page.goto(f"/bookings/{series[1].public_id}/cancel/")
    check(page)
    page.goto(f"/bookings/new/?room={cast.room.pk}&date=2026-12-04&start=14:00")
    page.locator("#id_repeat").select_option("daily")
    page.locator(".undecided").first.wait_for()
    check(page)
    troubles.expect(409)
