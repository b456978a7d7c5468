"""Series of Google's are kept ahead, too, and keeping ahead writes nothing to Google."""

from bookings.extending import Progress, extend
from tests.bookings.series_ahead import WEEKLY, acts, dates, later, promise, stored
from tests.bookings.test_create_booking import book
from tests.calendars.conftest import Linked
from tests.calendars.test_series import there_weekly
from tests.factories import at, make_booking

ENDLESS = "RRULE:FREQ=WEEKLY;BYDAY=WE"
STRANGE = "RRULE:FREQ=WEEKLY;BYDAY=TH"  # does not name its start, a Wednesday


def writes(linked: Linked) -> dict[str, int]:
    return {name: n for name, n in linked.calls().items() if name not in ("list", "token")}


def test_an_endless_series_made_there_gets_its_dates_as_time_passes(linked: Linked) -> None:
    there_weekly(linked, ENDLESS, transparency="transparent")
    linked.sync()
    before = linked.dates()
    linked.forget_calls()

    with later(days=30):
        assert extend(linked.company_id) is Progress.DONE
        assert linked.push().done

    rows = linked.dates()
    assert len(rows) == len(before) + 5
    assert {(row.status, row.transparent) for row in rows} == {("confirmed", True)}
    assert writes(linked) == {}


def test_dates_of_ours_need_no_word_to_google(linked: Linked) -> None:
    book(linked.cast, recurrence=WEEKLY)
    linked.push()
    linked.forget_calls()

    with later(days=30):
        extend(linked.company_id)
        assert linked.push().done

    assert writes(linked) == {}
    assert not [entry for entry in linked.entries() if entry.is_pending]


def test_a_date_that_is_taken_by_then_stays_as_it_is_in_google(linked: Linked) -> None:
    """Events beyond the horizon are mirrored at once; the series meets one when it gets there."""
    booking = book(linked.cast, recurrence=WEEKLY).booking
    body = {
        "summary": "Years ahead",
        "start": {"dateTime": "2027-12-08T10:30:00+09:00"},
        "end": {"dateTime": "2027-12-08T11:30:00+09:00"},
    }
    linked.google.control.ui_create(linked.calendar, body, actor="bob@hangang.example")
    linked.sync()
    linked.forget_calls()

    with later(days=7):
        assert extend(linked.company_id) is Progress.DONE
        assert linked.push().done

    (lost,) = dates(linked.cast, booking, status="conflicted")
    assert acts(linked.cast, booking) == [("conflicted", lost.original_start)]
    assert writes(linked) == {}


def test_dates_that_only_google_knows_are_there_before_people_may_book(linked: Linked) -> None:
    there_weekly(linked, STRANGE)
    linked.sync()
    booking = linked.dates()[0].booking
    assert booking.opaque
    for days in (10, 20, 30, 40):
        with later(days=days):
            assert extend(linked.company_id) is Progress.DONE
            linked.forget_calls()
            assert linked.sync().done
            listed = linked.calls().get("instances", 0)
            assert linked.dates()[-1].starts_at > promise(linked.cast), days
            assert listed == (1 if days in (10, 30) else 0), days
            assert linked.sync().done
    assert {row.status for row in linked.dates()} == {"confirmed"}
    assert stored(linked.cast, booking).opaque


def test_without_google_the_others_go_on(linked: Linked) -> None:
    there_weekly(linked, STRANGE)
    linked.sync()
    make_booking(linked.cast.alice, linked.cast.room, start=at(18))

    with later(days=300):
        assert extend(linked.company_id) is Progress.DONE
