"""Sixteen clients want one slot, forty times over, of a server with eight threads: one of them has
it each time, the others are refused."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from threading import Barrier

import httpx

from bookings.models import Occurrence, Room
from tenants.scope import company_scope
from tests.bench.installation import make_company, make_rooms, tomorrow_at_eight
from tests.bench.measure import emit, emit_times
from tests.bench.programs import api_client

CLIENTS, ROUNDS = 16, 40
LENGTH = timedelta(minutes=15)


def run(base: str) -> None:
    """Through HTTP; who is told to come again (503) does."""
    member = make_company("race.example")
    (room,) = make_rooms(member.company, 1)
    clients = [api_client(member, base) for _ in range(CLIENTS)]
    told: Counter[int] = Counter()
    times: list[float] = []
    with ThreadPoolExecutor(CLIENTS) as threads:
        for number in range(ROUNDS):
            book = partial(_book, room, tomorrow_at_eight() + number * LENGTH, Barrier(CLIENTS))
            for status, milliseconds in threads.map(book, clients):
                told[status] += 1
                times.append(milliseconds)
    for client in clients:
        client.close()
    assert set(told) == {httpx.codes.CREATED, httpx.codes.CONFLICT}, told
    with company_scope(member.company_id):
        booked = Occurrence.objects.filter(room=room).count()
    emit("race", "bookings", booked, "bookings", ROUNDS)
    emit("race", "created", told[httpx.codes.CREATED], "answers", ROUNDS)
    emit("race", "refused", told[httpx.codes.CONFLICT], "answers", ROUNDS * (CLIENTS - 1))
    emit_times("race", times)


def _book(room: Room, start: datetime, ready: Barrier, client: httpx.Client) -> tuple[int, float]:
    """The status of the answer, and how long it took, in milliseconds."""
    body = {
        "room": room.pk, "title": "Race", "timezone": "Asia/Seoul",
        "start": start.isoformat(), "end": (start + LENGTH).isoformat(),
    }  # fmt: skip
    ready.wait()
    begun = time.perf_counter()
    for _ in repeat(None):
        answer = client.post("/api/v1/bookings", json=body)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
    return answer.status_code, (time.perf_counter() - begun) * 1000
