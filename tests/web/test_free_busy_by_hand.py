"""The strips of an open form, as people are typed and times are changed."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Participant
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser
ASKED = re.compile(r"/(look|free-busy)/$")


def said(page: Page, who: str) -> str:
    return page.locator("#free-busy li", has_text=who).locator("span").inner_text()


def test_the_strip_follows_people_and_times_and_comes_after_the_look(
    cast: Cast, open_page: NewPage, troubles: Troubles
) -> None:
    make_booking(cast.bob, cast.other_room, start=at(14, day=1))
    page = open_page(f"/bookings/new/?room={cast.room.pk}&start=14:30", member=cast.alice)
    asked: list[str] = []
    page.on("request", lambda r: asked.extend(ASKED.findall(r.url)))
    expect(page.locator("#free-busy")).to_be_empty()
    page.get_by_label("People").fill("bob@hangang.example")
    page.get_by_label("Title").focus()
    expect(page.locator("#free-busy .is-busy")).to_have_count(1)
    assert said(page, "Bob") == "busy 14:00–15:00"
    assert asked == ["look", "free-busy"]
    strip = page.locator("#free-busy svg")
    expect(strip).to_have_accessible_name("busy 14:00–15:00, otherwise not known")
    bar, chosen = (strip.locator(s).bounding_box() for s in ("rect:not(.chosen)", ".chosen"))
    assert bar
    assert chosen
    assert bar["x"] < chosen["x"] < bar["x"] + bar["width"], "the chosen time lies in the busy one"
    whole, end = strip.bounding_box(), page.locator("#free-busy .ends span").last.bounding_box()
    assert whole
    assert end
    assert abs(whole["x"] + whole["width"] - end["x"] - end["width"]) < 2, (
        "hours end with the strip"
    )
    page.get_by_label("Start").fill("16:00")
    page.get_by_label("Start").press("Tab")
    expect(page.locator("#free-busy .is-unknown")).to_have_count(1)
    page.get_by_label("People").fill("")
    page.get_by_label("Title").focus()
    expect(page.locator("#free-busy")).to_be_empty()
    assert asked.count("free-busy") < asked.count("look"), "nobody is nobody to ask about"


def test_a_change_opens_with_its_people(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    row = make_booking(cast.alice, cast.room, start=at(14, day=1))
    make_booking(cast.bob, cast.other_room, start=at(15, day=1))
    with company_scope(cast.company.pk):
        Participant.objects.create(booking=row.booking, email=cast.bob.email)
    page = open_page(f"/bookings/{row.public_id}/edit/", member=cast.alice)
    expect(page.locator("#free-busy .is-unknown")).to_have_count(1)
    page.get_by_label("End", exact=True).fill("15:30")
    page.get_by_label("End", exact=True).press("Tab")
    expect(page.locator("#free-busy .is-busy span")).to_have_text("busy 15:00–16:00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(cast: Cast, open_page: NewPage, troubles: Troubles, language: str) -> None:
    make_booking(cast.bob, cast.other_room, start=at(14, day=1))
    cast.alice.user.language = language
    cast.alice.user.save()
    page = open_page(
        f"/bookings/new/?room={cast.room.pk}&start=14:30&attendees=bob@hangang.example,e@x.example",
        member=cast.alice,
        locale=language,
    )
    page.locator("#free-busy li").first.wait_for()
    check(page)
