"""Rules, as programs meet them: problem+json with the rule, its owner and what is allowed."""

import pytest

from bookings.models import HouseRules
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.conftest import BOOKINGS, Program


@pytest.fixture
def ruled(seoul: Cast) -> Cast:
    with company_scope(seoul.company.pk):
        HouseRules.objects.create(
            building=seoul.room.building, opening_hours=[480, 1200] * 5 + [0, 0] * 2
        )
    return seoul


def body(cast: Cast, start: str, end: str, **more: object) -> dict[str, object]:
    return {
        "room": cast.room.pk, "title": "Design review", "start": f"{start}+09:00",
        "end": f"{end}+09:00", "timezone": "Asia/Seoul", **more,
    }  # fmt: skip


def test_a_refusal_can_be_read_by_programs(ruled: Cast, program: Program) -> None:
    wish = body(ruled, "2026-12-02T07:30:00", "2026-12-02T08:00:00")
    answer = program.post(BOOKINGS, wish)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "outside_rules"
    assert problem["rule"] == "opening_hours"
    building = ruled.room.building
    assert problem["owner"] == {"level": "building", "id": building.pk, "name": "Main"}
    said = "Opens at 08:00 (rule of the building Main). Possible: 08:00–08:30."
    assert problem["detail"] == said
    assert problem["errors"] == {"start": [said]}
    (instead,) = problem["alternatives"]
    assert (instead["start"], instead["end"]) == (
        "2026-12-02T08:00:00+09:00", "2026-12-02T08:30:00+09:00",
    )  # fmt: skip
    times = {"start": instead["start"], "end": instead["end"]}
    assert program.post(BOOKINGS, {**wish, **times}).status_code == 201


def test_a_key_repeats_the_refusal(ruled: Cast, program: Program) -> None:
    wish = body(ruled, "2026-12-02T07:30:00", "2026-12-02T08:00:00")
    answers = [program.post(BOOKINGS, wish, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.json()["rule"] for answer in answers] == ["opening_hours"] * 2


def test_preview_and_skipping_agree(ruled: Cast, program: Program) -> None:
    series = body(
        ruled, "2026-12-02T10:00:00", "2026-12-02T11:00:00", on_conflict="skip",
        recurrence=["RRULE:FREQ=DAILY;COUNT=7"],
    )  # fmt: skip
    preview = program.post(f"{BOOKINGS}/preview", series).json()
    assert preview["counts"] == {"occurrences": 7, "free": 5, "taken": 0, "outside": 2}
    outside = [each for each in preview["occurrences"] if each["status"] == "outside"]
    assert all("Closed on this day" in each["reason"] for each in outside)
    made = program.post(BOOKINGS, series)
    assert made.status_code == 201
    assert made.json()["skipped"] == preview["skipped"]
    series["on_conflict"] = "reject"
    assert program.post(BOOKINGS, series).json()["rule"] == "opening_hours"


def test_a_change_is_refused_alike(ruled: Cast, program: Program) -> None:
    made = program.post(BOOKINGS, body(ruled, "2026-12-02T10:00:00", "2026-12-02T11:00:00")).json()
    answer = program.patch(
        f"{BOOKINGS}/{made['id']}",
        {"start": "2026-12-02T19:30:00+09:00", "end": "2026-12-02T20:30:00+09:00"},
    )
    assert answer.status_code == 422
    assert answer.json()["alternatives"][0]["end"] == "2026-12-02T20:00:00+09:00"
