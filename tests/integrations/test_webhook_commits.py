"""Acts that are seen in another order than they were written in: none is lost or told twice."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import BookingEvent, Room
from integrations.models import Webhook
from integrations.webhooks.collecting import collect, place_now
from integrations.webhooks.sending import due_webhooks
from tenants.scope import company_scope
from tests.bookings.test_query_plans import as_owner, conditions_of
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.integrations.hooked import Hooked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]


class SlowBooking:
    """A booking whose transaction stays open after everything was written, until `commit`."""

    def __init__(self, cast: Cast, room: Room, title: str) -> None:
        self._written, self._go = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._done = self._pool.submit(self._book, cast, room, title)
        assert self._written.wait(20)

    def _book(self, cast: Cast, room: Room, title: str) -> None:
        try:
            with company_scope(cast.company.pk):
                make_booking(cast.alice, room, title=title)
                self._written.set()
                assert self._go.wait(20)
        finally:
            connection.close()

    def commit(self) -> None:
        self._go.set()
        self._done.result(20)
        self._pool.shutdown()


def titles(hooked: Hooked) -> list[str]:
    return [told["data"]["booking"]["title"] for told in hooked.told()]


def test_what_commits_late_is_told_late_and_holds_up_nothing(hooked: Hooked) -> None:
    slow = SlowBooking(hooked.cast, hooked.cast.room, "Written first")
    make_booking(hooked.cast.alice, hooked.cast.other_room, title="Committed first")
    hooked.tick()
    assert titles(hooked) == ["Committed first"]
    slow.commit()
    hooked.tick()
    assert titles(hooked) == ["Committed first", "Written first"]
    with company_scope(hooked.company_id):
        ids = dict(BookingEvent.objects.values_list("after__title", "id"))
        assert ids["Written first"] < ids["Committed first"]
    hooked.tick()
    assert len(hooked.receiver.received) == 2


def test_a_webhook_that_is_made_meanwhile_is_told_what_commits_after(hooked: Hooked) -> None:
    slow = SlowBooking(hooked.cast, hooked.cast.room, "Under way")
    make_booking(hooked.cast.alice, hooked.cast.other_room, title="Done before")
    with company_scope(hooked.company_id):
        Webhook.objects.update(place=place_now())
    slow.commit()
    hooked.tick()
    assert titles(hooked) == ["Under way"]


def test_a_place_that_was_not_noted_tells_nothing_twice(hooked: Hooked) -> None:
    """As after a database was restored in which the place is older than the messages."""
    before = hooked.webhook().place
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with company_scope(hooked.company_id):
        Webhook.objects.update(place=before)
    hooked.tick()
    assert len(hooked.receiver.received) == 1


def test_a_place_of_another_server_is_left_behind(hooked: Hooked) -> None:
    """A dump that is restored elsewhere brings places and lines ahead of all transactions there."""
    make_booking(hooked.cast.alice, hooked.cast.room, title="Over there")
    with company_scope(hooked.company_id):
        Webhook.objects.update(place="900000000000:900000000000:")
        BookingEvent.objects.update(written_in=899_999_999_999)
    hooked.tick()
    assert due_webhooks() == []
    make_booking(hooked.cast.alice, hooked.cast.room, start=at(15), title="Here")
    hooked.tick()
    assert titles(hooked) == ["Here"]


def test_a_thousand_webhooks_that_have_nothing_to_do_cost_little(hooked: Hooked) -> None:
    """Of companies that statistics do not know, beside one with much history, and much waiting."""
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with as_owner("roomly_worker") as cursor:
        cursor.execute(
            "INSERT INTO tenants_company (name, timezone, language, working_from, working_until,"
            " working_days, week_start, horizon_days, bookable_until, reminder_leads,"
            " google_overlaps, accent, logo, logo_width, settings, created_at)"
            " SELECT 'Quiet', 'UTC', 'en', '9:00', '18:00', '{1}', 1, 365, now(), '{600}', 'warn',"
            " '', '', 0, '{}', now() FROM generate_series(1, 1000)"
        )
        cursor.execute(
            "INSERT INTO integrations_webhook (company_id, url, description, events, secret,"
            " old_secret, state, disabled_because, next_at, place, created_at)"
            " SELECT id, 'https://quiet.example/', '', '{booking.created}', '', '', 'active', '',"
            " '2000-01-01', '5:' || pg_snapshot_xmax(pg_current_snapshot()) || ':5', now()"
            " FROM tenants_company WHERE name = 'Quiet'"
        )
        cursor.execute(
            "INSERT INTO integrations_webhookmessage (company_id, webhook_id, public_id, type,"
            " body, state, tries, answer, trouble, created_at) SELECT %s, %s, gen_random_uuid(),"
            " 'booking.created', '', 'waiting', 0, '', '', now() FROM generate_series(1, 20000)",
            [hooked.company_id, hooked.pk],
        )
        cursor.execute(
            "UPDATE integrations_webhook SET next_at = '2100-01-01' WHERE id = %s", [hooked.pk]
        )
        cursor.execute(
            "INSERT INTO bookings_bookingevent (company_id, booking_id, at, door, act, before,"
            " after, written_in) SELECT %s, %s, now(), 'web', 'changed', '{}', '{}', 0"
            " FROM generate_series(1, 50000)",
            [hooked.company_id, row.booking_id],
        )
        cursor.execute("ANALYZE bookings_bookingevent")
        cursor.execute("ANALYZE integrations_webhook")
        cursor.execute("ANALYZE integrations_webhookmessage")
    before = time.perf_counter()
    assert due_webhooks() == []
    assert time.perf_counter() - before < 1, "seconds; the tick comes each second"


def test_reading_on_costs_a_look_at_what_is_new_alone(hooked: Hooked) -> None:
    """However long the history is: asked under row-level security, as a worker does."""
    row = make_booking(hooked.cast.alice, hooked.cast.room)
    with company_scope(hooked.company_id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bookings_bookingevent (company_id, booking_id, at, door, act, before,"
            " after, written_in) SELECT %s, %s, now(), 'web', 'changed', '{}', '{}', -n"
            " FROM generate_series(1, 20000) AS n",
            [hooked.company_id, row.booking_id],
        )
    with as_owner("roomly_worker") as cursor:
        cursor.execute("ANALYZE bookings_bookingevent")
    with company_scope(hooked.company_id), CaptureQueriesContext(connection) as queries:
        collect(hooked.webhook(), timezone.now())
    sql = next(query["sql"] for query in queries if "here.snapshot" in query["sql"])
    with company_scope(hooked.company_id):
        conditions = conditions_of(sql.replace("%", "%%"))
    assert any("written_in >=" in each and "company_id =" in each for each in conditions)


def test_what_happened_long_ago_is_not_told_any_more(hooked: Hooked) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    with company_scope(hooked.company_id):
        webhook = hooked.webhook()
        event = BookingEvent.objects.get()
        collect(webhook, event.at + timedelta(days=14))
        assert hooked.messages() == []
    make_booking(hooked.cast.alice, hooked.cast.room, start=at(15))
    hooked.tick()
    assert len(hooked.receiver.received) == 1
