"""Sessions are kept with one writer: what the program beside each balancer makes of what it sees."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shipped import shipped

one_writer = shipped("one_writer")
IDS = {"alpha": 1, "bravo": 2, "charlie": 3}


@dataclass
class Balancer:
    """Answers as HAProxy does, and does as it is told."""

    named: str
    sessions: dict[str, int]
    down: frozenset[str] = frozenset()
    number: str = ""
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = self.number or self.named

    @property
    def writer(self) -> str:
        """To whom it sends new sessions."""
        return self.named or self.number

    def __call__(self, command: str) -> str:
        words = command.split()
        match words[:2]:
            case ["show", "stat"]:
                return "# pxname,svname,scur,status,sid,\n" + "".join(map(self._row, IDS))
            case ["show", "table"]:
                entry = f"0x7f: key=1 use=0 server_id={IDS.get(self.number)} server_key={self.named or '-'}\n"
                return "# table: database, type: integer, size:2\n" + (entry if self.writer else "")
            case ["set", "table"]:
                self.number = next(name for name, number in IDS.items() if words[-1] == str(number))
            case ["clear", "table"]:
                self.named = self.number = ""
            case ["shutdown", "sessions"]:
                del self.sessions[words[-1].partition("/")[2]]
        self.told.append(command)
        return "\n"

    def _row(self, name: str) -> str:
        status = "DOWN" if name in self.down else "UP 1/2"
        return f"database,{name},{self.sessions.get(name, 0)},{status},{IDS[name]},\n"


def looked(balancer: Balancer, times: int = 2, *, holder: bool = True) -> Balancer:
    table = one_writer.Table(balancer, "database")
    for _ in range(times):
        table.look(holder)
    return balancer


def after(
    named: str, sessions: Mapping[str, int], *, holder: bool = True, times: int = 2
) -> tuple[str, dict[str, int]]:
    seen = looked(Balancer(named, dict(sessions)), times, holder=holder)
    return seen.writer, seen.sessions


def test_where_clients_come_their_writer_is_told_to_the_others() -> None:
    assert looked(Balancer("bravo", {"bravo": 4}), 1).told == ["set table database key 1 data.server_id 2"]
    assert not looked(Balancer("bravo", {"bravo": 4}), 1, holder=False).told


def test_the_word_of_another_balancer_does_not_move_the_writer() -> None:
    assert after("charlie", {"bravo": 4}) == ("bravo", {"bravo": 4})
    assert after("", {"bravo": 4}) == ("bravo", {"bravo": 4})


def test_what_the_one_with_the_clients_tells_is_taken_over() -> None:
    """Only the number can be told; the name that stands beside it would count."""
    assert looked(Balancer("alpha", {}, number="bravo"), 1, holder=False).writer == "bravo"
    assert looked(Balancer("alpha", {"alpha": 3}, number="bravo"), 1).writer == "alpha"


def test_two_writers_become_one_and_not_at_the_first_look() -> None:
    assert after("charlie", {"bravo": 4, "charlie": 1}, times=1) == ("charlie", {"bravo": 4, "charlie": 1})
    assert after("charlie", {"bravo": 4, "charlie": 1}) == ("charlie", {"charlie": 1})


def test_where_no_clients_come_what_is_left_elsewhere_ends() -> None:
    assert after("charlie", {"bravo": 4}, holder=False) == ("charlie", {})


def test_nothing_ends_while_the_writer_named_is_down() -> None:
    seen = looked(Balancer("bravo", {"charlie": 4}, frozenset({"bravo"})), holder=False)
    assert (seen.writer, seen.sessions, seen.told) == ("bravo", {"charlie": 4}, [])


def test_a_writer_that_is_down_is_not_gone_back_to() -> None:
    assert looked(Balancer("charlie", {"bravo": 4}, frozenset({"bravo"}))).writer == "charlie"


def test_commands_go_to_the_balancers_socket(tmp_path: Path) -> None:
    path, heard = str(tmp_path / "admin.sock"), []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def answer() -> None:
            link, _ = server.accept()
            with link:
                heard.append(link.recv(100))
                link.sendall(b"so it is\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert one_writer.asker(path)("show table database") == "so it is\n"
        thread.join()
    assert heard == [b"show table database\n"]


def test_an_address_is_had_or_not() -> None:
    assert one_writer.has("127.0.0.1") and not one_writer.has("198.18.255.254")
