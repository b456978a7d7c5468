"""From the history of bookings to messages: reading on from a webhook's place.

Transactions do not end in the order in which they wrote: a line may appear that has a lower id, or
an older transaction, than lines that were read. So a place is no number but PostgreSQL's own notion
of what was there to be seen, a snapshot: what is to be seen now and was not then is new
(https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT). Lines of one
booking are written one after the other under its lock, so that their ids are their order.
"""

from datetime import datetime, timedelta

from django.db import connection

from integrations.models import Webhook

KEPT = timedelta(days=14)  # messages, and what a paused webhook can catch up with

_EVENTS = {
    "created": Webhook.Event.CREATED,
    "changed": Webhook.Event.CHANGED,
    "restored": Webhook.Event.CHANGED,
    "conflicted": Webhook.Event.CHANGED,
    "placed": Webhook.Event.CHANGED,
    "cancelled": Webhook.Event.CANCELLED,
    "skipped": Webhook.Event.CANCELLED,
}
# Acts that are not told: what came of them in the booking has a line of its own.

_COLLECT = """
    WITH here AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
    told AS (
        INSERT INTO integrations_webhookmessage
            (company_id, webhook_id, event_id, public_id, type, body, state, tries, answer, trouble,
             created_at)
        SELECT event.company_id, %(webhook)s, event.id, gen_random_uuid(), kind.type, '',
               'waiting', 0, '', '', %(now)s
          FROM bookings_bookingevent AS event
          JOIN unnest(%(acts)s::text[], %(types)s::text[]) AS kind (act, type)
            ON kind.act = event.act
         WHERE event.company_id = %(company)s
           AND event.written_in >= pg_snapshot_xmin(%(place)s::pg_snapshot)::text::bigint
           AND event.written_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
           AND NOT pg_visible_in_snapshot(event.written_in::text::xid8, %(place)s::pg_snapshot)
           AND kind.type = ANY (%(events)s)
           AND event.at > %(since)s
         ORDER BY event.id
            ON CONFLICT (webhook_id, event_id) DO NOTHING
    )
    UPDATE integrations_webhook SET place = here.snapshot::text FROM here WHERE id = %(webhook)s
"""


def collect(webhook: Webhook, now: datetime) -> None:
    """Makes a message of each act since the webhook's place, and moves the place, in one statement.

    In the company's scope, with the webhook locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _COLLECT,
            {
                "webhook": webhook.pk,
                "company": webhook.company_id,
                "place": webhook.place,
                "events": webhook.events,
                "acts": list(_EVENTS),
                "types": [str(event) for event in _EVENTS.values()],
                "since": now - KEPT,
                "now": now,
            },
        )


def place_now() -> str:
    """The place from which everything that is not to be seen yet is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        (place,) = cursor.fetchone()
    return str(place)
