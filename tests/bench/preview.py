"""The preview of a series: every date against every room, in an installation that is in use."""

from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.drafts import Actor, Draft
from bookings.models import Door, Room
from bookings.preview import BookingPreview, State, preview_booking
from tenants.models import Member
from tenants.scope import company_scope
from tests.bench.installation import fill_day, make_company, make_rooms, tomorrow_at_eight
from tests.bench.measure import emit, emit_times, timed

ROOMS, BOOKINGS, DATES = 51, 20_000, 366
BAR = 500  # milliseconds, of a year's preview
RUNS = 20


def run(_base: str) -> None:
    """Asks the service, in this process: the answer's way through HTTP is another matter."""
    member = make_company("preview.example")
    rooms = make_rooms(member.company, ROOMS)
    start = tomorrow_at_eight()
    _fill(member, rooms, start)
    for dates in (1, 52, DATES):
        name = f"preview.{dates}x{ROOMS - 1}"
        found = _preview(member, rooms[0], start, dates)
        _check(found, dates)
        median = emit_times(
            name,
            [timed(lambda: _preview(member, rooms[0], start, dates)) for _ in range(RUNS)],  # noqa: B023
        )
        emit(name, "queries", _queries(member, rooms[0], start, dates), "queries", 1)
    emit(name, "of_its_bar", median / BAR, "ratio", RUNS)


def _fill(member: Member, rooms: list[Room], start: datetime) -> None:
    """Two half hours every other day in every room, so that half of the dates are taken."""
    company = member.company
    company.bookable_until = start + timedelta(days=DATES)
    with company_scope(company.pk):
        company.save()
    for number in range(BOOKINGS // (ROOMS * 2)):
        fill_day(member, rooms, per_room=2, start=start + timedelta(days=number * 2 + 1))
    # Statistics, as autovacuum has them in an installation that is in use.
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE bookings_booking, bookings_occurrence")
        cursor.execute("SET ROLE roomly_worker")


def _preview(member: Member, room: Room, start: datetime, dates: int) -> BookingPreview:
    draft = Draft(
        title="Bench",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        timezone="Asia/Seoul",
        recurrence=(f"RRULE:FREQ=DAILY;COUNT={dates}",),
    )
    with company_scope(member.company_id):
        return preview_booking(
            by=Actor(Door.WEB, member), company=member.company, room=room, draft=draft
        )


def _check(found: BookingPreview, dates: int) -> None:
    """A fast wrong answer does not count."""
    taken = [date.state for date in found.dates].count(State.TAKEN)
    assert (len(found.dates), taken, len(found.rooms)) == (dates, dates // 2, ROOMS - 1)


def _queries(member: Member, room: Room, start: datetime, dates: int) -> int:
    with CaptureQueriesContext(connection) as queries:
        _preview(member, room, start, dates)
    return sum(query["sql"] not in ("BEGIN", "COMMIT") for query in queries)
