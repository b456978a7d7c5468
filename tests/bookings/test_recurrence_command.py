"""manage.py expand_rule: the engine, asked by another program."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command


def ask(monkeypatch: pytest.MonkeyPatch, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    return ask_lines(monkeypatch, *(json.dumps(question).encode() for question in questions))


def ask_lines(monkeypatch: pytest.MonkeyPatch, *lines: bytes) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines))))
    answers = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    call_command("expand_rule", stdout=answers)
    answers.seek(0)
    return [json.loads(line) for line in answers]


def question(number: int, *recurrence: Any, **other: Any) -> dict[str, Any]:
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


def test_a_bad_line_is_told_in_a_sentence_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = question(1, "RRULE:FREQ=DAILY;COUNT=1")
    odd: dict[str, dict[str, Any]] = {
        "recurrence is not a list of lines.": {"recurrence": "RRULE:FREQ=DAILY"},
        "recurrence is missing.": {"recurrence": None},
        "dtstart is not a text.": {"dtstart": 20260307},
        "dtstart is not a time: 'tomorrow'.": {"dtstart": "tomorrow"},
        "timezone is not a text.": {"timezone": ["Asia/Seoul"]},
        "to is missing.": {"to": None},
    }
    answers = ask(monkeypatch, *(asked | wrong for wrong in odd.values()), asked | {"id": "\ud800"})
    assert [answer.get("error") for answer in answers] == [*odd, None]
    assert [answer["id"] for answer in answers] == [1] * len(odd) + ["\ud800"]


def test_what_is_no_json_object_stops_no_other_line(monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps(question(1, "RRULE:FREQ=DAILY;COUNT=1")).encode()
    lines = [b"[]", b"{", b"[" * 100_000, b"\xff\xfe", b"\xef\xbb\xbf" + good, good]
    answers = ask_lines(monkeypatch, *lines)
    assert ["error" in answer for answer in answers] == [True] * 4 + [False] * 2
