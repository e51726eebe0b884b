"""The check that marks a writer down answers whoever has a right to ask, however many others do."""

from __future__ import annotations

import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from holdfast.components.programs import program

WELL = {
    "wsrep_ready": "ON",
    "wsrep_cluster_status": "Primary",
    "wsrep_local_state": "4",
    "wsrep_cluster_size": "3",
}


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The program's names."""
    driver = ModuleType("pymysql")
    driver.MySQLError = type("MySQLError", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pymysql", driver)
    made: dict[str, Any] = {"__name__": "database_check"}
    exec(compile(program("database_check.py"), "database_check.py", "exec"), made)
    return made


@pytest.fixture
def served(check: dict[str, Any], tmp_path: Path) -> Iterator[tuple[Any, list[int]]]:
    """A server whose node is well, and how often the database was asked."""
    asked: list[int] = []
    node = check["Node"]("user", 5.0)
    node._ask = lambda: asked.append(1) or WELL
    room = check["Room"](node, str(tmp_path), 1, [])
    server = check["Server"]("127.0.0.1", 0, check["handler_for"](node, room))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, asked
    server.shutdown()
    server.server_close()


def test_one_address_cannot_take_the_places_of_another(
    check: dict[str, Any], served: tuple[Any, Any]
) -> None:
    server, _ = served
    port = server.server_address[1]
    with ExitStack() as held:
        for _ in range(4 * check["PLACES"]):
            held.enter_context(socket.create_connection(("127.0.0.1", port)))
        other = held.enter_context(socket.create_connection(("127.0.0.1", port), 10, ("127.0.0.2", 0)))
        other.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.0 200")
        assert server._asking["127.0.0.1"] <= check["PLACES"]


def test_a_place_is_given_back(check: dict[str, Any], served: tuple[Any, Any]) -> None:
    server, _ = served
    for _ in range(3 * check["PLACES"]):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/", timeout=10) as reply:
            assert reply.status == 200


def test_those_who_wait_share_one_answer(check: dict[str, Any]) -> None:
    """While one question is under way, any number of others wait for it and ask nothing themselves."""
    asked, go, node = [], threading.Event(), check["Node"]("user", 10.0)
    check["FRESH"] = 60.0

    def ask() -> dict[str, str]:
        asked.append(1)
        assert go.wait(10)
        return WELL

    node._ask = ask
    verdicts: list[tuple[bool, str]] = []
    crowd = [threading.Thread(target=lambda: verdicts.append(node.verdict())) for _ in range(50)]
    for one in crowd:
        one.start()
    go.set()
    for one in crowd:
        one.join()
    assert verdicts == [(True, "synced, primary, 3 members")] * 50
    assert len(asked) == 1


def test_an_answer_is_not_kept_beyond_its_time(check: dict[str, Any]) -> None:
    answers = iter((WELL, {**WELL, "wsrep_local_state": "2"}))
    node = check["Node"]("user", 1.0)
    node._ask = lambda: next(answers)
    check["FRESH"] = 0.0
    assert node.verdict()[0] and not node.verdict()[0]


MIB = 1 << 20


@dataclass
class Member:
    """A member of a group whose disk and peers are made up; `left` counts how often it was told to leave."""

    room: Any
    free: int
    left: list[int] = field(default_factory=list)

    def leave(self) -> None:
        self.left.append(1)


@pytest.fixture
def group(check: dict[str, Any]) -> list[Member]:
    """Three members with 500 MiB each, who want 128; each of them asks the others."""
    members: list[Member] = []
    for number in range(3):
        member = Member(None, 500 * MIB)
        member.room = check["Room"](member, "/", 128 * MIB, [n for n in range(3) if n != number])
        member.room.left = lambda member=member: member.free
        member.room._spares = lambda peer: not members[peer].left and members[peer].free >= 128 * MIB
        members.append(member)
    return members


def test_a_member_leaves_before_its_disk_is_full(group: list[Member]) -> None:
    group[1].free = 127 * MIB
    for member in group:
        member.room.look()
    assert [len(member.left) for member in group] == [0, 1, 0]


def test_members_that_run_short_together_all_stay(group: list[Member]) -> None:
    for member in group:
        member.free = 0
    for member in group:
        member.room.look()
    assert not any(member.left for member in group)


def test_of_members_that_run_short_in_turn_only_the_first_leaves(group: list[Member]) -> None:
    for member in group:
        member.free = 0
        member.room.look()
    assert [len(member.left) for member in group] == [1, 0, 0]


def test_a_lone_member_never_leaves(check: dict[str, Any]) -> None:
    alone = Member(None, 0)
    alone.room = check["Room"](alone, "/", 1 << 62, [])
    alone.room.look()
    assert not alone.left


@pytest.mark.parametrize(("wanted", "spared"), [(1, True), (1 << 62, False)])
def test_a_peer_spares_a_member_where_it_serves_with_room(
    check: dict[str, Any], served: tuple[Any, Any], tmp_path: Path, wanted: int, spared: bool
) -> None:
    peer = f"http://127.0.0.1:{served[0].server_address[1]}/"
    assert check["Room"](None, str(tmp_path), wanted, [peer])._spares(peer) is spared


def test_a_peer_out_of_service_spares_nobody(check: dict[str, Any], served: tuple[Any, Any]) -> None:
    server, _ = served
    node = Member(None, 0)
    room = check["Room"](node, "/", 1 << 62, [f"http://127.0.0.1:{server.server_address[1]}/"])
    check["FRESH"] = 0.0
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(WELL, "wsrep_local_state", "2")
        with pytest.raises(OSError, match="503"):
            room.look()
    assert not node.left
