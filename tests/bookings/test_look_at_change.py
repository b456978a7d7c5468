"""The form of a change looks ahead: who has the new place, what refuses it; and holds it."""

import re
from typing import Any

import pytest
from django.test import Client

from bookings.access import get_occurrence
from bookings.holding import hold
from bookings.models import Hold, HouseRules, Occurrence
from bookings.spans import Span
from bookings.web.form.changing import as_typed, change_form
from bookings.web.form.panels import all_rooms
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=3",)


@pytest.fixture
def row(seoul: Cast) -> Occurrence:
    return make_booking(seoul.alice, seoul.room, start=at(10))


def typed(cast: Cast, row: Occurrence, **changes: Any) -> dict[str, Any]:
    """The form of a date as a browser sends it, but for the changes."""
    with company_scope(cast.company.pk):
        data = as_typed(change_form(get_occurrence(row.public_id), all_rooms()))
    return {**dict(data.lists()), "hold_key": "one", **changes}


def ask(client: Client, row: Occurrence, what: str, fields: dict[str, Any]) -> str:
    answer = client.post(f"/bookings/{row.public_id}/edit/{what}/", fields)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_says_who_has_the_new_place_and_what_is_free_instead(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14), title="Interview")
    page = ask(alice_client, row, "look", typed(seoul, row, start="14:30", end="15:30"))
    assert "<p>Already booked</p> <p> <b>14:00–15:00</b> Interview" in page
    assert re.search(r'role="status"[^>]*> Already booked', page), "for who does not see it"
    assert f"{seoul.other_room} · 14:30–15:30" in page
    assert 'class="refusal"' not in ask(alice_client, row, "look", typed(seoul, row, start="10:30"))


def test_what_is_taken_when_it_is_saved_is_said_once(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14), title="Interview")
    moved = typed(seoul, row, start="14:30", end="15:30")
    answer = alice_client.post(f"/bookings/{row.public_id}/edit/", moved)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert [page.count(said) for said in ("Already booked", "Interview", "<legend>Free")] == [1] * 3
    assert page.count('aria-describedby="look-refusal"') == 3


def test_says_which_rule_refuses_and_the_nearest_change(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(opening_hours=[540, 1080] * 7)
    page = ask(alice_client, row, "look", typed(seoul, row, start="17:30", end="18:30"))
    assert "Closes at 18:00 (rule of the company). Possible: 17:00–18:00." in page
    assert f"{seoul.room} · 17:00–18:00" in page


def test_an_offer_on_another_day_says_so(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(horizon=7)
    page = ask(alice_client, row, "look", typed(seoul, row, date="2026-12-20"))
    assert f"{seoul.room} · Tue, 8 Dec 2026 10:00–11:00" in page


def test_a_date_of_a_series_is_named(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, start=at(10), recurrence=DAILY)
    make_booking(seoul.bob, seoul.room, start=at(14), title="Interview")
    page = ask(alice_client, row, "look", typed(seoul, row, start="14:00", end="15:00"))
    assert "Wed, 2 Dec 2026" in page
    assert "Interview" in page


def test_the_new_place_is_held_and_the_old_one_is_not_in_its_way(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    moved = typed(seoul, row, start="10:30", end="11:30")
    assert "Held for you until" in ask(alice_client, row, "hold", moved)
    with company_scope(seoul.company.pk):
        held = Hold.objects.get()
    assert (held.member_id, held.starts_at, held.ends_at) == (
        seoul.alice.pk, at(10, 30), at(11, 30),
    )  # fmt: skip
    new = {
        "key": "k", "title": "Faster", "room": seoul.room.pk, "date": "2026-12-02",
        "start": "11:00", "end": "12:00", "repeat": "", "visibility": "default",
    }  # fmt: skip
    assert sign_in(seoul.bob).post("/bookings/new/", new).status_code == 409
    assert alice_client.post(f"/bookings/{row.public_id}/edit/", moved).status_code == 302
    with company_scope(seoul.company.pk):
        assert not Hold.objects.exists()
        assert Occurrence.objects.get().starts_at == at(10, 30)


def test_what_stays_where_it_is_or_cannot_be_had_is_not_held(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14))
    moved = typed(seoul, row, start="10:30", end="11:30")
    for fields in ({}, {"start": "14:00", "end": "15:00"}):
        ask(alice_client, row, "hold", moved)
        assert "Held for you" not in ask(alice_client, row, "hold", typed(seoul, row, **fields))
        with company_scope(seoul.company.pk):
            assert not Hold.objects.exists()


def test_what_another_form_holds_stays_held(
    seoul: Cast, alice_client: Client, row: Occurrence
) -> None:
    with company_scope(seoul.company.pk):
        hold(member=seoul.alice, room=seoul.room, span=Span(at(16), at(17)), form="another")
    ask(alice_client, row, "hold", typed(seoul, row))
    with company_scope(seoul.company.pk):
        assert Hold.objects.get().form == "another"


def test_only_who_may_change_it_may_ask(seoul: Cast, row: Occurrence) -> None:
    for what in ("look", "hold"):
        answer = sign_in(seoul.bob).post(f"/bookings/{row.public_id}/edit/{what}/", {})
        assert answer.status_code == 403
