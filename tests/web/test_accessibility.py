"""axe-core finds nothing on any page, in either theme."""

import pytest
from django.utils import timezone

from bookings.models import HouseRules, Occurrence
from calendars.models import AuditFinding, AuditRun
from reminders.models import SlackChannel, SlackConnection
from tenants.accent import nearest_readable
from tenants.look import choose_accent, keep_logo
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.tenants.test_logos import picture
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser


def report(cast: Cast) -> None:
    """An audit that found something urgent and something that is not."""
    with company_scope(cast.company.pk):
        run = AuditRun.objects.create(finished_at=timezone.now(), unseen={"people": []})
        calendar, room = {"calendar": ""}, {"small": 3, "all": 4, "people": 2, "capacity": 12}
        for kind, facts in (("no_calendar", calendar), ("oversized", room)):
            AuditFinding.objects.create(
                run=run, kind=kind, room_name="Han River", identity=kind, facts=facts,
                link="https://calendar.google.com/",
            )  # fmt: skip


def slack_trouble(cast: Cast) -> None:
    """A workspace that granted too little, and a channel that cannot be posted to."""
    with company_scope(cast.company.pk):
        SlackConnection.objects.create(bot_token="xoxb-x", scopes="chat:write", team_name="Hangang")
        SlackChannel.objects.create(name="#rooms", room=cast.room, error="is_archived")


def colourful(cast: Cast) -> None:
    """The palest accent of its hue that is allowed, and a logo."""
    with company_scope(cast.company.pk):
        choose_accent(nearest_readable("#ffd400"))
        keep_logo(picture(colour="orange"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(cast: Cast, open_page: NewPage, troubles: Troubles, language: str) -> None:
    for number, status in enumerate(Occurrence.Status.values[:4]):
        row = make_booking(cast.alice, cast.room, start=at(13 + number, day=1))
        with company_scope(cast.company.pk):
            Occurrence.objects.filter(pk=row.pk).update(status=status)
    cast.alice.user.language = language
    cast.alice.user.save()
    page = open_page(member=cast.alice, locale=language)
    check(page)
    page.locator("a.bar").first.click()
    page.locator("#booking-facts").wait_for()
    check(page)
    page.locator("a.book").first.click()
    page.locator("#panel form").wait_for()
    check(page)
    for path in (f"/bookings/{row.public_id}/edit/", f"/bookings/{row.public_id}/cancel/"):
        page.goto(path)
        check(page)
    page.goto("/bookings/?when=past")
    check(page)
    page.goto("/bookings/")
    page.locator(".menu summary").click()
    check(page)
    cast.admin.user.language = language
    cast.admin.user.save()
    report(cast)
    check(open_page("/settings/google/audit/", member=cast.admin, locale=language))
    with company_scope(cast.company.pk):
        HouseRules.objects.create(opening_hours=[480, 1200] * 7, max_length=60)
        HouseRules.objects.create(room=cast.room, opening_hours=[540, 1200] * 7)
    room = f"/settings/rules/rooms/{cast.room.pk}/"
    for path in ("/", "/settings/rules/", room, "/settings/usage/",
                 "/settings/audit-log/", "/settings/company/", "/settings/people/",
                 "/settings/api-keys/"):  # fmt: skip
        page = open_page(path, member=cast.admin, locale=language)
        check(page)
    page.fill("#id_name", "Lobby screen")
    page.locator("main .primary").click()
    page.locator("#secret:focus").wait_for()
    check(page)
    colourful(cast)
    for path in ("/", "/settings/company/", "/settings/usage/"):
        check(open_page(path, member=cast.admin, locale=language))
    page = open_page("/settings/rooms/", member=cast.admin, locale=language)
    check(page)
    page.locator(".many-rooms summary").click()
    check(page)
    for path in ("new/", f"{cast.room.pk}/"):
        page.goto(f"/settings/rooms/{path}")
        check(page)
    slack_trouble(cast)
    page = open_page("/settings/slack/", member=cast.admin, locale=language)
    page.locator("details:not(.menu) summary").click()
    check(page)
    for path in ("/accounts/login/", "/accounts/login/error/", "/?building=0"):
        check(open_page(path, locale=language))
    troubles.expect(401)
