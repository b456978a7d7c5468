"""The questions asked most often are answered from an index, by room: checked on a full table."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from bookings.availability import find_rooms
from bookings.claims import conflicts_of
from bookings.models import Occurrence
from bookings.ranking import Wish
from bookings.shown import shown_dates
from bookings.spans import Span
from bookings.web.days import Day
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(seoul: Cast) -> Cast:
    """Eight thousand dates in twenty rooms, and statistics that know of them."""
    booking = make_booking(seoul.alice, seoul.room, start=at(1)).booking
    rooms = [make_room(seoul.company, f"Room {number}").pk for number in range(18)]
    rooms += [seoul.room.pk, seoul.other_room.pk]
    with company_scope(seoul.company.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bookings_occurrence (company_id, public_id, booking_id, room_id,"
            " original_start, starts_at, ends_at, block_from, block_to, status, reason,"
            " transparent, room_response, override_mask, version, updated_at)"
            " SELECT %s, gen_random_uuid(), %s, (%s::int[])[1 + n %% 20], timestamp '2027-01-01'"
            "  + n * span, start, start + span, start, start + span, 'confirmed', '', false, '',"
            "  0, 1, now()"
            " FROM (SELECT n, interval '1 hour' AS span, timestamptz '2027-01-01'"
            "  + n / 20 * interval '1 day' AS start FROM generate_series(1, 8000) AS n) AS made",
            [seoul.company.pk, booking.pk, rooms],
        )
    with as_owner() as cursor:
        cursor.execute("ANALYZE bookings_occurrence")
    return seoul


@contextmanager
def as_owner(then: str = "roomly_app") -> Iterator[Any]:
    """A cursor that row-level security does not bind; `then` is the role that it goes on as."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield cursor
        cursor.execute(f"SET ROLE {then}")


def index_conditions(plan: Any) -> list[str]:
    """Every index condition of a plan in JSON."""
    own = [plan["Index Cond"]] if "Index Cond" in plan else []
    return own + [found for part in plan.get("Plans", ()) for found in index_conditions(part)]


def conditions_of(sql: str, parameters: Any = None) -> list[str]:
    """Those of a statement; the first one of a scope names the company before."""
    sql = sql.rpartition("true); ")[2]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        (((explained,),),) = cursor.fetchall()
    return index_conditions(explained["Plan"])


def test_conflicts_are_looked_up_by_room_and_time(
    busy: Cast, django_assert_num_queries: Any
) -> None:
    wanted = Occurrence(
        room=busy.room, starts_at=at(9, year=2027, month=1), ends_at=at(10, year=2027, month=1),
        block_from=at(9, year=2027, month=1), block_to=at(10, year=2027, month=1),
    )  # fmt: skip
    with company_scope(busy.company.pk):
        conflicts_of([wanted])  # planned from the second time on
    with company_scope(busy.company.pk), django_assert_num_queries(1) as asked:
        conflicts_of([wanted])
    with company_scope(busy.company.pk):
        conditions = conditions_of(asked.captured_queries[0]["sql"])

    assert any("room_id =" in text and "starts_at" in text for text in conditions), conditions


def test_a_day_is_looked_up_by_room_and_time(busy: Cast, django_assert_num_queries: Any) -> None:
    day = Day(date(2027, 1, 9), ZoneInfo("Asia/Seoul"))
    rooms = [busy.room.pk, busy.other_room.pk]
    with company_scope(busy.company.pk):
        shown_dates(rooms, day.starts_at, day.ends_at)
    with company_scope(busy.company.pk), django_assert_num_queries(1) as asked:
        shown_dates(rooms, day.starts_at, day.ends_at)
    with company_scope(busy.company.pk):
        conditions = conditions_of(asked.captured_queries[0]["sql"])

    assert any("room_id =" in text and "starts_at" in text for text in conditions), conditions


def test_free_time_is_looked_up_by_room_and_time(
    busy: Cast, django_assert_num_queries: Any
) -> None:
    start = at(9, year=2027, month=1)
    wish = Wish(window=Span(start, start + timedelta(days=7)), length=timedelta(hours=1))
    with company_scope(busy.company.pk):
        find_rooms(company=busy.company, wish=wish)
    with company_scope(busy.company.pk), django_assert_num_queries(2) as asked:
        find_rooms(company=busy.company, wish=wish)
    with company_scope(busy.company.pk):
        conditions = conditions_of(asked.captured_queries[1]["sql"])

    assert any("room_id =" in text and "starts_at" in text for text in conditions), conditions


@pytest.mark.parametrize("type_name", ["int", "bigint"])
def test_the_exclusion_constraints_index_takes_int4_room_ids_only(
    busy: Cast, type_name: str
) -> None:
    """GiST has no operator for int4 = int8: a room id of the wrong width loses the room."""
    with as_owner() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        conditions = conditions_of(
            f"SELECT FROM bookings_occurrence WHERE room_id = %s::{type_name} AND blocks AND"
            " tstzrange(block_from, block_to, '[)') && tstzrange(%s, %s)",
            [busy.room.pk, at(9, year=2027, month=1), at(10, year=2027, month=1)],
        )

    both = any("room_id" in text and "tstzrange" in text for text in conditions)
    assert both == (type_name == "int"), conditions
    assert Occurrence._meta.get_field("room").db_type(connection) == "integer"
