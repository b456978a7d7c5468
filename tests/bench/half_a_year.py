"""A data set on which other booking systems were measured, too: half a year of a busy office.

50 rooms in five buildings, 20,000 bookings from 90 days before a day to 90 days after it, 5,000
of them in 351 weekly series. Nothing overlaps: series have the early hours, singles the others.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice, product

from bookings.models import Booking, Occurrence, Room
from tenants.models import Member
from tenants.scope import company_scope
from tests import factories

ROOMS, BUILDINGS = 50, 5
REACH = 90  # days, before and after
SERIES, DATES_OF_SERIES = 351, 5_000
SINGLES = 15_000
LENGTH = timedelta(minutes=30)
SERIES_HOURS, SINGLE_HOURS = range(8, 10), range(10, 20)
A_WEEK = timedelta(weeks=1)


def fill(member: Member, day: datetime) -> list[Room]:
    """Makes the rooms and their bookings around midnight of a day in Seoul; returns the rooms."""
    rooms = [
        factories.make_room(
            member.company,
            f"Room {number:02}",
            building=f"Building {number * BUILDINGS // ROOMS + 1}",
            capacity=4 + number % 9,
        )
        for number in range(ROOMS)
    ]
    first = day.replace(tzinfo=None) - timedelta(days=REACH)
    with company_scope(member.company_id):
        for bookings in (_series(member, rooms, first), _singles(member, rooms, first)):
            made = Booking.objects.bulk_create(bookings, batch_size=1000)
            dates = [date for booking in made for date in _dates(booking)]
            Occurrence.objects.bulk_create(dates, batch_size=1000)
    return rooms


def _series(member: Member, rooms: list[Room], first: datetime) -> Iterator[Booking]:
    more = DATES_OF_SERIES % SERIES  # so many have a date more than the others
    places = product(SERIES_HOURS, range(5), rooms)
    for number, (hour, weekday, room) in enumerate(islice(places, SERIES)):
        start = first + timedelta(days=-first.weekday() % 7 + weekday, hours=hour)
        times = DATES_OF_SERIES // SERIES + (number < more)
        yield _booking(member, room, start, f"FREQ=WEEKLY;COUNT={times}")


def _singles(member: Member, rooms: list[Room], first: datetime) -> Iterator[Booking]:
    places = product(SINGLE_HOURS, range(2 * REACH + 1), rooms)
    for hour, days, room in islice(places, SINGLES):
        yield _booking(member, room, first + timedelta(days=days, hours=hour), "")


def _booking(member: Member, room: Room, start: datetime, rule: str) -> Booking:
    return Booking(
        company_id=member.company_id, room=room, organizer=member, title="Meeting",
        timezone="Asia/Seoul", duration=LENGTH, dtstart_local=start, rrule=rule,
    )  # fmt: skip


def _dates(booking: Booking) -> Iterator[Occurrence]:
    times = int(booking.rrule.rpartition("=")[2]) if booking.rrule else 1
    for local in islice(count_weeks(booking.dtstart_local), times):
        start = local.replace(tzinfo=factories.SEOUL)
        yield Occurrence(
            company_id=booking.company_id, booking=booking, room=booking.room,
            original_start=local, starts_at=start, ends_at=start + LENGTH,
            block_from=start, block_to=start + LENGTH,
        )  # fmt: skip


def count_weeks(start: datetime) -> Iterator[datetime]:
    """The same wall-clock time, week after week."""
    return (start + number * A_WEEK for number in count())
