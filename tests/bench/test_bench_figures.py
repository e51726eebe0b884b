"""What is measured is kept, merged section by section, and shown as it is: a miss as a miss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.figures import Failover, Section, Stopped, figure, merge, read
from bench.page import page
from bench.sections import ROOT, sections

PLACE = ("2026-01-02 03:04 UTC", "abc", 0.5, {"processor": "P", "cores": "2"})


def noop(seconds: list[float]) -> Section:
    figures = {
        "apply": figure("`holdfast apply`", seconds, promised=2.0),
        "peer": figure("peer", [30.0, 20.0, 40.0], beside="apply"),
    }
    return Section(*PLACE, {"files": "9"}, figures)


def failover(worst: float) -> Section:
    tuned = Stopped(2, 1.0, worst, (0.5, 2.0), "the other side is believed alive", 0)
    stock = Stopped(2, 6.0, 7.0, None, "", 1)
    return Section(*PLACE, failovers=(Failover("power-address", "identity", 1.5, tuned, stock),))


def test_a_figure_is_the_median_and_the_worst() -> None:
    made = figure("x", [3.0, 1.0, 2.0], promised=2.5)
    assert (made.n, made.median, made.worst, made.kept) == (3, 2.0, 3.0, False)
    assert figure("x", [2.5], promised=2.5).kept
    assert figure("x", [1.0]).kept is None


def test_sections_merge_and_come_back_as_they_were(tmp_path: Path) -> None:
    kept = tmp_path / "benchmarks.json"
    merge(kept, "noop", noop([1.0]))
    merge(kept, "failover", failover(1.2))
    merge(kept, "noop", noop([1.5, 1.7]))
    assert read(kept) == {"noop": noop([1.5, 1.7]), "failover": failover(1.2)}
    assert [entry.name for entry in tmp_path.iterdir()] == ["benchmarks.json"]


def test_nothing_was_measured_yet(tmp_path: Path) -> None:
    text = page(read(tmp_path / "absent.json"), sections())
    assert text.count("Not measured yet.") == len(sections())


def test_the_page_in_the_documents_is_written_from_the_figures_beside_it(tmp_path: Path) -> None:
    docs = ROOT / "docs"
    for name in ("benchmarks.json", "benchmarks.md"):
        (tmp_path / name).write_text((docs / name).read_text())
    assert main(["--page", "--docs", str(tmp_path)]) == 0
    assert (tmp_path / "benchmarks.md").read_text() == (docs / "benchmarks.md").read_text()


def test_kept_promises_and_ratios_are_shown() -> None:
    text = page({"noop": noop([1.0, 1.5]), "failover": failover(1.5)}, sections())
    assert "| `holdfast apply` | ≤ 2.00 s | 1.25 s | 1.50 s | 2 | kept |" in text
    assert "| peer | 30.0 s | 40.0 s | 3 | 24.0 × `holdfast apply` |" in text
    assert "| power-address: identity | ≤ 1.5 s | 1.00 s | 1.50 s | 2 | kept |" in text
    assert "6.0 ×" in text and "0 / 1" in text
    assert "9 files" in text and "processor P" in text


def test_a_missed_promise_is_said_with_its_cause() -> None:
    text = page({"noop": noop([1.0, 2.1]), "failover": failover(1.6)}, sections())
    assert "| `holdfast apply` | ≤ 2.00 s | 1.55 s | 2.10 s | 2 | MISSED: " in text
    assert "| 1.60 s | 2 | MISSED: the longest leg is: the other side is believed alive |" in text


def test_what_hardly_stopped_and_was_not_promised_is_left_out_and_counted() -> None:
    quiet = Failover("power-address", "messaging", None, Stopped(1, 0.05, 0.05), Stopped(1, 0.4, 0.4))
    slow = Failover("power-address", "database", None, Stopped(1, 0.05, 0.05), Stopped(1, 3.0, 3.0))
    text = page({"failover": Section(*PLACE, failovers=(quiet, slow))}, sections())
    assert "| messaging |" not in text and "| database |" in text
    assert "Not shown: 1 rows" in text


def test_a_figure_that_was_found_wrong_is_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one measurement: the next one's count is a figure again."""
    (tmp_path / "causes.toml").write_text('[withdrawn]\n"abc power-address stock" = "the reader stopped"\n')
    monkeypatch.setattr("bench.page.CAUSES", tmp_path / "causes.toml")
    row = replace(failover(1.0).failovers[0], stock=Stopped(2, 6.0, 7.0, lost=5, note="messages: 5 lost"))
    rows = (row, replace(row, kind="database"))
    text = page({"failover": Section(*PLACE, failovers=rows)}, sections())
    assert text.count("the count of what was lost is withdrawn: the reader stopped") == 1
    assert "| 0 / withdrawn |" in text and "5 lost" not in text and "0 / 5" not in text
    later = page({"failover": Section(PLACE[0], "def", *PLACE[2:], failovers=rows)}, sections())
    assert "the reader stopped" not in later and "0 / 5" in later and "messages: 5 lost" in later


def test_the_page_says_whether_all_is_of_one_sitting() -> None:
    one = page({"noop": noop([1.0]), "failover": failover(1.0)}, sections())
    assert "One sitting, on commit abc" in one and "Not one sitting" not in one
    other = replace(failover(1.0), commit="def")
    two = page({"noop": noop([1.0]), "failover": other}, sections())
    assert "**Not one sitting:**" in two and "(failover def, noop abc)" in two


def test_a_fault_that_was_not_measured_is_no_kept_promise() -> None:
    row = Failover("power-writer", "database", 2.0, Stopped(note="the cloud was not healthy"), Stopped())
    text = page({"failover": Section(*PLACE, failovers=(row,))}, sections())
    assert "UNKNOWN: the cloud was not healthy" in text
    assert "not measured" in text
