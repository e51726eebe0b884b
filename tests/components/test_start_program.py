"""The words of members before their start: over TLS, among themselves alone; and what needs no word."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clouds import sites
from shipped import shipped

from holdfast.components.mariadb.start import FIRST, ROOM, start_lines
from holdfast.model.certificate import issue, make_authority
from holdfast.model.pair import Pair

PROGRAM = shipped("database_start")
NOW = datetime.now(UTC)
AUTHORITY = make_authority("test", NOW)
MEMBERS = {"alpha": "127.0.0.2", "bravo": "127.0.0.3", "charlie": "127.0.0.4"}
HISTORY = "31103a7c-e5be-11f1-b992-8e6518110b8f"
WORD = PROGRAM.Word("once", tuple(MEMBERS), HISTORY, 7)


def tls(folder: Path, address: str, authority: Pair = AUTHORITY) -> Path:
    """The pair of a host and the authority that it trusts, as they lie on it."""
    folder.mkdir()
    pair = issue(authority, ["localhost", address], NOW)
    (folder / "ca.pem").write_text(authority.certificate)
    (folder / "cert.pem").write_text(pair.certificate)
    (folder / "key.pem").write_text(pair.key.reveal())
    return folder


@dataclass(frozen=True)
class Alpha:
    """A member that speaks, and a port on which nobody answers."""

    port: int
    silent: int


def free_port() -> int:
    with socket.create_server((MEMBERS["alpha"], 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def alpha(tmp_path: Path) -> Alpha:
    port = free_port()
    own = tls(tmp_path / "alpha", MEMBERS["alpha"])
    PROGRAM.Speaker(MEMBERS["alpha"], port, own, WORD, [MEMBERS["bravo"], MEMBERS["charlie"]]).start()
    return Alpha(port, free_port())


def test_a_member_hears_a_member(alpha: Alpha, tmp_path: Path) -> None:
    ear = PROGRAM.Ear(alpha.port, alpha.silent, tls(tmp_path / "bravo", MEMBERS["bravo"]))
    assert ear.word(MEMBERS["alpha"]) == WORD
    assert ear.word(MEMBERS["charlie"]) is None


def test_members_speak_ipv6_too(tmp_path: Path) -> None:
    """Each on the only loopback address there is: it hears itself as another would."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = int(taken.getsockname()[1])
    own = tls(tmp_path / "six", "::1")
    PROGRAM.Speaker("::1", port, own, WORD, ["::1"]).start()
    assert PROGRAM.Ear(port, free_port(), own).word("::1") == WORD
    assert PROGRAM.Ear(port, free_port(), tls(tmp_path / "stranger", "fd00::9")).word("::1") is None


def test_a_host_that_is_no_member_is_told_nothing(alpha: Alpha, tmp_path: Path) -> None:
    ear = PROGRAM.Ear(alpha.port, alpha.silent, tls(tmp_path / "stranger", "127.0.0.9"))
    assert ear.word(MEMBERS["alpha"]) is None


def test_another_clouds_certificate_is_neither_told_nor_believed(alpha: Alpha, tmp_path: Path) -> None:
    other = make_authority("other", NOW)
    ear = PROGRAM.Ear(alpha.port, alpha.silent, tls(tmp_path / "bravo", MEMBERS["bravo"], other))
    assert ear.word(MEMBERS["alpha"]) is None


def test_one_who_has_no_certificate_for_its_address_is_not_believed(tmp_path: Path) -> None:
    port = free_port()
    forged = tls(tmp_path / "charlie-as-alpha", MEMBERS["charlie"])
    PROGRAM.Speaker(MEMBERS["alpha"], port, forged, WORD, MEMBERS.values()).start()
    assert PROGRAM.Ear(port, port, tls(tmp_path / "bravo", MEMBERS["bravo"])).word(MEMBERS["alpha"]) is None


@pytest.mark.parametrize(("greeting", "serves"), [(b"J", True), (b"", False)])
def test_a_member_that_greets_is_in_service(greeting: bytes, serves: bool, tmp_path: Path) -> None:
    """One that accepts and says nothing is frozen, or closing."""
    with socket.create_server((MEMBERS["alpha"], 0)) as server:

        def greet() -> None:
            link, _ = server.accept()
            link.sendall(greeting)
            link.close()

        threading.Thread(target=greet, daemon=True).start()
        ear = PROGRAM.Ear(1, server.getsockname()[1], tls(tmp_path / "bravo", MEMBERS["bravo"]))
        assert ear.serves(MEMBERS["alpha"]) is serves
    assert not ear.serves(MEMBERS["alpha"])


class Heard:
    """An ear to which the others say the same in each round."""

    def __init__(self, words: dict[str, object]) -> None:
        self._words = words

    def word(self, address: str) -> object:
        return self._words.get(address)

    def serves(self, _address: str) -> bool:
        return False


def test_what_it_waits_for_and_what_it_does_are_lines_of_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PROGRAM, "EVERY", 0)
    others = {MEMBERS[name]: replace(WORD, start=name, position=5) for name in ("bravo", "charlie")}
    verdict = PROGRAM.wait_for_a_verdict("alpha", MEMBERS, WORD, Heard(others))
    assert verdict is PROGRAM.Verdict.BEGIN
    positions = "; ".join(f"{name} at {HISTORY}:{n}" for name, n in zip(MEMBERS, (7, 5, 5), strict=True))
    told = f"alpha begins, the furthest of all: {positions}"
    assert capsys.readouterr().out.splitlines() == [f"wait: {told}", f"begin: {told}"]


def rounds(
    monkeypatch: pytest.MonkeyPatch, mebibytes: list[int], others: tuple[str, ...], *serving: str
) -> int:
    """How often one looks at its room until it starts, which must be at the last of these."""
    monkeypatch.setattr(PROGRAM, "EVERY", 0)
    room = [each << 20 for each in reversed(mebibytes)]
    PROGRAM.wait_for_room(room.pop, 256 << 20, others, serving.__contains__)
    return len(mebibytes) - len(room)


def test_one_without_room_waits_for_it_while_all_others_serve(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rounds(monkeypatch, [5, 255, 256], ("b", "c"), "b", "c") == 3
    assert capsys.readouterr().out == "waits: 5 MiB are left for its data, fewer than 256: make room\n"


@pytest.mark.parametrize(("others", "serving"), [(("b", "c"), ("b",)), (("b", "c"), ()), ((), ())])
def test_one_with_little_room_starts_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...], serving: tuple[str, ...]
) -> None:
    assert rounds(monkeypatch, [65], others, *serving) == 1


@pytest.mark.parametrize("others", [("b", "c"), ()])
def test_none_starts_on_a_full_disk(monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]) -> None:
    assert rounds(monkeypatch, [0, 63, 64], others) == 3


@pytest.mark.parametrize(
    ("by_hand", "group_file", "history", "said"),
    [
        (True, False, HISTORY, "told to begin"),
        (False, True, HISTORY, "its last group is on disk"),
        (False, False, "", "no data"),
        (False, False, "00000000-0000-0000-0000-000000000000", "no data"),
        (False, False, HISTORY, ""),
    ],
)
def test_who_needs_no_word_of_others(by_hand: bool, group_file: bool, history: str, said: str) -> None:
    why = PROGRAM.without_asking(by_hand, group_file, history)
    assert said in why and bool(why) is bool(said)


def test_what_was_recovered_is_read() -> None:
    text = f"_WSREP_START_POSITION=--wsrep_start_position={HISTORY}:160\n"
    assert PROGRAM.recovered(text) == (HISTORY, 160)
    assert PROGRAM.recovered("") == ("", -1)


def test_one_that_begins_lifts_its_own_guard_for_this_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PROGRAM, "FIRST", tmp_path / "first")
    (tmp_path / "grastate.dat").write_text(f"uuid: {HISTORY}\nseqno: 160\nsafe_to_bootstrap: 0\n")
    PROGRAM.begin(tmp_path)
    assert "safe_to_bootstrap: 1" in (tmp_path / "grastate.dat").read_text()
    assert (tmp_path / "first").read_text() == "_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n"


def test_the_unit_forgets_an_old_decision_before_it_asks_for_a_new_one() -> None:
    for name, site in sites().items():
        here = next(h for h in site.places if h.component.name == "mariadb")
        first, *lines = start_lines(here).splitlines()
        assert first.startswith("ExecCondition=-") and first.endswith(f" --room {2 * ROOM}"), name
        if len(here.placed.hosts) == 1:
            assert not any(FIRST in line for line in lines), name
            continue
        lines = lines[1:]
        assert lines[0] == f"ExecStartPre=/bin/rm -f {FIRST}"
        assert str(PROGRAM.FIRST) == FIRST
        words = lines[1].split(PROGRAM.__file__.rsplit("/", 1)[1])[1].split()
        options = PROGRAM.arguments(words)
        assert dict(m.split("=") for m in options.members) == {h.name: h.address for h in here.placed.hosts}
        assert options.own == here.host.name
