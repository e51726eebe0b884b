"""Observation through the real program, run by this machine's python3."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.hosts.agent.facts import digest, os_name, unit_states, versions
from holdfast.hosts.agent.ports import sockets_in
from holdfast.hosts.contents import contents
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.local import LocalTransport
from holdfast.hosts.observe import Inquiry, ask, observe, observe_all
from holdfast.hosts.transport import Result, Unreachable
from holdfast.model.plan import PutFile
from holdfast.model.question import Question


def doubles(number: int) -> dict[str, Any]:
    import math

    print("a question may print")
    return {"ok": number > 0, "text": f"{math.floor(number)}", "double": 2 * number}


def breaks() -> dict[str, Any]:
    raise LookupError("nothing there")


def hangs() -> dict[str, Any]:
    import time

    time.sleep(30)
    return {"ok": True, "text": "late"}


def says_nothing() -> dict[str, Any]:
    return {"text": "no verdict"}


def cannot_tell() -> dict[str, Any]:
    return {"ok": None, "text": "not from here"}


def me() -> tuple[str, str]:
    import grp
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def here(path: str, content: str, mode: int = 0o644) -> PutFile:
    owner, group = me()
    return PutFile(path, content, owner, group, mode)


@settings(deadline=None)
@given(content=st.text(), mode=st.integers(0o400, 0o777))
def test_digest_is_the_one_of_put_file(
    content: str, mode: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "digest"
    path.write_bytes(content.encode())
    path.chmod(mode)
    assert digest(path) == here("/x", content, mode).digest
    path.chmod(mode ^ 0o100)
    assert digest(path) != here("/x", content, mode).digest


async def test_facts_of_a_folder(folder) -> None:
    (folder.root / "etc").mkdir()
    (folder.root / "etc/os-release").write_text('NAME="Debian"\nID=debian\nVERSION_ID="13"\n')
    (folder.root / "etc/conf").write_text("x")
    folder.tool("dpkg-query", "printf 'one\\tinstalled\\t1.2\\ngone\\tconfig-files\\t9\\n'; exit 1")
    folder.tool(
        "systemctl",
        "printf 'ActiveState=active\\nUnitFileState=enabled\\n\\nActiveState=inactive\\nUnitFileState=\\n'",
    )
    marks = folder.root / "var/lib/holdfast/marks"
    marks.mkdir(parents=True)
    (marks / "a%2Fb").write_text("digest")
    units = folder.root / "var/lib/holdfast/units"
    units.mkdir()
    (units / "w@1.service").write_text("applied")

    seen = await observe(
        folder.transport,
        Inquiry(
            files=("/etc/conf", "/etc/none", "/etc"),
            packages=("one", "gone", "never"),
            units=("w@1.service", "n.service"),
            marks=("a/b", "c"),
        ),
    )
    assert (seen.host, seen.os, seen.python) == ("folder", "debian 13", sys.version_info[:2])
    mode = (folder.root / "etc/conf").stat().st_mode & 0o7777
    assert seen.files["/etc/conf"] == here("/etc/conf", "x", mode).digest
    assert (seen.files["/etc/none"], seen.files["/etc"]) == ("", "unreadable")
    assert seen.packages == {"one": "1.2", "gone": "", "never": ""}
    assert seen.units["w@1.service"].applied == "applied"
    assert seen.units["w@1.service"].enabled
    assert (seen.units["n.service"].active, seen.units["n.service"].enabled) == ("inactive", False)
    assert seen.marks == {"a/b": "digest", "c": ""}
    assert seen.root == (os.geteuid() == 0)
    assert seen.free_mib > 0
    assert abs(seen.clock_offset) < 1
    assert (
        len([c for c in folder.calls if c.startswith(("dpkg-query", "systemctl"))]) == 2
    )  # one each, for all


async def test_questions_are_asked_side_by_side_and_each_has_its_end(folder) -> None:
    questions = (
        Question("good", doubles, "", {"number": 2}),
        Question("bad", doubles, "", {"number": -2}),
        Question("broken", breaks, ""),
        Question("hanging", hangs, "", deadline=0.3),
        Question("second", hangs, "", deadline=0.3),
        Question("mute", says_nothing, ""),
        Question("in doubt", cannot_tell, ""),
    )
    began = time.monotonic()
    answers = (await observe(folder.transport, Inquiry(questions=questions))).answers
    assert time.monotonic() - began < 20  # nobody waits for the hanging one's 30 s
    assert answers["good"].ok is True
    assert answers["good"].text == "2"
    assert answers["good"].data == {"double": 4}
    assert answers["bad"].ok is False
    assert (answers["broken"].ok, answers["broken"].text) == (None, "LookupError: nothing there")
    assert answers["hanging"].ok is None
    assert "within 0.3 s" in answers["hanging"].text
    assert answers["second"].ok is None
    assert answers["mute"].ok is None
    assert (answers["in doubt"].ok, answers["in doubt"].text) == (None, "not from here")


async def test_ask_and_contents(folder) -> None:
    (folder.root / "f").write_text("text")
    assert (await ask(folder.transport, Question("q", doubles, "", {"number": 1}))).ok
    assert await contents(folder.transport, ("/f", "/none")) == {"/f": "text"}


async def test_a_lambda_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="named function"):
        await ask(LocalTransport(), Question("q", lambda: {"ok": True, "text": ""}, ""))


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (Result(127, "", "sh: python3: not found"), "no python3"),
        (Result(0, '{"python": "3.9"}', ""), "python3 is 3.9"),
        (Result(137, "", "Killed"), "ended with 137"),
        (Result(0, '{"error": "OSError: no"}', ""), "OSError: no"),
    ],
)
async def test_a_host_that_cannot_run_the_program_is_unreachable_with_a_cure(
    result: Result, why: str
) -> None:
    with pytest.raises(Unreachable) as caught:
        await observe(ScriptedHost("h", lambda _argv, _stdin: result), Inquiry())
    assert why in caught.value.why
    assert caught.value.cure
    assert caught.value.host == "h"


async def test_observe_all_gives_the_others_when_one_is_lost(folder) -> None:
    def lost(_argv: tuple[str, ...], _stdin: bytes) -> Result:
        raise Unreachable("b", "gone", "look")

    seen = await observe_all(
        {"a": folder.transport, "b": ScriptedHost("b", lost)}, {"a": Inquiry(), "b": Inquiry()}
    )
    assert isinstance(seen["b"], Unreachable)
    assert not isinstance(seen["a"], Unreachable)


async def test_who_listens_is_told_for_strangers(folder) -> None:
    folder.tool("systemctl")
    with socket.socket() as outside, socket.socket() as inside:
        outside.bind(("0.0.0.0", 0))
        inside.bind(("127.0.0.1", 0))
        outside.listen()
        inside.listen()
        ports = (await observe(folder.transport, Inquiry(units=("x.service",)))).ports
        assert ports[f"tcp/{outside.getsockname()[1]}"]
        assert f"tcp/{inside.getsockname()[1]}" not in ports
    assert (await observe(folder.transport, Inquiry())).ports == {}


def test_port_tables() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0B0012C6:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1\n"
        "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 78 1\n"
        "   2: 0B0012C6:0016 0A0012C6:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 79 1\n"
    )
    assert sockets_in(table, "0A") == [("77", 3306)]


def test_parsers_bear_nothing() -> None:
    assert os_name("") == ""
    assert versions("") == {}
    assert unit_states(["a"], "")["a"]["active"] == "unknown"


async def test_no_secret_in_any_argument(folder) -> None:
    seen: list[tuple[str, ...]] = []

    def note(argv: tuple[str, ...], stdin: bytes) -> Result:
        seen.append(argv)
        assert json.loads(stdin)["request"]["files"] == ["/hidden"]
        return Result(1, "", "")

    with pytest.raises(Unreachable):
        await observe(ScriptedHost("h", note), Inquiry(files=("/hidden",)))
    assert "/hidden" not in " ".join(seen[0])


def refused_straight() -> dict[str, object]:
    raise ConnectionRefusedError(111, "Connection refused")


def refused_by_url() -> dict[str, object]:
    import urllib.error

    raise urllib.error.URLError(ConnectionRefusedError(111, "Connection refused"))


def timed_out() -> dict[str, object]:
    import urllib.error

    raise urllib.error.URLError(TimeoutError("timed out"))


async def test_a_refused_connection_is_a_no_and_a_silent_one_no_answer(folder) -> None:
    questions = tuple(
        Question(ask.__name__, ask, "") for ask in (refused_straight, refused_by_url, timed_out)
    )
    answers = (await observe(folder.transport, Inquiry(questions=questions))).answers
    assert answers["refused_straight"].ok is False
    assert answers["refused_by_url"].ok is False
    assert "nobody listens" in answers["refused_by_url"].text
    assert answers["timed_out"].ok is None
