"""Queries that nearly every request asks, written once a process: Django spends far more time on
making SQL of such a query than PostgreSQL on answering it.

    _MEMBER = Prepared(lambda user: Member.objects.filter(user_id=user), -2)
    with company_scope(company_id):
        member = _MEMBER.first(user_id)

It is asked for the active company, like any other query.
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from tenants.scope import active_company_id, imagined_company

_Row = TypeVar("_Row", bound=Model)
_SOME_COMPANY = -1_000_000_007


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
        compiler, sql, places = self._written
        given = (active_company_id(), *values)
        parameters = [constant if at is None else given[at] for at, constant in places]
        ready = copy(compiler)  # of another thread, perhaps
        ready.connection, ready.as_sql = connection, lambda: (sql, parameters)
        query = SimpleNamespace(get_compiler=lambda **_: ready)
        asked: Any = SimpleNamespace(
            db=connection.alias, query=query, _known_related_objects={}
        )  # what Django's iterator wants of a query set
        return list(ModelIterable(asked))

    def first(self, *values: Any) -> _Row | None:
        """The first row; None if there is none."""
        return next(iter(self.all(*values)), None)

    @cached_property
    def _written(self) -> tuple[Any, str, list[tuple[int | None, Any]]]:
        """Django's compiler, its SQL, and for each parameter the number of its value or itself."""
        with imagined_company(_SOME_COMPANY):
            compiler = self._ask(*self._examples[1:]).query.get_compiler(connection.alias)
        sql, parameters = compiler.as_sql()
        places = [(self._number_of(each), each) for each in parameters]
        if not {*range(len(self._examples))} <= {number for number, _each in places}:
            raise ValueError("an example is not among the query's parameters")
        return compiler, sql, places

    def _number_of(self, parameter: Any) -> int | None:
        for number, example in enumerate(self._examples):
            if isinstance(parameter, type(example)) and parameter == example:
                return number
        return None
