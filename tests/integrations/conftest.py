"""Programs with a key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from integrations.keys import create_api_key
from tenants.models import Company, Member
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.conftest import Linked, http, linked, unconnected
from tests.conftest import Cast
from tests.integrations.edit_story import Story
from tests.integrations.hooked import Hooked, hook
from tests.integrations.receiver import Receiver, receiving

__all__ = ["http", "linked", "unconnected"]  # a company whose rooms have calendars at Google

BOOKINGS = "/api/v1/bookings"


class Program:
    """A caller of the API that presents one key and speaks JSON."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._client = Client(headers={"authorization": f"Bearer {key}"})

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self._client.get(path, query, headers=headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._client.post(path, body, content_type="application/json", headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._client.patch(path, body, content_type="application/json", headers=headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._client.delete(path, headers=headers)


MakeProgram = Callable[..., Program]


@pytest.fixture
def make_program() -> MakeProgram:
    """A program of a company, or of one of its members."""

    def make(company: Company, *scopes: str, member: Member | None = None) -> Program:
        with company_scope(company.pk):
            return Program(create_api_key(scopes=scopes or ["book"], member=member))

    return make


@pytest.fixture
def program(seoul: Cast, make_program: MakeProgram) -> Program:
    """A program of Alice's company that may book."""
    return Program(beginning("program", lambda: make_program(seoul.company).key))


def wish(room: int, hour: int = 10, *, day: int = 2, hours: int = 1, **fields: Any) -> Any:
    """A booking body, by default for the day after the tests' today, in Seoul."""
    date = f"2026-12-{day:02}"
    return {
        "room": room,
        "title": "Design review",
        "start": f"{date}T{hour:02}:00:00+09:00",
        "end": f"{date}T{hour + hours:02}:00:00+09:00",
        **fields,
    }


@pytest.fixture(
    params=[
        pytest.param(True, id="each"),
        pytest.param(False, id="together", marks=pytest.mark.soak),
    ]
)
def story(request: pytest.FixtureRequest, linked: Linked, program: Program) -> Iterator[Story]:
    """A story of edits that end alike on both sides.

    Google hears of each edit by itself, or of all of them together.
    """
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        told = Story(linked, program, clock, at_once=request.param)
        yield told
        told.check()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server, which messages are sent to."""
    with receiving() as running:
        yield running


@pytest.fixture
def hooked(transactional_db: None, seoul: Cast, receiver: Receiver) -> Hooked:
    """Alice's company, which has all of its bookings told to the receiver.

    Its acts really commit: what is new is known by transactions.
    """
    return hook(seoul, receiver)
