"""One company's reminders are out of every other's reach, in Redis as in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from redis import Redis

from reminders import index, sending
from reminders.models import Reminder, SlackConnection
from reminders.refresh import refill
from tenants.scope import NoCompanyScope, company_scope
from tests.conftest import become
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, tick

pytestmark = pytest.mark.worker


@contextmanager
def commands(redis: Redis) -> Iterator[list[str]]:
    """Every command that Redis runs meanwhile, those of scripts included, which say "lua"; not
    those of parallel runs, which have other databases."""
    seen: list[str] = []
    own = redis.connection_pool.connection_kwargs["db"]
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        redis.ping()  # the pool opens another connection
        yield seen
        redis.echo("end of watch")
        for entry in monitor.listen():
            if "end of watch" in entry["command"]:
                return
            if entry["db"] == own:
                seen.append(f"{entry['client_type']} {entry['command']}")


def test_no_path_touches_another_companys_key(
    office: Office, neighbour: Office, redis: Any, clock: Any
) -> None:
    make_booking(neighbour.cast.alice, neighbour.cast.room, start=at(18))
    neighbour.plan()
    with commands(redis) as seen:
        make_booking(office.cast.alice, office.cast.room, start=at(10))
        office.plan()
        clock.move_to(at(9, 50))
        tick()
        refill(office.company.pk)
    own, others = (f"reminders:pending:{place.company.pk}" for place in (office, neighbour))
    assert any(own in command.split() for command in seen)
    assert [command for command in seen if others in command.split()] == []
    assert len(office.texts()) == 1
    assert neighbour.texts() == []


def test_an_idle_tick_is_one_round_trip(office: Office, neighbour: Office, redis: Any) -> None:
    for place in (office, neighbour):
        make_booking(place.cast.alice, place.cast.room, start=at(18))
        place.plan()
    index.claim(datetime.now(UTC))  # the script is in Redis now
    with commands(redis) as seen:
        index.claim(datetime.now(UTC))
    asked = [command.split()[1] for command in seen if not command.startswith("lua")]
    assert asked[asked.index("PING") + 1 :] == ["EVALSHA"]


def test_a_company_cannot_send_anothers_reminder(
    office: Office, neighbour: Office, clock: Any
) -> None:
    make_booking(neighbour.cast.alice, neighbour.cast.room, start=at(10))
    neighbour.plan()
    clock.move_to(at(9, 50))
    sending.send_due(office.company.pk, [neighbour.reminder().pk])
    assert (office.texts(), neighbour.texts()) == ([], [])
    assert neighbour.reminder().state == "scheduled"


def test_a_large_company_leaves_the_others_their_turn(
    office: Office, neighbour: Office, clock: Any
) -> None:
    make_booking(office.cast.alice, office.cast.room, recurrence=("RRULE:FREQ=DAILY;COUNT=100",))
    office.plan()
    index.update(office.company.pk, {row.pk: at(9) for row in office.reminders()}, [])
    index.update(neighbour.company.pk, {1: at(9, 1)}, [])
    clock.move_to(at(9, 2))
    claimed = index.claim(at(9, 2)).reminders
    assert {key: len(ids) for key, ids in claimed.items()} == {
        office.company.pk: index.REMINDERS_A_TURN,
        neighbour.company.pk: 1,
    }


def test_whoever_has_had_a_turn_goes_to_the_back(
    office: Office, neighbour: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "COMPANIES_A_TICK", 1)
    index.update(office.company.pk, {number: at(9) for number in range(1, 42)}, [])
    index.update(neighbour.company.pk, {1: at(9, 1)}, [])
    turns = [list(index.claim(at(9, 2)).reminders) for _ in range(4)]
    large, small = [office.company.pk], [neighbour.company.pk]
    assert turns == [large, small, large, large]


def test_a_later_reminder_does_not_hide_an_earlier_one(office: Office, redis: Any) -> None:
    index.update(office.company.pk, {1: at(9)}, [])
    index.update(office.company.pk, {2: at(10)}, [])
    assert redis.zscore("reminders:due", office.company.pk) == at(9).timestamp()
    assert index.claim(at(9)).reminders == {office.company.pk: [1]}
    assert redis.zscore("reminders:due", office.company.pk) == at(10).timestamp()


def test_the_tables_are_closed_without_a_scope(office: Office, neighbour: Office) -> None:
    make_booking(neighbour.cast.alice, neighbour.cast.room)
    neighbour.plan()
    for model in (Reminder, SlackConnection):
        with pytest.raises(NoCompanyScope):
            model.objects.count()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            assert cursor.fetchone() == (0,)
        with company_scope(office.company.pk), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {model._meta.db_table} WHERE company_id = %s",
                [neighbour.company.pk],
            )
            assert cursor.fetchone() == (0,)


def test_the_worker_gets_ids_alone_across_companies_and_the_web_nothing(office: Office) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reminders_due(now(), 5)")
        assert [column.name for column in cursor.description or ()] == [
            "company_id",
            "reminder_id",
        ]
        become("roomly_app")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT * FROM reminders_due(now(), 5)")
