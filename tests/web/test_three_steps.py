"""A company without rooms is shown its three first steps, with those ticked that are done."""

import re

import pytest

from bookings.models import Building, Room
from calendars.models import GoogleConnection
from reminders.models import SlackConnection
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import sign_in
from tests.factories import make_company, make_member

pytestmark = pytest.mark.django_db
STEP = re.compile(r"<li(?P<done> class=\"done\")?\s*>\s*<h2>\s*(?P<title>[^<]+?)\s*<", re.DOTALL)


@pytest.fixture
def admin() -> Member:
    """The first person of a company in which nothing is set up."""
    return make_member(make_company(name="Empty", domain="empty.example"), "first@empty.example")


def steps(page: str) -> list[tuple[str, bool]]:
    return [(step["title"], bool(step["done"])) for step in STEP.finditer(page)]


def day_of(member: Member) -> str:
    return sign_in(member).get("/").content.decode()


def test_nothing_is_done_at_first_and_the_first_step_comes_next(admin: Member) -> None:
    page = day_of(admin)
    assert steps(page) == [
        ("Connect Google Calendar", False), ("Bring in your rooms", False), ("Invite Slack", False),
    ]  # fmt: skip
    assert re.findall(r'class="button( primary)?"\s+href="([^"]+)"', page) == [
        (" primary", "/settings/google/"),
        ("", "/settings/rooms/import/"),
        ("", "/settings/slack/"),
    ]


def test_what_is_done_is_ticked_and_the_next_step_is_the_button(admin: Member) -> None:
    with company_scope(admin.company_id):
        GoogleConnection.objects.create(kind="oauth", account_email="a@b.example", secret="x")
        SlackConnection.objects.create(bot_token="xoxb-x")
    page = day_of(admin)
    assert [done for _title, done in steps(page)] == [True, False, True]
    assert re.findall(r'class="button( primary)?"\s+href="([^"]+)"', page) == [
        (" primary", "/settings/rooms/import/")
    ]


def test_a_door_that_closed_again_is_to_be_opened_again(admin: Member) -> None:
    with company_scope(admin.company_id):
        GoogleConnection.objects.create(
            kind="oauth", account_email="a@b.example", secret="x", state="revoked"
        )
        SlackConnection.objects.create(bot_token="xoxb-x", state="broken")
    assert not any(done for _title, done in steps(day_of(admin)))


def test_others_see_the_steps_and_who_takes_them(admin: Member) -> None:
    page = day_of(make_member(admin.company, "second@empty.example"))
    assert len(steps(page)) == 3
    assert "Its administrator can take these steps." in page
    assert 'class="button' not in page


def test_with_rooms_there_is_a_day(admin: Member) -> None:
    with company_scope(admin.company_id):
        building = Building.objects.create(name="Main", timezone="UTC")
        Room.objects.create(name="First", building=building, capacity=4)
    assert steps(day_of(admin)) == []
