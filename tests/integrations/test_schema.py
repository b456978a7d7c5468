"""The OpenAPI schema: valid, complete, and true."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from integrations.urls import urlpatterns
from tests.conftest import Cast
from tests.factories import make_booking
from tests.integrations.conftest import BOOKINGS, Program, wish

NOT_CALLS = {"schema/", "docs/", "", "<path:anything>"}


@pytest.fixture
def schema() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/?format=json")
    assert answer.status_code == 200
    document: dict[str, Any] = json.loads(answer.content)
    return document


def checker(schema: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
    )


def test_it_is_valid_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)  # type: ignore[no-untyped-call]


def test_every_call_is_in_it(schema: dict[str, Any]) -> None:
    calls = {str(each.pattern) for each in urlpatterns} - NOT_CALLS
    assert calls
    assert len(schema["paths"]) == len(calls)
    assert all(path.startswith("/api/v1/") for path in schema["paths"])
    assert get_resolver().resolve("/api/v1/rooms")


def test_it_says_how_to_sign_in(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert schemes["key"] | {"description": ""} == {
        "type": "http", "scheme": "bearer", "description": "",
    }  # fmt: skip
    assert schemes["session"]["in"] == "cookie"


def test_its_examples_can_be_booked(schema: dict[str, Any], program: Program, seoul: Cast) -> None:
    body = schema["paths"][BOOKINGS]["post"]["requestBody"]["content"]["application/json"]
    examples = [example["value"] for example in body["examples"].values()]
    assert len(examples) == 2
    for number, example in enumerate(examples):
        checker(schema, "BookingBody").validate(example)
        wanted = example | {"room": (seoul.room, seoul.other_room)[number].pk}
        if number == 0:
            wanted |= {"start": "2026-12-02T10:00:00+09:00", "end": "2026-12-02T11:00:00+09:00"}
        assert program.post(BOOKINGS, wanted).status_code == 201


def test_answers_are_what_it_says(schema: dict[str, Any], program: Program, seoul: Cast) -> None:
    make_booking(seoul.alice, seoul.room)
    created = program.post(BOOKINGS, wish(seoul.other_room.pk, reminders=[5]))
    series = wish(seoul.room.pk, recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    late = {"If-Match": '"0-0"'}
    answers = {
        "RoomPage": program.get("/api/v1/rooms"),
        "RoomReading": program.get(f"/api/v1/rooms/{seoul.room.pk}"),
        "BookingPage": program.get(BOOKINGS),
        "BookingReading": program.get(created["Location"]),
        "CreatedReading": created,
        "PreviewReading": program.post(f"{BOOKINGS}/preview", series),
        "ChangedReading": program.patch(created["Location"], {"title": "Retro"}),
        "MeantimeReading": program.patch(created["Location"], {"title": "Late"}, **late),
        "TakenReading": program.post(BOOKINGS, wish(seoul.room.pk)),
        "ProblemReading": program.get("/api/v1/nothing"),
    }
    for name, answer in answers.items():
        checker(schema, name).validate(answer.json())
        told = {"results": [], "next": None} if name.endswith("Page") else answer.json()
        shape = _members(schema, name)
        assert set(told) <= shape, name


def _members(schema: dict[str, Any], name: str) -> set[str]:
    return set(schema["components"]["schemas"][name]["properties"])
