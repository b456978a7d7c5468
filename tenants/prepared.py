"""Queries that nearly every request asks, written once a process: Django spends far more time on
making SQL of such a query than PostgreSQL on answering it.

    _MEMBER = Prepared(lambda user: Member.objects.filter(user_id=user), -2)
    with company_scope(company_id):
        member = _MEMBER.first(user_id)

It is asked for the active company, like any other query.
"""

import re
from collections.abc import Callable
from copy import copy
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from tenants.planned import execute_planned
from tenants.scope import active_company_id, imagined_company

_Row = TypeVar("_Row", bound=Model)
_SOME_COMPANY = -1_000_000_007
_ANY_COLUMN = 2**31 - 1  # what every column of numbers holds


class Prepared(Generic[_Row]):
    """A query for models, with values that are other ones in each call.

    `examples` stand for these values while it is written, and have to differ from each other and
    from its constants; where Django makes another value of one, the first call raises ValueError.
    """

    def __init__(self, ask: Callable[..., QuerySet[_Row]], *examples: Any) -> None:
        self._ask = ask
        self._examples = (_SOME_COMPANY, *examples)

    def all(self, *values: Any) -> list[_Row]:
        """All rows, with whatever the query selects beside them."""
        if any(isinstance(value, int) and abs(value) > _ANY_COLUMN for value in values):
            return list(self._ask(*values))  # Django knows that no column holds such a number
        compiler, sql, places, converters = self._written
        given = (active_company_id(), *values)
        with connection.cursor() as cursor:
            execute_planned(cursor, sql, [given[number] for number in places])
            rows = cursor.fetchall()
        ready = copy(compiler)  # of another thread, perhaps
        ready.connection = connection
        ready.execute_sql, ready.get_converters = lambda **_: [rows], lambda _fields: converters
        query = SimpleNamespace(get_compiler=lambda **_: ready)
        asked: Any = SimpleNamespace(
            db=connection.alias, query=query, _known_related_objects={}
        )  # what Django's iterator wants of a query set
        return list(ModelIterable(asked))

    def first(self, *values: Any) -> _Row | None:
        """The first row; None if there is none."""
        return next(iter(self.all(*values)), None)

    def get(self, *values: Any) -> _Row:
        """The first row; raises ObjectDoesNotExist if there is none."""
        row = self.first(*values)
        if row is None:
            raise ObjectDoesNotExist(self._ask.__name__)
        return row

    @cached_property
    def _written(self) -> tuple[Any, str, list[int], dict[int, Any]]:
        """Django's compiler, its SQL, the number of the value for each parameter, and what makes
        Python's values of the columns."""
        with imagined_company(_SOME_COMPANY):
            compiler = self._ask(*self._examples[1:]).query.get_compiler(connection.alias)
        sql, parameters = compiler.as_sql()
        numbers = [self._number_of(each) for each in parameters]
        if not {*range(len(self._examples))} <= {*numbers}:
            raise ValueError("an example is not among the query's parameters")
        words = (
            _constant(each) if number is None else "%s"
            for number, each in zip(numbers, parameters, strict=True)
        )
        sql = re.sub("%[%s]", lambda sign: "%%" if sign[0] == "%%" else next(words), sql)
        places = [number for number in numbers if number is not None]
        converters = compiler.get_converters([column for column, _sql, _name in compiler.select])
        return compiler, sql, places, converters

    def _number_of(self, parameter: Any) -> int | None:
        for number, example in enumerate(self._examples):
            if isinstance(parameter, type(example)) and parameter == example:
                return number
        return None


def _constant(value: Any) -> str:
    """A value as part of a statement, so that PostgreSQL knows it when it plans."""
    operations: Any = connection.ops  # PostgreSQL's have more than Django's types promise
    text: str = operations.compose_sql("%s", [value])
    return text.replace("%", "%%")
