"""Changing a series: this and following, or all."""

from datetime import timedelta
from typing import Any

import pytest

from bookings.drafts import Actor
from bookings.edits.date_edits import change_occurrence
from bookings.edits.editing import cancel_booking, change_booking
from bookings.errors import RoomTaken
from bookings.models import Booking, Door, Occurrence
from tenants.errors import NotFound
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import SEOUL, at, make_booking

WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=6",)
HOUR = timedelta(hours=1)


@pytest.fixture
def first(seoul: Cast) -> Occurrence:
    """The first of six Wednesdays at ten, from tomorrow on."""
    return make_booking(seoul.alice, seoul.room, recurrence=WEEKLY)


def rows(cast: Cast) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        found = Occurrence.objects.select_related("booking", "room").exclude(status="cancelled")
        return list(found.order_by("starts_at"))


def listed(cast: Cast) -> list[str]:
    return [
        f"{row.starts_at.astimezone(SEOUL):%m-%d %H:%M} {row.shown_title}" for row in rows(cast)
    ]


def edit(cast: Cast, row: Occurrence, scope: str, **changes: Any) -> Any:
    with company_scope(cast.company.pk):
        asked: Any = changes
        if asked.pop("later", None):
            asked |= {"starts_at": row.starts_at + HOUR, "ends_at": row.ends_at + HOUR}
        return change_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=row, scope=scope,
            changes=asked,
        )  # fmt: skip


def move(cast: Cast, row: Occurrence, starts_at: Any) -> None:
    with company_scope(cast.company.pk):
        change_occurrence(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=row,
            changes={"starts_at": starts_at, "ends_at": starts_at + HOUR},
        )  # fmt: skip


def cancel(cast: Cast, row: Occurrence, scope: str) -> None:
    with company_scope(cast.company.pk):
        cancel_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=row, scope=scope
        )


def test_a_new_time_for_all_is_a_difference(seoul: Cast, first: Occurrence) -> None:
    move(seoul, rows(seoul)[1], at(15, day=9))
    edit(seoul, rows(seoul)[1], "all", starts_at=at(16, day=9), ends_at=at(17, day=9))

    assert [each[:11] for each in listed(seoul)] == [
        "12-02 11:00", "12-09 16:00", "12-16 11:00", "12-23 11:00", "12-30 11:00", "01-06 11:00",
    ]  # fmt: skip


def test_what_follows_becomes_a_part_of_its_own(seoul: Cast, first: Occurrence) -> None:
    chosen = rows(seoul)[2]
    move(seoul, rows(seoul)[4], at(15, day=31))
    cancel(seoul, rows(seoul)[3], "this")

    edit(seoul, chosen, "following", later=True, title="Retro")

    assert listed(seoul) == [
        "12-02 10:00 Design review", "12-09 10:00 Design review",
        "12-16 11:00 Retro", "12-31 15:00 Retro", "01-06 11:00 Retro",
    ]  # fmt: skip
    with company_scope(seoul.company.pk):
        old, part = Booking.objects.order_by("pk")
        assert (old.rrule, part.rrule) == ("FREQ=WEEKLY;COUNT=2", "FREQ=WEEKLY;COUNT=4")
        assert (part.split_from, part.split_key) == (old, chosen.original_start)
        assert Occurrence.objects.get(pk=chosen.pk).booking == part


def test_every_part_knows_where_it_was_cut_off_on_one_clock(
    seoul: Cast, first: Occurrence, time_machine: Any
) -> None:
    edit(seoul, rows(seoul)[2], "following", later=True)
    edit(seoul, rows(seoul)[4], "following", title="Retro")
    time_machine.move_to(at(12, day=17), tick=False)
    edit(seoul, rows(seoul)[3], "all", later=True)  # what was on the 16th is over

    with company_scope(seoul.company.pk):
        running, last = Booking.objects.filter(split_from=first.booking).order_by("pk")[:2]
        assert running.split_key == at(10, day=23).astimezone(SEOUL).replace(tzinfo=None)
        assert last.split_key == at(10, day=30).astimezone(SEOUL).replace(tzinfo=None)
        assert running.dtstart_local.hour == 12


def test_a_running_series_keeps_its_past(seoul: Cast, first: Occurrence, time_machine: Any) -> None:
    time_machine.move_to(at(12, day=9), tick=False)
    edit(seoul, rows(seoul)[3], "all", later=True, title="Retro")

    assert listed(seoul)[:3] == [
        "12-02 10:00 Design review", "12-09 10:00 Design review", "12-16 11:00 Retro",
    ]  # fmt: skip
    with company_scope(seoul.company.pk):
        assert rows(seoul)[3].booking_id == first.booking_id


def test_a_clash_is_named_date_by_date_and_nothing_is_written(
    seoul: Cast, first: Occurrence
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(11, day=16))
    before = listed(seoul)

    with pytest.raises(RoomTaken) as refusal:
        edit(seoul, rows(seoul)[0], "all", later=True)

    assert [clash.wanted.starts_at for clash in refusal.value.clashes] == [at(11, day=16)]
    assert listed(seoul) == before


def test_another_rule_takes_the_exceptions_of_its_lost_places_along(
    seoul: Cast, first: Occurrence
) -> None:
    move(seoul, rows(seoul)[1], at(15, day=11))
    done = edit(seoul, rows(seoul)[0], "all", recurrence=("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3",))

    assert [each[:5] for each in listed(seoul)] == ["12-02", "12-16", "12-30"]
    assert [row.starts_at for row in done.lost] == [at(15, day=11)]


def test_following_reaches_later_parts_with_words_alone(seoul: Cast, first: Occurrence) -> None:
    edit(seoul, rows(seoul)[4], "following", later=True)
    edit(seoul, rows(seoul)[2], "following", title="Retro")

    assert listed(seoul) == [
        "12-02 10:00 Design review", "12-09 10:00 Design review", "12-16 10:00 Retro",
        "12-23 10:00 Retro", "12-30 11:00 Retro", "01-06 11:00 Retro",
    ]  # fmt: skip


def test_cancelling_what_follows_ends_the_rule(seoul: Cast, first: Occurrence) -> None:
    move(seoul, rows(seoul)[1], at(15, day=18))
    cancel(seoul, rows(seoul)[1], "following")

    assert [each[:5] for each in listed(seoul)] == ["12-02", "12-18"]


def test_a_single_booking_becomes_a_series_and_single_again(seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room)
    edit(seoul, row, "this", recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    assert [each[:5] for each in listed(seoul)] == ["12-02", "12-03", "12-04"]
    edit(seoul, rows(seoul)[1], "all", recurrence=())
    assert [each[:5] for each in listed(seoul)] == ["12-03"]


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_a_date_that_is_gone_by_then_is_not_found(
    seoul: Cast, first: Occurrence, scope: str
) -> None:
    chosen, last = rows(seoul)[0], rows(seoul)[-1]
    edit(seoul, chosen, "all", recurrence=())

    with pytest.raises(NotFound):
        edit(seoul, last, scope, title="Late")
    with pytest.raises(NotFound):
        cancel(seoul, last, scope)
