"""Booking in a real browser: by mouse, by keyboard, by touch, and without JavaScript."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from bookings.holding import release
from bookings.live import announce_rooms
from bookings.models import Occurrence, OutboxEntry
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
STEP = 7  # pixels for five minutes
PHONE = ViewportSize(width=390, height=844)


def lane_of(page: Page, cast: Cast) -> Locator:
    return page.locator(f"#room-{cast.room.pk} .lane")


def x_of(clock: str) -> float:
    hour, minute = map(int, clock.split(":"))
    return (hour * 60 + minute) / 5 * STEP + 2


def drag(page: Page, lane: Locator, start: str, end: str) -> None:
    """Press at one time, move to another; the button stays down."""
    box = lane.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + x_of(start), y)
    page.mouse.down()
    page.mouse.move(box["x"] + (x_of(start) + x_of(end)) / 2, y)
    page.mouse.move(box["x"] + x_of(end) - 4, y)


def times_in_form(page: Page) -> tuple[str, str]:
    expect(page.get_by_label("Title")).to_be_focused()
    return page.get_by_label("Start").input_value(), page.get_by_label(
        "End", exact=True
    ).input_value()


def times_booked(cast: Cast) -> list[tuple[datetime, datetime]]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.filter(status="confirmed").order_by("starts_at")
        return [(row.starts_at, row.ends_at) for row in rows]


def test_drag_to_book(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    drag(page, lane_of(page, cast), "14:00", "15:30")
    expect(page.locator(".selection output")).to_have_text("14:00–15:30")
    page.mouse.up()
    assert times_in_form(page) == ("14:00", "15:30")
    page.keyboard.type("Design review")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Design review")).to_be_visible()
    bar = page.get_by_role("link", name=re.compile("Design review 14:00–15:30.*yours"))
    expect(bar).to_be_visible()
    expect(page.locator(".selection")).to_have_count(0)
    assert times_booked(cast) == [(at(14, day=1), at(15, 30, day=1))]


def test_drag_to_the_left_and_never_across_a_booking(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.bob, cast.room, start=at(13, day=1))
    page = open_page(member=cast.alice)
    drag(page, lane_of(page, cast), "15:00", "12:30")
    expect(page.locator(".selection output")).to_have_text("14:00–15:15")
    page.keyboard.press("Escape")
    expect(page.locator(".selection")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()


def test_click_books_the_default_length_or_up_to_the_next(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.bob, cast.room, start=at(15, day=1))
    page = open_page(member=cast.alice)
    lane = lane_of(page, cast)
    lane.click(position={"x": x_of("16:05"), "y": 20})
    assert times_in_form(page) == ("16:00", "16:30")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    lane.click(position={"x": x_of("14:47"), "y": 20})
    assert times_in_form(page) == ("14:45", "15:00")


def test_the_past_cannot_be_selected(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    lane_of(page, cast).click(position={"x": x_of("11:30"), "y": 20})
    expect(page.locator(".selection")).to_have_count(0)
    expect(page.locator("#panel")).to_be_hidden()


def test_opens_changes_and_cancels(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    page.get_by_role("link", name=re.compile("Design review")).click()
    expect(page.get_by_role("heading", name="Design review")).to_be_focused()
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Title").fill("Retro")
    page.get_by_label("Start").fill("15:00")  # the end moves along
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name=re.compile("Retro.*15:00–16:00"))).to_be_visible()
    page.get_by_role("link", name="Cancel the booking").click()
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_text("This booking was cancelled.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Retro"))).to_have_count(0)
    assert times_booked(cast) == []


def test_keyboard_alone_books(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    page.locator("#timeline").focus()
    page.keyboard.press("ArrowRight")
    cell = page.locator("button.cursor")
    expect(cell).to_have_accessible_name("Hangang One, 12:00, free")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(cell).to_have_accessible_name("Hangang Two, 12:30, free")
    expect(page.locator("#announcer")).to_have_text("Hangang Two, 12:30, free")
    page.keyboard.press("Enter")
    assert times_in_form(page) == ("12:30", "13:00")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By hand")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert times_booked(cast) == [(at(12, 30, day=1), at(13, day=1))]


def test_keys_turn_the_pages(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wednesday, December 2, 2026")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday, December 1, 2026")


def test_opens_at_now(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    expect(page.locator(".now")).to_be_in_viewport()


def test_a_tap_books_on_a_phone(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice, size=PHONE, has_touch=True, is_mobile=True)
    lane_of(page, cast).tap(position={"x": 20, "y": x_of("13:00") / STEP * 5 + 3})
    expect(page).to_have_url(re.compile("/bookings/new/.*start=13%3A00"))
    page.get_by_label("Title").fill("On the way")
    page.get_by_role("button", name="Book").tap()
    expect(page.get_by_role("heading", name="On the way")).to_be_visible()
    assert times_booked(cast) == [(at(13, day=1), at(13, 30, day=1))]


@pytest.mark.parametrize("path", ["/", "/bookings/new/", "/bookings/"])
def test_nothing_sticks_out_of_a_phone(cast: Cast, open_page: NewPage, path: str) -> None:
    page = open_page(path, member=cast.alice, size=PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def test_books_without_javascript(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice, java_script_enabled=False)
    page.get_by_role("link", name=f"Book {cast.room.name}").click()
    page.get_by_label("Title").fill("Plain")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    assert len(times_booked(cast)) == 1


def test_a_taken_slot_is_offered_elsewhere_in_one_click(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page(member=cast.alice)
    lane_of(page, cast).click(position={"x": x_of("14:00"), "y": 20})
    page.get_by_label("Title").fill("Retro")
    expect(page.locator("#hold")).to_contain_text("Held for you until")
    with company_scope(cast.company.pk):
        release(cast.alice)  # as after ten minutes
    make_booking(cast.bob, cast.room, start=at(14, day=1), title="Faster")
    page.get_by_role("button", name="Book").click()
    expect(page.locator("#look .refusal")).to_contain_text("Faster")
    page.get_by_role("button", name=f"{cast.other_room.name} · 14:00–14:30").click()
    expect(page.get_by_role("heading", name="Retro")).to_be_visible()
    assert len(times_booked(cast)) == 2
    troubles.expect(409)


def test_what_is_mended_is_marked_no_more_and_the_button_stays_in_view(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(14, day=1), title="Faster")
    wanted = f"/bookings/new/?room={cast.room.pk}&start=14:00&end=15:00"
    page = open_page(wanted, member=cast.alice, size=ViewportSize(width=390, height=500))
    page.get_by_label("Title").fill("Retro")
    expect(page.get_by_role("button", name="Book")).to_be_in_viewport()
    page.get_by_role("button", name="Book").click()
    room = page.get_by_label("Room", exact=True)
    expect(room).to_have_attribute("aria-invalid", "true")
    expect(room).to_have_accessible_description(re.compile("Already booked"))
    page.get_by_label("Start").fill("16:00")
    expect(page.locator("#look-refusal, [aria-invalid=true]")).to_have_count(0)
    troubles.expect(409)


def test_a_colleague_is_suggested_and_a_wrong_address_is_said_at_once(
    cast: Cast, open_page: NewPage
) -> None:
    page = open_page(f"/bookings/new/?room={cast.room.pk}&start=14:00", member=cast.alice)
    people = page.get_by_label("People")
    people.press_sequentially("zzz, bo")
    page.get_by_role("button", name="Bob bob@hangang.example").click()
    expect(people).to_have_value("zzz, bob@hangang.example, ")
    expect(people).to_be_focused()
    expect(people).to_have_accessible_description(re.compile("“zzz” is not an e-mail address."))
    expect(people).to_have_attribute("aria-invalid", "true")
    people.fill("bob@hangang.example")
    page.get_by_label("Title").focus()
    expect(people).to_have_attribute("aria-invalid", "false")


def test_another_rooms_clock_is_named_as_soon_as_it_is_chosen(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    hudson = make_room(cast.company, "Hudson", building="New York", timezone="America/New_York")
    page = open_page(f"/bookings/new/?room={cast.room.pk}", member=cast.alice)
    note = page.get_by_text("Times are those of the room: America/New_York.")
    expect(note).to_have_count(0)
    page.get_by_label("Room", exact=True).select_option(str(hudson.pk))
    expect(note).to_be_visible()
    page.get_by_label("Room", exact=True).select_option(str(cast.room.pk))
    expect(note).to_have_count(0)


def test_what_others_do_appears_without_a_reload(cast: Cast, open_page: NewPage) -> None:
    page = open_page(member=cast.alice)
    page.evaluate("window.stillHere = true")
    drag(page, lane_of(page, cast), "16:00", "17:00")
    page.mouse.up()
    page.get_by_label("Title").fill("Half typed")
    row = make_booking(cast.bob, cast.other_room, start=at(14, day=1), title="Appears")
    bar = page.get_by_role("link", name=re.compile("Appears.*on its way to Google Calendar"))
    expect(bar).to_be_visible()
    with company_scope(cast.company.pk):  # as the worker does when Google has it
        OutboxEntry.objects.filter(booking=row.booking).update(acked_v=1)
        announce_rooms(cast.company.pk, [row.room_id], [row.starts_at])
    expect(bar).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("Appears"))).to_be_visible()
    expect(page.locator(".selection")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Half typed")
    expect(page.get_by_label("Title")).to_be_focused()
    assert page.evaluate("window.stillHere")


def test_an_open_booking_goes_from_pending_to_synced(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    page.get_by_role("link", name=re.compile("Design review")).click()
    expect(page.locator(".sync")).to_have_text("On its way to Google Calendar")
    with company_scope(cast.company.pk):
        OutboxEntry.objects.filter(booking=row.booking).update(acked_v=1)
        announce_rooms(cast.company.pk, [row.room_id], [row.starts_at])
    expect(page.locator(".sync")).to_have_text("In Google Calendar")


def test_a_page_of_its_own_shows_refusals_as_a_page(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.room, start=at(14, day=1), title="Faster")
    page = open_page(
        f"/bookings/new/?room={cast.room.pk}&start=14:00&end=15:00", member=cast.alice, size=PHONE
    )
    page.get_by_label("Title").fill("Retro")
    page.get_by_role("button", name="Book").click()
    expect(page.locator("#look .refusal")).to_contain_text("Faster")
    expect(page.get_by_role("heading", level=1)).to_have_text("New booking")
    expect(page.get_by_role("button", name="Close")).to_have_count(0)
    troubles.expect(409)


def test_what_is_corrected_is_marked_no_more(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    lane_of(page, cast).click(position={"x": x_of("10:00"), "y": 20})
    title = page.get_by_label("Title")
    title.press("Enter")
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_title_error")).to_be_visible()
    title.press_sequentially("D")
    expect(page.locator("#id_title_error")).to_have_count(0)
    expect(title).not_to_have_attribute("aria-invalid", "true")
    troubles.expect(422)


def test_what_is_selected_late_in_the_day_stays_in_sight(cast: Cast, open_page: NewPage) -> None:
    page = open_page("/?date=2026-12-02", member=cast.alice)
    lane = lane_of(page, cast)
    lane.evaluate("lane => lane.closest('#timeline').scrollTo(9999, 0)")
    lane.click(position={"x": x_of("23:00"), "y": 20})
    expect(page.locator("#panel form")).to_be_visible()
    expect(page.locator(".selection")).to_be_in_viewport(ratio=1)
