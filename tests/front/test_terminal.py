"""What is printed: whole names at 80 columns, a line for each finding in a pipe, harmless text."""

from __future__ import annotations

import json
import re

import pytest
from command import Place

from holdfast.front.paper import Paper, columns, harmless
from holdfast.front.render import findings_lines
from holdfast.model.finding import Finding, Verdict

SGR = re.compile(r"\x1b\[[0-9;]*m")
PIPE, NARROW = Paper(), Paper(80)
LONG = Finding(
    Verdict.FAIL,
    "promises-in-budget",
    "freeze-holdfast-database-check messaging.publish",
    "evs.inactive_check_period is longer than it may be " * 4,
    "see https://198.18.0.10:5000/v3/a/very/long/path/that/no/terminal/of/eighty/columns/holds/in/one/line",
)


def test_in_a_pipe_a_finding_is_one_line_however_long() -> None:
    lines = list(findings_lines([LONG, Finding(Verdict.UNKNOWN, "r", "s", "a\nb", "c")], PIPE, passed=True))
    assert len(lines) == 2
    assert lines[0].startswith("FAIL  promises-in-budget  freeze-holdfast-database-check messaging.publish  ")
    assert lines[0].endswith(LONG.remedy)
    assert lines[1].endswith("a b -> c")


def test_at_80_columns_verdict_and_name_are_one_line_and_no_word_is_broken() -> None:
    first, *others = findings_lines([LONG], NARROW, passed=False)
    assert first == "FAIL  promises-in-budget  freeze-holdfast-database-check messaging.publish"
    words = " ".join(others).split()
    assert words == f"{LONG.detail} -> {LONG.remedy}".split()
    assert [line for line in others if len(line) > 80 and "https" not in line] == []
    assert [line for line in others if line != line.rstrip()] == []


def test_a_short_finding_is_one_line_at_a_terminal_too() -> None:
    good = Finding(Verdict.PASS, "clocks", "alpha", "+1 ms from this machine")
    assert list(findings_lines([good], NARROW, passed=True)) == [
        "ok    clocks  alpha  +1 ms from this machine"
    ]
    assert list(findings_lines([good], NARROW, passed=False)) == []


@pytest.mark.parametrize("on", [PIPE, NARROW, Paper(80, colour=True)], ids=str)
@pytest.mark.parametrize("text", ["[/var/lib/x]", "[red]", "[x", r"\[bold]", "[/]"])
def test_text_from_outside_is_shown_as_it_is(on: Paper, text: str) -> None:
    finding = Finding(Verdict.FAIL, text, text, text, text)
    assert "\n".join(findings_lines([finding], on, passed=True)).count(text) == 4


@pytest.mark.parametrize("on", [PIPE, NARROW], ids=str)
def test_text_from_outside_steers_no_terminal(on: Paper) -> None:
    text = "a\x1b[2Jb\x07c\u202ed"
    finding = Finding(Verdict.FAIL, text, text, text, text)
    for lines in (findings_lines([finding], on, passed=True), columns([(text, text)], on)):
        assert all(line.isprintable() for line in lines)
    assert harmless("a\x1b[2J") == r"a\x1b[2J"


def test_columns_stay_whole_and_the_last_is_folded_beside_or_below() -> None:
    words = "three words more " * 8
    beside = list(columns([("a-name", words)], NARROW))
    assert beside[0].startswith("a-name  three") and all(line.startswith(" " * 8) for line in beside[1:])
    name = "n" * 70
    below = list(columns([(name, words)], NARROW))
    assert below[0] == name and below[1].startswith("      three")


def test_check_is_short(place: Place) -> None:
    piped = place.run("check")
    lines = piped.stdout.splitlines()
    told = json.loads(place.run("check", "--json").stdout)
    faults = {budget["fault"] for budget in told["data"]["budget"]}
    bad = [f for f in told["findings"] if f["verdict"] != "PASS"]
    assert [line for line in lines if line.split()[0] in faults] == lines[2 : 2 + len(faults)]
    assert lines[0].startswith("three-controllers (cloud.yaml), 20")
    assert len(lines) == 2 + len(faults) + len(bad) + 1
    assert [line for line in lines if line.startswith(("FAIL", "??"))] == lines[-1 - len(bad) : -1]
    assert not [line for line in lines if line.startswith("ok ")]
    everything = place.run("check", "--all").stdout.splitlines()
    assert len(everything) == 2 + len(faults) + len(told["findings"]) + 1


def test_check_at_80_columns(place: Place) -> None:
    told = json.loads(place.run("check", "--json").stdout)
    gravest_first = sorted(told["findings"], key=lambda f: ("FAIL", "UNKNOWN", "PASS").index(f["verdict"]))
    names = [f"{f['rule']}  {f['subject']}" for f in gravest_first if f["verdict"] != "PASS"]
    code, shown = place.screen("check")
    lines = SGR.sub("", shown).splitlines()
    assert code == 1
    assert [line[6:] for line in lines if line.startswith(("FAIL", "??"))] == names
    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    assert len(lines) < 70


def test_check_explains_a_fault(place: Place) -> None:
    told = json.loads(place.run("check", "--explain", "power-writer", "--json").stdout)
    assert {budget["fault"] for budget in told["data"]["budget"]} == {"power-writer"}
    done = place.run("check", "--explain", "power-writer")
    assert done.returncode == 0
    for leg in (leg for budget in told["data"]["budget"] for leg in budget["legs"]):
        assert leg["text"] in done.stdout
        assert all(f"{name} = " in done.stdout for name, _, _ in leg["timers"])
    family = json.loads(place.run("check", "--explain", "power", "--json").stdout)["data"]["budget"]
    assert {budget["fault"] for budget in family} > {"power-writer", "power-address"}
    unknown = place.run("check", "--explain", "nope")
    assert unknown.returncode == 2
    assert "nope" in unknown.stderr and "power-writer" in unknown.stderr
