"""What a receiver does not take is tried again, longer and longer, until it is given up."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from bookings.drafts import Actor
from bookings.edits.editing import cancel_booking
from bookings.models import Door
from integrations.webhooks.endpoints import (
    change_webhook,
    delete_webhook,
    pause_webhook,
    resume_webhook,
)
from integrations.webhooks.sending import MOST_TRIES, PATIENCE, pause, send_test
from reminders import admin_notices
from tenants.models import AdminNotice, AuditEntry
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.integrations.hooked import Hooked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]

SECOND = timedelta(seconds=1)


def at_instant(instant: datetime) -> Any:
    return time_machine.travel(instant, tick=False)


def book(hooked: Hooked, hour: int = 10) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room, start=at(hour))


def go_on(hooked: Hooked, tries: int) -> datetime:
    """Ticks at each next try that the webhook names; returns the clock then."""
    now = timezone.now()
    for _try in range(tries):
        now = max(now, hooked.webhook().next_at)
        with at_instant(now):
            hooked.tick()
    return now


def notices(hooked: Hooked) -> list[str]:
    with company_scope(hooked.company_id):
        return list(AdminNotice.objects.filter(ended_at=None).values_list("text", flat=True))


def test_a_failure_is_tried_again_after_a_pause_with_the_same_message(hooked: Hooked) -> None:
    hooked.receiver.answer(500, body=b"Out of order")
    book(hooked)
    hooked.tick()
    hooked.tick()
    assert len(hooked.receiver.received) == 1, "not before the pause is over"
    (message,) = hooked.messages()
    assert (message.status, message.answer, message.state) == (500, "Out of order", "waiting")
    due = hooked.webhook().next_at
    assert timezone.now() + 2.5 * SECOND <= due <= timezone.now() + 5 * SECOND
    assert hooked.webhook().failing_since == timezone.now()
    with at_instant(due):
        hooked.tick()
    first, second = hooked.receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert hooked.types() == ["booking.created"] * 2, "each is signed for its own time"
    assert hooked.webhook().failing_since is None
    assert hooked.messages()[0].state == "delivered"


def test_what_it_says_stays_although_the_booking_goes_on(hooked: Hooked) -> None:
    hooked.receiver.answer(500)
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with company_scope(hooked.company_id):
        cancel_booking(
            by=Actor(Door.WEB, hooked.cast.alice), company=hooked.cast.company,
            occurrence=row, scope="this",
        )  # fmt: skip
    go_on(hooked, 1)
    first, again, cancelled = hooked.receiver.received
    assert (again.id, again.body) == (first.id, first.body)
    statuses = [told["data"]["booking"]["status"] for told in hooked.told()]
    assert statuses == ["confirmed", "confirmed", "cancelled"]
    assert cancelled.id != first.id


@pytest.mark.parametrize("status", [301, 400, 404, 429, 503])
def test_anything_but_2xx_is_a_failure(hooked: Hooked, status: int) -> None:
    hooked.receiver.answer(status, Location=f"{hooked.receiver.url}/elsewhere")
    book(hooked)
    hooked.tick()
    assert hooked.messages()[0].status == status
    assert hooked.messages()[0].state == "waiting"
    assert [each.path for each in hooked.receiver.received] == ["/hooks"], "nobody is sent on"


def test_those_behind_it_wait_their_turn(hooked: Hooked) -> None:
    hooked.receiver.answer(500)
    for hour in (10, 11):
        book(hooked, hour)
    hooked.tick()
    assert len(hooked.receiver.received) == 1
    go_on(hooked, 1)
    starts = [told["data"]["booking"]["start"][11:13] for told in hooked.told()]
    assert starts == ["10", "10", "11"]


def test_pauses_grow_from_seconds_to_hours_and_are_never_alike() -> None:
    reaches = [5, 20, 80, 320, 1280, 5120, 20480, 21600, 21600, 21600, 21600]
    for tries, reach in enumerate(reaches, start=1):
        drawn = [pause(tries).total_seconds() for _draw in range(200)]
        assert reach / 2 <= min(drawn) < reach * 0.6
        assert reach * 0.9 < max(drawn) <= reach
    day = sum(reaches) * 0.75 / 3600
    assert 20 < day < 28, "about a day for one message"
    assert len(reaches) + 1 == MOST_TRIES


def test_a_receiver_may_ask_for_a_longer_pause_within_reason(hooked: Hooked) -> None:
    hooked.receiver.answer(429, Retry_After="600")
    hooked.receiver.answer(503, Retry_After="99999999")
    book(hooked)
    hooked.tick()
    assert hooked.webhook().next_at == timezone.now() + timedelta(minutes=10)
    now = go_on(hooked, 1)
    assert hooked.webhook().next_at == now + timedelta(hours=6)


def test_a_message_that_is_never_taken_is_given_up_and_the_next_one_has_its_turn(
    hooked: Hooked,
) -> None:
    hooked.receiver.answer(*[422] * MOST_TRIES)
    for hour in (10, 11):
        book(hooked, hour)
    now = go_on(hooked, MOST_TRIES)
    assert [message.state for message in hooked.messages()] == ["failed", "waiting"]
    assert timedelta(hours=14) < now - timezone.now() < timedelta(hours=28)
    go_on(hooked, 1)
    assert [message.state for message in hooked.messages()] == ["failed", "delivered"]
    assert hooked.webhook().failing_since is None
    assert notices(hooked) == []


def test_after_three_days_without_success_it_is_switched_off_and_administrators_are_told(
    hooked: Hooked, mailoutbox: list[mail.EmailMessage]
) -> None:
    hooked.receiver.always = (500, {}, b"")
    book(hooked)
    now = timezone.now()
    while hooked.webhook().state == "active":
        now = max(now, hooked.webhook().next_at)
        with at_instant(now):
            hooked.tick()
    webhook = hooked.webhook()
    assert (webhook.state, webhook.disabled_because) == ("disabled", "failing")
    assert webhook.failing_since
    assert PATIENCE <= now - webhook.failing_since < PATIENCE + timedelta(hours=6)
    (notice,) = notices(hooked)
    assert "was switched off" in notice
    admin_notices.tell(hooked.company_id)
    (letter,) = mailoutbox
    assert letter.to == [hooked.cast.admin.email]
    assert letter.body.endswith("/settings/webhooks/\n")
    with company_scope(hooked.company_id):
        entry = AuditEntry.objects.get(act="webhooks.disabled")
        assert (entry.member, entry.door) == (None, "rule")
    calls = len(hooked.receiver.received)
    assert calls > MOST_TRIES, "nothing is behind it"
    with at_instant(now + timedelta(days=1)):
        hooked.tick()
    assert len(hooked.receiver.received) == calls


def test_410_switches_it_off_at_once(hooked: Hooked) -> None:
    hooked.receiver.answer(410)
    book(hooked)
    hooked.tick()
    assert (hooked.webhook().state, hooked.webhook().disabled_because) == ("disabled", "gone")
    assert len(notices(hooked)) == 1
    go_on(hooked, 2)
    assert len(hooked.receiver.received) == 1


def test_who_resumes_it_has_everything_sent_that_was_missed(hooked: Hooked) -> None:
    hooked.receiver.answer(410)
    book(hooked, 10)
    hooked.tick()
    book(hooked, 11)
    with company_scope(hooked.company_id):
        resume_webhook(hooked.webhook(), by=Actor(Door.WEB, hooked.cast.admin))
    assert notices(hooked) == []
    hooked.tick()
    starts = [told["data"]["booking"]["start"][11:13] for told in hooked.told()]
    assert starts == ["10", "10", "11"]
    assert hooked.webhook().disabled_because == ""


def test_a_notice_stays_while_another_is_switched_off(hooked: Hooked) -> None:
    hooked.receiver.answer(410)
    book(hooked)
    hooked.tick()
    with company_scope(hooked.company_id):
        delete_webhook(hooked.webhook(), by=Actor(Door.WEB, hooked.cast.admin))
    assert notices(hooked) == []


def test_a_paused_webhook_catches_up_when_it_is_resumed(hooked: Hooked) -> None:
    by = Actor(Door.WEB, hooked.cast.admin)
    with company_scope(hooked.company_id):
        pause_webhook(hooked.webhook(), by=by)
    book(hooked)
    hooked.tick()
    assert hooked.receiver.received == []
    with company_scope(hooked.company_id):
        resume_webhook(hooked.webhook(), by=by)
    hooked.tick()
    assert hooked.types() == ["booking.created"]


def test_what_is_paused_during_a_call_is_not_switched_off_by_its_answer(hooked: Hooked) -> None:
    def pausing(received: Any) -> None:
        with company_scope(hooked.company_id):
            pause_webhook(hooked.webhook(), by=Actor(Door.WEB, hooked.cast.admin))

    hooked.receiver.answer(410)
    hooked.receiver.meanwhile = pausing
    book(hooked)
    hooked.tick()
    assert hooked.webhook().state == "paused"
    assert hooked.messages()[0].status == 410


def test_another_address_is_tried_at_once(hooked: Hooked) -> None:
    hooked.receiver.answer(500)
    book(hooked)
    hooked.tick()
    with company_scope(hooked.company_id):
        change_webhook(
            hooked.webhook(), by=Actor(Door.WEB, hooked.cast.admin), url=f"{hooked.receiver.url}/v2"
        )
    hooked.tick()
    assert [each.path for each in hooked.receiver.received] == ["/hooks", "/hooks/v2"]


def test_a_test_that_gets_through_ends_the_pause(hooked: Hooked) -> None:
    hooked.receiver.answer(500)
    book(hooked)
    hooked.tick()
    assert send_test(hooked.company_id, hooked.pk).state == "delivered"
    hooked.tick()
    assert hooked.types() == ["booking.created", "webhook.test", "booking.created"]


def test_a_test_that_fails_changes_nothing(hooked: Hooked) -> None:
    hooked.receiver.answer(500, 410)
    for status in (500, 410):
        assert send_test(hooked.company_id, hooked.pk).status == status
    webhook = hooked.webhook()
    assert (webhook.state, webhook.failing_since) == ("active", None)
    book(hooked)
    hooked.tick()
    assert hooked.types()[-1] == "booking.created"


def test_answers_are_read_to_their_beginning_only(hooked: Hooked) -> None:
    hooked.receiver.answer(500, body=b"a\0" + b"b" * 1_000_000)
    book(hooked)
    hooked.tick()
    (message,) = hooked.messages()
    assert message.answer.startswith("ab")
    assert len(message.answer) < 2_000
