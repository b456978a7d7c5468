"""Every refusal under /api/v1/ is a problem that a program can read (RFC 9457)."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from bookings.models import Occurrence
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.conftest import BOOKINGS, Program, wish


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert all(isinstance(body[name], str) for name in ("type", "title", "detail", "code"))
    return body


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/nothing", "/api/v1/rooms/", "/api/v1/rooms/one"]
)
def test_what_is_no_call_is_not_found(program: Program, path: str) -> None:
    for answer in (program.get(path), program.post(path, {}), Client().get(path)):
        assert problem(answer, 404)["code"] == "not_found"


def test_a_method_that_a_call_does_not_have(program: Program) -> None:
    answer = program.delete("/api/v1/rooms")
    problem(answer, 405)
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize("body", ["{", "", "\udcff", "[" * 100_000, '{"title": NaN}'])
def test_what_is_not_json(seoul: Cast, program: Program, body: str) -> None:
    answer = Client().post(
        BOOKINGS,
        body.encode(errors="surrogateescape"),
        content_type="application/json",
        headers={"authorization": f"Bearer {program.key}"},
    )
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize("body", [[], '"text"', 7])
def test_json_that_is_no_object(program: Program, body: Any) -> None:
    assert "body" in problem(program.post(BOOKINGS, body), 422)["errors"]


def test_another_media_type(seoul: Cast, program: Program) -> None:
    answer = Client().post(
        BOOKINGS, {"title": "x"}, headers={"authorization": f"Bearer {program.key}"}
    )
    problem(answer, 415)


def test_a_body_beyond_reason(seoul: Cast, program: Program) -> None:
    body = wish(seoul.room.pk, description="x" * 1_000_001)
    assert problem(program.post(BOOKINGS, body), 413)["code"] == "too_large"


def test_an_answer_that_the_caller_would_not_read(program: Program) -> None:
    problem(program.get("/api/v1/rooms", None, Accept="application/xml"), 406)


def test_a_fault_of_ours_says_nothing_of_the_inside_and_keeps_nothing(
    seoul: Cast, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("bookings.outbox.announce", broken)
    client = Client(
        raise_request_exception=False, headers={"authorization": f"Bearer {program.key}"}
    )
    answer = client.post(BOOKINGS, wish(seoul.room.pk), content_type="application/json")
    assert problem(answer, 500)["code"] == "server_error"
    assert b"secret" not in answer.content
    with pytest.raises(RuntimeError):  # whoever watches for errors learns of it
        program.post(BOOKINGS, wish(seoul.room.pk))
    with company_scope(seoul.company.pk):
        assert not Occurrence.objects.exists()


def test_a_database_that_is_away_is_a_problem_too(
    seoul: Cast, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("integrations.company_view.company_scope", away)
    client = Client(
        raise_request_exception=False, headers={"authorization": f"Bearer {program.key}"}
    )
    problem(client.get(BOOKINGS), 500)
