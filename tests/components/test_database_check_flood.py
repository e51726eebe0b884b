"""The check that marks a writer down answers whoever has a right to ask, however many others do."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from shipped import shipped

PROGRAM = shipped("database_check")
WELL = PROGRAM.View("", "127.0.0.1", ("127.0.0.1",))


def node_of(server: Any) -> Any:
    return PROGRAM.Node("127.0.0.1", server, 0.5, lambda _writer: True)


@pytest.fixture
def served() -> Iterator[Any]:
    """A check whose node is well and the writer."""
    local = PROGRAM.Server("user", 5.0)
    local._ask = lambda: WELL
    door = PROGRAM.Door("127.0.0.1", 0, PROGRAM.handler_for(node_of(local)))
    threading.Thread(target=door.serve_forever, daemon=True).start()
    yield door
    door.shutdown()
    door.server_close()


def test_one_address_cannot_take_the_places_of_another(served: Any) -> None:
    port = served.server_address[1]
    with ExitStack() as held:
        for _ in range(4 * PROGRAM.PLACES):
            held.enter_context(socket.create_connection(("127.0.0.1", port)))
        other = held.enter_context(socket.create_connection(("127.0.0.1", port), 10, ("127.0.0.2", 0)))
        other.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.0 200")
        assert served._asking["127.0.0.1"] <= PROGRAM.PLACES


def test_a_place_is_given_back(served: Any) -> None:
    for _ in range(3 * PROGRAM.PLACES):
        with urllib.request.urlopen(f"http://127.0.0.1:{served.server_address[1]}/", timeout=10) as reply:
            assert reply.status == 200


def test_those_who_wait_share_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one question is under way, any number of others wait for it and ask nothing themselves."""
    monkeypatch.setattr(PROGRAM, "FRESH", 60.0)
    asked, go, local = [], threading.Event(), PROGRAM.Server("user", 10.0)

    def ask() -> Any:
        asked.append(1)
        assert go.wait(10)
        return WELL

    local._ask = ask
    node, verdicts = node_of(local), []
    crowd = [threading.Thread(target=lambda: verdicts.append(node.verdict())) for _ in range(50)]
    for one in crowd:
        one.start()
    go.set()
    for one in crowd:
        one.join()
    assert {status for status, _ in verdicts} == {PROGRAM.WRITER} and len(verdicts) == 50
    assert len(asked) == 1


def test_an_answer_is_not_kept_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PROGRAM, "FRESH", 0.0)
    answers, local = iter((WELL, PROGRAM.View("a donor"))), PROGRAM.Server("user", 1.0)
    local._ask = lambda: next(answers)
    node = node_of(local)
    assert [node.verdict()[0] for _ in range(2)] == [PROGRAM.WRITER, PROGRAM.OUT]
