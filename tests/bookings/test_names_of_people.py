"""People who are members are called by their names, wherever bookings tell of them."""

import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.drafts import Attendee
from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.bookings.test_booking_form import typed
from tests.bookings.test_booking_pages import form_of
from tests.conftest import Cast
from tests.factories import at, make_booking, make_member


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_who_has_a_room(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room)
    with company_scope(seoul.company.pk):  # as from Google, before Bob had signed in
        Booking.objects.filter(pk=row.booking_id).update(
            organizer=None, organizer_email="Bob@hangang.example"
        )
    look = text_of(alice_client.post("/bookings/new/look/", typed(seoul)))
    assert "10:00–11:00 Design review Bob" in look
    assert "@hangang.example" not in look
    page = text_of(alice_client.get(f"/bookings/{row.public_id}/"))
    assert "Organiser Bob Google" in page


def test_who_else_wants_it(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room)
    other = make_booking(seoul.bob, seoul.other_room)
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=other.pk).update(status="conflicted", room=seoul.room)
    assert "10:00–11:00 · Bob" in text_of(alice_client.get(f"/bookings/{row.public_id}/"))


def test_who_is_invited_and_who_was(seoul: Cast, alice_client: Client) -> None:
    guests = [Attendee(email="bob@hangang.example"), Attendee(email="casey@example.com")]
    row = make_booking(seoul.alice, seoul.room, attendees=guests)
    url = f"/bookings/{row.public_id}/"
    fields = form_of(alice_client, f"{url}edit/") | {"attendees": "bob@hangang.example"}
    page = text_of(alice_client.post(f"{url}edit/", fields, follow=True))
    assert "Guests Bob Not answered Google" in page
    assert "People: Bob, casey@example.com → Bob" in page


def test_names_cost_no_query_a_person(seoul: Cast, alice_client: Client) -> None:
    people = [make_member(seoul.company, f"{name}@hangang.example") for name in ("dan", "eve")]
    guests = [Attendee(email=person.email) for person in people]

    def asked(hour: int, guests: list[Attendee]) -> int:
        row = make_booking(seoul.alice, seoul.room, start=at(hour), attendees=guests)
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get(f"/bookings/{row.public_id}/").status_code == 200
        return len(queries)

    asked(8, guests)  # what is prepared once
    assert asked(9, guests) == asked(10, guests[:1]) <= asked(11, []) + 1
