"""The identity API's health check asks the database: the stock one stays 200 when the database is dead.

Loaded by oslo.middleware as the health check backend `database`. A thread of each worker reads a row of
the service's own schema again and again, over one connection of its own with short time-outs. The check
itself answers at once from when that last worked: while the database moves to its next writer every
backend fails alike, and taking them all out of rotation would only make the stop longer.

It is loaded with the API, before a worker's first call: that is when the API's policy is made ready, too.
And no worker counts as available before it has had a first call, a login that is refused: what that loads
and connects, no client waits for.
"""

import threading
import time
import urllib.parse

import pymysql
import webob
from oslo_middleware.healthcheck import pluginbase

EVERY = 1.0  # seconds between two questions to the database
TIMEOUT = 1  # seconds for the database to answer one
GRACE = 4.0  # seconds without an answer until this backend counts as cut off: longer than a writer's move
NOBODY = "holdfast-first-call"
UNAUTHORIZED = 401


class Database(pluginbase.HealthcheckBaseExtension):
    """Available when a row could be read a moment ago."""

    def __init__(self, oslo_conf, conf):
        super().__init__(oslo_conf, conf)
        _make_policy()
        self._asked = threading.Event()
        self._answered = float("-inf")
        self._reason = "no first call yet"
        threading.Thread(target=self._ask_forever, daemon=True).start()

    def healthcheck(self, server_port):
        """Called for each question to the health page: answers at once, but for the first time."""
        self._asked.wait(TIMEOUT)
        silence = time.monotonic() - self._answered
        ok = silence < GRACE
        reason = "database answers" if ok else f"not available: {self._reason}"
        return pluginbase.HealthcheckResult(available=ok, reason=reason)

    def _ask_forever(self):
        link, warm = None, False
        while True:
            try:
                link = link or _connect()
                with link.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM project LIMIT 1")
                    if cursor.fetchone() is not None:
                        warm = warm or _first_call()
                        self._answered = time.monotonic() if warm else self._answered
            except (pymysql.MySQLError, OSError) as error:
                self._reason = type(error).__name__
                if link is not None:
                    link._force_close()
                    link = None
            self._asked.set()
            time.sleep(EVERY)


def _make_policy():
    """Keystone makes its policy at a worker's first call, not yet whole where others see it: calls that come
    at the same time, as after each restart, are refused with 403 though they may do what they ask."""
    from keystone.common.rbac_enforcer.enforcer import RBACEnforcer

    enforcer = RBACEnforcer()._enforcer
    enforcer.suppress_deprecation_warnings = True  # as Keystone does when a call makes it
    enforcer.load_rules()


def _first_call():
    """Whether the API's own application refuses a login of nobody, as it should; waits until it is loaded."""
    from keystone.wsgi.api import application

    user = {"name": NOBODY, "domain": {"id": "default"}, "password": "none"}
    identity = {"methods": ["password"], "password": {"user": user}}
    call = webob.Request.blank("/v3/auth/tokens", method="POST", json={"auth": {"identity": identity}})
    return call.get_response(application).status_int == UNAUTHORIZED


def _connect():
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
        ssl_verify_cert=True,
        ssl_verify_identity=True,
        bind_address=options["bind_address"],
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        write_timeout=TIMEOUT,
        autocommit=True,
    )
