"""Long work tells in the open page how far it is, and then shows what it found."""

import pytest

from calendars.long_work import begin
from calendars.models import DirectoryPerson, DirectoryRoom, GoogleConnection, LongWork
from calendars.work_kinds import ROOMS
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_follows_and_shows_the_outcome(
    cast: Cast, open_page: NewPage, language: str
) -> None:
    cast.admin.user.language = language
    cast.admin.user.save()
    with company_scope(cast.company.pk):
        GoogleConnection.objects.create(kind="oauth", account_email=cast.admin.email, secret="x")
        work = begin(cast.company.pk, ROOMS)
        works = LongWork.objects.filter(pk=work.pk)
        works.update(done=3, total=9)
    page = open_page("/settings/rooms/import/", member=cast.admin)
    page.locator(".work progress[value='3']").wait_for()
    check(page)
    with company_scope(cast.company.pk):
        works.update(done=6)
    page.locator(".work progress[value='6']").wait_for()
    with company_scope(cast.company.pk):
        DirectoryRoom.objects.create(
            resource_id="1", calendar_id="c_1@resource.calendar.google.com", name="Bamseom",
            capacity=8, seen_by=work.pk,
        )  # fmt: skip
        works.update(state="done", done=9, finished_at=work.started_at)
    page.get_by_text("Bamseom").wait_for()
    assert page.locator(".work").count() == 0
    check(page)


def test_what_somebody_left_behind_is_given_away_by_the_keyboard(
    cast: Cast, open_page: NewPage
) -> None:
    make_booking(cast.alice, cast.room, start=at(15), title="Weekly")
    with company_scope(cast.company.pk):
        GoogleConnection.objects.create(kind="oauth", account_email=cast.admin.email, secret="x")
        DirectoryPerson.objects.create(email=cast.alice.email, state="suspended", seen_by=0)
    page = open_page("/settings/people/leaving/", member=cast.admin)
    check(page)
    page.get_by_label("To whom (e-mail)").fill(cast.bob.email)
    page.get_by_role("button", name="Hand “Weekly” over").press("Enter")
    page.get_by_text("“Weekly” is Bob's now.").wait_for()
    check(page)
