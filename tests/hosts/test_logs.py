"""A host's logs through the real program, run by this machine's python3; the journal is played."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.hosts.agent import logs as agent
from holdfast.hosts.agent.hardware import memory, processor
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.local import LocalTransport
from holdfast.hosts.logs import read_logs, stamp, this_machine
from holdfast.hosts.transport import Result, Unreachable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def host(tmp_path: Path) -> LocalTransport:
    """A host whose journal says what it was asked."""
    (tmp_path / "bin").mkdir()
    journalctl = tmp_path / "bin" / "journalctl"
    journalctl.write_text('#!/bin/sh\necho "2026-11-21T12:00:00.000001+00:00 c1 said: $*"\n')
    journalctl.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return LocalTransport("c1", env={"HOLDFAST_ROOT": str(tmp_path), "PATH": path})


def log(tmp_path: Path, text: str) -> str:
    (tmp_path / "bus.log").write_text(text)
    return "/bus.log"


async def test_the_journal_of_the_units_comes_since_the_time(host: LocalTransport) -> None:
    journal = (await read_logs(host, ["a.service", "b.service"], (), NOON)).journal
    assert f"--since=@{NOON:.0f} -u a.service -u b.service" in journal
    assert stamp(journal) == pytest.approx(NOON, abs=1e-5)


async def test_without_units_the_journal_is_not_read_as_a_whole(host: LocalTransport) -> None:
    assert (await read_logs(host, (), (), NOON)).journal == ""


async def test_a_file_begins_at_the_first_line_that_is_not_older(
    host: LocalTransport, tmp_path: Path
) -> None:
    text = (
        "2026-11-21 11:59:59.9+00:00 old\n  and more of it\n"
        "2026-11-21 12:00:00.1+00:00 new\n  with its second line\n"
    )
    path = log(tmp_path, text)
    told = await read_logs(host, (), (path, "/absent.log"), NOON)
    assert told.files[path] == "2026-11-21 12:00:00.1+00:00 new\n  with its second line\n"
    assert told.files["/absent.log"] == ""


async def test_the_machine_is_told(host: LocalTransport, tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text("model name\t: A 68000\n")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:  2097152 kB\n")
    found = (await read_logs(host, (), (), NOON)).hardware
    assert (found.processor, found.memory) == ("A 68000", 2.0)
    assert found.cores == this_machine().cores
    assert (processor("") != "", memory("")) == (True, 0.0)


def test_a_flood_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    flood = tmp_path / "journalctl"
    flood.write_text("#!/bin/sh\nwhile :; do echo 2026-11-21T12:00:00+00:00 again; done\n")
    flood.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(agent, "MOST", 1 << 20)
    journal = agent.logs({"units": ["a"], "files": [], "since": NOON})["journal"]
    assert len(journal) < (1 << 20) + 100
    assert journal.endswith("again\n(cut here: more than 1 MiB)\n")


async def test_a_program_that_failed_is_no_answer() -> None:
    broken = ScriptedHost("c1", lambda *_: Result(0, '{"error": "OSError: no journal"}', ""))
    with pytest.raises(Unreachable, match="c1: its logs could not be read: OSError: no journal"):
        await read_logs(broken, (), (), NOON)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("2026-11-21T12:00:01.500000+00:00 c1 x", 1.5),
        ("2026-11-21T13:00:00+0100 c1 x", 0.0),
        ("2026-11-21 12:00:00,250Z x", 0.25),
        ("-- Boot 1 --", None),
        ("Nov 21 12:00:00 c1 x", None),
    ],
)
def test_a_line_begins_with_its_time(line: str, seconds: float | None) -> None:
    found = stamp(line)
    assert found == seconds if seconds is None else found is not None and found - NOON == seconds
