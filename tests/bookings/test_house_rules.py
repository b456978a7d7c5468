"""Rules of a company, a building or a room: what they refuse, whose they are, what they allow."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bookings.access import get_occurrence, get_room
from bookings.alternatives import alternatives, near_rooms
from bookings.availability import find_rooms
from bookings.creating import Booked, create_booking
from bookings.drafts import Actor, Choice, Draft
from bookings.edits.editing import change_booking
from bookings.errors import RuleBroken
from bookings.house_rules.reading import rules_of
from bookings.models import Building, Door, HouseRules, Occurrence, Room
from bookings.preview import State, preview_booking
from bookings.ranking import Wish
from bookings.shown import shown_rooms
from bookings.spans import Span
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

EIGHT_TO_EIGHT = [480, 1200] * 5 + [0, 0] * 2  # Monday to Friday


def rule(cast: Cast, *, room: Room | None = None, building: Building | None = None,
         **values: Any) -> HouseRules:  # fmt: skip
    with company_scope(cast.company.pk):
        made: HouseRules = HouseRules.objects.create(room=room, building=building, **values)
    return made


def draft(start: Any, minutes: int, **more: Any) -> Draft:
    return Draft(
        title="Design review", starts_at=start, ends_at=start + timedelta(minutes=minutes),
        timezone="Asia/Seoul", **more,
    )  # fmt: skip


def book(cast: Cast, start: Any, minutes: int = 30, **more: Any) -> Booked:
    fields = {name: more.pop(name) for name in ("recurrence",) if name in more}
    with company_scope(cast.company.pk):
        return create_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, room=get_room(cast.room.pk),
            draft=draft(start, minutes, **fields), **more,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "wish", "field", "said", "instead"),
    [
        ({"opening_hours": EIGHT_TO_EIGHT}, (at(7, 30), 30), "start", "Opens at 08:00",
         (at(8), 30)),
        ({"opening_hours": EIGHT_TO_EIGHT}, (at(19, 30), 60), "end", "Closes at 20:00",
         (at(19), 60)),
        ({"opening_hours": EIGHT_TO_EIGHT}, (at(9, day=5), 30), "start", "Closed on this day",
         (at(19, 30, day=4), 30)),
        ({"min_length": 60}, (at(10), 30), "end", "at least 1 h", (at(10), 60)),
        ({"max_length": 90}, (at(10), 120), "end", "at most 1 h 30 min", (at(10), 90)),
        ({"notice": 2 * 1440}, (at(10), 30), "start", "at least 2 days ahead", (at(12, day=3), 30)),
        ({"horizon": 7}, (at(10, day=20), 30), "start", "at most 7 days ahead",
         (at(10, day=8), 30)),
        ({"horizon": 7}, (at(15, day=20), 30), "start", "at most 7 days ahead",
         (at(15, day=7), 30)),
        ({"horizon": 5, "opening_hours": EIGHT_TO_EIGHT}, (at(10, day=20), 30), "start",
         "at most 5 days ahead", (at(19, 30, day=4), 30)),
        ({"step": 30}, (at(10, 15), 30), "start", "steps of 30 min", (at(10), 30)),
        ({"step": 30}, (at(10), 45), "end", "steps of 30 min", (at(10), 60)),
    ],
)  # fmt: skip
def test_a_refusal_names_the_rule_its_owner_and_the_nearest_allowed_time(
    seoul: Cast, rules: Any, wish: Any, field: str, said: str, instead: Any
) -> None:
    rule(seoul, room=seoul.room, **rules)
    with pytest.raises(RuleBroken, match=said) as refused:
        book(seoul, *wish)
    broken = refused.value
    assert broken.field == field
    assert "(rule of the room Hangang One). Possible: " in str(broken)
    start, minutes = instead
    assert broken.nearest == Span(start, start + timedelta(minutes=minutes))
    assert book(seoul, start, minutes).occurrences, "what was offered can be booked"


def test_the_narrowest_place_wins_rule_by_rule(seoul: Cast) -> None:
    building = seoul.room.building
    rule(seoul, max_length=60, min_length=30)
    rule(seoul, building=building, max_length=120)
    rule(seoul, room=seoul.room, min_length=15)
    with pytest.raises(RuleBroken, match=r"at most 2 h \(rule of the building Main\)"):
        book(seoul, at(10), 150)
    assert book(seoul, at(10), 120)
    assert book(seoul, at(13), 15)
    elsewhere = make_room(seoul.company, "Annexe One", building="Annexe")
    with company_scope(seoul.company.pk), pytest.raises(RuleBroken, match="rule of the company"):
        create_booking(
            by=Actor(Door.WEB, seoul.alice), company=seoul.company, room=get_room(elsewhere.pk),
            draft=draft(at(10), 120),
        )  # fmt: skip


def test_booking_costs_no_statement_more(seoul: Cast) -> None:
    def count(hour: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            book(seoul, at(hour))
        return len(asked)

    before = count(9)
    rule(seoul, opening_hours=EIGHT_TO_EIGHT, step=15)
    rule(seoul, building=seoul.room.building, max_length=120)
    assert count(10) == before


def test_rooms_bring_the_rules_of_their_own_company_along(seoul: Cast, stranger: Cast) -> None:
    for cast, step in ((seoul, 15), (stranger, 20)):
        rule(cast, step=step)
        rule(cast, building=cast.room.building, max_length=step)
        rule(cast, room=cast.other_room, min_length=step)
    for cast, minutes in ((seoul, 15), (stranger, 20)):
        with company_scope(cast.company.pk):
            room = get_room(cast.room.pk)
            (other,) = near_rooms(room, seats=1)
            shown = shown_rooms(at(9), member=cast.alice.pk)
            with CaptureQueriesContext(connection) as asked:
                own, near = rules_of(room), rules_of(other)
                same = {each.pk: rules_of(each) for each in shown}
        assert len(asked) == 0
        assert same == {room.pk: own, other.pk: near}
        set_here = [ruled.value for ruled in (own.step, own.max_length, near.min_length) if ruled]
        assert set_here == [timedelta(minutes=minutes)] * 3


def test_each_date_of_a_series_is_asked_and_can_be_decided(seoul: Cast) -> None:
    rule(seoul, opening_hours=EIGHT_TO_EIGHT)
    daily = ("RRULE:FREQ=DAILY;COUNT=7",)  # from Wednesday on; the 5th and 6th are a weekend
    with company_scope(seoul.company.pk):
        preview = preview_booking(
            by=Actor(Door.WEB, seoul.alice), company=seoul.company, room=get_room(seoul.room.pk),
            draft=draft(at(10), 30, recurrence=daily),
        )  # fmt: skip
    outside = [each for each in preview.dates if each.state == State.OUTSIDE]
    assert [each.occurrence.starts_at for each in outside] == [at(10, day=5), at(10, day=6)]
    assert all(each.can_be_moved and "Closed on this day" in each.reason for each in outside)
    assert outside[0].times, "free times on the nearest open day"
    with pytest.raises(RuleBroken, match="2026-12-05: Closed on this day"):
        book(seoul, at(10), recurrence=daily)
    moved = outside[0].times[-1]
    choices = [
        Choice(start=at(10, day=5), act="move", starts_at=moved.starts_at, ends_at=moved.ends_at),
        Choice(start=at(10, day=6), act="skip"),
    ]
    booked = book(seoul, at(10), recurrence=daily, choices=choices)
    assert (len(booked.occurrences), len(booked.skipped)) == (6, 1)


def test_what_is_skipped_without_being_asked_is_skipped_for_rules_too(seoul: Cast) -> None:
    rule(seoul, opening_hours=EIGHT_TO_EIGHT)
    daily = ("RRULE:FREQ=DAILY;COUNT=7",)
    booked = book(seoul, at(10), recurrence=daily, skip_taken=True)
    skipped = [(row.starts_at, row.status, row.reason) for row in booked.skipped]
    assert skipped == [(at(10, day=day), "cancelled", "skipped") for day in (5, 6)]
    with pytest.raises(RuleBroken):  # nothing would be left
        book(seoul, at(7), recurrence=daily, skip_taken=True)


def edit(cast: Cast, row: Occurrence, scope: str = "this", **changes: Any) -> None:
    with company_scope(cast.company.pk):
        change_booking(
            by=Actor(Door.WEB, cast.alice), company=cast.company, occurrence=row, scope=scope,
            changes=changes,  # type: ignore[arg-type]
        )  # fmt: skip


def test_a_move_is_refused_and_what_does_not_move_is_left_alone(seoul: Cast) -> None:
    early = make_booking(seoul.alice, seoul.room, start=at(7))
    rule(seoul, opening_hours=EIGHT_TO_EIGHT, notice=60)
    edit(seoul, early, title="Another title")
    with company_scope(seoul.company.pk):
        early = get_occurrence(early.public_id)
    with pytest.raises(RuleBroken, match="Opens at 08:00"):
        edit(seoul, early, starts_at=at(7, 30), ends_at=at(8, 30))
    edit(seoul, early, starts_at=at(8), ends_at=at(9))


def test_a_series_moves_as_a_whole_or_not_at_all(seoul: Cast) -> None:
    row = make_booking(
        seoul.alice, seoul.room, start=at(18), recurrence=("RRULE:FREQ=DAILY;COUNT=3",)
    )
    rule(seoul, opening_hours=[480, 1200] * 3 + [480, 1140] + [480, 1200] * 3)  # Thursdays to 19:00
    with pytest.raises(RuleBroken, match="2026-12-03: Closes at 19:00"):
        edit(seoul, row, scope="all", starts_at=at(18, 30), ends_at=at(19, 30))
    edit(seoul, row, scope="all", starts_at=at(17), ends_at=at(18))


def test_only_what_could_be_booked_is_offered(seoul: Cast) -> None:
    rule(seoul, room=seoul.other_room, max_length=30)
    rule(seoul, room=seoul.room, opening_hours=[600, 1080] * 7, step=30)
    hour = Span(at(17, 30), at(18, 30))
    with company_scope(seoul.company.pk):
        room = get_room(seoul.room.pk)
        offers = alternatives(company=seoul.company, room=room, spans=[hour])
        assert [(offer.room, offer.span) for offer in offers] == [(room, Span(at(17), at(18)))]
        wish = Wish(window=Span(at(9), at(12)), length=timedelta(hours=1), any_hour=True)
        found = find_rooms(company=seoul.company, wish=wish)
        assert [(free.room, free.slots[0].span) for free in found] == [(room, Span(at(10), at(11)))]


@pytest.mark.parametrize(
    "values",
    [
        {"opening_hours": [480, 1200] * 6},
        {"opening_hours": [1200, 480] + [0, 0] * 6},
        {"opening_hours": [0, 1441] + [0, 0] * 6},
        {"min_length": 0},
        {"min_length": 60, "max_length": 30},
        {"max_length": 32 * 1440},
        {"notice": 731 * 1440},
        {"horizon": 731},
        {"step": 7},
    ],
)
def test_the_database_keeps_no_rule_that_means_nothing(seoul: Cast, values: Any) -> None:
    with pytest.raises(IntegrityError, match="house_rules_"), transaction.atomic():
        rule(seoul, **values)


def test_a_place_has_one_row(seoul: Cast) -> None:
    rule(seoul, step=15)
    rule(seoul, room=seoul.room, step=15)
    with pytest.raises(IntegrityError, match="house_rules_once"), transaction.atomic():
        rule(seoul, step=30)
    with pytest.raises(IntegrityError, match="house_rules_one_owner"), transaction.atomic():
        rule(seoul, room=seoul.room, building=seoul.room.building)
