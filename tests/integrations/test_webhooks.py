"""What happens to bookings arrives at the company's addresses: signed, and with the booking."""

from typing import Any, cast

import pytest
from django.db import transaction
from standardwebhooks.webhooks import WebhookVerificationError

from bookings.drafts import Actor, Changes
from bookings.edits.editing import cancel_booking, change_booking
from bookings.edits.restoring import restore_occurrence
from bookings.models import Door, HouseRules, Occurrence
from integrations.webhooks.signing import new_secret
from tenants.models import Member
from tenants.scope import company_scope
from tests.calendars.conftest import Linked
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram
from tests.integrations.hooked import Hooked, hook
from tests.integrations.receiver import Receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)


def series(cast: Cast) -> list[Occurrence]:
    first = make_booking(cast.alice, cast.room, recurrence=DAILY)
    with company_scope(cast.company.pk):
        dates = first.booking.occurrences.select_related("booking", "room")
        return list(dates.order_by("starts_at"))


def change(by: Member, row: Occurrence, scope: str = "this", **changes: Any) -> None:
    with company_scope(by.company_id):
        change_booking(
            by=Actor(Door.WEB, by), company=by.company, occurrence=row, scope=scope,
            changes=cast(Changes, changes),
        )  # fmt: skip


def cancel(by: Member, row: Occurrence, scope: str = "this") -> None:
    with company_scope(by.company_id):
        cancel_booking(by=Actor(Door.WEB, by), company=by.company, occurrence=row, scope=scope)


def test_a_new_booking_arrives_signed_as_the_api_shows_it(
    hooked: Hooked, make_program: MakeProgram
) -> None:
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    (told,) = hooked.told()
    assert told["type"] == "booking.created"
    assert told["timestamp"] == "2026-12-01T03:00:00+00:00"
    shown = make_program(hooked.cast.company, "read").get(f"{BOOKINGS}/{row.public_id}").json()
    assert told["data"]["booking"] == shown
    assert shown["title"] == "Design review"
    assert told["data"]["scope"] == "this"
    change = told["data"]["change"]
    assert (change["act"], change["door"], change["before"]) == ("created", "web", {})
    assert change["by"]["email"] == "alice@hangang.example"
    headers = hooked.last().headers
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == "1796094000"
    assert headers["user-agent"] == "Roomly-Webhooks/1"


def test_another_secret_or_another_body_is_found_out(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    received = hooked.last()
    with pytest.raises(WebhookVerificationError):
        received.verified(new_secret())
    forged = type(received)(received.path, received.headers, received.body + b" ")
    with pytest.raises(WebhookVerificationError):
        forged.verified(hooked.secret)


def test_what_was_changed_is_said_with_what_it_was(hooked: Hooked) -> None:
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    change(hooked.cast.admin, row, starts_at=at(14), ends_at=at(15))
    hooked.tick()
    created, changed = hooked.told()
    assert (created["type"], changed["type"]) == ("booking.created", "booking.changed")
    assert changed["data"]["booking"]["start"] == "2026-12-02T14:00:00+09:00"
    told = changed["data"]["change"]
    assert told["before"]["start"] == at(10).isoformat()
    assert told["after"]["start"] == at(14).isoformat()
    assert told["by"]["email"] == "admin@hangang.example"


def test_a_cancelled_booking_and_one_brought_back(hooked: Hooked) -> None:
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    cancel(hooked.cast.alice, row)
    hooked.tick()
    assert hooked.types() == ["booking.created", "booking.cancelled"]
    assert hooked.told()[-1]["data"]["booking"]["status"] == "cancelled"
    with company_scope(hooked.company_id):
        restore_occurrence(
            by=Actor(Door.API), company=hooked.cast.company,
            occurrence=Occurrence.objects.select_related("booking", "room").get(),
        )  # fmt: skip
    hooked.tick()
    back = hooked.told()[-1]
    assert back["type"] == "booking.changed"
    assert back["data"]["booking"]["status"] == "confirmed"
    assert (back["data"]["change"]["act"], back["data"]["change"]["by"]) == ("restored", None)


def test_of_a_series_it_is_said_which_dates_are_meant(hooked: Hooked) -> None:
    dates = series(hooked.cast)
    change(hooked.cast.alice, dates[1], title="Retro")
    change(hooked.cast.alice, dates[2], "following", title="Demo")
    cancel(hooked.cast.alice, dates[0], "all")
    hooked.tick()
    told = [each["data"] for each in hooked.told()]
    assert [each["scope"] for each in told] == ["all", "this", "following", "all"]
    ids = [each["booking"]["id"] for each in told]
    assert ids == [str(dates[place].public_id) for place in (0, 1, 2, 0)]
    assert told[1]["change"]["date"] == "2026-12-03T10:00:00+09:00"
    assert told[0]["booking"]["series_id"] != told[2]["booking"]["series_id"], "it was cut in two"
    assert "scope" not in told[2]["change"]["after"]


@pytest.mark.parametrize("by_rule", [False, True])
def test_private_bookings_have_no_words(hooked: Hooked, by_rule: bool) -> None:
    if by_rule:
        with company_scope(hooked.company_id):
            HouseRules.objects.create(private_titles=True)
    visibility = "default" if by_rule else "private"
    row = make_booking(hooked.cast.alice, hooked.cast.room, title="Merger", visibility=visibility)
    change(hooked.cast.alice, row, title="The merger")
    hooked.tick()
    assert len(hooked.receiver.received) == 2
    for each in hooked.receiver.received:
        text = each.body.decode()
        assert "erger" not in text
        assert "alice@" not in text
        booking = each.verified(hooked.secret)["data"]["booking"]
        assert (booking["title"], booking["room"]) == (None, hooked.cast.room.pk)


def test_what_people_do_in_google_is_told(linked: Linked, receiver: Receiver) -> None:
    hooked = hook(linked.cast, receiver)
    event = linked.ask(
        "POST", linked.calendar,
        json={"summary": "Standup", "start": {"dateTime": "2026-12-02T10:00:00+09:00"},
              "end": {"dateTime": "2026-12-02T10:15:00+09:00"}},
    )  # fmt: skip
    linked.sync()
    linked.ask("PATCH", linked.calendar, event["id"], json={"summary": "Daily"})
    linked.sync()
    linked.ask("DELETE", linked.calendar, event["id"])
    linked.sync()
    hooked.tick()
    told = hooked.told()
    assert [each["type"].partition(".")[2] for each in told] == ["created", "changed", "cancelled"]
    assert {each["data"]["change"]["door"] for each in told} == {"google"}
    assert {each["data"]["booking"]["google_event_id"] for each in told} == {event["id"]}
    assert told[1]["data"]["change"]["after"] == {"title": "Daily"}


def test_an_address_chooses_what_it_is_told(hooked: Hooked, receiver: Receiver) -> None:
    chosen = hook(hooked.cast, receiver, "/cancelled", events=["booking.cancelled"])
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    cancel(hooked.cast.alice, row)
    chosen.tick()
    here = [each for each in receiver.received if each.path.endswith("/cancelled")]
    assert [each.verified(chosen.secret)["type"] for each in here] == ["booking.cancelled"]


def test_what_was_before_the_webhook_is_not_told(seoul: Cast, receiver: Receiver) -> None:
    make_booking(seoul.alice, seoul.room)
    hooked = hook(seoul, receiver)
    hooked.tick()
    assert receiver.received == []
    make_booking(seoul.alice, seoul.other_room)
    hooked.tick()
    assert len(receiver.received) == 1


def test_what_was_rolled_back_is_not_told(hooked: Hooked) -> None:
    with transaction.atomic():
        make_booking(hooked.cast.alice, hooked.cast.room)
        transaction.set_rollback(True)
    hooked.tick()
    assert hooked.receiver.received == []


def test_another_company_hears_nothing(hooked: Hooked, stranger: Cast, receiver: Receiver) -> None:
    theirs = hook(stranger, receiver, "/theirs")
    make_booking(hooked.cast.alice, hooked.cast.room)
    make_booking(stranger.alice, stranger.room, title="Canary talk")
    hooked.tick()
    paths = {each.path: each for each in receiver.received}
    assert len(receiver.received) == len(paths) == 2
    booking = paths["/hooks"].verified(hooked.secret)["data"]["booking"]
    assert booking["room"] == hooked.cast.room.pk
    booking = paths["/hooks/theirs"].verified(theirs.secret)["data"]["booking"]
    assert booking["title"] == "Canary talk"


def test_a_suspended_company_is_told_nothing_until_it_is_back(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    company = hooked.cast.company
    company.suspended_at = company.created_at
    company.save()
    hooked.tick()
    assert hooked.receiver.received == []
    company.suspended_at = None
    company.save()
    hooked.tick()
    assert hooked.types() == ["booking.created"]
