"""The company for which the current code acts: without one, no company's data can be reached.

Two nets hang on it. The managers of tenant models (`tenants.isolation`) refuse to build a query
outside a scope, and PostgreSQL's row-level security, which reads the transaction-local setting
`app.company`, answers with no rows. Both close by themselves when the scope ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from psycopg import ServerCursor

LOCK_TIMEOUT = "3s"  # then the person is asked to try again rather than left waiting

_active: ContextVar[int | None] = ContextVar("active_company", default=None)


class NoCompanyScope(RuntimeError):
    """A tenant model was queried outside `company_scope`: a programming error, never shown."""


class CompanyScopeConflict(RuntimeError):
    """Code acting for one company tried to act for another: a programming error, never shown."""


def active_company_id() -> int:
    """The id of the company of the surrounding scope; raises NoCompanyScope outside one."""
    company_id = _active.get()
    if company_id is None:
        raise NoCompanyScope("open a company_scope before touching a company's data")
    return company_id


@contextmanager
def company_scope(
    company_id: int, *, lock_timeout: str = LOCK_TIMEOUT, statement_timeout: str = ""
) -> Iterator[None]:
    """One database transaction that acts for one company and sees nothing else.

    `lock_timeout` is how long to wait for others at a lock, `statement_timeout` how long a
    statement may take if that is limited, as PostgreSQL writes them. Nesting for the same company
    joins the outer scope. Keep network calls outside: open one scope to read, leave it, call, and
    open another to record.
    """
    outer = _active.get()
    if outer is not None:
        if outer != company_id:
            raise CompanyScopeConflict(f"scope of company {outer} cannot become {company_id}")
        if not connection.in_atomic_block:
            raise CompanyScopeConflict("a glance cannot become a scope")
        yield
        return
    opening = _Opening(company_id, lock_timeout, statement_timeout)
    with _acting_for(company_id), transaction.atomic(), connection.execute_wrapper(opening):
        yield


@contextmanager
def company_glance(company_id: int) -> Iterator[None]:
    """A scope to read in, by statements that are each a transaction of their own: half the way to
    the database and back where one or two of them mostly are all. Nothing is written in it.

    A message of several statements is one transaction, and what is set in it ends with it
    (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
    """

    def open_each(*statement: Any) -> Any:
        return _Opening(company_id)(*statement)

    if _active.get() is not None:
        with company_scope(company_id):
            yield
        return
    with _acting_for(company_id), connection.execute_wrapper(open_each):
        yield


@contextmanager
def _acting_for(company_id: int) -> Iterator[None]:
    token = _active.set(company_id)
    try:
        yield
    finally:
        _active.reset(token)
        # The setting ends with the transaction; only where an outer transaction goes on
        # (a test's, a command's) it must be taken back by hand.
        if connection.in_atomic_block and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(_setting(None))


@contextmanager
def imagined_company(company_id: int) -> Iterator[None]:
    """Lets queries be written, not asked, before it is known for which company."""
    token = _active.set(company_id)
    try:
        yield
    finally:
        _active.reset(token)


class _Opening:
    """Tells PostgreSQL the company along with a scope's first statement, in one round trip."""

    def __init__(
        self, company_id: int, lock_timeout: str = LOCK_TIMEOUT, statement_timeout: str = ""
    ) -> None:
        self._setting: str | None = _setting(company_id, lock_timeout, statement_timeout)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        setting, self._setting = self._setting, None
        if setting is None:
            return execute(sql, params, many, context)
        cursor = context["cursor"]
        if many or isinstance(cursor.cursor, ServerCursor):  # they take one statement alone
            with connection.cursor() as another:
                another.execute(setting)
            return execute(sql, params, many, context)
        result = execute(f"{setting}; {sql}", params, many, context)
        cursor.nextset()
        return result


def _setting(
    company_id: int | None, lock_timeout: str = LOCK_TIMEOUT, statement_timeout: str = ""
) -> str:
    """The statement that says whose rows are seen until the transaction ends; None: nobody's.

    What is planned once (`tenants.planned`) is so for all values: a plan for each call costs more
    than it gains where every way leads through an index.
    """
    company = "" if company_id is None else int(company_id)
    limit = f", set_config('statement_timeout', '{statement_timeout}', true)"
    return (
        f"SELECT set_config('app.company', '{company}', true),"
        f" set_config('lock_timeout', '{lock_timeout}', true),"
        " set_config('plan_cache_mode', 'force_generic_plan', true)"
        f"{limit if statement_timeout else ''}"
    )
