"""Statements that PostgreSQL reads and plans once a connection: of a short one, that is most of
what it costs (see docs/performance.md).

    execute_planned(cursor, "SELECT … WHERE company_id = %s", [company_id])

What has to differ from call to call is a parameter; another text is another plan. Inside a
company's scope a plan is made for whatever values, so that there has to be a way by an index.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

MOST = 200  # of one connection, each some dozen kilobytes there

_PLACE = re.compile(r"%(?:\((?P<name>\w+)\))?(?P<kind>[s%])")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE) \"?(\w+_\w+)")

# By the connection itself, which Django replaces: what it was asked before, and whether that is
# planned already.
_known: WeakKeyDictionary[Any, dict[str, bool]] = WeakKeyDictionary()


class _Statement(NamedTuple):
    prepare: str
    execute: str
    order: tuple[str, ...]  # of named parameters


def execute_planned(
    cursor: CursorWrapper, sql: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> None:
    """Executes a statement, from the second time on by its plan.

    Every parameter has one type, which PostgreSQL tells from the first place where it stands.
    """
    cursor.db.ensure_connection()
    known = _known.setdefault(cursor.db.connection, {})
    if sql not in known:
        if len(known) < MOST:
            known[sql] = False
        cursor.execute(sql, parameters)
        return
    statement = _statement(sql)
    if not known[sql]:
        # Past Django, as it opens transactions: no statement of whoever counts theirs.
        with connection.wrap_database_errors, connection.connection.cursor() as preparing:
            preparing.execute(statement.prepare)
        known[sql] = True
    values = (
        [parameters[name] for name in statement.order]
        if isinstance(parameters, Mapping)
        else parameters
    )
    cursor.execute(statement.execute, values)


@lru_cache(maxsize=1000)
def _statement(sql: str) -> _Statement:
    """The same statement in PostgreSQL's own words."""
    order: list[str] = []  # the name of each parameter, if it has one

    def number(place: re.Match[str]) -> str:
        if place["kind"] == "%":
            return "%"
        name = place["name"]
        if name is None or name not in order:
            order.append(name)
        return f"${order.index(name) + 1 if name else len(order)}"

    words = _PLACE.sub(number, sql)
    tables = _TABLE.findall(sql)
    digest = hashlib.sha256(sql.encode()).hexdigest()[:16]
    name = f"{tables[-1] if tables else 'of'}_{digest}"  # for whoever reads a list of statements
    places = f"({', '.join(['%s'] * len(order))})" if order else ""
    return _Statement(f"PREPARE {name} AS {words}", f"EXECUTE {name}{places}", tuple(order))
