"""A client of the database: a ledger of numbered rows."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from holdfast.model.endpoint import Endpoint
from holdfast.probes.sessions.access import Access, trust
from holdfast.probes.sessions.words import line

if TYPE_CHECKING:
    from pymysql.connections import Connection

TIMEOUT = 1.0
DEADLINE = 2.0
TABLE = "ledger"
CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (run VARCHAR(64) NOT NULL, actor VARCHAR(64) NOT NULL,"
    " n INT NOT NULL, PRIMARY KEY (run, actor, n)) ENGINE=InnoDB"
)
# Errors by which the server says that nothing was done: node not ready, read-only, deadlock and lock
# wait (rolled back), too many connections. Any other error leaves the outcome open.
NOT_DONE = frozenset({1040, 1045, 1047, 1129, 1142, 1146, 1205, 1213, 1290, 1836})


class NotWritten(Exception):
    """The row is surely not there: no connection, or the server said so."""


class Unsure(Exception):
    """The row was sent and no answer came: it may be there."""


@dataclass
class DatabaseSession:
    """One connection with autocommit, opened when first needed and thrown away after any failure."""

    endpoint: Endpoint
    context: ssl.SSLContext
    connection: Connection[Any] | None = None

    def prepare(self) -> None:
        """Makes the ledger where there is none. Raises NotWritten or Unsure."""
        self._execute(CREATE, ())

    def insert(self, run: str, actor: str, n: int) -> None:
        """Writes and commits one row. Raises NotWritten or Unsure, and drops the connection then."""
        self._execute(f"INSERT INTO {TABLE} (run, actor, n) VALUES (%s, %s, %s)", (run, actor, n))

    def rows(self, run: str) -> frozenset[tuple[str, int]]:
        """All (actor, n) of a run. Raises NotWritten or Unsure: the question went unanswered."""
        query = f"SELECT actor, n FROM {TABLE} WHERE run = %s"
        return frozenset((str(actor), int(n)) for actor, n in self._execute(query, (run,)))

    def forget(self, run: str) -> None:
        """Deletes a run's rows. Raises NotWritten or Unsure."""
        self._execute(f"DELETE FROM {TABLE} WHERE run = %s", (run,))

    def close(self) -> None:
        """Drops the connection without a word to the server, which may be gone; idempotent."""
        if self.connection is not None:
            self.connection._force_close()  # type: ignore[attr-defined]
        self.connection = None

    def _execute(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        import pymysql

        if self.connection is None:
            try:
                self.connection = self._connect()
            except (pymysql.MySQLError, OSError, EOFError) as error:
                raise NotWritten(f"connect: {line(error)}") from error
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(query, values)
                return list(cursor.fetchall())
        except (pymysql.MySQLError, OSError, EOFError) as error:
            self.close()
            if error.args and error.args[0] in NOT_DONE:
                raise NotWritten(line(error)) from error
            raise Unsure(line(error)) from error
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Connection[Any]:
        import pymysql

        return pymysql.connect(
            host=self.endpoint.address,
            port=self.endpoint.port,
            user=self.endpoint.user,
            password=self.endpoint.password,
            database=self.endpoint.user,
            ssl=self.context,
            autocommit=True,
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
        )


def through_address(access: Access) -> DatabaseSession:
    """A session with whichever backend the address leads to: each certificate there names the address."""
    return DatabaseSession(access.door("database").endpoint, trust(access.authority))


def to_node(access: Access, address: str) -> DatabaseSession:
    """A session with one database host itself."""
    there = replace(access.door("database").endpoint, addresses=(address,))
    return DatabaseSession(there, trust(access.authority))
