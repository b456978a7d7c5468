"""Repeated bookings in a real browser: by the custom form, with clashes, changed, called off."""

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser


def new_form(cast: Cast, open_page: NewPage, **options: object) -> Page:
    """The form for Wednesday 2 December 2026, 10:00–11:00."""
    path = f"/bookings/new/?room={cast.room.pk}&date=2026-12-02&start=10:00&end=11:00"
    page = open_page(path, member=cast.alice, **options)
    return page


def days_booked(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.filter(status="confirmed").order_by("starts_at")
        return [f"{row.original_start:%a %d %b}" for row in rows]


def rules(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        return list(Booking.objects.order_by("pk").values_list("rrule", flat=True))


def weekly_form(cast: Cast, open_page: NewPage, **options: object) -> Page:
    """Ten Wednesdays, of which Bob has the 2nd, the 3rd and the 5th."""
    for day, title in ((9, "Retro"), (16, "Planning"), (30, "Year's end")):
        make_booking(cast.bob, cast.room, start=at(10, 30, day=day), title=title)
    page = new_form(cast, open_page, **options)
    page.get_by_label("Title").fill("Standup")
    page.get_by_label("Repeat", exact=True).select_option("weekly")
    page.get_by_label("After N times").check()
    page.get_by_label("How many times").fill("10")
    expect(page.locator(".rule-words")).to_have_text("Every week on Wed, 10 times")
    return page


def test_the_presets_name_the_date_and_follow_it(cast: Cast, open_page: NewPage) -> None:
    page = new_form(cast, open_page)
    repeat = page.get_by_label("Repeat", exact=True)
    expect(repeat).to_contain_text("Weekly on Wednesday")
    expect(repeat).not_to_contain_text("Monthly on the last")
    page.get_by_label("Date", exact=True).fill("2026-12-31")
    expect(repeat).to_contain_text("Weekly on Thursday")
    expect(repeat).to_contain_text("Monthly on the last Thursday")
    expect(repeat).to_contain_text("Monthly on the last day")
    expect(repeat).to_contain_text("Annually on December 31")


def test_books_by_the_custom_form(cast: Cast, open_page: NewPage) -> None:
    page = new_form(cast, open_page)
    words = page.locator(".rule-words")
    page.get_by_label("Title").fill("Standup")
    expect(page.get_by_label("Repeat every")).to_be_hidden()
    page.get_by_label("Repeat", exact=True).select_option("Custom …")
    expect(words).to_have_text("Every week on Wed")
    page.get_by_label("Repeat every").fill("2")
    expect(words).to_have_text("Every 2 weeks on Wed")
    expect(page.get_by_label("Unit")).to_contain_text("weeks")
    page.get_by_label("Mon", exact=True).check()
    expect(words).to_have_text("Every 2 weeks on Mon and Wed")
    page.get_by_label("After N times").check()
    page.get_by_label("How many times").fill("4")
    expect(words).to_have_text("Every 2 weeks on Mon and Wed, 4 times")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("heading", name="Standup")).to_be_visible()
    assert rules(cast) == ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"]
    assert days_booked(cast) == ["Wed 02 Dec", "Mon 14 Dec", "Wed 16 Dec", "Mon 28 Dec"]


def test_the_weekday_of_a_custom_repeat_goes_along_with_the_date(
    cast: Cast, open_page: NewPage
) -> None:
    page = new_form(cast, open_page)
    page.get_by_label("Repeat", exact=True).select_option("custom")
    expect(page.get_by_label("Wed", exact=True)).to_be_checked()
    page.get_by_label("Date", exact=True).fill("2026-12-04")
    expect(page.get_by_label("Fri", exact=True)).to_be_checked()
    expect(page.get_by_label("Wed", exact=True)).not_to_be_checked()
    expect(page.locator(".rule-words")).to_have_text("Every week on Fri")


def test_the_custom_form_shows_what_its_unit_needs(cast: Cast, open_page: NewPage) -> None:
    page = new_form(cast, open_page)
    page.get_by_label("Repeat", exact=True).select_option("custom")
    page.get_by_label("Unit").select_option("month")
    expect(page.get_by_label("Wed", exact=True)).to_be_hidden()
    monthly = page.get_by_label("Day of the month")
    expect(monthly).to_contain_text("on the 1st Wednesday")
    monthly.select_option("on the last day")
    expect(page.locator(".rule-words")).to_have_text("Every month on the last day")
    page.get_by_label("Unit").select_option("day")
    expect(monthly).to_be_hidden()


def test_the_custom_form_needs_no_javascript(cast: Cast, open_page: NewPage) -> None:
    page = new_form(cast, open_page, java_script_enabled=False)
    page.get_by_label("Title").fill("Standup")
    page.get_by_label("Repeat", exact=True).select_option("custom")
    page.get_by_label("Fri", exact=True).check()
    page.get_by_label("On a date").check()
    page.get_by_label("Last day").fill("2026-12-11")
    page.get_by_role("button", name="Show the dates").click()
    expect(page.locator(".tally")).to_have_text("4 dates are free")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_text("Every week on Wed and Fri until 11 Dec 2026")).to_be_visible()
    assert days_booked(cast) == ["Wed 02 Dec", "Fri 04 Dec", "Wed 09 Dec", "Fri 11 Dec"]


def test_shows_date_by_date_what_would_happen(cast: Cast, open_page: NewPage) -> None:
    page = weekly_form(cast, open_page)
    tally = page.locator(".tally")
    expect(tally).to_contain_text("7 dates are free")
    expect(tally).to_contain_text("3 dates are taken")
    first = page.locator(".to-decide").first
    expect(first).to_contain_text("Wed, 9 Dec 2026")
    expect(first).to_contain_text("Retro 10:30–11:30")
    expect(first).to_contain_text("Bob")
    page.get_by_text("Show 3 more free dates").click()
    expect(page.get_by_text("Wed, 3 Feb 2027")).to_be_visible()
    page.get_by_label("Room", exact=True).select_option(str(cast.other_room.pk))
    expect(tally).to_have_text("10 dates are free")


def test_chooses_for_each_taken_date(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = weekly_form(cast, open_page)
    page.get_by_label("Wed, 9 Dec 2026").select_option("Skip this date")
    expect(page.locator(".tally")).to_contain_text("1 date is skipped")
    page.get_by_label("Wed, 16 Dec 2026").select_option(cast.other_room.name)
    expect(page.locator(".tally")).to_contain_text("1 date gets another place")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("alert")).to_contain_text("1 date is taken. Choose what becomes of it.")
    chosen = page.get_by_label("Wed, 9 Dec 2026").locator("option:checked")
    expect(chosen).to_have_text("Skip this date")
    page.get_by_label("Wed, 30 Dec 2026").select_option("11:30–12:30")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("heading", name="Standup")).to_be_visible()
    with company_scope(cast.company.pk):
        mine = Occurrence.objects.filter(booking__organizer=cast.alice).order_by("original_start")
        rows = {row.original_start.strftime("%d %b"): row for row in mine}
    assert rows["09 Dec"].status == "cancelled"
    assert rows["16 Dec"].room_id == cast.other_room.pk
    assert rows["30 Dec"].starts_at == at(11, 30, day=30)
    troubles.expect(409)


def test_skips_all_that_are_taken_in_one_click(cast: Cast, open_page: NewPage) -> None:
    page = weekly_form(cast, open_page)
    page.get_by_role("button", name="Skip all that are taken").click()
    expect(page.locator(".tally")).to_contain_text("3 dates are skipped")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("heading", name="Standup")).to_be_visible()
    assert len(days_booked(cast)) == 7 + 3  # with Bob's


def test_a_single_booking_checks_itself_too(cast: Cast, open_page: NewPage) -> None:
    make_booking(cast.bob, cast.room, start=at(15, day=1), title="Retro")
    page = open_page(member=cast.alice)
    page.locator("a.book").first.click()
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Start").fill("15:30")
    expect(page.locator("#look")).to_contain_text("Retro")
    expect(page.get_by_label("Start")).to_be_focused()
    page.get_by_role("button", name=f"{cast.other_room.name} · 15:30–16:00").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    with company_scope(cast.company.pk):
        assert Occurrence.objects.get(booking__title="Plain").room_id == cast.other_room.pk


def test_skips_nothing_that_nobody_saw(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = weekly_form(cast, open_page)
    page.get_by_role("button", name="Skip all that are taken").click()
    expect(page.locator(".tally")).to_contain_text("3 dates are skipped")
    make_booking(cast.bob, cast.room, start=at(10, day=23), title="Faster")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("alert")).to_contain_text("1 date is taken")
    expect(page.locator(".undecided")).to_contain_text("Faster")
    expect(page.locator(".tally")).to_contain_text("3 dates are skipped")
    assert len(days_booked(cast)) == 4  # Bob's alone
    troubles.expect(409)


def test_a_number_that_cannot_be_is_said_while_it_is_typed(cast: Cast, open_page: NewPage) -> None:
    page = weekly_form(cast, open_page)
    many = page.get_by_label("How many times")
    many.fill("0")
    expect(page.locator("#wrong-repeat_count")).to_contain_text("greater than or equal to 1")
    expect(many).to_have_attribute("aria-invalid", "true")
    many.fill("4")
    expect(page.locator("#wrong-repeat_count")).to_be_empty()
    expect(many).to_have_attribute("aria-invalid", "false")
    expect(page.locator(".rule-words")).to_have_text("Every week on Wed, 4 times")
