"""An API with a health page before it that says whether this worker can do its work.

Loaded by the server of each worker in place of the API's own module. Its environment tells it: HOLDFAST_API
the module with the API's `application`, HOLDFAST_CONFIG the configuration file with its database connection
in HOLDFAST_SECTION (none, where it has no database of its own), HOLDFAST_FIRST_CALL the path of a call that
nobody makes and HOLDFAST_FIRST_ANSWERS what it may be answered by, HOLDFAST_ARGUMENT the one word of its
command line where the API takes its configuration from there, HOLDFAST_OUT the files that take it out of the
balancers' rotation, with a colon between.

The health pages that services bring with them stay 200 when the database is dead, and some bring none. A
thread asks the service's own schema again and again, over one connection of its own with short time-outs;
the page answers at once from when that last worked: while the database moves to its next writer every
backend fails alike, and taking them all out of rotation would only make the stop longer. No worker is well
before it has had a first call: what that loads and connects, no client waits for.
"""

import configparser
import importlib
import io
import os
import sys
import threading
import time
import urllib.parse
from pathlib import Path

import pymysql

HEALTH = "/healthcheck"
EVERY = 1.0  # seconds between two questions to the database
TIMEOUT = 1  # seconds for the database to answer one
GRACE = 4.0  # seconds without an answer until this backend counts as cut off: longer than a writer's move
QUESTION = "SELECT version_num FROM alembic_version LIMIT 1"


class Health:
    """What stands in the way of this worker's work: `fault()` is "" where nothing does."""

    def __init__(self, ask, first_call, out):
        self._ask, self._first_call, self._out = ask, first_call, out
        self._answered, self._reason = float("-inf"), "no first call yet"
        self._asked = threading.Event()

    def watch(self):
        """Asks for ever."""
        warm = False
        while True:
            try:
                self._ask()
                warm = warm or self._first_call()
                self._answered = time.monotonic() if warm else self._answered
            except (pymysql.MySQLError, OSError) as error:
                self._reason = f"the database does not answer ({type(error).__name__})"
            self._asked.set()
            time.sleep(EVERY)

    def fault(self):
        """Why no call should come here; "" where they may."""
        if any(Path(file).exists() for file in self._out):
            return "out of rotation"
        self._asked.wait(TIMEOUT)
        return "" if time.monotonic() - self._answered < GRACE else self._reason


class Database:
    """A question to the service's own schema, over a connection that is kept while it answers."""

    def __init__(self, config, section):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read(config)
        self._url = urllib.parse.urlsplit(parser[section]["connection"])
        self._link = None

    def ask(self):
        """Returns once it has answered. Raises MySQLError, OSError."""
        try:
            self._link = self._link or self._connected()
            with self._link.cursor() as cursor:
                cursor.execute(QUESTION)
                cursor.fetchone()
        except (pymysql.MySQLError, OSError):
            if self._link is not None:
                self._link._force_close()
                self._link = None
            raise

    def _connected(self):
        options = dict(urllib.parse.parse_qsl(self._url.query))
        return pymysql.connect(
            host=self._url.hostname,
            port=self._url.port,
            user=self._url.username,
            password=urllib.parse.unquote(self._url.password),
            database=self._url.path.lstrip("/"),
            ssl_ca=options["ssl_ca"],
            ssl_verify_cert=True,
            ssl_verify_identity=True,
            bind_address=options["bind_address"],
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
            autocommit=True,
        )


def answers(api, path, wanted):
    """Whether the API answers a call of nobody by one of these; waits until it is loaded."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    said = []
    answer = api(environ, lambda status, _headers, _trouble=None: said.append(status))
    for _ in answer:
        pass
    return said[0].startswith(wanted)


def nothing():
    """What is asked of no database."""


def with_health(api, health):
    """The API as a server calls it, its health page before it."""

    def application(environ, start_response):
        if environ["PATH_INFO"] != HEALTH:
            return api(environ, start_response)
        fault = health.fault()
        text = (fault or "OK").encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
        start_response("503 Service Unavailable" if fault else "200 OK", headers)
        return [text]

    return application


def served():
    """The application that the environment tells of; it begins to ask after its health."""
    told = os.environ
    sys.argv[1:] = filter(None, [told["HOLDFAST_ARGUMENT"]])
    api = importlib.import_module(told["HOLDFAST_API"]).application
    ask = nothing
    if told["HOLDFAST_CONFIG"]:
        ask = Database(told["HOLDFAST_CONFIG"], told["HOLDFAST_SECTION"]).ask
    path, wanted = told["HOLDFAST_FIRST_CALL"], tuple(told["HOLDFAST_FIRST_ANSWERS"].split(","))
    health = Health(ask, lambda: answers(api, path, wanted), told["HOLDFAST_OUT"].split(":"))
    threading.Thread(target=health.watch, daemon=True).start()
    return with_health(api, health)


if "HOLDFAST_API" in os.environ:
    application = served()
