"""What many tests begin with is made once in a process, and from then on put back as it was.

A company whose calendars are connected takes hundreds of statements and calls. The same beginning
leads to the same end as long as the clock stands still and the settings are the same: so what
making it changed is kept (rows, keys in Redis, the world of the stand-in for Google), and put back
wherever a test stands at that same beginning. Any other beginning, or a clock that runs, has it
made anew.
"""

import json
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import AutoField, Model
from psycopg.sql import quote
from redis import Redis

from tests.environment import google_standin

Made = TypeVar("Made")
Rows = dict[str, Any]  # of one table, by primary key

CONSTANT = ("contenttypes", "auth")  # apps whose tables no test fills
EMPTY = "SELECT tests.empty()"


@dataclass(frozen=True)
class State:
    """All that a test can find when it begins."""

    rows: str
    google: bytes
    settings: str  # of Django, as the test has them
    keys: dict[bytes, bytes]
    waits: dict[bytes, int] = field(compare=False)  # for how many milliseconds Redis keeps them


@dataclass(frozen=True)
class Step:
    """From one state to the next."""

    at: float  # seconds since the epoch
    before: State
    after: State
    statements: str
    made: bytes

    def take(self) -> Any:
        """Goes from the one to the other; returns what was made."""
        if self.statements:
            _run("put", self.statements)
        if self.after.keys != self.before.keys:
            _put_keys(self.after)
        if self.after.google != self.before.google:
            google_standin.world.put_back(self.after.google)
        return pickle.loads(self.made)


_steps: dict[str, list[Step]] = {}


def beginning(name: str, make: Callable[[], Made]) -> Made:
    """What `make` returns, with all that it does to rows, Redis and Google; `name` stands for it.

    Not for what does something to the stand-in for Slack, or that watchers of Google hear of.
    """
    now, before = time.time(), state_of_all()
    known = _steps.setdefault(name, [])
    for step in known:
        if (step.at, step.before) == (now, before):
            taken: Made = step.take()
            return taken
    made = make()
    if time.time() == now:
        after = state_of_all()
        known.append(Step(now, before, after, _difference(before, after), pickle.dumps(made)))
    return made


def state_of_all() -> State:
    """How everything is now."""
    names: list[Any] = sorted(_redis().keys())
    asked = _redis().pipeline(transaction=False)
    for name in names:
        asked.dump(name)
        asked.pttl(name)
    answers = asked.execute() if names else []
    return State(
        rows=_run("every_row"),
        google=google_standin.world.keep(),
        settings=repr(
            [(name, getattr(settings, name)) for name in dir(settings) if name.isupper()]
        ),
        keys=dict(zip(names, answers[::2], strict=True)),
        waits=dict(zip(names, answers[1::2], strict=True)),
    )


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL)  # bytes as they are


def _put_keys(state: State) -> None:
    _redis().flushdb()
    for name, value in state.keys.items():
        _redis().restore(name, max(state.waits[name], 0), value)


# -- rows ------------------------------------------------------------------------------------


def create_functions() -> None:
    """Makes what reads, fills and empties all tables, for roles that may not.

    Tables hold little: to delete that takes milliseconds. TRUNCATE makes new files for each.
    """
    tables = " UNION ALL ".join(
        f"SELECT '{model._meta.label}' AS model,"
        f" (SELECT json_agg(t ORDER BY {_key(model)}) FROM {model._meta.db_table} t) AS rows"
        for model in _models()
    )
    deleted = "; ".join(f"DELETE FROM {model._meta.db_table}" for model in reversed(_models()))
    bodies = {
        "every_row() RETURNS text": "RETURN (SELECT json_object_agg(model, rows)"
        f" FROM ({tables}) AS tables WHERE rows IS NOT NULL)",
        "put(statements text) RETURNS void": "EXECUTE statements",
        "empty() RETURNS void": deleted,
    }
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA tests")
        cursor.execute("GRANT USAGE ON SCHEMA tests TO roomly_app, roomly_worker")
        for head, body in bodies.items():
            cursor.execute(
                f"CREATE FUNCTION tests.{head} LANGUAGE plpgsql SECURITY DEFINER"
                f" AS $$ BEGIN {body}; END $$"
            )


def _run(function: str, *arguments: str) -> str:
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(arguments))
        cursor.execute(f"SELECT tests.{function}({places})", arguments)
        (found,) = cursor.fetchone()
        return found or ""


@cache
def _models() -> list[type[Model]]:
    """Those that tests fill, each behind those that it refers to."""
    found = {
        model: {
            field.related_model
            for field in model._meta.local_fields
            if field.is_relation and field.related_model is not model
        }
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in CONSTANT
    }
    return [model for model in TopologicalSorter(found).static_order() if model in found]


def _key(model: type[Model]) -> str:
    assert model._meta.pk
    return str(model._meta.pk.column)


def _difference(before: State, after: State) -> str:
    """The statements that lead from the rows before to those after."""
    old, new = _by_key(before.rows), _by_key(after.rows)
    statements = []
    for model in _models():
        was, rows = old.get(model._meta.label, {}), new.get(model._meta.label, {})
        assert was.keys() <= rows.keys(), f"rows of {model._meta.label} were deleted"
        if changed := [row for key, row in rows.items() if was.get(key) != row]:
            statements += [_put(model, changed), _count_on(model, changed)]
    return "; ".join(filter(None, statements))


def _by_key(rows: str) -> dict[str, Rows]:
    return {
        label: {str(row[_key(apps.get_model(label))]): row for row in found}
        for label, found in json.loads(rows or "{}").items()
    }


def _put(model: type[Model], rows: list[dict[str, Any]]) -> str:
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.local_fields if not field.generated]
    values = ", ".join(f"{column} = excluded.{column}" for column in columns)
    listed = ", ".join(columns)
    return (
        f"INSERT INTO {table} ({listed}) SELECT {listed}"
        f" FROM json_populate_recordset(NULL::{table}, {quote(json.dumps(rows))})"
        f" ON CONFLICT ({_key(model)}) DO UPDATE SET {values}"
    )


def _count_on(model: type[Model], rows: list[dict[str, Any]]) -> str:
    """Keeps the next rows from getting the same keys, where a test has counted from one again."""
    key = _key(model)
    if not isinstance(model._meta.pk, AutoField):
        return ""
    last = max(row[key] for row in rows)
    return (
        f"SELECT setval(s, greatest(coalesce(pg_sequence_last_value(s), 1), {last}))"
        f" FROM CAST(pg_get_serial_sequence('{model._meta.db_table}', '{key}') AS regclass) s"
    )
