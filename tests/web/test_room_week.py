"""The week and the month of a room in a browser: by hand, on a phone, without JavaScript, live."""

import re
from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
PHONE = ViewportSize(width=390, height=844)
DAILY = ("RRULE:FREQ=DAILY;COUNT=3",)


def test_from_the_day_to_the_week_to_the_form_and_back(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(9), title="Retro", recurrence=DAILY)
    page = open_page(member=cast.alice)
    page.get_by_role("heading", name=cast.room.name).get_by_role("link").click()
    expect(page.locator("a.bar")).to_have_count(3)
    make_booking(cast.bob, cast.room, start=at(10, day=3), title="Just now")
    expect(page.locator("a.bar", has_text="Just now")).to_be_visible(timeout=2000)
    page.get_by_role("link", name="Later").click()
    expect(page.locator(".span")).to_have_text("Dec 6 – Dec 12, 2026")
    page.go_back()
    face = page.locator(".column", has=page.locator("#on-2026-12-02")).locator(".face")
    box = face.bounding_box()
    assert box
    page.mouse.click(box["x"] + 40, box["y"] + box["height"] * 14.6 / 24)
    expect(page.get_by_label("Start")).to_have_value("14:30")
    expect(page.locator("#panel #id_date")).to_have_value("2026-12-02")
    page.get_by_label("Title").fill("Planning")
    page.get_by_role("button", name="Book").click()
    page.locator("#booking-facts").wait_for()
    page.goto(f"/rooms/{cast.room.pk}/month/")
    page.locator("a.bar", has_text="Planning").click()
    expect(page.locator("#booking-facts")).to_contain_text("14:30–15:00")


def test_keys_lead_as_in_the_day(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page(f"/rooms/{cast.room.pk}/", member=cast.alice)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".span")).to_have_text("Dec 6 – Dec 12, 2026")
    page.keyboard.press("t")
    expect(page.locator(".span")).to_have_text("Nov 29 – Dec 5, 2026")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/bookings/")
    page.keyboard.press("/")
    page.get_by_label("Who has to be free").press_sequentially("a/b")
    expect(page.get_by_label("Who has to be free")).to_have_value("a/b")


def test_a_date_is_gone_to_and_neighbours_come_before_they_are_asked_for(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(f"/rooms/{cast.room.pk}/", member=cast.alice)
    page.get_by_label("Date", exact=True).fill("2026-12-16")
    expect(page.locator(".span")).to_have_text("Dec 13 – Dec 19, 2026")
    answers: list[dict[str, Any]] = []
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.on("Network.responseReceived", lambda told: answers.append(told))  # noqa: PLW0108
    for path in (f"/rooms/{cast.room.pk}/?date=2026-12-16", "/?date=2026-12-16"):
        page.goto(path)
        later = page.locator(".days [rel=next]")
        with page.expect_response(re.compile("date=2026-12-(17|20)")):
            later.hover()
        later.click()
        page.wait_for_url(re.compile("date=2026-12-(17|20)"))
        expect(page.locator("#date")).not_to_have_value("2026-12-16")
        pages = [each["response"] for each in answers if each["type"] == "Document"]
        assert pages[-1].get("fromPrefetchCache") or pages[-1].get("fromDiskCache"), pages[-1]


def test_an_empty_day_of_a_month_is_booked_by_a_click(cast: Cast, open_page: NewPage) -> None:
    page = open_page(f"/rooms/{cast.room.pk}/month/?date=2026-12-02", member=cast.alice)
    day = page.locator(".cell", has=page.locator("#on-2026-12-16"))
    day.click(position={"x": 40, "y": 80})
    expect(page.locator("#panel #id_date")).to_have_value("2026-12-16")
    page.get_by_label("Title").fill("Planning")
    page.get_by_label("Title").press("Enter")
    expect(day.locator("a.bar")).to_contain_text("Planning")
    day.locator("a.bar").click()
    expect(page.locator("#panel").get_by_role("heading", name="Planning")).to_be_visible()


def test_a_date_is_typed_to_its_end_before_it_is_gone_to(cast: Cast, open_page: NewPage) -> None:
    page = open_page(f"/rooms/{cast.room.pk}/?date=2026-12-02", member=cast.alice)
    for typed, leave in (("12162026", "Enter"), ("01042027", "Tab")):
        shown = page.url
        page.locator("#date").focus()
        page.keyboard.type(typed, delay=50)
        assert page.url == shown
        with page.expect_navigation():
            page.keyboard.press(leave)
            if leave == "Tab":  # past the picker's own button
                page.keyboard.press("Tab")
        date = f"{typed[4:]}-{typed[:2]}-{typed[2:4]}"
        expect(page.locator("#date")).to_have_value(date)


def test_without_javascript(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page(f"/rooms/{cast.room.pk}/", member=cast.alice, java_script_enabled=False)
    page.get_by_role("link", name="Book on Wednesday, December 2, 2026").click()
    expect(page.get_by_label("Start")).to_have_value("09:00")


def test_on_a_phone_it_is_a_list_by_day(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    for hour in (9, 11, 13, 15):
        make_booking(cast.bob, cast.room, start=at(hour), title="A meeting with a long name")
    make_booking(cast.bob, cast.room, start=at(17), title="Donaudampfschiffahrt" * 10)
    for path in (f"/rooms/{cast.room.pk}/", f"/rooms/{cast.room.pk}/month/"):
        page = open_page(path, member=cast.alice, size=PHONE, has_touch=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        tops = [bar.bounding_box()["y"] for bar in page.locator("a.bar").all()]  # type: ignore[index]
        assert tops == sorted(tops)
        assert len(set(tops)) == len(tops), "one below the other"
    page.locator("a.bar").first.tap()
    expect(page).to_have_url(re.compile("/bookings/"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(cast: Cast, open_page: NewPage, troubles: Troubles, language: str) -> None:
    for hour in (9, 11, 13, 15):
        make_booking(cast.bob, cast.room, start=at(hour), recurrence=DAILY)
    cast.alice.user.language = language
    cast.alice.user.save()
    for path in (f"/rooms/{cast.room.pk}/", f"/rooms/{cast.room.pk}/month/"):
        check(open_page(path, member=cast.alice, locale=language))
