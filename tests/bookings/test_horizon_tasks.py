"""The daily round over all companies, as the worker's role runs it."""

from typing import Any

import pytest

from bookings import tasks
from bookings.extending import extend
from bookings.models import Occurrence
from bookings.tasks import extend_company, extend_horizons
from roomly.celery import app
from tenants.scope import company_scope
from tests.bookings.series_ahead import WEEKLY, later, promise
from tests.bookings.test_create_booking import book
from tests.conftest import Cast

pytestmark = pytest.mark.worker


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the round hands out, in place of a broker."""
    handed: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        extend_company, "apply_async", lambda args=(), *_args, **_options: handed.append(args)
    )
    return handed


def count(cast: Cast) -> int:
    with company_scope(cast.company.pk):
        return Occurrence.objects.count()


def test_each_due_company_is_a_task_of_its_own(
    seoul: Cast, stranger: Cast, sent: list[tuple[Any, ...]]
) -> None:
    extend_horizons()
    assert sent == [(seoul.company.pk,), (stranger.company.pk,)]

    extend(stranger.company.pk)
    sent.clear()
    extend_horizons()
    assert sent == [(seoul.company.pk,)]


def test_the_worker_extends_one_company_and_no_other(seoul: Cast, stranger: Cast) -> None:
    for cast in (seoul, stranger):
        book(cast, recurrence=WEEKLY)
    before = (count(seoul), count(stranger), promise(stranger))

    with later(days=30):
        extend_company(seoul.company.pk)

    assert count(seoul) == before[0] + 5
    assert (count(stranger), promise(stranger)) == before[1:]


def test_a_company_that_takes_longer_than_a_task_is_gone_on_with(
    seoul: Cast, sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    book(seoul, recurrence=WEEKLY)
    monkeypatch.setattr(tasks, "extend", lambda company_id: extend(company_id, seconds=-1))

    with later(days=30):
        extend_company(seoul.company.pk)

    assert sent == [(seoul.company.pk,)]


def test_the_beat_hands_it_out_each_hour_on_a_queue_of_the_background() -> None:
    entry = app.conf.beat_schedule["extend-horizons"]

    assert entry["task"] == extend_horizons.name
    assert entry["schedule"].hour == set(range(24))
    route = app.amqp.router.route({}, extend_company.name)
    assert route["queue"].name == "bulk"
