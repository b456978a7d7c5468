"""One booking: through the service, through HTTP, refused, and beside a bare round trip."""

from datetime import timedelta
from itertools import count

import httpx
from django.db import connection

from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.errors import RoomTaken
from bookings.models import Door, Room
from tenants.models import Member
from tenants.scope import company_scope
from tests.bench.installation import make_company, make_rooms, tomorrow_at_eight
from tests.bench.measure import emit, emit_times, timed
from tests.bench.programs import api_client

RUNS = 200
LENGTH = timedelta(minutes=15)


def run(base: str) -> None:
    """Interleaves the ways, so that all see the same machine."""
    member = make_company("booking.example")
    service_room, http_room = make_rooms(member.company, 2)
    slots = (tomorrow_at_eight() + LENGTH * number for number in count())
    times: dict[str, list[float]] = {"round_trip": [], "service": [], "refused": [], "http": []}
    with api_client(member, base) as client:
        for _ in range(RUNS):
            start = next(slots)
            draft = Draft(
                title="Bench", starts_at=start, ends_at=start + LENGTH, timezone="Asia/Seoul"
            )
            times["round_trip"].append(timed(_round_trip))
            times["service"].append(timed(lambda: _book(member, service_room, draft)))  # noqa: B023
            times["refused"].append(timed(lambda: _refused(member, service_room, draft)))  # noqa: B023
            times["http"].append(timed(lambda: _post(client, http_room, draft)))  # noqa: B023
    medians = {name: emit_times(f"booking.{name}", values) for name, values in times.items()}
    bar = 12 * medians["round_trip"] + 5
    emit("booking.service", "of_its_bar", medians["service"] / bar, "ratio", RUNS)


def _round_trip() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _book(member: Member, room: Room, draft: Draft) -> None:
    with company_scope(member.company_id):
        create_booking(by=Actor(Door.WEB, member), company=member.company, room=room, draft=draft)


def _refused(member: Member, room: Room, draft: Draft) -> None:
    try:
        _book(member, room, draft)
    except RoomTaken:
        return
    raise AssertionError("the same slot was booked twice")


def _post(client: httpx.Client, room: Room, draft: Draft) -> None:
    answer = client.post(
        "/api/v1/bookings",
        json={
            "room": room.pk, "title": draft.title, "timezone": draft.timezone,
            "start": draft.starts_at.isoformat(), "end": draft.ends_at.isoformat(),
        },
    )  # fmt: skip
    answer.raise_for_status()
