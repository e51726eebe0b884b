"""The protocol clients against servers in this process that answer, refuse, hang or hang up."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from three_hosts import make_site

from holdfast.model.endpoint import Endpoint
from holdfast.probes.sessions import bus, database, tokens
from holdfast.probes.sessions.access import Access, Door, access_to, pack, unpack
from holdfast.probes.sessions.page import fetch

ACCESS = access_to(make_site())
# Seconds that a busy machine may add; a client that is not given up stays for ever.
BUSY = 10.0


class Api(BaseHTTPRequestHandler):
    """An identity API with one user."""

    protocol_version = "HTTP/1.1"
    broken = False

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length))
        good = asked["auth"]["identity"]["password"]["user"]["password"] == "s3cret"
        self._answer(503 if self.broken else 201 if good else 401, b"{}", {"X-Subject-Token": "gAAA"})

    def do_GET(self) -> None:
        if self.path.startswith("/lamps"):
            self._answer(200, self.path.encode(), {})
            return
        good = self.headers["X-Subject-Token"] == "gAAA"
        self._answer(200 if good else 404, b'{"token": {"user": {"name": "admin"}}}', {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silent_port() -> Iterator[int]:
    """Accepts, as the kernel does for a frozen process, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """Taken, so that nobody else listens there, and refused at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_access_survives_its_way_to_a_child_and_never_prints_a_secret() -> None:
    assert unpack(pack(ACCESS)) == ACCESS
    assert "s3cret" not in repr(ACCESS)


def test_a_token_is_issued_and_validated_over_one_connection() -> None:
    with serving(Api) as url:
        session = tokens.TokenSession(url, "s3cret")
        token = session.issue()
        first = session.connection
        assert session.validate(token) == "admin"
        assert session.connection is first
        session.close()


def test_what_is_asked_of_an_api_is_asked_whole() -> None:
    with serving(Api) as url:
        session = tokens.TokenSession(url, "s3cret")
        assert session.get(f"{url}/lamps?lit=true&limit=1", "gAAA") == b"/lamps?lit=true&limit=1"
        session.close()


def test_a_refused_token_says_the_status() -> None:
    with serving(Api) as url:
        with pytest.raises(tokens.Denied, match="401"):
            tokens.TokenSession(url, "wrong").issue()
        with pytest.raises(tokens.Denied, match="404"):
            tokens.TokenSession(url, "s3cret").validate("other")


def test_after_a_503_the_next_call_comes_over_a_fresh_connection() -> None:
    class Broken(Api):
        broken = True

    with serving(Broken) as url:
        session = tokens.TokenSession(url, "s3cret")
        with pytest.raises(tokens.Denied, match="503"):
            session.issue()
        assert session.connection is None


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    with serving(Api) as url:
        session = tokens.TokenSession(url, "s3cret")
        token = session.issue()
        assert session.connection is not None and session.connection.sock is not None
        # As the server's end does it: the client finds the end of the stream there.
        session.connection.sock.shutdown(socket.SHUT_RD)
        assert session.validate(token) == "admin"
        session.close()


def test_an_api_that_hangs_is_given_up_within_the_deadline() -> None:
    with silent_port() as port:
        session = tokens.TokenSession(f"http://127.0.0.1:{port}", "s3cret")
        began = time.monotonic()
        with pytest.raises(OSError, match="timed out"):
            session.issue()
        assert time.monotonic() - began < tokens.DEADLINE + BUSY
        assert session.sent and session.connection is None


def test_a_database_that_refuses_or_hangs_has_surely_not_written() -> None:
    context = database.trust(ACCESS.ca)
    with closed_port() as port:
        session = database.DatabaseSession(Endpoint(("127.0.0.1",), port), context)
        with pytest.raises(database.NotWritten, match="connect"):
            session.insert("run", "clerk", 1)
    with silent_port() as port:
        session = database.DatabaseSession(Endpoint(("127.0.0.1",), port), context)
        began = time.monotonic()
        with pytest.raises(database.NotWritten, match="timed out"):
            session.insert("run", "clerk", 1)
        assert time.monotonic() - began < database.DEADLINE + BUSY


def test_a_bus_that_refuses_or_hangs_is_left_for_the_next_node() -> None:
    from dataclasses import replace

    door = ACCESS.door("bus")
    nodes = (replace(door.nodes[0], address="127.0.0.1"), *door.nodes[1:])

    def at(port: int) -> Access:
        there = Door(replace(door.endpoint, port=port), nodes)
        return replace(ACCESS, doors={**ACCESS.doors, "bus": there})

    with closed_port() as port:
        session = bus.BusSession(at(port), "q")
        with pytest.raises(bus.NotPublished):
            session.publish("x")
    assert session.turn == 1
    with silent_port() as port:
        session = bus.BusSession(at(port), "q")
        began = time.monotonic()
        with pytest.raises(bus.NotPublished):
            session.publish("x")
        assert time.monotonic() - began < bus.DEADLINE + BUSY


def test_a_page_is_fetched_or_its_failure_told() -> None:
    with serving(Api) as url:
        answer = fetch(f"{url}/", "")
        assert answer.ok is False and answer.data == {"status": 404}
    with closed_port() as port:
        answer = fetch(f"http://127.0.0.1:{port}/alive", "")
    assert answer.ok is False and "refused" in answer.text
