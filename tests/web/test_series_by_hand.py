"""Repeated bookings in a real browser: by the custom form, with clashes, changed, called off."""

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.web.conftest import NewPage

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
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_text("Every week on Wed and Fri until 11 Dec 2026")).to_be_visible()
    assert days_booked(cast) == ["Wed 02 Dec", "Fri 04 Dec", "Wed 09 Dec", "Fri 11 Dec"]
