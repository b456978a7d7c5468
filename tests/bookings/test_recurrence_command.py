"""manage.py expand_rule: the engine, asked by another program."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command


def ask(monkeypatch: pytest.MonkeyPatch, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    lines = "\n".join(json.dumps(question) for question in questions)
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    answers = io.StringIO()
    call_command("expand_rule", stdout=answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def question(number: int, *recurrence: str, **other: str) -> dict[str, Any]:
    return {
        "id": number,
        "dtstart": "2026-03-07T10:00:00",
        "timezone": "America/New_York",
        "recurrence": list(recurrence),
        "from": "2026-03-01T00:00:00Z",
        "to": "2026-04-01T00:00:00Z",
        **other,
    }


def test_each_line_is_answered_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ask(
        monkeypatch,
        question(1, "RRULE:FREQ=DAILY;COUNT=2"),
        question(2, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        question(3, "RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"),
        question(4, "RRULE:FREQ=DAILY", timezone="Mars/Phobos"),
        question(5),
    )
    assert answers[0] == {"id": 1, "starts": ["2026-03-07T15:00:00Z", "2026-03-08T14:00:00Z"]}
    assert [sorted(answer) for answer in answers[1:4]] == [["error", "id"]] * 3
    assert "never occur" in answers[1]["error"]
    assert "ends before its first date" in answers[2]["error"]
    assert answers[4] == {"id": 5, "starts": ["2026-03-07T15:00:00Z"]}


def test_a_date_means_the_series_own_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    (answer,) = ask(
        monkeypatch, question(1, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260308")
    )
    assert answer["starts"] == ["2026-03-07T15:00:00Z", "2026-03-09T14:00:00Z"]


def test_a_start_without_a_time_is_a_whole_day(monkeypatch: pytest.MonkeyPatch) -> None:
    (answer,) = ask(
        monkeypatch,
        question(1, "RRULE:FREQ=DAILY;BYHOUR=9;UNTIL=20260308T000000Z", dtstart="2026-03-08"),
    )
    assert answer["starts"] == ["2026-03-08T05:00:00Z"]
