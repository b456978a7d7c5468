"""What the page's drag asks of the server: who may, from where, to where, and back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookings.models import Occurrence
from bookings.web.form.move_views import seen_as
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_room


@pytest.fixture
def row(seoul: Cast) -> Occurrence:
    """Tomorrow, 10:00–11:00."""
    return make_booking(seoul.alice, seoul.room)


def move(by: Member, row: Occurrence, **data: Any) -> Any:
    with company_scope(by.company_id):
        seen = seen_as(row, ZoneInfo(by.company.timezone))
    values = {"room": row.room_id, "start_by": 60, "end_by": 60, "seen": seen, **data}
    return sign_in(by).post(
        f"/bookings/{row.public_id}/move/", values, headers={"HX-Request": "true"}
    )


def start_of(row: Occurrence) -> Any:
    with company_scope(row.company_id):
        return Occurrence.objects.get(pk=row.pk).starts_at


def test_only_who_may_change_it_moves_it(seoul: Cast, row: Occurrence) -> None:
    assert move(seoul.bob, row).status_code == 403
    assert start_of(row) == at(10)
    assert move(seoul.admin, row).status_code == 200
    assert start_of(row) == at(11)


def test_what_is_not_where_the_page_showed_it_is_not_moved(seoul: Cast, row: Occurrence) -> None:
    assert move(seoul.alice, row).status_code == 200
    answer = move(seoul.alice, row)  # the same drag twice: what was seen is out of date
    assert answer.status_code == 412
    assert "changed this booking" in answer.content.decode()
    assert start_of(row) == at(11)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"start_by": -24 * 60, "end_by": -24 * 60}, 422),  # it would be over
        ({"start_by": 60, "end_by": 0}, 422),  # nothing would be left
        ({"start_by": "soon"}, 422),
        ({"start_by": 10**30}, 422),
        ({"room": 2**31 - 1}, 404),
        ({"room": 2**70}, 404),
    ],
)
def test_a_refusal_says_why_and_moves_nothing(
    seoul: Cast, row: Occurrence, data: dict[str, Any], status: int
) -> None:
    answer = move(seoul.alice, row, **data)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert start_of(row) == at(10)


def test_a_booking_keeps_the_clock_of_the_room_it_goes_to(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        seoul.other_room.timezone = "Europe/Berlin"
        seoul.other_room.save()
    answer = move(seoul.alice, row, room=seoul.other_room.pk, start_by=0, end_by=30)
    assert "10:00–11:30" in answer.content.decode()  # on the company's wall
    with company_scope(seoul.company.pk):
        now = Occurrence.objects.select_related("booking").get(pk=row.pk)
    assert (now.starts_at, now.ends_at) == (at(10), at(11, 30))
    assert now.booking.timezone == "Europe/Berlin"


def test_in_the_week_of_a_room_it_is_moved_by_the_clock_on_its_wall(seoul: Cast) -> None:
    zone = ZoneInfo("America/New_York")
    hudson = make_room(seoul.company, "Hudson", building="New York", timezone=zone.key)
    row = make_booking(seoul.alice, hudson, start=datetime(2027, 3, 12, 10, tzinfo=zone))
    with company_scope(seoul.company.pk):
        seen = seen_as(row, zone)
    assert seen.endswith("2027-03-12 10:00–11:00")
    three_days = 3 * 24 * 60  # the clocks go forward in between
    answer = move(seoul.alice, row, seen=seen, start_by=three_days, end_by=three_days)
    assert answer.status_code == 200
    assert start_of(row) == datetime(2027, 3, 15, 10, tzinfo=zone)
    assert move(seoul.alice, row, start_by=8 * 24 * 60, end_by=8 * 24 * 60).status_code == 422


def test_the_question_names_only_what_the_move_changes(seoul: Cast) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    asked = move(seoul.alice, row)
    assert [each.label for each in asked.context["differences"]] == ["Start", "End"]
    late = move(seoul.alice, row, start_by=0, end_by=14 * 60)
    (ends,) = [each for each in late.context["differences"] if each.label != "End"]
    assert (ends.label, ends.now) == ("Ends on another day", "2026-12-03")


def test_nothing_is_put_back_that_no_drag_could_bring_back(seoul: Cast) -> None:
    """A date that had a room of its own takes all along: the way back would not be the same."""
    row = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    with company_scope(seoul.company.pk):
        Occurrence.objects.filter(pk=row.pk).update(override_mask=1)
    asked = move(seoul.alice, row)
    assert asked.headers["HX-Retarget"] == "#panel"
    for scope, offered in (("all", False), ("this", True)):
        carried = {**dict(asked.context["carried"]), "scope": scope}
        moved = sign_in(seoul.alice).post(
            f"/bookings/{row.public_id}/edit/", carried, headers={"HX-Request": "true"}
        )
        assert ("put-back" in moved.content.decode()) is offered
        with company_scope(seoul.company.pk):
            row = Occurrence.objects.select_related("booking", "room__building").get(pk=row.pk)
        asked = move(seoul.alice, row)
