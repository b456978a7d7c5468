"""How many statements the frequent calls send to the database."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
