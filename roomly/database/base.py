"""Django's PostgreSQL, with fewer ways to the database and back (see docs/performance.md).

A transaction and its savepoints are opened and left along with the next statement, which says so
first: BEGIN alone would be a round trip, for what nobody waits for. A message of several statements
ends at the first that fails, with a transaction that the earlier ones opened still there
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).

And a connection's socket is looked at before it is used again. Django asks `SELECT 1` of it, at the
beginning of every request, to learn of what the kernel knows: a server that went away has closed
the socket, or said farewell on it; of one that is well there is nothing to read.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor, Connection, Error
from psycopg.pq import TransactionStatus


class Cursor(base.Cursor, ClientCursor[Any]):
    """As Django's; what waits for a statement goes ahead of it, in one message."""

    ahead: list[str] | tuple[()] = ()

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Executes a statement; its own result is the first that can be fetched."""
        if not self.ahead:
            return super().execute(query, params, **options)
        # A statement that cannot be written fails here: nothing is sent, and all waits on.
        whole = self.mogrify(query, params)
        first, message = len(self.ahead), "; ".join([*self.ahead, whole])
        try:
            super().execute(message, **options)
        finally:
            if self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
                self.ahead.clear()  # or not even BEGIN was understood
        return self.set_result(first)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        """As psycopg's, which sends each statement on its own."""
        if self.ahead:
            self.execute(self.ahead.pop())
        return super().executemany(query, params_seq, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, but for its frames of transactions and its look at a connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ahead: list[str] = []  # what the next statement is preceded by; its cursors have it

    def get_connection_params(self) -> dict[str, Any]:
        """With the cursor above."""
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def go_ahead(self, statement: str) -> None:
        """Takes a statement without a result along with the transaction's next one."""
        self._ahead.append(statement)

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor on the server declares itself, which is nothing that can be preceded."""
        if name:
            self._send_ahead()
            return super().create_cursor(name)
        cursor = super().create_cursor()
        cursor.ahead = self._ahead
        return cursor

    def close(self) -> None:
        """Whatever waits is forgotten with the connection."""
        self._ahead.clear()
        super().close()

    def close_if_health_check_failed(self) -> None:
        """Closes a connection that a request begins with, unless it is still there."""
        if self.connection is not None and is_quiet(self.connection):
            self.health_check_done = True
        super().close_if_health_check_failed()

    def commit(self) -> None:
        """Nothing is sent where nothing was begun."""
        if any(each.startswith("ROLLBACK") for each in self._ahead):
            self._send_ahead()
        self._ahead.clear()  # the rest ends with the transaction, if that has begun at all
        super().commit()

    def rollback(self) -> None:
        """Whatever waits is undone before it was sent."""
        self._ahead.clear()
        super().rollback()

    # Django's way for databases where a statement begins a transaction: psycopg then sends none.
    def _start_transaction_under_autocommit(self) -> None:
        self._ahead[:] = ["BEGIN"]

    def _savepoint(self, sid: str) -> None:
        self._ahead.append(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        if (place := self._waiting(sid)) is None:
            self._ahead.append(self.ops.savepoint_rollback_sql(sid))
        else:
            del self._ahead[place + 1 :]

    def _savepoint_commit(self, sid: str) -> None:
        if (place := self._waiting(sid)) is None:
            self._ahead.append(self.ops.savepoint_commit_sql(sid))
        else:
            del self._ahead[place:]

    def _waiting(self, sid: str) -> int | None:
        """Where a savepoint stands that no statement has followed yet."""
        opening = self.ops.savepoint_create_sql(sid)
        return self._ahead.index(opening) if opening in self._ahead else None

    def _send_ahead(self) -> None:
        if self._ahead:
            with self.wrap_database_errors, self.create_cursor() as cursor:
                cursor.execute(self._ahead.pop())


def is_quiet(connection: Connection) -> bool:
    """Whether a connection that nobody uses at the moment is open, with nothing to be read."""
    try:
        socket = connection.pgconn.socket
    except Error:  # it is closed
        return False
    looking = select.poll()
    looking.register(socket, select.POLLIN | select.POLLPRI)
    return not looking.poll(0)
