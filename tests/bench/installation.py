"""An installation to measure: a company, its rooms, days full of bookings, and real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory

import httpx
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, Occurrence, Room
from bookings.recurrence import to_local
from tenants.access import COMPANY_SESSION_KEY
from tenants.models import Company, Member
from tenants.scope import company_scope
from tests import factories
from tests.bench.measure import statements

BOOKING_LENGTH = timedelta(minutes=30)
START_SECONDS = 60
DATABASE_ROLE = "roomly_worker"  # under row-level security, like the processes that are measured
OTHER_WEEKDAYS = 6
_DATES_OF_A_YEAR = """
    INSERT INTO bookings_occurrence
        (company_id, public_id, booking_id, room_id, original_start, starts_at, ends_at,
         block_from, block_to, status, reason, transparent, room_response, override_mask,
         version, updated_at)
    SELECT company_id, gen_random_uuid(), id, room_id, at, at AT TIME ZONE timezone,
           at AT TIME ZONE timezone + duration, at AT TIME ZONE timezone,
           at AT TIME ZONE timezone + duration, 'confirmed', '', false, '', 0, 1, now()
      FROM bookings_booking,
           generate_series(dtstart_local, dtstart_local + interval '51 weeks', '1 week') AS at
     WHERE company_id = %s AND rrule <> ''
"""


def make_company(domain: str) -> Member:
    """A company with its administrator."""
    company = factories.make_company(name=domain, domain=domain)
    return factories.make_member(company, f"minji@{domain}")


def make_rooms(company: Company, count: int, name: str = "Room") -> list[Room]:
    """Rooms without a Google calendar: what is measured here ends at our own database."""
    return [factories.make_room(company, f"{name} {number:04}") for number in range(count)]


def fill_day(member: Member, rooms: list[Room], *, per_room: int, start: datetime) -> None:
    """Puts `per_room` half-hour bookings into each room, an hour apart from `start` on."""
    with company_scope(member.company_id):
        bookings = [
            Booking(
                company_id=member.company_id, room=room, organizer=member,
                title=f"Meeting {number}", timezone="Asia/Seoul", duration=BOOKING_LENGTH,
                dtstart_local=to_local(start + timedelta(hours=number), factories.SEOUL),
            )
            for room in rooms
            for number in range(per_room)
        ]  # fmt: skip
        Booking.objects.bulk_create(bookings)
        Occurrence.objects.bulk_create(map(_only_date, bookings))


def fill_weeks(member: Member, rooms: list[Room], *, series: int, start: datetime) -> None:
    """Puts weekly series of a year into these rooms, all on other weekdays than `start`."""
    bookings = []
    for number in range(series):
        place, room = divmod(number, len(rooms))
        half_hours, weekday = divmod(place, OTHER_WEEKDAYS)
        later = timedelta(days=1 + weekday) + half_hours * BOOKING_LENGTH
        bookings.append(
            Booking(
                company_id=member.company_id,
                room=rooms[room],
                organizer=member,
                title=f"Series {number}",
                timezone="Asia/Seoul",
                duration=BOOKING_LENGTH,
                rrule="FREQ=WEEKLY",
                dtstart_local=to_local(start + later, factories.SEOUL),
            )
        )
    with company_scope(member.company_id), connection.cursor() as cursor:
        Booking.objects.bulk_create(bookings, batch_size=1000)
        cursor.execute(_DATES_OF_A_YEAR, [member.company_id])


def gather_statistics() -> None:
    """What PostgreSQL does by itself within a minute; a benchmark fills its tables faster."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("ANALYZE")
        cursor.execute(f"SET ROLE {DATABASE_ROLE}")


def page_queries(member: Member, path: str) -> int:
    """How many statements a page costs once the process is warm; asked in this process."""
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[COMPANY_SESSION_KEY] = member.company_id
    session.save()
    client.get(path)
    return statements(lambda: client.get(path))


def _only_date(booking: Booking) -> Occurrence:
    starts_at = booking.dtstart_local.replace(tzinfo=factories.SEOUL)
    ends_at = starts_at + booking.duration
    return Occurrence(
        company_id=booking.company_id, public_id=booking.public_id, booking=booking,
        room=booking.room, original_start=booking.dtstart_local, starts_at=starts_at,
        ends_at=ends_at, block_from=starts_at, block_to=ends_at,
    )  # fmt: skip


def tomorrow_at_eight() -> datetime:
    """Eight in the morning in Seoul, an aware time."""
    tomorrow = timezone.now().astimezone(factories.SEOUL) + timedelta(days=1)
    return tomorrow.replace(hour=8, minute=0, second=0, microsecond=0)


@contextmanager
def process(*module: str, role: str, **settings: str) -> Iterator[int]:
    """One process of the product, for as long as the block runs; yields its id."""
    child = subprocess.Popen(
        [sys.executable, "-m", *module],
        env={**os.environ, "DATABASE_ROLE": role, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait(timeout=START_SECONDS)


@contextmanager
def web(base: str, *, processes: int = 1) -> Iterator[int]:
    """The web's processes at a base URL, ready to answer, as they are deployed; yields the id of
    the first."""
    port = base.rpartition(":")[2]
    uvicorn = ("uvicorn", "roomly.asgi:application", "--port", port, "--log-level", "warning")
    with TemporaryDirectory() as static:
        deployed = {"DEBUG": "false", "STATIC_ROOT": static, "PUBLIC_URL": base}
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, env={**os.environ, **deployed}, check=True)
        many = ("--workers", str(processes)) if processes > 1 else ()
        with process(*uvicorn, *many, role="roomly_app", **deployed) as started:
            wait_until(lambda: _answers(f"{base}/readyz"), seconds=START_SECONDS)
            yield started


@contextmanager
def worker() -> Iterator[None]:
    """A Celery worker with the threads of the demo."""
    celery = ("celery", "-A", "roomly", "worker", "--pool", "threads", "--concurrency", "4")
    with process(*celery, role="roomly_worker"):
        yield


def wait_until(happened: Callable[[], bool], *, seconds: float) -> None:
    """Looks every two milliseconds; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.002)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
