"""What Google refused: told in words, and decided by a person with one click."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from bookings.models import BookingEvent, OutboxEntry
from calendars.lease import take_lease
from calendars.refusals import refused_entries
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there
from tests.calendars.both import both_equal, nothing_is_left_to_do
from tests.calendars.conftest import Linked
from tests.calendars.test_series import book_weekly
from tests.conftest import sign_in
from tests.factories import at, make_booking

LIST = "/settings/google/refused/"


def refuse(linked: Linked, kind: str = "invalid", method: str = "events.patch") -> OutboxEntry:
    """Lets Google refuse what is due."""
    linked.google.control.fault(kind, method=method)
    linked.push()
    with company_scope(linked.company_id):
        entry: OutboxEntry = refused_entries().get()
    return entry


@pytest.fixture
def refused(linked: Linked) -> OutboxEntry:
    """A booking is in Google, and its new title was refused."""
    make_booking(linked.cast.alice, linked.cast.room, title="First")
    linked.push()
    change(linked, {"title": "Ours"})
    return refuse(linked)


def decide(linked: Linked, entry: OutboxEntry, act: str, by: Any = None) -> Any:
    date = linked.dates()[0].public_id
    data = {"act": act, "date": str(date)}
    return sign_in(by or linked.cast.alice).post(f"/google/refused/{entry.pk}/", data)


def acts(linked: Linked) -> list[str]:
    with company_scope(linked.company_id):
        return list(BookingEvent.objects.order_by("pk").values_list("act", flat=True))


def retitle_there(linked: Linked, title: str) -> None:
    edit_there(linked, linked.event()["id"], summary=title)


def test_the_list_says_what_was_refused_and_why(linked: Linked, refused: OutboxEntry) -> None:
    shown = sign_in(linked.cast.admin).get(LIST).content.decode()
    assert "Change the event" in shown
    assert "Google does not accept this change" in shown
    assert "Google: Invalid Value" in shown
    assert "&quot;summary&quot;: &quot;Ours&quot;" in shown
    assert "Bearer" not in shown
    assert linked.connection().secret not in shown
    assert sign_in(linked.cast.alice).get(LIST).status_code == 403
    other = sign_in(linked.cast.admin).get(f"{LIST}?room={linked.cast.other_room.pk}")
    assert "Google has refused nothing." in other.content.decode()


def test_the_list_takes_the_same_queries_for_many(
    linked: Linked, refused: OutboxEntry, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(linked.cast.admin)
    with django_assert_max_num_queries(14) as few:
        client.get(LIST)
    book_weekly(linked, start=at(15))
    with company_scope(linked.company_id):
        OutboxEntry.objects.filter(consumer="google").update(state="dead", acked_v=0)
    with django_assert_max_num_queries(len(few)):
        client.get(LIST)


def test_the_organizer_is_told_in_the_booking(linked: Linked, refused: OutboxEntry) -> None:
    path = f"/bookings/{linked.date().public_id}/"
    assert "Overwrite Google" in sign_in(linked.cast.alice).get(path).content.decode()
    assert "Overwrite Google" not in sign_in(linked.cast.bob).get(path).content.decode()
    assert decide(linked, refused, "retry", by=linked.cast.bob).status_code == 403


def test_trying_again_delivers_it(linked: Linked, refused: OutboxEntry) -> None:
    for _twice in range(2):
        answer = decide(linked, refused, "retry")
        assert answer["Location"] == f"/bookings/{linked.date().public_id}/"
    assert acts(linked).count("retried") == 1
    linked.forget_calls()
    assert linked.push().done
    assert linked.event()["summary"] == "Ours"
    assert linked.calls()["patch"] == 1


def test_taking_googles_version_gives_ours_up(linked: Linked, refused: OutboxEntry) -> None:
    retitle_there(linked, "Theirs")
    for _twice in range(2):
        assert decide(linked, refused, "take").status_code == 302
    assert linked.date().shown_title == "Theirs"
    assert acts(linked).count("took_google") == 1
    linked.sync()
    both_equal(linked)
    nothing_is_left_to_do(linked)


def test_taking_an_event_that_was_deleted_calls_the_booking_off(
    linked: Linked, refused: OutboxEntry
) -> None:
    linked.google.control.ui_delete(linked.calendar, linked.event()["id"])
    decide(linked, refused, "take")
    assert linked.date().status == "cancelled"
    nothing_is_left_to_do(linked)


def test_taking_an_event_whose_deletion_was_refused_brings_the_booking_back(
    linked: Linked,
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    cancel(linked)
    entry = refuse(linked, method="events.delete")
    decide(linked, entry, "take")
    assert linked.date().status == "confirmed"
    nothing_is_left_to_do(linked)


def test_overwriting_google_writes_ours_over_what_somebody_made_of_it(
    linked: Linked, refused: OutboxEntry
) -> None:
    retitle_there(linked, "Theirs")
    for _twice in range(2):
        assert decide(linked, refused, "overwrite").status_code == 302
    assert acts(linked).count("overwrote_google") == 1
    assert linked.push().done
    assert linked.event()["summary"] == "Ours"
    both_equal(linked)


def test_overwriting_a_deleted_event_makes_it_again(linked: Linked, refused: OutboxEntry) -> None:
    linked.google.control.ui_delete(linked.calendar, linked.event()["id"])
    decide(linked, refused, "overwrite")
    assert linked.push().done
    both_equal(linked)
    assert linked.date().status == "confirmed"


def test_leaving_it_ends_the_waiting_and_changes_neither_side(
    linked: Linked, refused: OutboxEntry
) -> None:
    for _twice in range(2):
        decide(linked, refused, "forget")
    assert acts(linked).count("left_google") == 1
    linked.forget_calls()
    linked.push()
    assert "patch" not in linked.calls()
    assert (linked.date().shown_title, linked.event()["summary"]) == ("Ours", "First")


def test_one_date_of_a_series_is_decided_alone(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    change(linked, {"title": "Ours"}, index=1)
    entry = refuse(linked)
    decide(linked, entry, "take")
    assert [row.shown_title for row in linked.dates()] == [linked.dates()[0].shown_title] * 4
    nothing_is_left_to_do(linked)


def test_what_was_never_in_google_has_no_version_to_take(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    entry = refuse(linked, "forbidden", method="events.insert")
    path = f"/bookings/{linked.date().public_id}/"
    shown = sign_in(linked.cast.alice).get(path).content.decode()
    assert "Take Google" not in shown
    assert "may not change events on this calendar" in shown
    decide(linked, entry, "take")
    assert linked.date().status == "confirmed"
    with company_scope(linked.company_id):
        assert refused_entries().count() == 1
    decide(linked, entry, "overwrite")
    assert linked.push().done
    both_equal(linked)


def test_while_a_worker_has_the_calendar_nothing_is_done(
    linked: Linked, refused: OutboxEntry
) -> None:
    lease = take_lease(linked.company_id, linked.link().pk)
    assert lease is not None
    client = sign_in(linked.cast.alice)
    data = {"act": "take", "date": str(linked.date().public_id)}
    answer = client.post(f"/google/refused/{refused.pk}/", data, follow=True)
    assert "being synced at this moment" in answer.content.decode()
    lease.release()
    with company_scope(linked.company_id):
        assert refused_entries().count() == 1


def test_without_google_it_is_said_and_nothing_is_done(
    linked: Linked, refused: OutboxEntry
) -> None:
    linked.google.control.fault("backendError", method="events.get")
    client = sign_in(linked.cast.alice)
    data = {"act": "overwrite", "from": "list"}
    answer = client.post(f"/google/refused/{refused.pk}/", data)
    assert answer["Location"] == LIST
    with company_scope(linked.company_id):
        assert refused_entries().count() == 1
    assert take_lease(linked.company_id, linked.link().pk) is not None


def test_an_edit_gives_the_delivery_another_chance(linked: Linked, refused: OutboxEntry) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        change(linked, {"title": "Better"})
        with company_scope(linked.company_id):
            assert not refused_entries().exists()
        assert linked.push().done
    assert linked.event()["summary"] == "Better"


def test_nonsense_is_refused(linked: Linked, refused: OutboxEntry) -> None:
    assert decide(linked, refused, "explode").status_code == 422
    client = sign_in(linked.cast.alice)
    assert client.post(f"/google/refused/{refused.pk}/", {"act": "retry"}).status_code == 422
    assert client.get(f"/google/refused/{refused.pk}/").status_code == 405
