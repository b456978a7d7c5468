"""Why a date of a series is missing, or has no room, in the words of its history."""

import pytest

from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor
from bookings.edits.editing import change_booking
from bookings.extending import extend
from bookings.models import Booking, Door, Occurrence
from bookings.web.detail.story import story_of
from tenants.scope import company_scope
from tests.bookings.series_ahead import dates, later
from tests.bookings.test_create_booking import book
from tests.conftest import Cast
from tests.factories import at, make_booking


def told(cast: Cast, row: Occurrence) -> list[str]:
    """The acts, the oldest first."""
    with company_scope(cast.company.pk):
        row = Occurrence.objects.select_related("booking", "room__building").get(pk=row.pk)
        return [line.act for line in reversed(story_of(row))]


@pytest.mark.parametrize(
    ("visibility", "name"), [("default", "“Interview”"), ("private", "a private booking")]
)
def test_a_skipped_date_tells_what_was_in_the_way(seoul: Cast, visibility: str, name: str) -> None:
    make_booking(
        seoul.bob, seoul.room, start=at(10, day=4), title="Interview", visibility=visibility
    )
    booked = book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=5",), skip_taken=True)

    (skipped,) = booked.skipped
    assert told(seoul, skipped) == [f"booked it without this date: the room was taken by {name}"]
    assert told(seoul, booked.occurrences[0]) == ["booked it"]


def test_a_date_skipped_by_an_edit_does_too(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14, day=4), title="Interview")
    booking = book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=5",)).booking

    with company_scope(seoul.company.pk):
        edited = change_booking(
            by=Actor(Door.WEB, seoul.admin), company=seoul.company,
            occurrence=dates(seoul, booking)[0], scope="all", skip_taken=True,
            changes={"starts_at": at(14), "ends_at": at(15)},
        )  # fmt: skip

    (skipped,) = edited.skipped
    assert told(seoul, skipped)[-1] == "left this date out: the room was taken by “Interview”"


def test_a_date_that_met_another_series_tells_both_ends_of_its_story(seoul: Cast) -> None:
    yearly = ("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3",)
    older = book(seoul, title="All hands", starts_at=at(10, day=3), ends_at=at(11, day=3),
                 recurrence=yearly).booking  # fmt: skip
    younger = book(seoul, starts_at=at(10, day=5), ends_at=at(11, day=5),
                   recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR",)).booking  # fmt: skip
    with later(days=30):
        extend(seoul.company.pk)
    (lost,) = dates(seoul, younger, status="conflicted")
    assert told(seoul, lost) == [
        "booked it", "The room was taken by “All hands” when the series came to this date",
    ]  # fmt: skip

    with company_scope(seoul.company.pk):
        Booking.objects.get(pk=older.pk).occurrences.update(status="cancelled")
        settle_conflicts([seoul.room.pk])
    assert told(seoul, lost)[-1] == "This date got its room after all"
