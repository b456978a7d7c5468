"""manage.py expand_rule."""

import json
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

RULE = {
    "id": 1,
    "dtstart": "2024-03-08T09:00:00",
    "timezone": "America/New_York",
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    "from": "2024-01-01T00:00:00Z",
    "to": "2025-01-01T00:00:00Z",
}


def expanded(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", StringIO("\n".join(lines)))
    out = StringIO()
    call_command("expand_rule", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_past_dates_keep_their_hour_across_a_change_of_clocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert expanded(monkeypatch, json.dumps(RULE)) == [
        {
            "id": 1,
            "starts": ["2024-03-08T14:00:00Z", "2024-03-09T14:00:00Z", "2024-03-10T13:00:00Z"],
        }
    ]


def test_the_window_takes_its_start_and_leaves_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    window = RULE | {"from": "2024-03-09T14:00:00Z", "to": "2024-03-10T13:00:00Z"}
    assert expanded(monkeypatch, json.dumps(window))[0]["starts"] == ["2024-03-09T14:00:00Z"]


def test_a_long_past_may_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    years = RULE | {"recurrence": ["RRULE:FREQ=DAILY"], "to": "2030-01-01T00:00:00Z"}
    (answer,) = expanded(monkeypatch, json.dumps(years))
    assert len(answer["starts"]) == 2125


def test_excluded_and_added_dates_count(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [*RULE["recurrence"], "EXDATE:20240309T090000", "RDATE:20240320T100000"]  # type: ignore[misc]
    (answer,) = expanded(monkeypatch, json.dumps(RULE | {"recurrence": lines}))
    assert [start[5:10] for start in answer["starts"]] == ["03-08", "03-10", "03-20"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"recurrence": ["RRULE:FREQ=SOMETIMES"]},
        {"recurrence": ["nonsense"]},
        {"timezone": "Mars/Olympus"},
        {"dtstart": "2024-03-08T09:00:00Z"},
        {"dtstart": "tomorrow"},
        {"from": 7},
        {"recurrence": None},
    ],
)
def test_an_error_is_told_for_its_own_line_only(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    bad, good = expanded(
        monkeypatch, json.dumps(RULE | {"id": "bad"} | wrong), "", json.dumps(RULE)
    )
    assert set(bad) == {"id", "error"}
    assert bad["id"] == "bad"
    assert bad["error"]
    assert len(good["starts"]) == 3


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": 5}'])
def test_a_line_that_is_no_question_is_answered_too(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (answer,) = expanded(monkeypatch, line)
    assert set(answer) == {"id", "error"}
