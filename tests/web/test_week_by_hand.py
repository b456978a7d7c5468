"""The week of a room by hand: pressed and dragged, opened beside it, carried to another day."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from bookings.models import HouseRules, Occurrence, Room
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import PHONE, times_booked, times_in_form
from tests.web.test_moving_by_hand import bar_of, place_of

pytestmark = pytest.mark.browser
DAILY = ("RRULE:FREQ=DAILY;COUNT=3",)
THURSDAY, FRIDAY = "2026-12-03", "2026-12-04"


def week_of(room: Room) -> str:
    return f"/rooms/{room.pk}/"


def point(page: Page, day: str, clock: str) -> tuple[float, float]:
    """Where a time is on the screen, just below its line."""
    hour, minute = map(int, clock.split(":"))
    face = f"document.querySelector(\"[data-date='{day}'] .face\")"
    box = page.evaluate(f"{face}.getBoundingClientRect().toJSON()")  # at once: it may be replaced
    return box["x"] + 40, box["y"] + box["height"] * (hour + minute / 60) / 24 + 2


def press(page: Page, day: str, start: str, end: str) -> None:
    """Press at one time, move to another; the button stays down."""
    page.mouse.move(*point(page, day, start))
    page.mouse.down()
    x, y = point(page, day, end)
    page.mouse.move(x, y - 5, steps=4)


def carry(page: Page, bar: Locator, day: str, to: str) -> None:
    """Takes a bar by its upper part to a day and a time; not let go."""
    box = bar.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 12)
    page.mouse.down()
    x, y = point(page, day, to)
    page.mouse.move(x, y + 12, steps=4)


def test_press_and_drag_opens_the_form_beside_the_week(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(week_of(cast.room), member=cast.alice)
    press(page, THURSDAY, "14:00", "15:30")
    expect(page.locator(".selection output")).to_have_text("14:00–15:30")
    page.mouse.up()
    assert times_in_form(page) == ("14:00", "15:30")
    expect(page.locator("#id_date")).to_have_value(THURSDAY)
    expect(page).to_have_url(re.compile("/rooms/"))
    row = make_booking(cast.bob, cast.room, start=at(9, day=4), title="Just now")
    expect(bar_of(page, "Just now")).to_be_visible()
    expect(page.locator(f"[data-date='{THURSDAY}'] .selection")).to_be_visible()
    page.keyboard.type("Retro")
    page.keyboard.press("Enter")
    expect(page.locator("#booking-facts")).to_contain_text("14:00–15:30")
    expect(page.locator(f"[data-date='{THURSDAY}'] a.bar", has_text="Retro")).to_be_visible()
    expect(page.locator(".selection")).to_have_count(0)
    expect(page.get_by_role("list", name="Legend")).to_contain_text("yours")
    assert times_booked(cast) == [
        (at(14, day=3), at(15, 30, day=3)), (row.starts_at, row.ends_at),
    ]  # fmt: skip


def test_it_crosses_no_booking_and_escape_drops_it(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(13, day=3))
    page = open_page(week_of(cast.room), member=cast.alice)
    press(page, THURSDAY, "15:00", "12:30")
    expect(page.locator(".selection output")).to_have_text("14:00–15:15")
    page.keyboard.press("Escape")
    expect(page.locator(".selection")).to_have_count(0)
    page.mouse.up()
    press(page, "2026-11-30", "14:00", "15:00")  # that day is over
    expect(page.locator(".selection")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{week_of(cast.room)}$"))


def test_it_snaps_to_the_step_of_the_room_and_says_what_refuses(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    with company_scope(cast.company.pk):
        HouseRules.objects.create(room=cast.room, step=30, max_length=60,
                                  opening_hours=[600, 960] * 7)  # fmt: skip
    page = open_page(week_of(cast.room), member=cast.alice)
    press(page, THURSDAY, "14:10", "14:55")
    expect(page.locator(".selection:not(.refused) output")).to_have_text("14:00–15:00")
    page.keyboard.press("Escape")
    page.mouse.up()
    press(page, THURSDAY, "14:00", "15:30")
    expect(page.locator(".selection.refused output")).to_contain_text("at most 1 h")
    page.keyboard.press("Escape")
    page.mouse.up()
    press(page, THURSDAY, "15:30", "16:30")
    expect(page.locator(".selection.refused output")).to_contain_text("Closed")
    page.mouse.up()


@pytest.mark.parametrize("path", ["", "month/"])
def test_a_booking_opens_beside_the_page_and_leads_back(
    cast: Cast, open_page: NewPage, troubles: Troubles, path: str
) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=3))
    page = open_page(week_of(cast.room) + path, member=cast.alice)
    bar_of(page).click()
    expect(page.locator("#panel #booking-facts")).to_contain_text("14:00–15:00")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Title").fill("Retro")
    page.get_by_role("button", name="Save").click()
    expect(bar_of(page, "Retro")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(bar_of(page, "Retro")).to_be_focused()


def test_what_was_pressed_stays_in_sight_beside_the_panel(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(week_of(cast.room), member=cast.alice, size={"width": 1024, "height": 800})
    press(page, "2026-12-05", "14:00", "15:00")
    page.mouse.up()
    page.locator("#panel form").wait_for()
    selection, panel = (page.locator(part).bounding_box() for part in (".selection", "#panel"))
    assert selection
    assert panel
    assert selection["x"] + selection["width"] <= panel["x"] + 1


def test_on_a_phone_both_are_pages(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=3))
    page = open_page(week_of(cast.room), member=cast.alice, size=PHONE, has_touch=True)
    bar_of(page).tap()
    expect(page).to_have_url(re.compile("/bookings/"))
    page.go_back()
    page.get_by_role("link", name="Book on Thursday, December 3, 2026").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("New booking")


def test_a_booking_is_carried_to_another_day_and_put_back(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=3))
    make_booking(cast.bob, cast.room, start=at(9, day=4), title="Interview")
    page = open_page(week_of(cast.room), member=cast.alice)
    carry(page, bar_of(page), FRIDAY, "09:30")
    expect(page.locator(".ghost.refused output")).to_contain_text("taken: Interview")
    x, y = point(page, FRIDAY, "15:30")
    page.mouse.move(x, y + 12, steps=2)
    expect(page.locator(".ghost output")).to_have_text("15:30–16:30 · free")
    page.mouse.up()
    expect(page.locator("#toast")).to_contain_text("Fri, 4 Dec 2026, 15:30–16:30")
    expect(page.locator(f"[data-date='{FRIDAY}'] a.bar", has_text="Design")).to_be_visible()
    assert place_of(cast, row)[1:] == (at(15, 30, day=4), at(16, 30, day=4))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"[data-date='{THURSDAY}'] a.bar", has_text="Design")).to_be_visible()
    assert place_of(cast, row)[1:] == (at(14, day=3), at(15, day=3))


def test_what_is_over_takes_nothing_and_others_stay(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    others = make_booking(cast.bob, cast.room, start=at(14, day=3), title="Interview")
    page = open_page(week_of(cast.room), member=cast.alice)
    carry(page, bar_of(page), "2026-11-30", "16:00")
    expect(page.locator("[data-date='2026-12-01'] .ghost output")).to_have_text(
        "16:00–17:00 · free"
    )
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()
    carry(page, bar_of(page, "Interview"), FRIDAY, "16:00")
    expect(page.locator(".ghost")).to_have_count(0)
    page.mouse.up()
    assert [place_of(cast, each)[1] for each in (row, others)] == [at(14, day=1), at(14, day=3)]


def test_keys_alone_carry_it_through_the_week(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=3))
    page = open_page(week_of(cast.room), member=cast.alice)
    bar_of(page).focus()
    for key in ("m", "ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#announcer")).to_have_text("Friday, December 4, 2026, 14:30–15:45, free")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("14:30–15:45")
    expect(bar_of(page)).to_be_focused()
    assert place_of(cast, row)[1:] == (at(14, 30, day=4), at(15, 45, day=4))
    page.keyboard.press("Control+z")
    expect(page.locator(f"[data-date='{THURSDAY}'] a.bar")).to_be_visible()
    bar_of(page).focus()
    page.keyboard.press("Delete")
    expect(page.locator("#panel")).to_contain_text("Cancel")


def test_a_series_asks_which_dates_are_meant(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=2), recurrence=DAILY)
    page = open_page(week_of(cast.room), member=cast.alice)
    carry(page, page.locator(f"[data-date='{THURSDAY}'] a.bar"), "2026-12-05", "15:00")
    page.mouse.up()
    page.locator("#panel").get_by_role("button", name="This event").click()
    expect(page.locator("[data-date='2026-12-05'] a.bar")).to_have_count(1)
    expect(page.locator(f"[data-date='{THURSDAY}'] a.bar")).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("Sat, 5 Dec 2026, 15:00–16:00")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_room_elsewhere_keeps_the_clock_of_its_own_wall(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    room = make_room(cast.company, "Hudson", building="New York", timezone="America/New_York")
    start = datetime.fromisoformat("2026-12-03T14:00:00-05:00")
    row = make_booking(cast.alice, room, start=start)
    page = open_page(week_of(room), member=cast.alice)
    press(page, FRIDAY, "10:00", "11:00")
    page.mouse.up()
    assert times_in_form(page) == ("10:00", "11:00")
    expect(page.locator("#id_date")).to_have_value(FRIDAY)
    page.keyboard.press("Escape")
    carry(page, bar_of(page), FRIDAY, "15:00")
    page.mouse.up()
    expect(page.locator(f"[data-date='{FRIDAY}'] a.bar")).to_be_visible()
    assert place_of(cast, row)[1] == datetime.fromisoformat("2026-12-04T15:00:00-05:00")


def test_a_finger_taps_or_rests(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    tablet = {"size": {"width": 1024, "height": 900}, "has_touch": True}
    page = open_page(week_of(cast.room), member=cast.alice, **tablet)
    page.touchscreen.tap(*point(page, THURSDAY, "14:00"))
    assert times_in_form(page) == ("14:00", "14:30")
    expect(page).to_have_url(re.compile(f"{week_of(cast.room)}$"))
    page.get_by_role("button", name="Close").click()
    browser = page.context.new_cdp_session(page)

    def touch(kind: str, clock: str = "") -> None:
        x, y = point(page, THURSDAY, clock) if clock else (0, 0)
        points = [{"x": x, "y": y}] if clock else []
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", "10:00")
    expect(page.locator(".selection")).to_be_visible()
    touch("touchMove", "11:10")
    expect(page.locator(".selection output")).to_have_text("10:00–11:15")
    touch("touchEnd")
    assert times_in_form(page) == ("10:00", "11:15")


def test_with_a_key_held_a_free_half_hour_is_a_link_as_any(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(week_of(cast.room), member=cast.alice)
    page.mouse.move(*point(page, THURSDAY, "14:00"))
    with page.context.expect_page() as opened:
        page.keyboard.down("Control")
        page.mouse.down()
        page.mouse.up()
        page.keyboard.up("Control")
    expect(opened.value.get_by_label("Start")).to_have_value("14:00")
    expect(page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(cast: Cast, open_page: NewPage, troubles: Troubles, language: str) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=3))
    cast.alice.user.language = language
    cast.alice.user.save()
    page = open_page(week_of(cast.room), member=cast.alice, locale=language)
    carry(page, bar_of(page), FRIDAY, "15:00")
    check(page)
    page.mouse.up()
    page.locator(f"[data-date='{FRIDAY}'] a.bar").wait_for()
    press(page, THURSDAY, "10:00", "11:00")
    page.mouse.up()
    page.locator("#panel form").wait_for()
    check(page)
    page.goto(f"{week_of(cast.room)}month/")
    bar_of(page).click()
    page.locator("#booking-facts").wait_for()
    check(page)
    with company_scope(cast.company.pk):
        assert Occurrence.objects.count() == 1
