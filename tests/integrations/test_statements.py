"""How many statements the frequent calls send to the database."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Webhook
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.conftest import BOOKINGS, Program, wish

FRAME = re.compile(
    r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT set_config\('app.company', '')"
)
ONCE: list[str] = []
WEEKLY = ["RRULE:FREQ=WEEKLY;COUNT=20"]


@pytest.mark.parametrize(
    ("hour", "recurrence", "status", "most"),
    [(15, ONCE, 201, 7), (10, ONCE, 409, 8), (15, WEEKLY, 201, 8)],
    ids=["booked", "refused", "series"],
)
def test_booking_costs_few_statements(
    program: Program, seoul: Cast, hour: int, recurrence: list[str], status: int, most: int
) -> None:
    assert program.post(BOOKINGS, wish(seoul.room.pk)).status_code == 201
    body = wish(seoul.room.pk, hour, recurrence=recurrence, attendees=[])
    with CaptureQueriesContext(connection) as queries:
        assert program.post(BOOKINGS, body).status_code == status
    sent = [query["sql"] for query in queries if not FRAME.match(query["sql"])]
    assert len(sent) <= most, sent


def test_a_webhook_costs_a_booking_nothing(program: Program, seoul: Cast) -> None:
    """It reads what booking writes anyway."""

    def cost(hour: int) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            answer = program.post(BOOKINGS, wish(seoul.room.pk, hour, attendees=[]))
        assert answer.status_code == 201
        return [query["sql"].split(" ")[0] for query in queries]

    cost(9)
    cost(10)
    without = cost(11)
    with company_scope(seoul.company.pk):
        Webhook.objects.create(
            url="https://receiver.example/", events=Webhook.Event.values, secret="s", place="1:1:"
        )
    assert cost(12) == without
