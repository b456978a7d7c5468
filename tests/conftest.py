"""Two companies, their people, their rooms, and the stand-ins, for every test.

Tests run as the database role that serves the web; those marked `worker` as the one that runs
Celery. Row-level security therefore holds in every single test.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils import translation
from redis import Redis
from xdist.scheduler import LoadScopeScheduling

from bookings.live import redis_client
from bookings.models import Room
from tenants.models import Company, Member
from tenants.scope import company_scope
from tests import beginnings, factories
from tests.beginnings import EMPTY, beginning
from tests.environment import google_standin, slack_standin, worker_number

NOON_IN_SEOUL = "2026-12-01T12:00:00+09:00"  # a Tuesday; 22:00 on Monday in New York

# Where tests share what is slow to start, or take long: one worker does all of one, and they come
# first, so that no worker is left alone with them at the end.
TOGETHER = (
    "tests/demo/",
    "tests/reminders/test_reminder_faults.py",
    "tests/calendars/test_both_sides.py",
)


class PlacesTogether(LoadScopeScheduling):
    """Gives workers one test after the other, but some places whole.

    pytest-xdist's own marks for that do nothing with pytest 9.2, which took away `_nodeid`.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> PlacesTogether:
    return PlacesTogether(config, log)


_role = {"now": ""}


def _take_role(sender: Any, connection: Any, **_: Any) -> None:
    if _role["now"]:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {_role['now']}")


def become(role: str) -> None:
    """Makes this process's connections act under a database role; empty: the login itself."""
    _role["now"] = role
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}" if role else "RESET ROLE")


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It goes with its server. To drop it, every thread of every server would have to let go."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Emptying the tables would have Django write its permissions again: nothing asks for them.

    How they are emptied is said of the class: once Playwright has its loop in this thread, Django
    makes another connection here.
    """
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    type(connection.ops).sql_flush = lambda *_, **__: [EMPTY]  # type: ignore[method-assign]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # Redis separates the workers' keys by database, but not their pub/sub channels.
        first_company = 1 + 1_000_000 * worker_number
        cursor.execute(f"ALTER SEQUENCE tenants_company_id_seq RESTART WITH {first_company}")
        beginnings.create_functions()
    connection_created.connect(_take_role, weak=False)


@pytest.fixture(autouse=True)
def _database_role(request: pytest.FixtureRequest) -> Iterator[None]:
    marked = request.node.get_closest_marker("django_db")
    if not marked and not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    is_real = "transactional_db" in request.fixturenames or (
        marked is not None and marked.kwargs.get("transaction", False)
    )
    request.getfixturevalue("transactional_db" if is_real else "db")
    become("roomly_worker" if request.node.get_closest_marker("worker") else "roomly_app")
    yield
    become("")


@pytest.fixture(autouse=True)
def _frozen_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("browser") or request.node.get_closest_marker("real_clock"):
        yield
        return
    with time_machine.travel(NOON_IN_SEOUL, tick=False):
        yield


@pytest.fixture(autouse=True)
def _english() -> None:
    """A request leaves its language active in its thread; the next request sets its own."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _fresh_standins() -> None:
    google_standin.control.reset()
    slack_standin.control.reset()


@pytest.fixture(autouse=True)
def _fresh_redis() -> None:
    cache.clear()
    redis_client().flushdb()


@pytest.fixture
def redis() -> Redis:
    return redis_client()


@pytest.fixture
def google() -> Any:
    """The stand-in for Google: `.url`, `.control`."""
    return google_standin


@pytest.fixture
def slack() -> Any:
    """The stand-in for Slack: `.url`, `.api_url`, `.control`."""
    return slack_standin


@dataclass(frozen=True)
class Cast:
    """A company with an administrator, an employee, a second employee, and two rooms."""

    company: Company
    admin: Member
    alice: Member
    bob: Member
    room: Room
    other_room: Room


def make_cast(name: str, domain: str, *, timezone: str, language: str) -> Cast:
    company = factories.make_company(name=name, domain=domain, timezone=timezone, language=language)
    people = ("admin", "alice", "bob")
    with company_scope(company.pk):  # one for all that is made: each costs four statements
        admin, alice, bob = (factories.make_member(company, f"{who}@{domain}") for who in people)
        room, other_room = (factories.make_room(company, f"{name} {n}") for n in ("One", "Two"))
    return Cast(company, admin, alice, bob, room, other_room)


@pytest.fixture
def seoul(db: None) -> Cast:
    """The company whose side most tests take."""
    return beginning(
        "seoul",
        lambda: make_cast("Hangang", "hangang.example", timezone="Asia/Seoul", language="en"),
    )


@pytest.fixture
def stranger(db: None) -> Cast:
    """Another company on the same installation, which must never be seen."""
    return beginning(
        "stranger",
        lambda: make_cast("Canary", "canary.example", timezone="America/New_York", language="en"),
    )


def sign_in(member: Member) -> Client:
    """A browser that this member has signed in with."""
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["company"] = member.company_id
    session.save()
    return client


@pytest.fixture
def alice_client(seoul: Cast) -> Client:
    return sign_in(seoul.alice)


@pytest.fixture
def admin_client(seoul: Cast) -> Client:
    return sign_in(seoul.admin)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, as Playwright's own cannot be downloaded everywhere; best without the
    face that nobody sees, which doubles what a test costs.

    Its sandbox cannot be had as root, and /dev/shm is small in containers.
    """
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium-headless-shell") or shutil.which("chromium"),
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }
