"""Many rows in one statement, at a tenth of what Django's own way costs per row.

All of them travel as one JSON document, which PostgreSQL turns into rows of the table's own types.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL

from tenants.isolation import TenantModel
from tenants.planned import execute_planned

AT_ONCE = 500  # rows in one statement

Values = Mapping[str, Any]  # of a row, by its columns

_WORDS: dict[type, Callable[[Any], str]] = {
    datetime: datetime.isoformat,
    timedelta: lambda value: f"{value.total_seconds()} seconds",
    UUID: attrgetter("hex"),
}
_Row = TypeVar("_Row", bound=TenantModel)


def another(blank: _Row) -> _Row:
    """One more unsaved row with the values of one, at a tenth of what making it costs.

    Values that can be changed, as lists, are shared: give it its own before changing them.
    """
    row = type(blank).__new__(type(blank))
    state = ModelState()
    state.fields_cache = {**blank._state.fields_cache}
    row.__dict__.update(blank.__dict__, _state=state)
    return row


@contextmanager
def collected_later() -> Iterator[None]:
    """While thousands of rows are made, none of them is garbage: looking for some again and again
    costs a fifth of the time. The process's collector rests meanwhile, so that it should be short.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def insert_many(rows: Sequence[TenantModel]) -> None:
    """Inserts unsaved rows of one model, in their order, and gives them their primary keys."""
    if not rows:
        return
    keys = insert_values(type(rows[0]), [vars(row) for row in rows])
    for row, (pk,) in zip(rows, keys, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


def insert_values(
    model: type[TenantModel],
    rows: Sequence[Values],
    ending: str = "RETURNING id",
    parameters: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """The same for rows that nobody needs as objects: each names the values of all columns.

    `ending` is of the INSERT, with its `parameters`; it may ask about the rows, which are `wanted`
    there. What it returns is returned.
    """
    quote, types, returned = connection.ops.quote_name, _types(model), list[tuple[Any, ...]]()
    table, names = quote(model._meta.db_table), ", ".join(quote(name) for name in types)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            source, documents = rows_from(rows[start : start + AT_ONCE], types)
            wanted = f"(SELECT {names} FROM {source}) AS wanted"  # noqa: S608  names of ours
            insertion = f"INSERT INTO {table} ({names}) SELECT {names} FROM {wanted} {ending}"  # noqa: S608
            execute_planned(cursor, insertion, [*documents, *parameters])
            returned += cursor.fetchall()
    return returned


def insert_under(
    parent: TenantModel,
    model: type[TenantModel],
    link: str,
    rows: Sequence[Values],
    ending: str,
    parameters: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Inserts an unsaved row and at most AT_ONCE rows that refer to it by the column `link`.

    One statement; `ending` is of the rows' INSERT, as in `insert_values`.
    """
    quote, (own, theirs) = connection.ops.quote_name, map(_types, (type(parent), model))
    source, documents = rows_from([vars(parent)], own)
    names = ", ".join(map(quote, own))
    sources, more = rows_from(rows, theirs)
    columns = ", ".join(map(quote, theirs))
    values = ", ".join("parent.id" if name == link else quote(name) for name in theirs)
    insertion = f"""
        WITH parent AS (INSERT INTO {quote(parent._meta.db_table)} ({names})
                        SELECT {names} FROM {source} RETURNING id)
        INSERT INTO {quote(model._meta.db_table)} ({columns})
        SELECT {values} FROM parent, (SELECT {columns} FROM {sources}) AS wanted {ending}
    """  # noqa: S608  names of ours
    with connection.cursor() as cursor:
        execute_planned(cursor, insertion, [*documents, *more, *parameters])
        returned: list[tuple[Any, ...]] = cursor.fetchall()
    return returned


def rows_from(rows: Sequence[Values], types: Mapping[str, str]) -> tuple[str, list[str]]:
    """What follows FROM in a statement that reads rows of these columns, and its parameters.

    Columns in which all of them agree, as most do in new rows, travel once.
    """
    first = rows[0]
    own = [name for name in types if any(row[name] is not first[name] for row in rows)]
    own = own or [*types][:1]  # for there are as many rows
    shared = [name for name in types if name not in own]
    sources = [_source("json_to_recordset", own, types)]
    documents = [json.dumps([{name: row[name] for name in own} for row in rows], default=_plain)]
    if shared:
        sources.append(_source("json_to_record", shared, types))
        documents.append(json.dumps({name: first[name] for name in shared}, default=_plain))
    return ", ".join(sources), documents


def _source(function: str, names: Iterable[str], types: Mapping[str, str]) -> str:
    columns = ", ".join(f"{connection.ops.quote_name(name)} {types[name]}" for name in names)
    return f"{function}(%s::json) AS {function}s ({columns})"


def any_of(values: Iterable[str]) -> RawSQL:
    """What to look for with `__in`, where it may be thousands of texts."""
    return RawSQL("SELECT json_array_elements_text(%s::json)", [json.dumps(list(values))])


def any_key(keys: Iterable[int]) -> RawSQL:
    """The same for primary keys."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


@lru_cache(maxsize=16)
def _types(model: type[TenantModel]) -> dict[str, str]:
    """The columns that can be written, none called other than its attribute; and their types.

    What the database has a value for by itself is left to it.
    """
    return {
        str(field.column): str(field.db_type(connection))
        for field in model._meta.concrete_fields
        if not (field.generated or field.primary_key or field.has_db_default())
    }


def _plain(value: Any) -> str:
    """What JSON does not know; raises KeyError for a type that no column has."""
    return _WORDS[type(value)](value)
