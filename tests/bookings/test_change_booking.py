"""Moving and rewording a booking, and who may."""

from typing import Any

import pytest

from bookings.drafts import Actor, Attendee
from bookings.edits.date_edits import change_occurrence
from bookings.errors import Changed, OutsideRules, RoomTaken
from bookings.models import Door, Occurrence, Override, Room
from bookings.occurrences import version_tag
from tenants.errors import InvalidInput, NotAllowed, NotFound
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking


def change(
    cast: Cast, row: Occurrence, *, by: Member | None = None, expected: str | None = None,
    **changes: Any,
) -> Occurrence:  # fmt: skip
    """Changes through the service, as Alice unless `by` is named; returns the date as stored."""
    with company_scope(cast.company.pk):
        changed = change_occurrence(
            by=Actor(Door.WEB, by or cast.alice),
            company=cast.company,
            occurrence=row,
            changes=changes,  # type: ignore[arg-type]
            expected_version=expected,
        )
        return load(changed.pk)


def load(pk: int) -> Occurrence:
    row: Occurrence = Occurrence.objects.select_related("booking", "room__building").get(pk=pk)
    return row


@pytest.fixture
def row(seoul: Cast) -> Occurrence:
    return make_booking(seoul.alice, seoul.room)


@pytest.fixture
def date(seoul: Cast) -> Occurrence:
    """The first date of a series."""
    return make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))


def test_a_single_booking_moves_whole(seoul: Cast, row: Occurrence) -> None:
    moved = change(
        seoul, row, starts_at=at(14), ends_at=at(15, 30), room=seoul.other_room, title="Retro "
    )

    assert (moved.starts_at, moved.ends_at, moved.room) == (at(14), at(15, 30), seoul.other_room)
    booking = moved.booking
    assert (booking.title, booking.room_id) == ("Retro", seoul.other_room.pk)
    assert f"{booking.dtstart_local:%H:%M}" == "14:00"
    assert moved.original_start == booking.dtstart_local
    assert booking.duration == moved.ends_at - moved.starts_at
    assert moved.override_mask == 0, "a single has nothing to differ from"


def test_one_date_of_a_series_moves_alone(seoul: Cast, date: Occurrence) -> None:
    moved = change(seoul, date, starts_at=at(14), ends_at=at(15), title="Special")

    assert moved.original_start == date.original_start, "its identity stays"
    assert moved.override_mask == Override.TIME | Override.TITLE
    assert moved.shown_title == "Special"
    assert moved.booking.title == "Design review"
    with company_scope(seoul.company.pk):
        others = moved.booking.occurrences.exclude(pk=moved.pk)
        assert [(other.title, other.override_mask) for other in others] == [(None, 0)] * 2


def test_history_keeps_only_what_differs(seoul: Cast, row: Occurrence) -> None:
    change(seoul, row, by=seoul.admin, title="Retro")

    with company_scope(seoul.company.pk):
        event = row.booking.history.last()
    assert (event.act, event.member_id) == ("changed", seoul.admin.pk)
    assert (event.before, event.after) == ({"title": "Design review"}, {"title": "Retro"})


def test_a_move_may_overlap_where_it_was(seoul: Cast, row: Occurrence) -> None:
    moved = change(seoul, row, starts_at=at(10, 30), ends_at=at(11, 30))

    assert moved.starts_at == at(10, 30)


def test_a_move_into_a_taken_room_changes_nothing(seoul: Cast, row: Occurrence) -> None:
    taken = make_booking(seoul.bob, seoul.room, start=at(14))

    with pytest.raises(RoomTaken) as refusal:
        change(seoul, row, starts_at=at(14, 30), ends_at=at(15), title="Retro")

    assert refusal.value.conflicts == [taken]
    with company_scope(seoul.company.pk):
        now = load(row.pk)
        assert (now.starts_at, now.booking.title, now.version) == (at(10), "Design review", 1)


def test_the_room_that_was_left_is_free_again(seoul: Cast, row: Occurrence) -> None:
    change(seoul, row, room=seoul.other_room)

    make_booking(seoul.bob, seoul.room)


def test_who_saw_an_older_version_is_told(seoul: Cast, row: Occurrence) -> None:
    seen = version_tag(row)
    change(seoul, row, by=seoul.admin, title="Retro")

    with pytest.raises(Changed):
        change(seoul, row, expected=seen, title="Planning")
    change(seoul, row, title="Planning")


def test_any_change_of_a_booking_gives_it_another_version(seoul: Cast, date: Occurrence) -> None:
    seen = version_tag(date)

    assert version_tag(change(seoul, date, title="Special")) != seen


@pytest.mark.parametrize(
    ("who", "may"), [("alice", True), ("bob", False), ("manager", True), ("admin", True)]
)
def test_organisers_and_those_who_run_rooms_may_change_it(
    seoul: Cast, row: Occurrence, who: str, may: bool
) -> None:
    if who == "manager":
        with company_scope(seoul.company.pk):
            seoul.bob.role = Member.Role.ROOM_MANAGER
            seoul.bob.save()
    by = seoul.bob if who == "manager" else getattr(seoul, who)
    if may:
        change(seoul, row, by=by, title="Retro")
        return
    with pytest.raises(NotAllowed):
        change(seoul, row, by=by, title="Retro")


def test_a_cancelled_booking_cannot_be_changed(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        Occurrence.objects.update(status=Occurrence.Status.CANCELLED)

    with pytest.raises(NotFound):
        change(seoul, row, title="Retro")


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": at(11)},
        {"starts_at": at(9, day=1), "ends_at": at(10, day=1)},
        {"ends_at": at(10)},
        {"title": ""},
        {"timezone": "Asia/Atlantis"},
        {"visibility": "secret"},
        {"attendees": (Attendee(email="nobody"),)},
    ],
)
def test_bad_input_changes_nothing(seoul: Cast, row: Occurrence, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        change(seoul, row, **changes)

    with company_scope(seoul.company.pk):
        assert load(row.pk).version == 1


def test_a_running_meeting_may_be_prolonged_but_not_moved_into_the_past(
    seoul: Cast, time_machine: Any
) -> None:
    row = make_booking(seoul.alice, seoul.room, start=at(13, day=1))
    time_machine.move_to(at(13, 30, day=1), tick=False)

    assert change(seoul, row, ends_at=at(15, day=1)).ends_at == at(15, day=1)
    with pytest.raises(OutsideRules):
        change(seoul, row, starts_at=at(12, 30, day=1))
    with pytest.raises(OutsideRules):
        change(seoul, row, ends_at=at(13, 15, day=1))


def test_a_date_beyond_the_horizon_may_change_its_room(seoul: Cast, row: Occurrence) -> None:
    seoul.company.bookable_until = at(9)  # the event came from Google, which knows no horizon

    moved = change(seoul, row, room=seoul.other_room)
    with pytest.raises(OutsideRules):
        change(seoul, moved, starts_at=at(12), ends_at=at(13))


def test_an_untitled_event_of_google_can_be_moved(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        row.booking.title = ""
        row.booking.save()

    assert change(seoul, row, starts_at=at(9), ends_at=at(10)).starts_at == at(9)


def test_only_the_whole_series_has_a_zone_and_a_video_meeting(
    seoul: Cast, date: Occurrence
) -> None:
    for changes in ({"timezone": "UTC"}, {"video": True}):
        with pytest.raises(InvalidInput):
            change(seoul, date, **changes)

    as_it_is: dict[str, Any] = {
        "attendees": (),
        "timezone": "Asia/Seoul",
        "video": False,
        "reminders": None,
    }
    changed = change(seoul, date, title="Retro", **as_it_is)
    assert (changed.shown_title, changed.override_mask) == ("Retro", Override.TITLE)


def test_guests_are_replaced_and_those_who_stay_keep_their_answer(
    seoul: Cast, row: Occurrence
) -> None:
    change(seoul, row, attendees=(Attendee(email="a@x.example"), Attendee(email="b@x.example")))
    with company_scope(seoul.company.pk):
        row.booking.participants.filter(email="a@x.example").update(response="accepted")

    change(
        seoul, row,
        attendees=(Attendee(email="a@x.example", optional=True), Attendee(email="c@x.example")),
    )  # fmt: skip

    with company_scope(seoul.company.pk):
        people = row.booking.participants.values_list("email", "optional", "response")
        assert sorted(people) == [
            ("a@x.example", True, "accepted"),
            ("c@x.example", False, "needsAction"),
        ]


def test_nothing_moves_into_a_closed_or_foreign_room(
    seoul: Cast, stranger: Cast, row: Occurrence
) -> None:
    with pytest.raises(NotFound):
        change(seoul, row, room=stranger.room)
    with company_scope(seoul.company.pk):
        seoul.other_room.state = Room.State.CLOSED
        seoul.other_room.save()
    with pytest.raises(OutsideRules):
        change(seoul, row, room=seoul.other_room)


def test_a_conflicting_date_that_finds_a_place_is_confirmed(seoul: Cast, row: Occurrence) -> None:
    with company_scope(seoul.company.pk):
        Occurrence.objects.update(status=Occurrence.Status.CONFLICTED, reason="taken in Google")

    moved = change(seoul, row, starts_at=at(16), ends_at=at(17))

    assert (moved.status, moved.reason, moved.blocks) == ("confirmed", "", True)
