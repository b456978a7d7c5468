"""What is understood of the words after /room, in English and Korean, on Tuesday 1 Dec 2026."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from reminders.remote.vocabulary import Verb
from reminders.remote.wording import Wish, read

TODAY = date(2026, 12, 1)
TOMORROW = date(2026, 12, 2)
NEXT_WEDNESDAY = date(2026, 12, 9)
HOUR = timedelta(hours=1)


def wish(text: str) -> Wish:
    return read(text, TODAY)[1]


@pytest.mark.parametrize(
    ("text", "verb", "understood"),
    [
        ("now 6 video", Verb.NOW, {"seats": 6, "equipment": ("video",)}),
        ("지금 6명 화상", Verb.NOW, {"seats": 6, "equipment": ("video",)}),
        ("NOW with screen for 4 people", Verb.NOW, {"seats": 4, "equipment": ("screen",)}),
        ("지금", Verb.NOW, {}),
        (
            "find tomorrow 3pm 1h 6 video",
            Verb.FIND,
            {
                "day": TOMORROW, "start": time(15), "length": HOUR, "seats": 6,
                "equipment": ("video",),
            },
        ),
        (
            "찾기 내일 오후 3시 1시간",
            Verb.FIND,
            {"day": TOMORROW, "start": time(15), "length": HOUR},
        ),
        (
            "찾기 내일 오후 3시 반 1시간 30분 여섯 명 화이트보드 있는 회의실",
            Verb.FIND,
            {
                "day": TOMORROW, "start": time(15, 30), "length": 1.5 * HOUR, "seats": 6,
                "equipment": ("whiteboard",),
            },
        ),
        (
            "book Sprint 12 review next wed at 3 for 90m",
            Verb.BOOK,
            {
                "day": NEXT_WEDNESDAY, "start": time(15), "length": 1.5 * HOUR,
                "rest": "Sprint 12 review",
            },
        ),
        (
            "예약 주간 회의 다음 주 수요일 오후 3시부터 4시 반까지 8명",
            Verb.BOOK,
            {
                "day": NEXT_WEDNESDAY, "start": time(15), "length": 1.5 * HOUR, "seats": 8,
                "rest": "주간 회의",
            },
        ),
        (
            "book “Video with Tomorrow Inc.” 12/3 10am 30 min",
            Verb.BOOK,
            {
                "title": "Video with Tomorrow Inc.", "day": date(2026, 12, 3), "start": time(10),
                "length": HOUR / 2,
            },
        ),
        ("book", Verb.BOOK, {}),
        ("예약", Verb.BOOK, {}),
        ("mine", Verb.MINE, {}),
        ("내 예약", Verb.MINE, {}),
        ("내예약", Verb.MINE, {}),
        ("", Verb.HELP, {}),
        ("help", Verb.HELP, {}),
        ("도움말", Verb.HELP, {}),
        ("friday 3-4pm", Verb.FIND, {"day": date(2026, 12, 4), "start": time(15), "length": HOUR}),
        ("frobnicate the thing", Verb.HELP, {"rest": "frobnicate the thing"}),
        ("nowhere", Verb.HELP, {"rest": "nowhere"}),
    ],
)  # fmt: skip
def test_what_somebody_wants(text: str, verb: Verb, understood: dict[str, Any]) -> None:
    assert read(text, TODAY) == (verb, Wish(**understood))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", TODAY), ("오늘", TODAY), ("tomorrow", TOMORROW), ("내일은", TOMORROW),
        ("day after  tomorrow", date(2026, 12, 3)), ("모레", date(2026, 12, 3)),
        ("tuesday", TODAY), ("Mon", date(2026, 12, 7)), ("월요일에", date(2026, 12, 7)),
        ("this friday", date(2026, 12, 4)), ("이번 주 금요일", date(2026, 12, 4)),
        ("next friday", date(2026, 12, 11)), ("다음주 금요일", date(2026, 12, 11)),
        ("12/3", date(2026, 12, 3)), ("13/12", date(2026, 12, 13)), ("3/12", date(2027, 3, 12)),
        ("3 Dec", date(2026, 12, 3)), ("December 3rd", date(2026, 12, 3)),
        ("3 May 2027", date(2027, 5, 3)), ("Jan 9", date(2027, 1, 9)),
        ("12월 3일", date(2026, 12, 3)), ("2027년 1월 9일", date(2027, 1, 9)),
        ("11월 30일", date(2027, 11, 30)), ("5일", date(2026, 12, 5)),
        ("2026-12-24", date(2026, 12, 24)),
        ("31/31", None), ("2/30", None), ("2027-02-29", None), ("40일", None), ("may", None),
    ],
)  # fmt: skip
def test_days(text: str, day: date | None) -> None:
    found = wish(f"find {text}")
    assert found.day == day
    assert bool(found.rest) is (day is None), "what is not understood is not dropped"


def test_a_day_of_the_month_that_was_is_the_next_months() -> None:
    assert read("find 5일", date(2026, 12, 6))[1].day == date(2027, 1, 5)
    assert read("find 31일", date(2027, 2, 1))[1].day == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("3pm", time(15)), ("3 p.m.", time(15)), ("12am", time(0)), ("12 pm", time(12)),
        ("9:30", time(9, 30)), ("3:30", time(15, 30)), ("03:30", time(3, 30)),
        ("15:00", time(15)), ("at 3", time(15)), ("at 10", time(10)), ("noon", time(12)),
        ("오후 3시", time(15)), ("오전 9시 반", time(9, 30)), ("3시 반에", time(15, 30)),
        ("15시", time(15)), ("오후 3:30", time(15, 30)), ("세시", time(15)),
        ("열한 시 십분", time(11)), ("아침 8시 20분", time(8, 20)), ("정오", time(12)),
        ("오후 15시", time(15)), ("25:00", None), ("오전 15시", None), ("3:75", None), ("3", None),
    ],
)  # fmt: skip
def test_times_of_day(text: str, start: time | None) -> None:
    assert wish(f"find {text}").start == start


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("3-4pm", time(15), HOUR), ("10am to noon", time(10), 2 * HOUR),
        ("11:30–1", time(11, 30), 1.5 * HOUR), ("15:00-16:30", time(15), 1.5 * HOUR),
        ("11am until 1pm", time(11), 2 * HOUR), ("오전 11시~오후 1시", time(11), 2 * HOUR),
        ("오전 11시부터 1시까지", time(11), 2 * HOUR), ("4-4", None, None),
    ],
)  # fmt: skip
def test_from_one_time_to_another(text: str, start: time | None, length: timedelta | None) -> None:
    found = wish(f"find {text}")
    assert (found.start, found.length) == (start, length)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1h", 60), ("1 hour", 60), ("1.5h", 90), ("1h30", 90), ("1h 30m", 90), ("90m", 90),
        ("45 minutes", 45), ("half an hour", 30), ("an hour", 60), ("1시간", 60), ("30분", 30),
        ("한 시간 반", 90), ("1시간30분 동안", 90), ("반 시간", 30), ("두시간", 120), ("30h", None),
        ("0m", None),
    ],
)  # fmt: skip
def test_lengths(text: str, minutes: int | None) -> None:
    length = wish(f"find {text}").length
    assert length == (minutes and timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("text", "seats"),
    [
        ("6", 6), ("for 6", 6), ("12 people", 12), ("6명", 6), ("다섯 명이서", 5), ("8인", 8),
        ("room 0", None), ("Sprint 12 review", None), ("2026", None),
    ],
)  # fmt: skip
def test_numbers_of_people(text: str, seats: int | None) -> None:
    assert wish(f"find tomorrow {text}").seats == seats


def test_equipment_in_both_languages_each_once() -> None:
    found = wish("find video 화상회의 and whiteboard, 휠체어 TV")
    assert set(found.equipment) == {"video", "whiteboard", "accessible", "screen"}
    assert len(found.equipment) == 4


def test_an_endless_text_is_cut_and_read_at_once() -> None:
    assert len(wish("find " + "1시 " * 100_000).rest) <= 500
    assert wish("book " + "a" * 100_000).rest
    assert wish("find \n tomorrow\x00\n 3pm").start == time(15)
