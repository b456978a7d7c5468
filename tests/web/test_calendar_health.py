"""The health page in a browser: it looks again by itself, and everybody can read it."""

import pytest

from bookings.models import OutboxEntry
from calendars.models import CalendarLink, GoogleConnection, Refusal
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser
HEALTH = "/settings/google/health/"


@pytest.fixture
def scene(cast: Cast) -> Cast:
    """One calendar, and a booking that Google refused."""
    row = make_booking(cast.admin, cast.room, start=at(15, day=1))
    with company_scope(cast.company.pk):
        GoogleConnection(company=cast.company, kind="oauth", account_email="a@b.co").save()
        CalendarLink.objects.create(
            room=cast.room, google_calendar_id="one@example", pulled_generation=0, lags_in=[3]
        )
        entry = OutboxEntry.objects.get(consumer="google", booking=row.booking)
        OutboxEntry.objects.filter(pk=entry.pk).update(state="dead", last_error="Invalid Value")
        Refusal.objects.create(entry=entry, act="insert", request={"summary": "x"}, answer="no")
    return cast


def test_it_looks_again_and_keeps_the_focus(scene: Cast, open_page: NewPage) -> None:
    page = open_page(HEALTH, member=scene.admin)
    button = page.locator(f"#repair-{scene.room.pk}")
    button.focus()
    with company_scope(scene.company.pk):
        CalendarLink.objects.update(failures=1, error="Backend Error")
    page.clock.fast_forward(16_000)
    page.get_by_text("Google: Backend Error").wait_for()
    assert page.evaluate("document.activeElement.id") == f"repair-{scene.room.pk}"
    button.click()
    page.get_by_text("is being read from the beginning").wait_for()
    with company_scope(scene.company.pk):
        assert CalendarLink.objects.get().failures == 0


def test_it_works_without_javascript(scene: Cast, open_page: NewPage) -> None:
    page = open_page(HEALTH, member=scene.admin, java_script_enabled=False)
    page.locator(f"#refused-{scene.room.pk}").click()
    page.get_by_role("button", name="Leave as it is").click()
    page.get_by_text("Google has refused nothing.").wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(scene: Cast, open_page: NewPage, language: str) -> None:
    scene.admin.user.language = language
    scene.admin.user.save()
    for width in (1440, 390):
        page = open_page(HEALTH, member=scene.admin, size={"width": width, "height": 900})
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto("/settings/google/refused/")
        check(page)
        page.locator("h2 a").click()
        check(page)
