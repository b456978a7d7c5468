"""Many companies at once: who has much due, or has to wait, holds up nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reminders import index
from reminders.channels import chosen_channels, remove_channel
from reminders.connections import disconnect
from reminders.models import Reminder
from reminders.refresh import refill
from reminders.sending import send_due
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import OPERATOR, Office, People, sweep, tick

pytestmark = pytest.mark.worker
MANY = 300


def give_many(office: Office) -> None:
    """A backlog: reminders of a meeting's channel, due since a while."""
    meeting = make_booking(office.cast.alice, office.cast.other_room, start=at(10))
    with company_scope(office.company.pk):
        Reminder.objects.bulk_create(
            Reminder(
                company=office.company,
                occurrence=meeting,
                kind=f"before:{number}",
                starts_at=meeting.starts_at,
                fire_at=at(9) + timedelta(seconds=number),
            )
            for number in range(MANY)
        )
    refill(office.company.pk)


def test_a_backlog_delays_another_company_by_no_tick(
    office: Office, neighbour: Office, clock: Any
) -> None:
    give_many(office)
    make_booking(neighbour.cast.alice, neighbour.cast.room, start=at(10))
    neighbour.plan()
    clock.move_to(at(9, 50))
    turns = index.claim(at(9, 50)).reminders
    assert {company: len(ids) for company, ids in turns.items()} == {
        office.company.pk: index.REMINDERS_A_TURN,
        neighbour.company.pk: 1,
    }
    again = index.claim(at(9, 50)).reminders
    assert list(again) == [office.company.pk], "the rest has its turn with every tick"


def test_a_backlog_does_not_crowd_others_out_of_the_sweep(
    office: Office, neighbour: Office, redis: Any, clock: Any
) -> None:
    give_many(office)
    make_booking(neighbour.cast.alice, neighbour.cast.room, start=at(10))
    neighbour.plan()
    redis.flushdb()
    clock.move_to(at(9, 51))
    sweep()
    assert len(neighbour.texts()) == 1


def test_one_workspaces_pause_holds_up_no_other_and_is_kept(
    office: Office, neighbour: Office, clock: Any
) -> None:
    for one in (office, neighbour):
        make_booking(one.cast.alice, one.cast.room, start=at(10))
        make_booking(one.cast.alice, one.cast.other_room, start=at(10))
        one.plan()
    clock.move_to(at(9, 50))
    office.slack.control.fault("chat.postMessage", "status", status=429, retry_after=30)
    tick()
    assert sorted((len(office.texts()), len(neighbour.texts()))) == [0, 2]
    waiting = office if not office.texts() else neighbour
    clock.shift(29)
    tick()
    sweep()
    assert waiting.texts() == []
    clock.shift(1)
    tick()
    assert len(waiting.texts()) == 2


def no_channel(office: Office) -> None:
    for channel in chosen_channels():
        remove_channel(channel)


def suspended(office: Office) -> None:
    office.company.suspended_at = at(9)
    office.company.save()


def no_longer_in_slack(office: Office) -> None:
    disconnect(by=OPERATOR, company=office.company)


@pytest.mark.parametrize("obstacle", [no_channel, suspended, no_longer_in_slack])
@pytest.mark.parametrize("direct", [True, False])
def test_what_cannot_go_is_not_claimed_every_second(
    people: People, clock: Any, direct: bool, obstacle: Callable[[Office], None]
) -> None:
    office = people.office
    office.choose(direct=direct, in_channels=not direct)
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    with company_scope(office.company.pk):
        obstacle(office)
    clock.move_to(at(9, 50))
    claimed = 0
    for _second in range(5):
        ids = index.claim(datetime.now(UTC)).reminders.get(office.company.pk, [])
        claimed += len(ids)
        send_due(office.company.pk, ids)
        clock.shift(1)
    assert claimed == 1
