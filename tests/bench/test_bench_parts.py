"""The lab's cloud file, the stopwatch, the lock, the machine, and the thousand hosts on a small number."""

from __future__ import annotations

import asyncio
import fcntl
import platform
import re
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from clouds import WORDS

from bench import machine
from bench.__main__ import main
from bench.lab import BenchLab, cloud_text, lab_network, temporary_lab
from bench.quiet import Quiet
from bench.sections import Bench, record, sections
from bench.stopwatch import Failed, timed
from bench.thousand import Memory, measure
from bench.thousand import cloud_text as thousand_text
from holdfast.lab.command import LabError
from holdfast.model.cloud import Timers
from holdfast.model.cloudfile.reader import read


@pytest.mark.parametrize("timers", list(Timers))
def test_the_lab_is_the_starter_on_its_own_network(tmp_path: Path, timers: Timers) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text(cloud_text(lab_network("198.18.20.0/24"), timers))
    cloud = read(path, WORDS)
    assert (cloud.name, cloud.timers, cloud.networks[0].cidr) == ("bench", timers, "198.18.20.0/24")
    assert [h.address for h in cloud.hosts] == ["198.18.20.11", "198.18.20.12", "198.18.20.13"]


@pytest.mark.parametrize("network", ["198.18.0.0/16", "10.0.0.0/24", "fd00::/64", "noise", "198.18.20.1/24"])
def test_no_lab_elsewhere(network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError):
        lab_network(network)
    assert main(["--cloud-network", network, "--docs", str(tmp_path)]) == 2
    assert network in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_stopwatch_tells_time_and_output() -> None:
    done = timed((sys.executable, "-c", "import time; time.sleep(0.2); print('x')"))
    assert 0.2 <= done.seconds < 10
    assert done.out == "x\n"
    assert timed((sys.executable, "-c", "raise SystemExit(1)"), fine=(0, 1)).out == ""


@pytest.mark.parametrize(
    ("words", "limit"), [("raise SystemExit(3)", 30), ("import time; time.sleep(30)", 0.3)]
)
def test_what_fails_or_hangs_gives_no_figure(words: str, limit: float) -> None:
    with pytest.raises(Failed):
        timed((sys.executable, "-c", words), limit=limit)


def test_a_stretch_waits_for_others_and_says_so(tmp_path: Path) -> None:
    lock, said = tmp_path / "lock", []
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        threading.Timer(0.3, lambda: fcntl.flock(other, fcntl.LOCK_UN)).start()
        began = time.monotonic()
        with Quiet(lock, said.append).stretch("x"):
            assert time.monotonic() - began >= 0.25
    assert len(said) == 1 and str(lock) in said[0]
    with Quiet(lock, said.append).stretch("x"), Quiet(None, said.append).stretch("y"):
        assert len(said) == 1


def test_two_benchmarks_never_share_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("bench.lab.clean_lab", lambda _name, _say: None)
    left = tmp_path / "holdfast-bench-interrupted"
    left.mkdir()
    with temporary_lab("198.18.20.", lambda _text: None) as lab:
        assert not left.exists()
        assert lab.folder.parent == tmp_path
        assert stat.S_IMODE(lab.folder.stat().st_mode) == 0o700
        with pytest.raises(LabError), temporary_lab("198.18.20.", lambda _text: None):
            pass
        assert lab.folder.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["holdfast-bench.lock"]


def test_the_machine_is_described_without_its_name_or_paths() -> None:
    described = machine.describe()
    assert described.keys() == {"processor", "cores", "memory", "kernel", "python"}
    assert all(described.values())
    words = set(re.split(r"[\s,]+", " ".join(described.values())))
    assert platform.node() not in words
    assert not any(value.startswith("/") for value in words)


def test_every_section_has_its_place() -> None:
    names = [s.name for s in sections()]
    assert names == ["noop", "commands", "deploy", "thousand", "failover"]
    assert all(s.text and s.title for s in sections())


def test_a_record_names_its_place(tmp_path: Path) -> None:
    def say(_text: object) -> None: ...

    quiet = Quiet(None, say, loads=[0.5, 2.5])
    bench = Bench(BenchLab(tmp_path, "198.18.20.", say), quiet, say, say, None)
    made = record(bench, facts={"hosts": "3"})
    assert (made.load, made.facts) == (2.5, {"hosts": "3"})
    assert made.machine == machine.describe()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", made.when)


def test_others_are_let_in_between_two_measurements(tmp_path: Path) -> None:
    lock, said, entered = tmp_path / "lock", [], []

    def other() -> None:
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            entered.append(time.monotonic())

    with Quiet(lock, said.append, turn=0).stretch("x") as breathe:
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.1)
        assert not entered
        breathe()
        thread.join(5)
        assert entered
    with Quiet(lock, said.append, turn=60).stretch("x") as breathe:
        thread = threading.Thread(target=other)
        thread.start()
        breathe()
        assert len(entered) == 1
    thread.join(5)


def test_the_thousand_are_a_valid_cloud(tmp_path: Path) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text(thousand_text(1000))
    cloud = read(path, WORDS)
    assert len(cloud.hosts) == 1000
    assert len(cloud.with_role("database")) == 3
    assert len(cloud.with_role("api")) == 1000


@pytest.mark.parametrize("counted", [False, True])
def test_simulated_hosts_are_planned_done_and_found_right(tmp_path: Path, counted: bool) -> None:
    import tracemalloc

    if counted:
        tracemalloc.start()
    try:
        found = asyncio.run(measure(tmp_path, 8, Memory(counted)))
    finally:
        tracemalloc.stop()
    steps, peaks = found["steps"], found["peaks"]
    assert isinstance(steps, dict) and isinstance(peaks, dict)
    assert steps["first"] > 8 * 3
    assert steps["nothing"] == 0
    assert all((peak > 0) is counted for peak in peaks.values())
