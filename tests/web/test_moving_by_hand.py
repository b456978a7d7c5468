"""A booking carried on the day's time line: dragged, resized, moved by keys, refused, put back."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from bookings.models import Occurrence, OutboxEntry
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles
from tests.web.test_booking_by_hand import PHONE, x_of

pytestmark = pytest.mark.browser
Place = tuple[int, datetime, datetime]


def place_of(cast: Cast, row: Occurrence) -> Place:
    with company_scope(cast.company.pk):
        now = Occurrence.objects.get(pk=row.pk)
    return now.room_id, now.starts_at, now.ends_at


def waits(cast: Cast, row: Occurrence) -> list[float]:
    """In how many seconds those who listen are told of a booking, rounded."""
    with company_scope(cast.company.pk):
        entries = OutboxEntry.objects.filter(booking=row.booking)
        return [(entry.next_at - timezone.now()).total_seconds() for entry in entries]


def bar_of(page: Page, title: str = "Design review") -> Locator:
    return page.locator("a.bar", has_text=title)


def drag(page: Page, bar: Locator, room_id: int, to: str, *, grip: float = 20) -> None:
    """Carries a bar, held `grip` pixels from its left end, to a time and a room; not let go."""
    bar.evaluate("bar => bar.scrollIntoView({ block: 'nearest', inline: 'nearest' })")
    box = bar.bounding_box()
    lane = page.locator(f"#room-{room_id} .lane").bounding_box()
    assert box
    assert lane
    page.mouse.move(box["x"] + grip, box["y"] + box["height"] / 2)
    page.mouse.down()
    x, y = lane["x"] + x_of(to) + grip, lane["y"] + lane["height"] / 2
    page.mouse.move((box["x"] + grip + x) / 2, (box["y"] + y) / 2)
    page.mouse.move(x, y)


def hears(page: Page, cast: Cast) -> None:
    """From now on the page hears what happens, and has looked."""
    make_booking(cast.bob, cast.room, start=at(17, day=1), title="Standup")
    expect(bar_of(page, "Standup")).to_be_visible()


def test_a_drag_moves_in_time_and_to_another_room(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    expect(page.locator(".ghost output")).to_have_text("15:30–16:30 · free")
    page.mouse.up()
    expect(page.locator("#toast")).to_contain_text(
        "Design review is now in Hangang Two, Tue, 1 Dec 2026, 15:30–16:30"
    )
    moved = page.locator(f"#room-{cast.other_room.pk} a.bar")
    expect(moved).to_contain_text("15:30–16:30")
    expect(page.locator(".ghost, .lifted")).to_have_count(0)
    expect(page.locator("#panel")).to_be_hidden()  # the press was no click
    assert place_of(cast, row) == (cast.other_room.pk, at(15, 30, day=1), at(16, 30, day=1))
    assert all(10 < seconds <= 12 for seconds in waits(cast, row))

    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#room-{cast.room.pk} a.bar")).to_contain_text("14:00–15:00")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert place_of(cast, row) == (cast.room.pk, at(14, day=1), at(15, day=1))


def test_a_taken_place_says_so_and_escape_puts_back(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    make_booking(cast.bob, cast.other_room, start=at(15, day=1), title="Interview")
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    expect(page.locator(".ghost.refused output")).to_have_text("15:30–16:30 · taken: Interview")
    page.keyboard.press("Escape")
    expect(page.locator(".ghost, .lifted")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    page.mouse.up()
    expect(page.locator("#toast .refusal")).to_have_text(
        "Hangang Two, 15:30–16:30, taken: Interview"
    )
    assert place_of(cast, row) == (cast.room.pk, at(14, day=1), at(15, day=1))


def test_what_the_server_refuses_goes_back(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.other_room.pk, "15:30")  # the page looks again afterwards
    make_booking(cast.bob, cast.other_room, start=at(16, day=1), title="Faster")
    page.mouse.up()
    expect(page.locator("#toast .refusal")).to_contain_text("already taken at that time")
    expect(page.locator(".ghost, .lifted")).to_have_count(0)
    assert place_of(cast, row) == (cast.room.pk, at(14, day=1), at(15, day=1))
    troubles.expect(409)


def test_an_edge_stops_at_the_neighbour(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    make_booking(cast.bob, cast.room, start=at(15, 30, day=1), title="Interview")
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.room.pk, "16:00", grip=81)
    expect(page.locator(".ghost output")).to_have_text("14:00–15:30 · free")
    page.mouse.up()
    expect(bar_of(page)).to_contain_text("14:00–15:30")
    drag(page, bar_of(page), cast.room.pk, "13:15", grip=3)
    page.mouse.up()
    expect(bar_of(page)).to_contain_text("13:15–15:30")
    assert place_of(cast, row) == (cast.room.pk, at(13, 15, day=1), at(15, 30, day=1))


def test_the_time_line_follows_to_its_brink(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice, size={"width": 1024, "height": 600})
    drag(page, bar_of(page), cast.room.pk, "16:00")
    before = page.evaluate("timeline.scrollLeft")
    for x in range(1000, 1023):
        page.mouse.move(x, 250)
    assert page.evaluate("timeline.scrollLeft") > before + 200
    page.keyboard.press("Escape")
    page.mouse.up()


def test_others_and_the_past_stay_where_they_are(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.bob, cast.room, start=at(14, day=1))
    past = make_booking(cast.alice, cast.room, start=at(13, day=1), title="Over")
    running = make_booking(cast.alice, cast.other_room, start=at(13, day=1), title="Runs")
    with company_scope(cast.company.pk):  # time went by
        for row, hour in ((past, 10), (running, 11)):
            begins = at(hour, 30, day=1)
            Occurrence.objects.filter(pk=row.pk).update(
                starts_at=begins, ends_at=begins + timedelta(hours=1),
                block_from=begins, block_to=begins + timedelta(hours=1),
            )  # fmt: skip
    page = open_page(member=cast.alice)
    for title in ("Design review", "Over", "Runs"):
        drag(page, bar_of(page, title), cast.other_room.pk, "17:00")
        expect(page.locator(".ghost")).to_have_count(0)
        page.mouse.up()
        page.keyboard.press("Escape")
    drag(page, bar_of(page, "Runs"), cast.other_room.pk, "12:00", grip=81)  # but may last longer
    page.mouse.up()
    expect(bar_of(page, "Runs")).to_contain_text("11:30–13:00")
    assert place_of(cast, running)[2] == at(13, day=1)


def test_a_series_asks_which_dates_are_meant(cast: Cast, open_page: NewPage) -> None:
    rule = ("RRULE:FREQ=DAILY;COUNT=3",)
    row = make_booking(cast.alice, cast.room, start=at(14, day=1), recurrence=rule)
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.other_room.pk, "15:00")
    page.mouse.up()
    expect(page.get_by_role("heading", name="Which dates do you mean?")).to_be_focused()
    expect(page.locator(".ghost")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ghost, .lifted")).to_have_count(0)
    drag(page, bar_of(page), cast.other_room.pk, "15:00")
    page.mouse.up()
    page.get_by_role("button", name="All events").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(f"#room-{cast.other_room.pk} a.bar")).to_contain_text("15:00–16:00")

    def places() -> set[tuple[int, int]]:
        with company_scope(cast.company.pk):
            rows = Occurrence.objects.filter(booking=row.booking)
            return {(one.room_id, (one.starts_at + timedelta(hours=9)).hour) for one in rows}

    assert places() == {(cast.other_room.pk, 15)}
    page.keyboard.press("Control+z")
    expect(page.locator(f"#room-{cast.room.pk} a.bar")).to_contain_text("14:00–15:00")
    assert places() == {(cast.room.pk, 14)}


def test_undo_is_offered_for_ten_seconds(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.room.pk, "15:00")
    page.mouse.up()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    page.clock.run_for(10_000)
    expect(undo).to_have_count(0)


def test_undo_is_refused_where_somebody_changed_it(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    drag(page, bar_of(page), cast.room.pk, "15:00")
    page.mouse.up()
    page.get_by_role("button", name="Undo").wait_for()
    with company_scope(cast.company.pk):
        type(row.booking).objects.filter(pk=row.booking_id).update(version=9)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toast .refusal")).to_contain_text("Somebody changed this booking")
    assert place_of(cast, row)[1] == at(15, day=1)
    troubles.expect(412)


def test_keys_alone_move_and_resize(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    said = page.locator("#announcer")
    bar_of(page).focus()
    page.keyboard.press("m")
    expect(said).to_contain_text("Design review: picked up.")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(said).to_have_text("Hangang Two, 14:30–15:45, free")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Put back.")
    page.keyboard.press("m")
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    moved = page.locator(f"#room-{cast.other_room.pk} a.bar")
    expect(moved).to_contain_text("14:15–15:30")
    expect(moved).to_be_focused()
    assert place_of(cast, row) == (cast.other_room.pk, at(14, 15, day=1), at(15, 30, day=1))
    page.keyboard.press("Control+z")
    expect(page.locator(f"#room-{cast.room.pk} a.bar")).to_contain_text("14:00–15:00")


def test_what_comes_while_a_booking_is_carried_is_there_once_it_is_put_down(
    cast: Cast, open_page: NewPage
) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page, other = open_page(member=cast.alice), open_page(member=cast.bob)
    hears(page, cast)
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    make_booking(cast.bob, cast.other_room, start=at(15, 30, day=1), title="Interview")
    expect(bar_of(other, "Interview")).to_be_visible()
    expect(page.locator(".ghost output")).to_have_text("15:30–16:30 · free")
    page.keyboard.press("Escape")
    expect(bar_of(page, "Interview")).to_be_visible()
    page.mouse.up()


def test_what_is_refused_because_it_changed_is_shown_as_it_is(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page, other = open_page(member=cast.alice), open_page(member=cast.alice)
    hears(page, cast)
    expect(bar_of(other, "Standup")).to_be_visible()
    page.route("**/grid/**", lambda route: route.abort())
    drag(other, bar_of(other), cast.room.pk, "18:00")
    other.mouse.up()
    expect(bar_of(other)).to_contain_text("18:00–19:00")
    drag(page, bar_of(page), cast.other_room.pk, "15:30")
    page.unroute("**/grid/**")  # nothing is fetched before the hand is free
    page.mouse.up()
    expect(page.locator("#toast")).to_contain_text("Somebody changed this booking")
    expect(bar_of(page)).to_contain_text("18:00–19:00")
    troubles.clear()  # what could not be fetched, and the refusal


def test_keys_cancel_and_list_themselves(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    bar_of(page).focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name=re.compile("Cancel"))).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(cast: Cast, open_page: NewPage, language: str) -> None:
    make_booking(cast.alice, cast.room, start=at(14, day=1))
    make_booking(cast.bob, cast.other_room, start=at(14, day=1), title="Interview")
    cast.alice.user.language = language
    cast.alice.user.save()
    page = open_page(member=cast.alice, locale=language)
    page.keyboard.press("?")
    check(page)
    page.keyboard.press("Escape")
    bar_of(page).focus()
    page.keyboard.press("m")
    check(page)
    page.keyboard.press("ArrowDown")
    page.locator(".ghost.refused").wait_for()
    check(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.locator("#undo").wait_for()
    check(page)


def test_keys_move_on_a_phone_too(cast: Cast, open_page: NewPage) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(member=cast.alice, size=PHONE)
    bar_of(page).focus()
    for key in ("m", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#toast")).to_contain_text("14:15–15:15")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert place_of(cast, row)[0] == cast.room.pk
