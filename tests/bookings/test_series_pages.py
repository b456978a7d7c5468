"""Changing and cancelling a series: the question which dates are meant, and what it tells first."""

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.bookings.test_booking_pages import form_of
from tests.conftest import Cast
from tests.factories import at, make_booking

DAILY = ("RRULE:FREQ=DAILY;COUNT=5",)  # 2 to 6 December, 10:00


def dates(cast: Cast) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.select_related("booking", "room").order_by("original_start")
        return list(rows)


@pytest.fixture
def series(seoul: Cast) -> list[Occurrence]:
    make_booking(seoul.alice, seoul.room, recurrence=DAILY)
    return dates(seoul)


def edit(row: Occurrence) -> str:
    return f"/bookings/{row.public_id}/edit/"


def typed(client: Client, row: Occurrence, **changes: Any) -> dict[str, Any]:
    return form_of(client, edit(row)) | changes


def titles(cast: Cast) -> list[str]:
    return [row.shown_title for row in dates(cast)]


def test_asks_once_which_dates_are_meant_with_numbers(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    answer = alice_client.post(edit(series[2]), typed(alice_client, series[2], title="Retro"))
    page = answer.content.decode()
    assert answer.status_code == 200
    for shown in ("This event", "This and following events", "All events", "Fri, 4 Dec 2026"):
        assert shown in page
    assert "3 dates change" in page
    assert "5 dates change" in page
    assert "<b>Title</b>: <s>Design review</s> → Retro" in page
    assert set(titles(seoul)) == {"Design review"}


@pytest.mark.parametrize(
    ("scope", "changed"), [("this", [2]), ("following", [2, 3, 4]), ("all", [0, 1, 2, 3, 4])]
)
def test_saves_what_was_meant(
    seoul: Cast, alice_client: Client, series: list[Occurrence], scope: str, changed: list[int]
) -> None:
    fields = typed(alice_client, series[2], title="Retro", scope=scope)
    assert alice_client.post(edit(series[2]), fields).status_code == 302
    found = [number for number, title in enumerate(titles(seoul)) if title == "Retro"]
    assert found == changed


def test_saving_without_a_change_asks_nothing(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    answer = alice_client.post(edit(series[0]), typed(alice_client, series[0]))
    assert answer.status_code == 302
    assert [row.version for row in dates(seoul)] == [row.version for row in series]


def test_on_the_first_date_following_is_all(alice_client: Client, series: list[Occurrence]) -> None:
    answer = alice_client.post(edit(series[0]), typed(alice_client, series[0], title="Retro"))
    assert [each.scope for each in answer.context["answers"]] == ["this", "all"]


@pytest.mark.parametrize(
    "changes", [{"video": "on"}, {"visibility": "private"}, {"repeat": "weekly"}]
)
def test_what_no_date_has_of_its_own_is_for_following_or_all(
    alice_client: Client, series: list[Occurrence], changes: dict[str, str]
) -> None:
    answer = alice_client.post(edit(series[2]), typed(alice_client, series[2], **changes))
    assert [each.scope for each in answer.context["answers"]] == ["following", "all"]


def test_one_date_gets_guests_of_its_own(alice_client: Client, series: list[Occurrence]) -> None:
    fields = typed(alice_client, series[2], attendees="eve@else.example")
    question = alice_client.post(edit(series[2]), fields)
    assert [each.scope for each in question.context["answers"]] == ["this", "following", "all"]
    assert alice_client.post(edit(series[2]), fields | {"scope": "this"}).status_code == 302
    pages = [alice_client.get(f"/bookings/{row.public_id}/").content.decode() for row in series]
    assert ["eve@else.example" in page for page in pages] == [False, False, True, False, False]
    assert "People: – → eve@else.example" in pages[2]
    assert form_of(alice_client, edit(series[2]))["attendees"] == "eve@else.example"
    others = typed(alice_client, series[0], attendees="bob@hangang.example")
    assert "1 is kept as edited" in alice_client.post(edit(series[0]), others).content.decode()


def test_a_new_time_is_a_difference_for_the_other_dates(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    row = series[1]
    own = typed(alice_client, row, start="15:00", end="16:00", scope="this")
    assert alice_client.post(edit(row), own).status_code == 302
    later = typed(alice_client, row, start="16:00", end="17:00")
    question = alice_client.post(edit(row), later)
    assert "<b>Start</b>: <s>15:00</s> → 16:00" in question.content.decode()
    assert alice_client.post(edit(row), later | {"scope": "all"}).status_code == 302
    hours = [row.starts_at for row in dates(seoul)]
    assert hours == [at(16 if day == 3 else 11, day=day) for day in range(2, 7)]


def test_shows_before_saving_which_edited_dates_would_be_lost(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    row = series[1]
    own = typed(alice_client, row, title="Finale", scope="this")
    assert alice_client.post(edit(row), own).status_code == 302
    weekly = typed(alice_client, series[0], repeat="weekly")
    page = alice_client.post(edit(series[0]), weekly).content.decode()
    assert "1 date that was edited or cancelled has no place any more" in page
    assert "Thu, 3 Dec 2026, 10:00–11:00 · Finale" in page
    assert alice_client.post(edit(series[0]), weekly | {"scope": "all"}).status_code == 302
    days = [row.original_start.day for row in dates(seoul) if row.status == "confirmed"]
    assert days[:2] == [2, 9]


def test_says_that_what_is_over_stays(
    seoul: Cast, alice_client: Client, series: list[Occurrence], time_machine: Any
) -> None:
    time_machine.move_to(at(12, day=4))
    answer = alice_client.post(edit(series[3]), typed(alice_client, series[3], title="Retro"))
    assert "3 are over and stay as they were" in answer.content.decode()
    page = alice_client.get(f"/bookings/{series[3].public_id}/cancel/").content.decode()
    assert "3 are over and stay as they were" in page


def test_going_back_keeps_what_was_typed(alice_client: Client, series: list[Occurrence]) -> None:
    fields = typed(alice_client, series[2], title="Retro")
    carried = dict(alice_client.post(edit(series[2]), fields).context["carried"])
    page = alice_client.post(edit(series[2]), carried | {"back": "1"}).content.decode()
    assert 'value="Retro"' in page


def taken_at_eleven(cast: Cast, client: Client, row: Occurrence) -> dict[str, Any]:
    """All events to 11:00, where Bob has the room on the 4th and the 6th."""
    for day in (4, 6):
        make_booking(cast.bob, cast.room, start=at(11, 30, day=day), title="Standup")
    return typed(client, row, start="11:00", end="12:00", scope="all")


def test_names_the_taken_dates_and_asks_what_becomes_of_each(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    fields = taken_at_eleven(seoul, alice_client, series[0])
    answer = alice_client.post(edit(series[0]), fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "2 dates are taken. Choose what becomes of each of them." in page
    for shown in ("Fri, 4 Dec 2026", "Standup", "Bob", "Leave it as it is now"):
        assert shown in page
    assert {row.starts_at for row in dates(seoul) if row.booking.title != "Standup"} == {
        at(10, day=day) for day in range(2, 7)
    }
    first, second = answer.context["lines"].taken
    values = {words: value for group in first.options for value, words in group.options}
    choices = [values["Leave it as it is now"], second.options[1].options[0][0]]
    answer = alice_client.post(edit(series[0]), fields | {"choice": choices})
    assert answer.status_code == 302
    mine = [row for row in dates(seoul) if row.booking.title != "Standup"]
    assert [row.starts_at for row in mine] == [
        at(10 if day == 4 else 11, day=day) for day in range(2, 7)
    ]
    assert mine[-1].room_id == seoul.other_room.pk


@pytest.mark.parametrize(("taken", "told"), [((4, 6), False), ((3, 4, 6), True)])
def test_says_beforehand_that_googles_room_would_decline_the_series(
    seoul: Cast, alice_client: Client, series: list[Occurrence], taken: tuple[int, ...], told: bool
) -> None:
    with company_scope(seoul.company.pk):
        seoul.room.google_calendar_id = "c_1@resource.calendar.google.com"
        seoul.room.save()
    for day in taken:
        make_booking(seoul.bob, seoul.room, start=at(11, 30, day=day), title="Standup")
    fields = typed(alice_client, series[0], start="11:00", end="12:00")
    for asked in ({}, {"scope": "all"}):  # which dates are meant, and what becomes of the taken
        page = alice_client.post(edit(series[0]), fields | asked).content.decode()
        assert ("in Google would decline the whole series" in page) == told


def test_skipping_all_shows_it_before_it_is_saved(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    fields = taken_at_eleven(seoul, alice_client, series[0])
    answer = alice_client.post(edit(series[0]), fields | {"skip_all": "1"})
    assert answer.status_code == 200
    choices = [line.chosen for line in answer.context["lines"].taken]
    assert [choice.split()[1] for choice in choices] == ["skip", "skip"]
    assert alice_client.post(edit(series[0]), fields | {"choice": choices}).status_code == 302
    skipped = [row.original_start.day for row in dates(seoul) if row.reason == "skipped"]
    assert skipped == [4, 6]


def test_who_was_slower_sees_how_the_repeat_changed(
    seoul: Cast, alice_client: Client, admin_client: Client, series: list[Occurrence]
) -> None:
    mine = typed(alice_client, series[1], title="Retro", scope="all")
    theirs = typed(admin_client, series[1], repeat_ends="after", repeat_count="4", scope="all")
    assert admin_client.post(edit(series[1]), theirs).status_code == 302
    answer = alice_client.post(edit(series[1]), mine)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "<b>Repeat</b>: <s>Every day, 5 times</s> → Every day, 4 times" in page
    assert 'value="Retro"' in page
    form = answer.context["form"]
    again = {name: form.data.getlist(name) for name in form.data}
    assert alice_client.post(edit(series[1]), again).status_code == 302
    assert titles(seoul) == ["Retro"] * 4 + titles(seoul)[4:]


def test_who_was_slower_is_told_before_being_asked(
    alice_client: Client, admin_client: Client, series: list[Occurrence]
) -> None:
    mine = typed(alice_client, series[1], title="Retro")
    theirs = typed(admin_client, series[3], title="Finale", scope="this")
    assert admin_client.post(edit(series[3]), theirs).status_code == 302
    answer = alice_client.post(edit(series[1]), mine)
    assert answer.status_code == 412
    assert "Nothing that this form shows is different." in answer.content.decode()


def test_goes_on_to_the_next_date_where_the_chosen_one_is_gone(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    mondays = typed(
        alice_client, series[1], repeat="custom", repeat_unit="week", repeat_weekdays="0",
        scope="all",
    )  # fmt: skip
    question = alice_client.post(edit(series[1]), mondays | {"scope": ""})
    assert "it begins on Mon, 7 Dec 2026" in question.content.decode()
    answer = alice_client.post(edit(series[1]), mondays, follow=True)
    assert answer.status_code == 200
    assert "Monday, December 7, 2026" in answer.content.decode()
    assert {row.starts_at.weekday() for row in dates(seoul) if row.status == "confirmed"} == {0}


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("FREQ=DAILY;COUNT=5", "repeat", "daily"),
        ("FREQ=WEEKLY;BYDAY=WE", "repeat", "weekly"),
        ("FREQ=MONTHLY;BYDAY=1WE", "repeat", "monthly-weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "repeat", "custom"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "repeat_weekdays", [0, 2]),
        ("FREQ=WEEKLY;COUNT=5", "repeat_count", 5),
        ("FREQ=MONTHLY;BYMONTHDAY=2,16", "repeat", "kept"),
    ],
)
def test_the_form_is_filled_from_the_rule(
    seoul: Cast, alice_client: Client, rule: str, field: str, value: object
) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=(f"RRULE:{rule}",))
    form = alice_client.get(edit(row)).context["form"]
    assert form[field].value() == value


def test_a_rule_without_words_in_the_form_is_kept(seoul: Cast, alice_client: Client) -> None:
    rule = "FREQ=MONTHLY;BYMONTHDAY=2,16;COUNT=4"
    row = make_booking(seoul.alice, seoul.room, recurrence=(f"RRULE:{rule}",))
    assert (
        "Every month on day 2 and day 16, 4 times" in alice_client.get(edit(row)).content.decode()
    )
    fields = typed(alice_client, row, start="14:00", end="15:00", scope="all")
    assert alice_client.post(edit(row), fields).status_code == 302
    assert {date.booking.rrule for date in dates(seoul)} == {rule}
    assert dates(seoul)[0].starts_at == at(14)


def test_a_monthly_weekday_goes_along_with_its_date(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(
        seoul.alice, seoul.room, recurrence=("RRULE:FREQ=MONTHLY;BYDAY=1WE;COUNT=3",)
    )
    fields = typed(alice_client, row, date="2026-12-10", scope="all")
    assert alice_client.post(edit(row), fields).status_code == 302
    standing = [date for date in dates(seoul) if date.status == "confirmed"]
    assert {date.booking.rrule for date in standing} == {"FREQ=MONTHLY;BYDAY=2TH;COUNT=3"}


def test_a_single_booking_becomes_a_series(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room)
    fields = typed(alice_client, row, repeat="daily", repeat_ends="after", repeat_count="3")
    assert alice_client.post(edit(row), fields).status_code == 302
    assert [date.starts_at for date in dates(seoul)] == [at(10, day=day) for day in (2, 3, 4)]


def test_a_series_becomes_single(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    fields = typed(alice_client, series[0], repeat="", scope="all")
    assert alice_client.post(edit(series[0]), fields).status_code == 302
    assert [d.starts_at for d in dates(seoul) if d.status == "confirmed"] == [at(10)]


@pytest.mark.parametrize(("scope", "left"), [("this", 4), ("following", 2), ("all", 0)])
def test_cancels_what_was_meant(
    seoul: Cast, alice_client: Client, series: list[Occurrence], scope: str, left: int
) -> None:
    url = f"/bookings/{series[2].public_id}/cancel/"
    page = alice_client.get(url).content.decode()
    assert "3 dates are cancelled" in page
    assert "5 dates are cancelled" in page
    alice_client.post(url, {"scope": scope})
    assert sum(row.status == "confirmed" for row in dates(seoul)) == left


def test_does_not_cancel_what_was_changed_meanwhile(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    url = f"/bookings/{series[2].public_id}/cancel/"
    version = alice_client.get(url).context["version"]
    alice_client.post(edit(series[0]), typed(alice_client, series[0], title="R", scope="all"))
    answer = alice_client.post(url, {"scope": "all", "version": version})
    assert answer.status_code == 412
    assert "Look at it again before you cancel it" in answer.content.decode()
    assert all(row.status == "confirmed" for row in dates(seoul))


def test_a_cancelled_date_can_be_had_back_while_its_room_is_free(
    seoul: Cast, alice_client: Client, series: list[Occurrence]
) -> None:
    url = f"/bookings/{series[2].public_id}/"
    alice_client.post(f"{url}cancel/", {"scope": "this"})
    assert "Book it after all" in alice_client.get(url).content.decode()
    assert alice_client.post(f"{url}restore/").status_code == 302
    assert all(row.status == "confirmed" for row in dates(seoul))
    alice_client.post(f"{url}cancel/", {"scope": "this"})
    make_booking(seoul.bob, seoul.room, start=at(10, day=4))
    assert "Book it after all" not in alice_client.get(url).content.decode()
    answer = alice_client.post(f"{url}restore/")
    assert answer.status_code == 409
    assert "already taken" in answer.content.decode()


def test_a_series_lists_its_skipped_dates_and_offers_those_that_are_free_again(
    seoul: Cast, alice_client: Client
) -> None:
    blocker = make_booking(seoul.bob, seoul.room, start=at(10, day=3))
    fields = {
        "key": "k", "title": "Standup", "room": seoul.room.pk, "date": "2026-12-02",
        "start": "10:00", "end": "11:00", "repeat": "daily", "repeat_ends": "after",
        "repeat_count": "3", "chosen_in": seoul.room.pk, "choice": "2026-12-03T01:00:00Z skip",
    }  # fmt: skip
    page = alice_client.post("/bookings/new/", fields, follow=True).content.decode()
    assert "Skipped, because the room was taken" in page
    assert "Thu, 3 Dec 2026" in page
    assert "Book it after all" not in page
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=blocker.pk).update(status="cancelled")
        [skipped] = Occurrence.objects.filter(reason="skipped")
        first = skipped.booking.occurrences.order_by("original_start")[0]
    page = alice_client.get(f"/bookings/{first.public_id}/").content.decode()
    assert "Book it after all" in page
    alice_client.post(f"/bookings/{skipped.public_id}/restore/")
    with company_scope(seoul.company.pk):
        assert Occurrence.objects.get(pk=skipped.pk).status == "confirmed"


def test_restoring_is_for_those_who_may_change(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room)
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=row.pk).update(status="cancelled")
        Booking.objects.filter(pk=row.booking_id).update(version=2)
    assert alice_client.post(f"/bookings/{row.public_id}/restore/").status_code == 403
