"""The identity API's health check asks the database: the stock one stays 200 when the database is dead.

Loaded by oslo.middleware as the health check backend `database`. Each worker keeps one connection of its
own with short time-outs, apart from the service's pool, and answers from it for a fraction of a second,
so that several balancers asking at once cost one query.
"""

import threading
import time
import urllib.parse

import pymysql
from oslo_middleware.healthcheck import pluginbase

FRESH = 0.2  # seconds an answer may be given again
TIMEOUT = 1  # seconds for the database to answer


class Database(pluginbase.HealthcheckBaseExtension):
    """Available when one row can be read from the service's own schema."""

    def __init__(self, oslo_conf, conf):
        super().__init__(oslo_conf, conf)
        self._lock = threading.Lock()
        self._link = None
        self._answer = (False, "not asked yet")
        self._asked = -FRESH

    def healthcheck(self, server_port):
        with self._lock:
            if time.monotonic() - self._asked > FRESH:
                self._answer = self._ask()
                self._asked = time.monotonic()
            ok, reason = self._answer
        return pluginbase.HealthcheckResult(available=ok, reason=reason)

    def _ask(self):
        try:
            if self._link is None:
                self._link = self._connect()
            with self._link.cursor() as cursor:
                cursor.execute("SELECT 1 FROM project LIMIT 1")
                return cursor.fetchone() is not None, "database answers"
        except (pymysql.MySQLError, OSError) as error:
            link, self._link = self._link, None
            if link is not None:
                link._force_close()
            return False, f"database: {type(error).__name__}"

    def _connect(self):
        from oslo_config import cfg

        url = urllib.parse.urlsplit(cfg.CONF.database.connection)
        options = dict(urllib.parse.parse_qsl(url.query))
        return pymysql.connect(
            host=url.hostname,
            port=url.port,
            user=url.username,
            password=urllib.parse.unquote(url.password),
            database=url.path.lstrip("/"),
            ssl_ca=options["ssl_ca"],
            bind_address=options["bind_address"],
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
        )
