"""The pages of rules: administrators choose, see what is inherited and from where; forms obey."""

import re
from datetime import time
from typing import Any

import pytest
from django.test import Client

from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.bookings.test_booking_form import booked, typed
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_room

RULES = "/settings/rules/"


def chosen(**typed_: Any) -> dict[str, Any]:
    """A form of rules with nothing chosen, but for what is."""
    units = {f"{name}_1": "1" for name in ("min_length", "max_length", "notice")}
    empty = dict.fromkeys(("hours", "step", "horizon", "private_titles"), "")
    return {**empty, **units, **typed_}


def kept(cast: Cast) -> list[HouseRules]:
    with company_scope(cast.company.pk):
        return list(HouseRules.objects.order_by("pk"))


def test_the_company_chooses_and_takes_back(seoul: Cast, admin_client: Client) -> None:
    week = {f"opens_{day}": "08:00" for day in range(5)} | {
        f"closes_{day}": "20:00" for day in range(4)
    }
    answer = admin_client.post(
        RULES,
        chosen(hours="own", **week, closes_4="00:00", min_length_0="15", max_length_0="1.5",
               max_length_1="60", notice_0="2", notice_1="1440", step="15", horizon="90",
               private_titles="yes"),
    )  # fmt: skip
    assert answer.status_code == 422, "whole numbers only"
    assert 'value="1.5"' in answer.content.decode()
    answer = admin_client.post(
        RULES,
        chosen(hours="own", **week, closes_4="00:00", min_length_0="15", max_length_0="2",
               max_length_1="60", notice_0="2", notice_1="1440", step="15", horizon="90",
               private_titles="yes"),
        follow=True,
    )  # fmt: skip
    assert "Saved." in answer.content.decode()
    (row,) = kept(seoul)
    assert row.opening_hours == [480, 1200] * 4 + [480, 1440] + [0, 0] * 2
    assert (row.min_length, row.max_length, row.notice) == (15, 120, 2880)
    assert (row.step, row.horizon, row.private_titles) == (15, 90, True)
    page = admin_client.get(RULES).content.decode()
    assert 'name="max_length_0" value="2"' in page
    admin_client.post(RULES, chosen())
    assert kept(seoul) == []


def test_a_room_shows_what_it_inherits_and_from_where(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(max_length=120, step=15, opening_hours=[540, 1080] * 7)
        HouseRules.objects.create(building=seoul.room.building, step=30)
    page = admin_client.get(f"{RULES}rooms/{seoul.room.pk}/").content.decode()
    assert "Mon–Sun 09:00–18:00 (rule of the company)" in page
    assert "30 min (rule of the building Main)" in page
    assert "Empty: 2 h (rule of the company)" in page
    assert "Empty: no limit" in page
    admin_client.post(f"{RULES}rooms/{seoul.room.pk}/", chosen(notice_0="0"))
    assert kept(seoul)[-1].notice == 0, "no notice is a rule of its own"
    overview = admin_client.get(RULES).content.decode()
    assert overview.count("own rules") == 2


@pytest.mark.parametrize(
    ("typed_", "said"),
    [
        ({"min_length_0": "60", "max_length_0": "30"}, "shorter than the shortest"),
        ({"hours": "own", "opens_0": "08:00"}, "Give both"),
        ({"hours": "own", "opens_0": "20:00", "closes_0": "08:00"}, "close after it opens"),
        ({"max_length_0": "32", "max_length_1": "1440"}, "Between 1 min and 31 days"),
        ({"horizon": "0"}, "greater than or equal to 1"),
        ({"step": "7"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_right_is_said_beside_the_field(
    seoul: Cast, admin_client: Client, typed_: Any, said: str
) -> None:
    answer = admin_client.post(RULES, chosen(**typed_))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert kept(seoul) == []


def test_a_week_in_which_nothing_opens_is_refused(seoul: Cast, admin_client: Client) -> None:
    answer = admin_client.post(RULES, chosen(hours="own"))
    assert answer.status_code == 422
    (said,) = answer.context["form"]["hours"].errors
    assert "open at least one day" in said
    assert kept(seoul) == []


def test_a_week_begins_with_when_people_work_in_their_order(
    seoul: Cast, admin_client: Client
) -> None:
    seoul.company.working_days, seoul.company.week_start = [1, 2, 7], 7
    seoul.company.save()
    form = admin_client.get(RULES).context["form"]
    week = [(day["name"], day["opens"].value(), day["closes"].value()) for day in form.week]
    works, closed = (time(9), time(18)), (None, None)
    names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    assert week == [(day, *(works if number < 3 else closed)) for number, day in enumerate(names)]


def test_only_administrators_choose_and_only_for_their_own(
    seoul: Cast, stranger: Cast, alice_client: Client, admin_client: Client
) -> None:
    assert alice_client.get(RULES).status_code == 403
    assert admin_client.get(f"{RULES}rooms/{stranger.room.pk}/").status_code == 404
    building = stranger.room.building_id
    assert admin_client.post(f"{RULES}buildings/{building}/", chosen(step="5")).status_code == 404


def marked(page: str) -> list[str]:
    """The fields of a form that the box with the refusal is about."""
    assert '<div class="refusal" id="look-refusal" role="alert">' in " ".join(page.split())
    fields = re.findall(r"<(?:input|select)[^>]*>", page)
    wrong = [field for field in fields if 'aria-describedby="look-refusal"' in field]
    assert all('aria-invalid="true"' in field for field in wrong)
    return [re.search(r'name="(\w+)"', field)[1] for field in wrong]  # type: ignore[index]


@pytest.fixture
def ruled(seoul: Cast) -> Cast:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(opening_hours=[480, 1200] * 5 + [0, 0] * 2)
    return seoul


def test_the_form_says_no_and_what_is_possible_one_click_away(
    ruled: Cast, alice_client: Client
) -> None:
    early = typed(ruled, start="07:30", end="08:00")
    said = "Opens at 08:00 (rule of the company). Possible: 08:00–08:30."
    offer = f"{ruled.room.pk} 2026-12-02 08:00 2026-12-02 08:30"
    look = alice_client.post("/bookings/new/look/", early).content.decode()
    assert said in look
    assert f'name="offer" value="{offer}"' in look
    refused = alice_client.post("/bookings/new/", early)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert page.count(said) == 1
    assert page.count(f'name="offer" value="{offer}"') == 1
    assert marked(page) == ["start"]
    assert alice_client.post("/bookings/new/", {**early, "offer": offer}).status_code == 302
    (row,) = booked(ruled)
    assert (row.starts_at, row.ends_at) == (at(8), at(8, 30))


def test_the_form_of_a_series_asks_about_each_date(ruled: Cast, alice_client: Client) -> None:
    daily = typed(ruled, repeat="custom", repeat_every="1", repeat_unit="day",
                  repeat_ends="after", repeat_count="7")  # fmt: skip
    page = alice_client.post("/bookings/new/look/", daily).content.decode()
    assert "2 dates are against the rules" in page
    assert page.count("Against the rules – choose …") == 2
    page = alice_client.post("/bookings/new/look/", {**daily, "skip_all": "1"}).content.decode()
    assert "2 dates are skipped" in page


def test_a_change_is_offered_what_is_possible(ruled: Cast, alice_client: Client) -> None:
    row = make_booking(ruled.alice, ruled.room, start=at(10))
    path = f"/bookings/{row.public_id}/edit/"
    page = alice_client.get(path).content.decode()
    assert "07:30" not in page
    fields = typed(ruled, start="19:30", end="20:30", version="1-1")
    initial = {f"initial-{name}": value for name, value in typed(ruled).items() if name != "key"}
    answer = alice_client.post(path, {**fields, **initial})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count("Closes at 20:00 (rule of the company). Possible: 19:00–20:00.") == 1
    assert marked(page) == ["end"]
    offer = f"{ruled.room.pk} 2026-12-02 19:00 2026-12-02 20:00"
    assert f'name="offer" value="{offer}"' in answer.content.decode()


def test_the_day_shades_when_rooms_are_closed(ruled: Cast, alice_client: Client) -> None:
    day = "/?date=2026-12-02"
    page = alice_client.get(day).content.decode()
    assert '<i class="closed s0 w96"></i><i class="closed s240 w48"></i>' in page
    assert 'class="bar closed"' in page, "the legend"
    assert "outside of working hours" not in page, "where rules say when it is open"
    with company_scope(ruled.company.pk):
        HouseRules.objects.create(room=ruled.other_room, opening_hours=[600, 1440] * 7)
    abroad = make_room(ruled.company, "Bund", timezone="Asia/Shanghai")
    page = alice_client.get(day).content.decode()
    assert '<i class="closed' not in page
    rows = {
        room.pk: page.split(f'id="room-{room.pk}"')[1].split("</ol>")[0]
        for room in (ruled.room, ruled.other_room, abroad)
    }
    shade = '<li class="closed {}" aria-hidden="true"></li>'.format
    assert shade("s0 w96") + shade("s240 w48") in rows[ruled.room.pk]
    assert rows[ruled.other_room.pk].count("closed s") == 1
    assert shade("s0 w108") + shade("s252 w36") in rows[abroad.pk], "an hour later in Seoul"


def test_beside_a_room_with_hours_of_its_own_those_of_work_are_told_apart(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(room=seoul.room, opening_hours=[540, 1200] * 7)
    page = sign_in(seoul.alice).get("/?date=2026-12-02").content.decode()
    assert page.count('<i class="off') == 2
    assert page.count('<li class="closed') == 2
    assert "data-closed=" in page
    assert "outside of working hours" in page


def test_without_opening_hours_nothing_is_called_closed(seoul: Cast) -> None:
    page = sign_in(seoul.alice).get("/?date=2026-12-02").content.decode()
    assert 'class="bar closed"' not in page
    assert "data-closed=" not in page
