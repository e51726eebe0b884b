"""Ends stacks that a dead engine left in progress: they fail with that reason, and may be taken up again.

Usage: heat_abandoned.py CONFIG SIGN, with the release's interpreter. CONFIG is the engine's file, with its
database connection; SIGN a file that is touched at each look.

An engine takes a step of a stack from the bus and notes in the database that it holds the resource. Dead, it
leaves the stack IN_PROGRESS for ever: others take the step over only where somebody changes the stack. An
engine says again and again that it lives; who has missed SILENCE of its reports is dead. Engines cannot
report while the database is away either: nobody is judged before it has answered that long without a break.
What no engine holds, its step lost on the way, is left alone until the stack's own timeout has passed.

Every host looks, and whoever comes first ends a stack: all of it is one transaction that asks again.
"""

import configparser
import sys
import time
import urllib.parse
from pathlib import Path

import pymysql

EVERY = 2  # seconds between two looks
SILENCE = 6  # reports that an engine misses until it counts as dead
TIMEOUT = 3  # seconds for the database to accept, and to answer
SPARE = 5  # minutes after its timeout that a stack without an engine is waited for
ALIVE = (
    "SELECT engine_id FROM service WHERE deleted_at IS NULL "
    f"AND updated_at > UTC_TIMESTAMP() - INTERVAL {SILENCE} * report_interval SECOND"
)
DEAD = f"engine_id IS NOT NULL AND engine_id NOT IN ({ALIVE})"
OVERDUE = (
    "COALESCE(stack.updated_at, stack.created_at) "
    f"< UTC_TIMESTAMP() - INTERVAL COALESCE(stack.timeout, 60) + {SPARE} MINUTE"
)
OF_IT = "SELECT 1 FROM resource WHERE resource.stack_id = stack.id AND "
ABANDONED = (
    "stack.status = 'IN_PROGRESS' AND stack.deleted_at IS NULL "
    f"AND (EXISTS ({OF_IT} {DEAD}) OR ({OVERDUE} AND NOT EXISTS ({OF_IT} engine_id IN ({ALIVE}))))"
)
REASON = "Its engine went down"
ENDING = (
    # The key is counted up so that an engine that was only frozen finds that it holds nothing any more.
    "UPDATE resource SET status_reason = IF(status = 'IN_PROGRESS', %s, status_reason), "
    "status = IF(status = 'IN_PROGRESS', 'FAILED', status), engine_id = NULL, "
    "atomic_key = COALESCE(atomic_key, 0) + 1 WHERE stack_id = %s "
    f"AND (({DEAD}) OR (engine_id IS NULL AND status = 'IN_PROGRESS'))"
)


class Watch:
    """Looks for what was left, over a connection that is kept while it answers."""

    def __init__(self, connect, clock=time.monotonic):
        self._connect, self._clock = connect, clock
        self._link = self._since = None

    def look(self):
        """The ids of the stacks that were ended now. Raises MySQLError, OSError."""
        try:
            self._link = self._link or self._connect()
            with self._link.cursor() as cursor:
                return self._ended(cursor)
        except (pymysql.MySQLError, OSError):
            self._since = None
            if self._link is not None:
                self._link._force_close()
                self._link = None
            raise

    def _ended(self, cursor):
        now = self._clock()
        self._since = now if self._since is None else self._since
        cursor.execute("SELECT COALESCE(MAX(report_interval), 0) FROM service WHERE deleted_at IS NULL")
        if now - self._since < SILENCE * cursor.fetchone()[0]:
            return []
        cursor.execute(f"SELECT stack.id FROM stack WHERE {ABANDONED}")
        found = [row[0] for row in cursor.fetchall()]
        return [stack for stack in found if self._end(cursor, stack)]

    def _end(self, cursor, stack):
        """Whether it was still so, and is ended."""
        self._link.begin()
        reason = f"CONCAT('{REASON} during stack ', action)"
        mark = f"UPDATE stack SET status = 'FAILED', status_reason = {reason} WHERE id = %s AND {ABANDONED}"
        ended = cursor.execute(mark, (stack,)) == 1
        if ended:
            cursor.execute(ENDING, (REASON, stack))
            cursor.execute(f"DELETE FROM stack_lock WHERE stack_id = %s AND {DEAD}", (stack,))
        self._link.commit()
        return ended


def connected(config):
    """A connection to the service's own schema. Raises MySQLError, OSError."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(config)
    url = urllib.parse.urlsplit(parser["database"]["connection"])
    options = dict(urllib.parse.parse_qsl(url.query))
    return pymysql.connect(
        host=url.hostname,
        port=url.port,
        user=url.username,
        password=urllib.parse.unquote(url.password),
        database=url.path.lstrip("/"),
        ssl_ca=options["ssl_ca"],
        ssl_verify_cert=True,
        ssl_verify_identity=True,
        bind_address=options["bind_address"],
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        write_timeout=TIMEOUT,
        autocommit=True,
    )


def main(config, sign):
    """Looks for ever."""
    watch = Watch(lambda: connected(config))
    while True:
        try:
            for stack in watch.look():
                sys.stderr.write(f"stack {stack}: {REASON}\n")
            Path(sign).touch()
        except (pymysql.MySQLError, OSError) as error:
            sys.stderr.write(f"the database does not answer: {type(error).__name__}\n")
        time.sleep(EVERY)


if __name__ == "__main__":
    main(*sys.argv[1:])
