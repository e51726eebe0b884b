"""The command line itself: its version, help, completion, which cloud it is about, asking, and a crash."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command import Place
from typer.testing import CliRunner

from holdfast import faults
from holdfast.components import catalogue
from holdfast.front.cli import app
from holdfast.front.completion import Shell, script, words_of
from holdfast.model.errors import Exit

ROOT = "import os\nos.geteuid = lambda: 0\n"
NO_LAB_IS_TOUCHED = f"""{ROOT}
from holdfast.front import labs
from holdfast.lab.lab import Lab
labs.clean = lambda say: print("GONE")
Lab.down = lambda self, *, wipe: print("GONE" if wipe else "down")
Lab.list = lambda self: []
"""
NO_DRILL_IS_RUN = """
from holdfast.faults import FaultError
from holdfast.front import drills
async def drill(project, names, repeats, say):
    print("STRUCK")
    raise FaultError("enough")
drills.drill = drill
from holdfast.hosts.login import Login
Login.check = lambda self: None
"""
CRASHING = """
from holdfast.front import service
def check(project): raise KeyError("[/var/lib] \\x1b[2J not thought of")
service.check = check
"""


def paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from paths(each, (*path, name))


COMMAND = typer.main.get_command(app)


@pytest.mark.parametrize("words", list(paths(COMMAND)), ids=" ".join)
def test_every_command_has_h(words: tuple[str, ...]) -> None:
    runner = CliRunner()
    short, long = runner.invoke(app, [*words, "-h"]), runner.invoke(app, [*words, "--help"])
    assert (short.exit_code, short.output) == (0, long.output)
    assert "Usage:" in short.output
    # Summaries in lists of commands are whole, and nothing ends in blanks.
    assert [line for line in short.output.splitlines() if line.endswith("...") and "Usage:" not in line] == []
    assert [line for line in short.output.splitlines() if line != line.rstrip()] == []


def test_help_knows_every_exit_code() -> None:
    told = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    for code in Exit:
        assert re.search(rf"\b{code.value} [a-z]", told), code


def test_the_version_is_said(place: Place) -> None:
    done = place.run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"holdfast \d+\.\d+\.\d+\n", done.stdout)


def completed(tmp_path: Path, line: str) -> set[str]:
    """What bash offers after a line."""
    file = tmp_path / "completion"
    file.write_text(script(Shell.BASH, words_of(COMMAND)))
    words = line.split(" ")
    program = (
        f"source {file}; COMP_WORDS=({' '.join(w or repr('') for w in words)}); COMP_CWORD={len(words) - 1}; "
        'COMPREPLY=(); _holdfast; echo "${COMPREPLY[@]}"'
    )
    return set(
        subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    assert completed(tmp_path, "holdfast st") == {"status"}
    assert completed(tmp_path, "holdfast lab d") == {"down"}
    assert completed(tmp_path, "holdfast check --ex") == {"--explain"}
    assert "--wipe" in completed(tmp_path, "holdfast lab down --cloud x.yaml ")
    assert "--wipe" not in completed(tmp_path, "holdfast status ")


@pytest.mark.parametrize("shell", list(Shell))
def test_every_shell_is_told_everything(place: Place, shell: Shell) -> None:
    done = place.run("completion", shell.value)
    assert done.returncode == 0
    for path, words in words_of(COMMAND).items():
        assert path in done.stdout and " ".join(words) in done.stdout
    assert place.run("completion", "tcsh").returncode == 2


def test_a_variable_names_the_cloud_file(place: Place) -> None:
    (place.folder / "cloud.yaml").rename(place.folder / "other.yaml")
    before = "import os\nos.environ['HOLDFAST_CLOUD'] = 'other.yaml'\n"
    assert place.run("check", before=before).stdout.startswith("three-controllers (other.yaml), ")
    assert place.run("check", "--cloud", "none.yaml", before=before).returncode == 2


def piped(place: Place, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    file = place.folder / "given"
    file.write_text(text)
    return place.run(*words, "--cloud", "-", before="import sys\nsys.stdin = open('given')\n")


def test_a_cloud_file_may_come_by_a_pipe(place: Place) -> None:
    text = (place.folder / "cloud.yaml").read_text()
    (place.folder / "cloud.yaml").unlink()
    done = piped(place, text, "check")
    assert done.stdout.startswith("three-controllers (-), "), done.stderr
    wrong = piped(place, f"{text}\ncolour: blue\n", "check")
    assert wrong.returncode == 2
    assert f"-: line {text.count(chr(10)) + 2}" in wrong.stderr and "colour" in wrong.stderr
    assert piped(place, "", "check").returncode == 2
    large = piped(place, "#" * (1 << 20) + "#", "check")
    assert large.returncode == 2 and "too large" in large.stderr


def test_a_fault_of_a_secret_has_its_line_in_a_pipe_too(place: Place) -> None:
    text = (place.folder / "cloud.yaml").read_text()
    done = piped(place, f"{text}secrets:\n  admin: {{env: NOT_SET}}\n", "plan")
    assert done.returncode == 2
    assert f"-: line {text.count(chr(10)) + 2}, column" in done.stderr and "NOT_SET" in done.stderr


def test_the_demos_cloud_is_used_with_a_notice(place: Place) -> None:
    assert place.run("check").stderr == ""
    demo = place.home / "demo.yaml"
    (place.folder / "cloud.yaml").rename(demo)
    remembered = place.home / ".local/state/holdfast/demo-cloud"
    remembered.parent.mkdir(parents=True)
    remembered.write_text(f"{demo}\n")
    done = place.run("check")
    assert "the last demo's cloud" in done.stderr and str(demo) in done.stderr
    assert place.run("check", "--cloud", str(demo)).stderr == ""


DESTROYING = [["lab", "down", "--wipe"], ["lab", "clean"]]


@pytest.mark.parametrize("words", DESTROYING, ids=" ".join)
def test_what_destroys_asks_a_person_and_is_refused_without_one(place: Place, words: list[str]) -> None:
    refused = place.run(*words, before=NO_LAB_IS_TOUCHED)
    assert refused.returncode == 2
    assert "GONE" not in refused.stdout and "--yes" in refused.stderr
    told = place.run(*words, "--json", before=NO_LAB_IS_TOUCHED)
    assert json.loads(told.stdout)["error"]["exit"] == 2
    code, shown = place.screen(*words, before=NO_LAB_IS_TOUCHED, answer="n\n")
    assert code == 1 and "[y/N]" in shown and "GONE" not in shown
    code, shown = place.screen(*words, before=NO_LAB_IS_TOUCHED, answer="y\n")
    assert code == 0 and "GONE" in shown
    assert "GONE" in place.run(*words, "--yes", before=NO_LAB_IS_TOUCHED).stdout


def test_machines_that_keep_their_disks_need_no_yes(place: Place) -> None:
    done = place.run("lab", "down", before=NO_LAB_IS_TOUCHED)
    assert done.returncode == 0 and "down" in done.stdout


@pytest.mark.parametrize("words", [["drill"], ["drill", "kill-chrony", "power-host@alpha"]], ids=" ".join)
def test_a_drill_that_cuts_power_asks(place: Place, words: list[str]) -> None:
    refused = place.run(*words, before=NO_DRILL_IS_RUN)
    assert refused.returncode == 2
    assert "STRUCK" not in refused.stdout and "power-" in refused.stderr and "--yes" in refused.stderr
    assert "kill-" not in refused.stderr
    assert "STRUCK" in place.run(*words, "--yes", before=NO_DRILL_IS_RUN).stdout


def test_a_drill_that_cuts_none_does_not_ask(place: Place) -> None:
    assert "STRUCK" in place.run("drill", "kill-chrony", before=NO_DRILL_IS_RUN).stdout


def test_power_is_what_is_asked_about() -> None:
    assert {fault.family for fault in faults.faults() if fault.grave} == {"power"}
    assert any(strike.fault.startswith("power-") for strike in faults.strikes(catalogue()))


def test_a_crash_is_one_line_with_a_log_and_70(place: Place) -> None:
    done = place.run("check", before=CRASHING)
    assert done.returncode == 70
    (line,) = done.stderr.splitlines()
    assert "KeyError" in line and "[/var/lib]" in line and "\x1b" not in line
    (log,) = (place.home / ".local/state/holdfast/crashes").iterdir()
    assert line.endswith(str(log))
    assert "Traceback" in log.read_text() and "not thought of" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_crash_is_in_the_document_too(place: Place) -> None:
    done = place.run("check", "--json", before=CRASHING)
    assert done.returncode == 70
    told = json.loads(done.stdout)
    assert (told["error"]["exit"], told["cloud"], told["verdict"]) == (70, "three-controllers", "FAIL")
    assert len(list((place.home / ".local/state/holdfast/crashes").iterdir())) == 1


def test_a_crash_without_a_place_for_its_log_is_told_all_the_same(place: Place) -> None:
    (place.home / ".local").write_text("a file in its place")
    done = place.run("check", before=CRASHING)
    assert done.returncode == 70
    assert "KeyError" in done.stderr and "none could be kept" in done.stderr


def test_words_that_a_command_refuses_are_in_the_document(place: Place) -> None:
    done = place.run("plan", "--hosts", "", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["exit"] == 2


WRONG = {
    "plan --nope": "--nope",
    "nope": "nope",
    "": "--json",
    "new --hosts x": "--hosts",
    "new --hosts 4": "--hosts",
    "plan a b": "(a b)",
    "lab power": "host",
    "lab power alpha sideways": "sideways",
    "lab link alpha sideways": "sideways",
    "status --watch": "--watch",
    "apply plan.json --hosts alpha": "--hosts",
}


@pytest.mark.parametrize(("words", "named"), WRONG.items(), ids=list(WRONG))
def test_wrong_words_are_one_document_where_json_was_asked_for(place: Place, words: str, named: str) -> None:
    done = place.run(*words.split(), "--json", before=ROOT)
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]["exit"], told["verdict"]) == (2, 2, "FAIL")
    assert named in told["error"]["what"] and done.stderr
