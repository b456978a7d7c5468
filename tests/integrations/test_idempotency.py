"""The Idempotency-Key header: sent twice, booked once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from bookings.models import IdempotencyKey, Occurrence
from bookings.tasks import forget_idempotency_keys
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import make_booking
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program, wish

KEY = {"Idempotency-Key": "order-66"}


def booked(cast: Cast) -> int:
    with company_scope(cast.company.pk):
        return Occurrence.objects.count()


def test_the_same_call_gets_the_same_answer_and_books_once(program: Program, seoul: Cast) -> None:
    body = wish(seoul.room.pk)
    first, second = (program.post(BOOKINGS, body, **KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first["Location"] == second["Location"]
    assert first["ETag"] == second["ETag"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert booked(seoul) == 1


def test_a_refusal_is_given_again_too(program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    first, second = (program.post(BOOKINGS, wish(seoul.room.pk), **KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (409, 409)
    assert first.json() == second.json()
    assert first["Content-Type"] == second["Content-Type"] == "application/problem+json"
    assert booked(seoul) == 1


def test_the_key_does_not_take_another_body(program: Program, seoul: Cast) -> None:
    program.post(BOOKINGS, wish(seoul.room.pk), **KEY)
    other = program.post(BOOKINGS, wish(seoul.room.pk, 14), **KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert booked(seoul) == 1


def test_a_body_that_says_nothing_sensible_does_not_use_up_the_key(
    program: Program, seoul: Cast
) -> None:
    assert program.post(BOOKINGS, {"title": "?"}, **KEY).status_code == 422
    assert program.post(BOOKINGS, wish(seoul.room.pk), **KEY).status_code == 201


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(
    program: Program, seoul: Cast, make_program: MakeProgram
) -> None:
    other = make_program(seoul.company)
    assert program.post(BOOKINGS, wish(seoul.room.pk), **KEY).status_code == 201
    assert other.post(BOOKINGS, wish(seoul.room.pk, 14), **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_an_odd_key_is_refused(program: Program, seoul: Cast, key: str) -> None:
    answer = program.post(BOOKINGS, wish(seoul.room.pk), **{"Idempotency-Key": key})
    assert answer.status_code == 422
    assert booked(seoul) == 0


def test_after_a_day_the_key_is_new_again(program: Program, seoul: Cast) -> None:
    program.post(BOOKINGS, wish(seoul.room.pk, day=5), **KEY)
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        assert "Idempotency-Replayed" in program.post(BOOKINGS, wish(seoul.room.pk, day=5), **KEY)
    with time_machine.travel(timezone.now() + timedelta(hours=24), tick=False):
        assert program.post(BOOKINGS, wish(seoul.room.pk, day=6), **KEY).status_code == 201
    assert booked(seoul) == 2


@pytest.mark.worker
def test_the_task_forgets_the_keys_of_every_company(seoul: Cast, stranger: Cast) -> None:
    old = timezone.now() - timedelta(hours=24)
    for cast in (seoul, stranger):
        with company_scope(cast.company.pk):
            for key, created_at in (("old", old), ("young", old + timedelta(minutes=1))):
                IdempotencyKey.objects.create(actor="key:1", key=key, created_at=created_at)
    forget_idempotency_keys()
    for cast in (seoul, stranger):
        with company_scope(cast.company.pk):
            assert [kept.key for kept in IdempotencyKey.objects.all()] == ["young"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_key", [True, False], ids=["one key", "no key"])
def test_at_once_books_once(seoul: Cast, make_program: MakeProgram, with_key: bool) -> None:
    program = make_program(seoul.company)
    program.get(BOOKINGS)
    callers = 8
    start = Barrier(callers)

    def call(_number: int) -> Any:
        start.wait()
        try:
            return program.post(BOOKINGS, wish(seoul.room.pk), **(KEY if with_key else {}))
        finally:
            connection.close()

    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(call, range(callers)))
    codes = sorted(answer.status_code for answer in answers)
    if with_key:
        assert codes == [201] * callers
        assert all(answer.json() == answers[0].json() for answer in answers)
    else:
        assert codes == [201] + [409] * (callers - 1)
    assert booked(seoul) == 1
