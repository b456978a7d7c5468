"""A rule as a person would say it, in English and in Korean."""

import pytest
from django.utils.translation import override

from bookings.recurrence.words import rule_words
from tests.bookings.recurrence_case import series

START = "2026-12-01T10:00"  # a Tuesday
WORDS = {
    "": ("", ""),
    "FREQ=DAILY": ("every day", "매일"),
    "FREQ=DAILY;INTERVAL=3": ("every 3 days", "3일마다"),
    "FREQ=DAILY;COUNT=10": ("every day, 10 times", "매일, 10회"),
    "FREQ=DAILY;COUNT=1": ("every day, once", "매일, 1회"),
    "FREQ=WEEKLY": ("every week on Tue", "매주 화요일"),
    "FREQ=WEEKLY;BYDAY=WE,FR,MO;UNTIL=20270331": (
        "every week on Mon, Wed and Fri until 31 Mar 2027",
        "매주 월요일, 수요일, 금요일, 2027년 3월 31일까지",
    ),
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,SA": (
        "every 2 weeks on Sat and Sun",
        "2주마다 토요일, 일요일",
    ),
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": ("every weekday (Mon to Fri)", "평일(월~금)마다"),
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": ("every weekday (Mon to Fri)", "평일(월~금)마다"),
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR": (
        "every 2 weeks on weekdays (Mon to Fri)",
        "2주마다 평일(월~금)",
    ),
    "FREQ=MONTHLY": ("every month on day 1", "매월 1일"),
    "FREQ=MONTHLY;BYMONTHDAY=15,1,-1": (
        "every month on day 1, day 15 and the last day",
        "매월 1일, 15일, 마지막 날",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=-3": ("every month on day 3 from the end", "매월 끝에서 3번째 날"),
    "FREQ=MONTHLY;BYDAY=2TU": ("every month on the 2nd Tuesday", "매월 둘째 화요일"),
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU": (
        "every 2 months on the 1st Sunday and the last Sunday",
        "2개월마다 첫째 일요일, 마지막 일요일",
    ),
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": (
        "every month on weekdays (Mon to Fri) but only the last of these",
        "매월 평일(월~금) 중 마지막 것만",
    ),
    "FREQ=MONTHLY;BYDAY=TU,WE;BYSETPOS=1,-2": (
        "every month on Tue and Wed but only the 1st and second to last of these",
        "매월 화요일, 수요일 중 첫째, 끝에서 둘째 것만",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR": (
        "every month on day 13 if it is Fri",
        "매월 13일 (금요일인 날만)",
    ),
    "FREQ=YEARLY": ("every year on 1 December", "매년 12월 1일"),
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29": (
        "every 4 years on 29 February",
        "4년마다 2월 29일",
    ),
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH": (
        "every year in November on the 4th Thursday",
        "매년 11월 넷째 목요일",
    ),
    "FREQ=YEARLY;BYMONTH=3,6;BYMONTHDAY=1,15": (
        "every year in March and June on day 1 and day 15",
        "매년 3월, 6월 1일, 15일",
    ),
    "FREQ=YEARLY;BYDAY=20MO": ("every year on the 20th Monday", "매년 20번째 월요일"),
    "FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO": (
        "every year in week 20 of the year and the last week of the year on Mon",
        "매년 20주차, 마지막 주 월요일",
    ),
    "FREQ=YEARLY;BYWEEKNO=-3": (
        "every year in week 3 from the end of the year on Tue",
        "매년 끝에서 3번째 주 화요일",
    ),
    "FREQ=YEARLY;BYYEARDAY=100,-1,-7": (
        "every year on day 100 of the year, day 7 from the end of the year"
        " and the last day of the year",
        "매년 100번째 날, 연말에서 7번째 날, 한 해의 마지막 날",
    ),
    "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=30": ("every day at 09:30 and 14:30", "매일 09:30, 14:30"),
    "FREQ=DAILY;BYHOUR=9,10,11,12;BYMINUTE=0,30": ("every day 8 times a day", "매일 하루 8번"),
}


@pytest.mark.parametrize("rule", WORDS)
def test_a_rule_reads_as_a_sentence(rule: str) -> None:
    one = series(START, *([rule] if rule else []))
    english, korean = WORDS[rule]
    with override("en"):
        assert rule_words(one) == english
    with override("ko"):
        assert rule_words(one) == korean


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        ("20270331", "31 Mar 2027"),
        ("20270331T100000", "31 Mar 2027"),
        ("20270331T095959", "30 Mar 2027"),  # before the hour at which it would start
        ("20270401T035959Z", "31 Mar 2027"),  # the last second of the day in New York
        ("20270331T140000Z", "31 Mar 2027"),  # 10:00 there
    ],
)
def test_the_last_day_is_the_one_on_which_it_can_still_fall(until: str, shown: str) -> None:
    with override("en"):
        assert rule_words(series(START, f"FREQ=DAILY;UNTIL={until}")) == f"every day until {shown}"


def test_the_last_day_of_an_all_day_series_is_the_one_written() -> None:
    one = series("2026-12-01", "FREQ=DAILY;UNTIL=20270331T235959Z", zone="Asia/Seoul", days=1)
    with override("en"):
        assert rule_words(one) == "every day until 31 Mar 2027"


@pytest.mark.parametrize(
    ("lines", "english", "korean"),
    [
        (["RDATE:20261203T100000"], "on 2 dates", "총 2일"),
        (
            ["FREQ=DAILY;COUNT=3", "RDATE:20261224T100000"],
            "every day, 3 times, and on 1 more date",
            "매일, 3회, 추가 1일",
        ),
        (
            ["FREQ=WEEKLY", "EXDATE:20261208T100000,20261215T100000"],
            "every week on Tue, except on 2 dates",
            "매주 화요일, 2일 제외",
        ),
    ],
)
def test_dates_put_in_and_taken_out_are_counted(
    lines: list[str], english: str, korean: str
) -> None:
    with override("en"):
        assert rule_words(series(START, *lines)) == english
    with override("ko"):
        assert rule_words(series(START, *lines)) == korean
