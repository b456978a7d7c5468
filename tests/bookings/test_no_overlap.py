"""Whatever is asked for, in whatever order, a room is never booked twice at one time."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bookings.drafts import Actor
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.errors import RoomTaken
from bookings.models import Door, Occurrence
from tenants.errors import NotFound
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking

pytestmark = pytest.mark.django_db
QUARTERS = some.integers(0, 23)
LENGTHS = some.integers(1, 8)
ACTS = some.lists(
    some.tuples(some.sampled_from(["book", "move", "cancel"]), QUARTERS, LENGTHS, some.booleans()),
    max_size=14,
)


def span(quarter: int, length: int) -> dict[str, Any]:
    start = at(9) + timedelta(minutes=15 * quarter)
    return {"starts_at": start, "ends_at": start + timedelta(minutes=15 * length)}


def act(
    cast: Cast, rows: list[Occurrence], what: str, quarter: int, length: int, other: bool
) -> None:
    room = cast.other_room if other else cast.room
    by = Actor(Door.WEB, cast.alice)
    if what == "book":
        start = span(quarter, length)["starts_at"]
        rows.append(make_booking(cast.alice, room, start=start, minutes=15 * length))
    elif rows and what == "move":
        changes: Any = {"room": room, **span(quarter, length)}
        row = rows[quarter % len(rows)]
        change_occurrence(by=by, company=cast.company, occurrence=row, changes=changes)
    elif rows:
        cancel_occurrence(by=by, company=cast.company, occurrence=rows[quarter % len(rows)])


@given(acts=ACTS)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_blocking_dates_of_a_room_never_overlap(seoul: Cast, acts: list[Any]) -> None:
    rows: list[Occurrence] = []
    with transaction.atomic(), company_scope(seoul.company.pk):
        for what in acts:
            try:
                act(seoul, rows, *what)
                rows[:] = Occurrence.objects.select_related("booking", "room__building")
            except (RoomTaken, NotFound):
                pass
        for room in (seoul.room, seoul.other_room):
            held = Occurrence.objects.filter(room=room, blocks=True).order_by("block_from")
            assert all(earlier.block_to <= later.block_from for earlier, later in pairwise(held))
        transaction.set_rollback(True)
