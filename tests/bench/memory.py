"""The memory of the processes that serve pages, after some traffic, what they share divided among
them (PSS)."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import product

import httpx

from bookings.models import Room
from tenants.models import Member
from tests.bench.installation import fill_day, make_company, make_rooms, tomorrow_at_eight, web
from tests.bench.measure import emit
from tests.bench.processes import mebibytes_of, tree_of
from tests.bench.programs import api_client, browser

THREADS = 8  # of a process, see roomly/asgi.py
BAR = 400
VISITORS, VISITS = 16, 12


def run(_base: str) -> None:
    """One process, which has eight threads, and two, as docker-compose.yml starts them."""
    member = make_company("memory.example")
    rooms = make_rooms(member.company, 50)
    start = tomorrow_at_eight()
    fill_day(member, rooms, per_room=5, start=start)
    for processes in (1, 2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            base = f"http://127.0.0.1:{free.getsockname()[1]}"
        with web(base, processes=processes) as started:
            before = sum(map(mebibytes_of, tree_of(started)))
            with ThreadPoolExecutor(VISITORS) as visitors:
                visit = partial(_visit, member, rooms, base)
                assert all(visitors.map(visit, range(VISITORS)))
            after = sum(map(mebibytes_of, tree_of(started)))
        name, slots = f"memory.{processes * THREADS} slots", processes * THREADS
        emit(name, "pss_at_start", before, "MiB", slots)
        emit(name, "pss", after, "MiB", slots)
        emit(name, "of_its_bar", after / BAR, "ratio", slots)


def _visit(member: Member, rooms: list[Room], base: str, number: int) -> bool:
    """Looks around, and books; whether all of it went well."""
    start = tomorrow_at_eight()
    pages = ("/", f"/rooms/{rooms[number].pk}/", f"/rooms/{rooms[number].pk}/month/", "/find/")
    answers = []
    with browser(member, base) as client, api_client(member, base) as program:
        for visit, page in product(range(VISITS), pages):
            day = start + timedelta(days=visit)
            answers.append(client.get(page, params={"date": f"{day:%Y-%m-%d}"}))
        for visit in range(VISITS):
            since = start + timedelta(days=30 + visit, minutes=30 * number)
            body = {
                "room": rooms[visit].pk, "title": "Memory", "timezone": "Asia/Seoul",
                "start": since.isoformat(), "end": (since + timedelta(minutes=30)).isoformat(),
            }  # fmt: skip
            answers.append(program.post("/api/v1/bookings", json=body))
    well = (httpx.codes.OK, httpx.codes.CREATED, httpx.codes.CONFLICT)
    return all(answer.status_code in well for answer in answers)
