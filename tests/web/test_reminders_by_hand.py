"""Choosing in the form when people are reminded, also without JavaScript."""

import pytest
from playwright.sync_api import expect

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_times_are_shown_where_they_are_chosen(
    cast: Cast, open_page: NewPage, troubles: Troubles, scripts: bool
) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    page = open_page(
        f"/bookings/{row.public_id}/edit/", member=cast.alice, java_script_enabled=scripts
    )
    expect(page.get_by_text("As usual: 10 min before")).to_be_visible()
    expect(page.get_by_label("1 day")).to_be_hidden()
    page.get_by_role("group", name="Reminders").get_by_label("Chosen").check()
    for lead in ("1 day", "10 min"):
        page.get_by_label(lead, exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#booking-facts")).to_contain_text("1 day before, 10 min before")
    with company_scope(cast.company.pk):
        assert Occurrence.objects.get(pk=row.pk).shown_reminders == [10, 1440]
