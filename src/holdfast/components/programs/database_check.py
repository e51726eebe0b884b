"""Answers the load balancer over HTTP: may this database node take the writer's sessions?

Usage: database_check.py ADDRESS PORT USER TIMEOUT FOLDER LEAST INTERVAL PEER...

200 only when the node is synced, in the primary component, ready, and neither donor nor desynced.
Keeps one connection over the local socket; a server that does not answer in time counts as dead.

However many ask, the server is asked once at a time, and those who waited meanwhile get the same answer: a
flood of questions neither loads the server nor makes one of them wait past its patience, which would be a no.

And it takes the node out of the group, in order, before the disk under FOLDER is full: with less than LEAST
bytes of room, where every PEER (the address of another member) can spare it. It looks each INTERVAL seconds.
"""

import collections
import contextlib
import os
import socket
import sys
import threading
import time
import urllib.request
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

SOCKET = "/run/mysqld/mysqld.sock"
SYNCED = "4"
QUERY = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN "
    "('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_cluster_size')"
)


FRESH = 0.02  # seconds for which an answer is as good as a new one
PLACES = 16  # questions of one address at the same time; who asks more is hung up on
ROOM = "Holdfast-Room"  # the header that tells a member's room, in bytes


class Node:
    """The local server, asked one question at a time."""

    def __init__(self, user, timeout):
        self._user = user
        self._timeout = timeout
        self._lock = threading.Lock()
        self._link = None
        self._last = (float("-inf"), (False, "not asked yet"))

    def verdict(self):
        """(may serve, why)"""
        if not self._lock.acquire(timeout=self._timeout):
            return False, "the previous question is still unanswered"
        try:
            when, verdict = self._last
            if time.monotonic() - when < FRESH:
                return verdict
            verdict = self._judge(self._ask())
            self._last = (time.monotonic(), verdict)
            return verdict
        except (pymysql.MySQLError, OSError) as error:
            self._forget()
            return False, f"{type(error).__name__}: {error}"
        finally:
            self._lock.release()

    def leave(self):
        """Ends the server in order: the others hear that it goes."""
        with self._lock:
            self._answer("SHUTDOWN")

    def _ask(self):
        return dict(self._answer(QUERY))

    def _answer(self, statement):
        if self._link is None:
            self._link = pymysql.connect(
                unix_socket=SOCKET,
                user=self._user,
                connect_timeout=self._timeout,
                read_timeout=self._timeout,
                write_timeout=self._timeout,
            )
        with self._link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def _forget(self):
        link, self._link = self._link, None
        if link is not None:
            link._force_close()

    @staticmethod
    def _judge(status):
        wanted = {"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state": SYNCED}
        wrong = [f"{name} is {status.get(name)}" for name, want in wanted.items() if status.get(name) != want]
        return not wrong, "; ".join(wrong) or f"synced, primary, {status['wsrep_cluster_size']} members"


class Room:
    """The disk under a node's data, and what is done before it is full.

    A member that cannot write what the others wrote tries for seconds and ends itself, and they wait. Members
    fill up alike, so one leaves only where all others are in service and have room: the last ones go on. Of
    two that run short at once one leaves at most, since each is short before it asks the other.
    """

    def __init__(self, node, folder, least, peers):
        self._node, self._folder, self._least, self._peers = node, folder, least, peers

    def left(self):
        """Bytes that the server may still write."""
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def look(self):
        """Once."""
        left = self.left()
        if left < self._least and self._peers and all(map(self._spares, self._peers)):
            self._node.leave()
            sys.stderr.write(f"{left >> 20} MiB are left under {self._folder}: this member leaves\n")

    def _spares(self, peer):
        with urllib.request.urlopen(peer, timeout=2) as reply:
            return int(reply.headers.get(ROOM, 0)) >= self._least

    def watch(self, interval):
        """For ever. A peer that does not say yes, or a server that does not run, is looked at again."""
        while True:
            with contextlib.suppress(pymysql.MySQLError, OSError, ValueError, HTTPException):
                self.look()
            time.sleep(interval)


def handler_for(node, room):
    """An HTTP handler bound to a node and its room."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 2

        def _answer(self):
            ok, why = node.verdict()
            body = f"{why}\n".encode()
            self.send_response(200 if ok else 503)
            self.send_header("Content-Length", str(len(body)))
            self.send_header(ROOM, str(room.left()))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_GET = do_HEAD = do_OPTIONS = _answer

        def log_message(self, *_):
            pass

    return Handler


class Server(ThreadingHTTPServer):
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


def main(address, port, user, timeout, folder, least, interval, *peers):
    """Serves until stopped."""
    node = Node(user, float(timeout))
    room = Room(node, folder, int(least), [f"http://{peer}:{port}/" for peer in peers])
    threading.Thread(target=room.watch, args=(float(interval),), daemon=True).start()
    Server(address, int(port), handler_for(node, room)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
