"""Finding a room: free at one time, and within a week, in an installation that is in use."""

from datetime import datetime, timedelta

from bookings.availability import find_rooms
from bookings.free_gaps import free_gaps, working_hours
from bookings.models import Room
from bookings.ranking import FreeRoom, Wish
from bookings.spans import Span
from tenants.models import Member
from tenants.scope import company_scope
from tests.bench.installation import (
    fill_day,
    gather_statistics,
    make_company,
    make_rooms,
    tomorrow_at_eight,
)
from tests.bench.measure import emit, emit_times, statements, timed

SIZES = {50: (4, 28), 1000: (2, 9)}  # rooms: half hours a day in each, days
RUNS = 30
HOUR = timedelta(hours=1)
ZONE = "Asia/Seoul"


def run(_base: str) -> None:
    """Asks the service, in this process; what a search costs through HTTP is told by `cost`."""
    start = tomorrow_at_eight()
    for count, (per_room, days) in SIZES.items():
        member = make_company(f"find-{count}.example")
        rooms = make_rooms(member.company, count)
        for day in range(days):
            fill_day(member, rooms, per_room=per_room, start=start + timedelta(days=day - 1))
        gather_statistics()
        at_once = Wish(window=Span(start, start + HOUR), length=HOUR)
        week = Wish(window=Span(start, start + timedelta(days=7)), length=HOUR)
        free = Wish(window=Span(start + HOUR / 2, start + HOUR), length=HOUR / 2)
        for name, wish, found in (
            ("at", free, count), ("taken", at_once, 0), ("week", week, count),
        ):  # fmt: skip
            assert len(_find(member, wish, count)) == found, (name, found)
            _measure(f"find.{name}.{count}", member, wish, count)
        _measure_statement(f"find.gaps.{count}x7", member, rooms, start)


def _find(member: Member, wish: Wish, limit: int) -> list[FreeRoom]:
    with company_scope(member.company_id):
        return find_rooms(company=member.company, wish=wish, member=member, limit=limit)


def _measure(name: str, member: Member, wish: Wish, count: int) -> None:
    emit_times(name, [timed(lambda: _find(member, wish, count)) for _ in range(RUNS)])
    with company_scope(member.company_id):
        asked = statements(lambda: _find(member, wish, count))
    emit(name, "queries", asked, "queries", 1)


def _measure_statement(name: str, member: Member, rooms: list[Room], start: datetime) -> None:
    window = Span(start, start + timedelta(days=7))
    with company_scope(member.company_id):
        rooms = list(Room.objects.select_related("building").filter(pk__in=[r.pk for r in rooms]))
        hours = {ZONE: working_hours(member.company, ZONE, window)}
        emit_times(name, [timed(lambda: free_gaps(rooms, hours, length=HOUR)) for _ in range(RUNS)])
