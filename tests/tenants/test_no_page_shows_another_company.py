"""Every path × every object of another company: as if it did not exist.

Once with all nets, once without the managers' filter, once without row-level security.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import connection, models
from django.test import Client

from bookings.models import Display, OccurrenceManager, OccurrenceQuerySet
from integrations.keys import create_api_key
from tenants.isolation import TenantManager
from tenants.prepared import Prepared
from tenants.scope import company_scope
from tests.conftest import Cast, become, sign_in
from tests.tenants.routes import Route, all_routes
from tests.tenants.tenant_tables import CANARY, LOGO_OF_CANARY, TABLES, TENANT_MODELS, fill

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
OPERATORS = "admin/"  # every path below asks for a member of staff first
STREAMS = {"live"}  # never ends, names rooms and days only; its own tests listen to it
FIRST_FOREIGN_ID = 1_000_000  # so that no id of theirs is an id of ours, in any table
CATCH_ALL = {"admin/<path:url>", "api/v1/<path:anything>"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORGED = "{}.{}." + "A" * 43  # the token of a display, signed by somebody else
NEVER_WAS = {
    "int": 2_000_000_000,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "str": FORGED.format(2_000_000_000, 1),
}


@dataclass(frozen=True)
class Foreign:
    """Another company's ids by the converter that takes them, and all of its data.

    Among the texts are the token of a display and the digest of the logo.
    """

    ids: dict[str, list[Any]]
    data: str


@contextmanager
def as_owner() -> Iterator[Any]:
    """A cursor that no row-level security binds."""
    become("")
    with connection.cursor() as cursor:
        yield cursor
    become("roomly_app")


def number_rows_from(start: int) -> None:
    with as_owner() as cursor:
        for model in TENANT_MODELS:
            cursor.execute(
                "SELECT setval(name, %s) FROM pg_get_serial_sequence(%s, %s) AS name"
                " WHERE name IS NOT NULL",
                [start, model._meta.db_table, model._meta.pk.column],
            )


@pytest.fixture
def ours(db: None, request: pytest.FixtureRequest) -> Cast:
    number_rows_from(1)
    cast: Cast = request.getfixturevalue("seoul")
    return cast


@pytest.fixture
def foreign(ours: Cast, request: pytest.FixtureRequest) -> Foreign:
    number_rows_from(FIRST_FOREIGN_ID)
    stranger: Cast = request.getfixturevalue("stranger")
    fill(stranger)
    data = everything_of(stranger.company.pk)
    values = {value for row in json.loads(data) for value in row.values() if is_plain(value)}
    return Foreign(
        ids={
            "int": sorted(v for v in values if isinstance(v, int) and v > FIRST_FOREIGN_ID),
            "uuid": sorted(v for v in values if isinstance(v, str) and UUID.fullmatch(v)),
            "str": [FORGED.format(stranger.company.pk, of_display(stranger)), LOGO_OF_CANARY],
        },
        data=data,
    )


def of_display(cast: Cast) -> int:
    with company_scope(cast.company.pk):
        return int(Display.objects.get().pk)


def is_plain(value: object) -> bool:
    return isinstance(value, int | str)


def everything_of(company_id: int) -> str:
    """Each row of a company, in JSON."""
    rows: list[Any] = []
    with as_owner() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT to_jsonb(t) FROM {table} AS t WHERE company_id = %s ORDER BY 1",
                [company_id],
            )
            rows += [json.loads(row) if isinstance(row, str) else row for (row,) in cursor]
    return json.dumps(rows, sort_keys=True)


def with_objects() -> list[Route]:
    return [
        route
        for route in all_routes()
        if route.kinds and not route.text.startswith(OPERATORS) and route.text not in CATCH_ALL
    ]


def without_objects() -> list[Route]:
    return [
        route
        for route in all_routes()
        if not route.kinds and not route.text.startswith(OPERATORS) and route.text not in STREAMS
    ]


def askers(cast: Cast) -> Iterator[Client]:
    """An administrator's browser, and a program that may do anything."""
    yield sign_in(cast.admin)
    with company_scope(cast.company.pk):
        key = create_api_key(scopes=["admin"])
    yield Client(headers={"authorization": f"Bearer {key}"})


def answer(client: Client, method: str, path: str, data: Any = None) -> tuple[int, str]:
    response = getattr(client, method)(path, data) if data else getattr(client, method)(path)
    text = response.content.decode(errors="replace") + str(response.headers)
    assert CANARY not in text and CANARY.lower() not in text.lower(), (method, path)  # noqa: PT018
    assert "canary.example" not in text, (method, path)
    return response.status_code, "" if response.status_code in (302, 405) else text


def test_every_converter_is_one_whose_ids_are_tried() -> None:
    unknown = [route.text for route in with_objects() if not set(route.kinds) <= {*NEVER_WAS}]
    assert unknown == [], "say in this test whose ids these take"
    assert len(with_objects()) >= 5


def test_an_object_of_another_company_is_not_there_whatever_is_done_to_it(
    ours: Cast, foreign: Foreign, stranger: Cast
) -> None:
    assert min(map(len, foreign.ids.values())) > 0
    for client in askers(ours):
        for route in with_objects():
            (kind,) = set(route.kinds)
            for method in METHODS:
                nowhere = answer(client, method, route.filled(NEVER_WAS[kind]))
                assert nowhere[0] in (302, 404, 405), (route.text, nowhere)
                for foreign_id in foreign.ids[kind]:
                    there = answer(client, method, route.filled(foreign_id))
                    assert there[0] == nowhere[0], (method, route.text)
    assert everything_of(stranger.company.pk) == foreign.data


def test_a_members_page_of_a_foreign_object_says_404(ours: Cast, foreign: Foreign) -> None:
    client = sign_in(ours.admin)
    statuses = {
        answer(client, "get", route.filled(foreign_id))[0]
        for route in with_objects()
        for foreign_id in foreign.ids[route.kinds[0]]
    }
    assert statuses == {404}


def test_lists_and_forms_show_and_take_nothing_foreign(
    ours: Cast, foreign: Foreign, stranger: Cast
) -> None:
    fields = {
        "room": stranger.room.pk, "building": stranger.room.building_id,
        "organizer": stranger.alice.pk, "member": stranger.alice.pk, "q": CANARY[:6],
        "date": "2026-12-02", "start": "10:00", "end": "11:00", "title": "Mine",
    }  # fmt: skip
    for route in without_objects():
        for client in askers(ours):  # anew: some paths end the session
            for data in (None, fields):
                assert answer(client, "get", route.filled(""), data)[0] < 500, route.text
            assert answer(client, "post", route.filled(""), fields)[0] < 500, route.text
    assert everything_of(stranger.company.pk) == foreign.data


def test_the_operators_pages_are_closed_to_members(ours: Cast, foreign: Foreign) -> None:
    public = {f"{OPERATORS}{name}/" for name in ("login", "logout", "jsi18n")}
    for route in all_routes():
        if route.text.startswith(OPERATORS) and route.text not in public:
            path = route.filled(foreign.ids["int"][0])
            response = sign_in(ours.admin).get(path)
            assert response.status_code == 302, path
            assert response.headers["Location"].startswith("/admin/login/"), path
    assert site.name == "admin"


@pytest.fixture
def no_managers_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the managers' net away: row-level security has to hold alone."""
    plain = models.Manager.get_queryset
    monkeypatch.setattr(TenantManager, "get_queryset", plain)
    monkeypatch.setattr(
        OccurrenceManager,
        "get_queryset",
        lambda self: OccurrenceQuerySet(self.model, using=self._db),
    )
    # Written anew each time: what was written before would keep the filter.
    monkeypatch.setattr(Prepared, "all", lambda self, *values: list(self._ask(*values)))
    for model in TENANT_MODELS:
        assert "WHERE" not in str(model._default_manager.all().query), f"{model} still filters"


def read_everything(ours: Cast, foreign: Foreign) -> None:
    client = sign_in(ours.admin)
    for route in with_objects():
        for foreign_id in foreign.ids[route.kinds[0]]:
            assert answer(client, "get", route.filled(foreign_id))[0] == 404, route.text
    for route in without_objects():
        assert answer(sign_in(ours.admin), "get", route.filled(""))[0] < 500, route.text


@pytest.mark.usefixtures("no_managers_filter")
def test_row_level_security_holds_alone(ours: Cast, foreign: Foreign) -> None:
    read_everything(ours, foreign)


def test_the_managers_hold_alone(ours: Cast, foreign: Foreign) -> None:
    become("")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT company_id) FROM bookings_room")
        assert cursor.fetchone() == (2,), "this role sees all companies"

    read_everything(ours, foreign)
