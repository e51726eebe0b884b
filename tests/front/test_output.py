"""Output that cannot be written: one plain line, a documented exit code, and never a traceback."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command import MAIN, Place

from holdfast.converge import Event, Happened
from holdfast.drill.drill import Progress
from holdfast.front.events import Note, words
from holdfast.front.progress import Log, progress
from holdfast.hosts.lock import TakenOver

PRINTING = [["--help"], ["new"], ["new", "--json"], ["check"], ["check", "--json"], ["drill", "--list"]]


def run(place: Place, *words: str, out: str = "", err: str = "") -> subprocess.CompletedProcess[str]:
    """Runs `holdfast WORDS` with its output, its errors or both at a device."""
    with Path(out or "/dev/null").open("w") as full_out, Path(err or "/dev/null").open("w") as full_err:
        return subprocess.run(
            [sys.executable, "-c", MAIN, *words],
            cwd=place.folder,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=full_out if out else subprocess.PIPE,
            stderr=full_err if err else subprocess.PIPE,
            text=True,
            check=False,
        )


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_a_full_output_is_one_plain_line(place: Place, words: list[str]) -> None:
    done = run(place, *words, out="/dev/full")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("the output cannot be written: No space left on device;")


@pytest.mark.parametrize(
    ("words", "code"), [(["check", "--cloud", "none"], 2), (["lab", "power", "alpha", "sideways"], 2)]
)
def test_full_errors_change_no_exit_code(place: Place, words: list[str], code: int) -> None:
    assert run(place, *words, err="/dev/full").returncode == code
    assert run(place, *words, out="/dev/full", err="/dev/full").returncode == code


def shell(place: Place, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which `holdfast` is the command."""
    words = [sys.executable, "-c", MAIN]
    function = f'holdfast() {{ {shlex.join(words)} "$@"; }}'
    return subprocess.run(
        ["bash", "-c", f"{function}; {script}"],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_closed_output_is_nobodys_fault(place: Place) -> None:
    done = shell(place, "holdfast new >&-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", ["new", "check --json"])
def test_a_reader_that_has_gone_needs_no_words(place: Place, words: str) -> None:
    done = shell(place, f"holdfast {words} | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_log_that_cannot_be_kept_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file in its place")
    with progress("drill", tmp_path) as telling:
        telling.say(Note("one"))
        telling.say(Note("two"))
    first, *others = capfd.readouterr().err.splitlines()
    assert first.startswith(f"no log is kept: {tmp_path / 'logs'}")
    assert [line.split()[-1] for line in others] == ["one", "two"]


def test_a_log_that_fills_the_disk_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(Path("/dev/full"))
    log.write("one")
    log.write("two")
    log.close()
    assert not log.whole
    assert capsys.readouterr().err == "no log is kept: /dev/full: No space left on device\n"


def test_what_is_told_is_data_until_it_is_worded() -> None:
    begun = Event(Happened.BEGUN, "a/start-b@c", "c", "b.service does not run", 3, 9)
    taken = TakenOver("c", "root@console", "r1", "first deployment", ("a/start-b@c",))
    drilled = Progress("power-host@c", 1, 5, "heal", "healing power-host@c")
    assert words(begun) == "[3/9] a/start-b@c begun: b.service does not run"
    assert words(taken) == (
        "c: took over from root@console (first deployment), who left unfinished: a/start-b@c"
    )
    assert words(drilled) == "power-host@c 1/5: heal: healing power-host@c"
    assert words(Note("booting")) == "booting"


def test_with_json_nothing_is_told_but_the_log_has_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with progress("apply", tmp_path, quiet=True) as telling:
        telling.say(Note("looking at every host"))
    assert capfd.readouterr() == ("", "")
    (log,) = (tmp_path / "logs").iterdir()
    assert log.read_text().endswith("looking at every host\n")
