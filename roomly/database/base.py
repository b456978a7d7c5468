"""Django's PostgreSQL, which looks at a connection's socket before it is used again.

Django asks `SELECT 1` of it, at the beginning of every request: a round trip, to learn of what the
kernel knows. A server that went away has closed the socket, or said farewell on it; of one that is
well there is nothing to read.
"""

import select

from django.db.backends.postgresql import base
from psycopg import Connection, Error


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; it asks where the socket has something to say."""

    def close_if_health_check_failed(self) -> None:
        """Closes a connection that a request begins with, unless it is still there."""
        if self.connection is not None and is_quiet(self.connection):
            self.health_check_done = True
        super().close_if_health_check_failed()


def is_quiet(connection: Connection) -> bool:
    """Whether a connection that nobody uses at the moment is open, with nothing to be read."""
    try:
        socket = connection.pgconn.socket
    except Error:  # it is closed
        return False
    looking = select.poll()
    looking.register(socket, select.POLLIN | select.POLLPRI)
    return not looking.poll(0)
