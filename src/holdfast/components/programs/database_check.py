"""Answers the load balancer over HTTP: may this database node take the writer's sessions?

Usage: database_check.py ADDRESS PORT USER TIMEOUT HANDOVER

200: it is the writer. 409: it stands by, as good as the writer. 503: it serves nobody: not synced, not in the
primary component, donor, desynced, or silent for TIMEOUT seconds.

Who writes is a row of the database itself. So all who are in the primary component agree on it, nobody else
can change it, and no balancer has to remember. Who stands by asks the writer's own check; after HANDOVER
seconds without a good answer it puts itself into the row. Of several one comes first, and the others' change
finds another row than it wants. A new writer whose predecessor is still a member says so HANDOVER seconds
later: by then every balancer has taken the other one out.

However many ask, the server is asked once at a time, and those who waited meanwhile get the same answer: a
flood of questions neither loads the server nor makes one of them wait past its patience, which would be a no.
"""

import collections
import http.client
import socket
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

SOCKET = "/run/mysqld/mysqld.sock"
WRITER, STANDBY, OUT = 200, 409, 503
FRESH = 0.02  # seconds for which an answer is as good as a new one
PLACES = 16  # questions of one address at the same time; who asks more is hung up on
COMMIT = 10.0  # seconds: a change waits while the members agree on who is left
STATUS = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN "
    "('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_incoming_addresses')"
)
WELL = {"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state": "4"}
READ = "SELECT address FROM holdfast_record.writer"
TAKE = "UPDATE holdfast_record.writer SET address = %s WHERE address = %s"


@dataclass(frozen=True)
class View:
    """What the local server says: what is wrong with it, "" where nothing is; who writes; who is a member."""

    wrong: str
    writer: str = ""
    members: tuple = ()


class Server:
    """The local server, asked one question at a time over one connection."""

    def __init__(self, user, timeout):
        self._user = user
        self._timeout = timeout
        self._lock = threading.Lock()
        self._link = None
        self._last = (float("-inf"), View("not asked yet"))

    def view(self):
        """What it says now; a server that does not answer in time is wrong."""
        if not self._lock.acquire(timeout=self._timeout):
            return View("the previous question is still unanswered")
        try:
            if time.monotonic() - self._last[0] >= FRESH:
                view = self._ask()
                self._last = (time.monotonic(), view)
            return self._last[1]
        except (pymysql.MySQLError, OSError) as error:
            self._forget()
            return View(f"{type(error).__name__}: {error}")
        finally:
            self._lock.release()

    def take(self, own, writer):
        """Puts `own` in the place of `writer`; whether it did. Waits for a group that agrees."""
        try:
            link = self._connect(COMMIT)
        except (pymysql.MySQLError, OSError):
            return False
        try:
            with link.cursor() as cursor:
                return cursor.execute(TAKE, (own, writer)) == 1
        except (pymysql.MySQLError, OSError):
            return False
        finally:
            link._force_close()

    def _connect(self, timeout):
        # Each statement for itself: an open transaction would show the writer of its beginning for ever.
        return pymysql.connect(
            unix_socket=SOCKET,
            user=self._user,
            autocommit=True,
            connect_timeout=timeout,
            read_timeout=timeout,
            write_timeout=timeout,
        )

    def _ask(self):
        if self._link is None:
            self._link = self._connect(self._timeout)
        with self._link.cursor() as cursor:
            cursor.execute(STATUS)
            status = dict(cursor.fetchall())
            wrong = [
                f"{name} is {status.get(name)}" for name, want in WELL.items() if status.get(name) != want
            ]
            if wrong:
                return View("; ".join(wrong))
            cursor.execute(READ)
            row = cursor.fetchone()
        members = (
            each.rpartition(":")[0].strip("[]") for each in status["wsrep_incoming_addresses"].split(",")
        )
        return View("", row[0], tuple(members)) if row else View("no row says who writes")

    def _forget(self):
        self._last = (float("-inf"), View("not asked yet"))
        link, self._link = self._link, None
        if link is not None:
            link._force_close()


class Node:
    """This member: what it tells the balancer, and when it becomes the writer.

    `serves(address)` says whether the check there answers as the writer's does.
    """

    def __init__(self, own, server, handover, serves, clock=time.monotonic):
        self._own = own
        self._server = server
        self._handover = handover
        self._serves = serves
        self._clock = clock
        self._writer = ""
        self._heard = clock()
        self._since = 0.0

    def verdict(self):
        """(status, why)"""
        view = self._server.view()
        if view.wrong:
            return OUT, view.wrong
        size = f"{len(view.members)} members"
        if view.writer != self._own:
            return STANDBY, f"synced, stands by for {view.writer or 'the first writer'}, {size}"
        if self._clock() < self._since:
            return STANDBY, f"takes over, {size}"
        return WRITER, f"synced, writer, {size}"

    def look(self):
        """Becomes the writer where the one there has given no good answer for long enough."""
        # As long as the writer answers, the own server is spared the question.
        if self._serves(self._writer):
            self._heard = self._clock()
            return
        view = self._server.view()
        if view.wrong or view.writer == self._own or view.writer != self._writer:
            self._writer, self._heard = view.writer, self._clock()
        elif self._clock() - self._heard >= self._handover:
            self._take(view.writer)

    def _take(self, writer):
        # Set before the change: from its commit on this member's own check reads it.
        self._since = self._clock() + COMMIT + self._handover
        took = self._server.take(self._own, writer)
        after = self._server.view()
        gone = took and not after.wrong and writer not in after.members
        self._heard = self._clock()
        self._since = 0.0 if gone else self._heard + self._handover


def serves(address, port, timeout):
    """Whether the check of the member at that address says that it is the writer, or about to be."""
    if not address:
        return False
    link = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        link.request("GET", "/")
        reply = link.getresponse()
        return reply.status == WRITER or b"takes over" in reply.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def handler_for(node):
    """An HTTP handler bound to a node."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 2

        def _answer(self):
            status, why = node.verdict()
            body = f"{why}\n".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_GET = do_HEAD = do_OPTIONS = _answer

        def log_message(self, *_):
            pass

    return Handler


class Door(ThreadingHTTPServer):
    """A thread for each question, and so many for one address that no other lacks any."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, port, handler):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._asking = collections.Counter()
        self._turn = threading.Lock()
        super().__init__((address, port), handler)

    def verify_request(self, _request, client):
        """Whether the address has a place left; if so, it has one less."""
        with self._turn:
            free = self._asking[client[0]] < PLACES
            self._asking[client[0]] += free
        return free

    def process_request_thread(self, request, client):
        """Answers, and gives the place back."""
        try:
            super().process_request_thread(request, client)
        finally:
            with self._turn:
                self._asking[client[0]] -= 1


def watch(node, every):
    """Looks for ever."""
    while True:
        node.look()
        time.sleep(every)


def main(address, port, user, timeout, handover):
    """Serves until stopped."""
    port, timeout, handover = int(port), float(timeout), float(handover)
    node = Node(address, Server(user, timeout), handover, lambda other: serves(other, port, timeout))
    threading.Thread(target=watch, args=(node, handover / 5), daemon=True).start()
    Door(address, port, handler_for(node)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
