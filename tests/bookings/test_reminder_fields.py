"""When people are reminded of a booking, chosen in its form, alone and in a series."""

import re
from typing import Any

import pytest
from django.test import Client

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.bookings.test_booking_form import booked, send, typed
from tests.bookings.test_booking_pages import form_of, now_of
from tests.conftest import Cast
from tests.factories import make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=4",)


def edit(row: Occurrence) -> str:
    return f"/bookings/{row.public_id}/edit/"


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({}, None),
        ({"remind": "usual"}, None),
        ({"remind": "usual", "remind_before": ["10"]}, None),
        ({"remind": "none"}, []),
        ({"remind": "none", "remind_before": ["10"]}, []),
        ({"remind": "own", "remind_before": ["60", "10", "60"]}, [10, 60]),
        ({"remind": "own", "remind_before": ["1440", "5", "15", "30", "60"]},
         [5, 15, 30, 60, 1440]),
    ],
)  # fmt: skip
def test_a_new_booking_gets_what_was_chosen(
    seoul: Cast, alice_client: Client, chosen: dict[str, Any], kept: list[int] | None
) -> None:
    assert send(alice_client, typed(seoul, **chosen)).status_code == 302
    [row] = booked(seoul)
    assert row.shown_reminders == kept


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"remind": "own"}, "Choose when, or no reminders at all."),
        ({"remind": "own", "remind_before": ["5", "10", "15", "30", "60", "1440"]},
         "Choose at most five reminders"),
        ({"remind": "own", "remind_before": ["99999"]}, "Select a valid choice."),
        ({"remind": "own", "remind_before": ["-5"]}, "Select a valid choice."),
        ({"remind": "own", "remind_before": ["²"]}, "Select a valid choice."),
        ({"remind": "often"}, "Select a valid choice."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_booked(
    seoul: Cast, alice_client: Client, chosen: dict[str, Any], said: str
) -> None:
    answer = send(alice_client, typed(seoul, **chosen))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert booked(seoul) == []
    look = alice_client.post("/bookings/new/look/", typed(seoul, **chosen))
    assert look.status_code == 200, "and keeps nobody from being looked at"


def test_the_form_says_what_is_usual(seoul: Cast, alice_client: Client) -> None:
    page = alice_client.get("/bookings/new/").content.decode()
    assert "As usual: 10 min before" in page
    with company_scope(seoul.company.pk):
        seoul.company.reminder_leads = []
        seoul.company.save()
    page = alice_client.get("/bookings/new/").content.decode()
    assert "As usual: only those who have chosen" in page


def test_a_change_shows_what_is_chosen_also_by_a_program_and_keeps_it(
    seoul: Cast, alice_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room, reminders=(120, 0))
    page = alice_client.get(edit(row)).content.decode()
    checked = re.findall(r'name="remind_before" value="(\d+)"[^>]*checked', page)
    assert checked == ["0", "120"]
    assert "at the start" in page
    fields = form_of(alice_client, edit(row)) | {"title": "Retro"}
    assert alice_client.post(edit(row), fields).status_code == 302
    kept = now_of(row)
    assert (kept.shown_title, kept.shown_reminders) == ("Retro", [120, 0])
    fields = form_of(alice_client, edit(row)) | {"remind": "usual"}
    assert alice_client.post(edit(row), fields).status_code == 302
    assert now_of(row).shown_reminders is None
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    assert "Reminders: 2 h before, at the start → As usual" in page


def test_the_booking_shows_its_own(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, reminders=(1440, 10))
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    assert "1 day before, 10 min before" in page
    other = make_booking(seoul.alice, seoul.other_room)
    page = alice_client.get(f"/bookings/{other.public_id}/").content.decode()
    assert "<dt>Reminders</dt>" not in page


def test_saving_without_a_change_changes_nothing(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, reminders=(60, 10))
    assert alice_client.post(edit(row), form_of(alice_client, edit(row))).status_code == 302
    assert now_of(row).version == row.version


@pytest.mark.parametrize(
    ("scope", "changed"), [("this", [2]), ("following", [2, 3]), ("all", [0, 1, 2, 3])]
)
def test_of_a_series_it_is_asked_which_dates_are_meant(
    seoul: Cast, alice_client: Client, scope: str, changed: list[int]
) -> None:
    make_booking(seoul.alice, seoul.room, recurrence=DAILY, reminders=(10,))
    row = booked(seoul)[2]
    fields = form_of(alice_client, edit(row)) | {"remind": "own", "remind_before": ["60"]}
    question = alice_client.post(edit(row), fields)
    assert [each.scope for each in question.context["answers"]] == ["this", "following", "all"]
    page = question.content.decode()
    assert "<b>Reminders</b>: <s>10 min before</s> → 1 h before" in page
    carried = re.findall(r'name="(remind[^"]*)" value="([^"]*)"', page)
    assert carried == [("remind", "own"), ("remind_before", "60")]
    assert alice_client.post(edit(row), fields | {"scope": scope}).status_code == 302
    said = [row.shown_reminders for row in booked(seoul)]
    assert said == [[60] if number in changed else [10] for number in range(4)]


def test_somebody_was_faster_and_both_are_told_apart(
    seoul: Cast, alice_client: Client, admin_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room)
    mine = form_of(alice_client, edit(row)) | {"title": "Retro"}
    theirs = form_of(admin_client, edit(row)) | {"remind": "own", "remind_before": ["120"]}
    assert admin_client.post(edit(row), theirs).status_code == 302
    answer = alice_client.post(edit(row), mine)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "<b>Reminders</b>: <s>As usual</s> → 2 h before" in page
    assert re.search(r'name="remind_before" value="120"[^>]*checked', page)
