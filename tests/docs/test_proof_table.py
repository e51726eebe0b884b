"""The proof table says what the drills' results say, and nothing is mixed or hidden."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("proof_table", ROOT / "tools/proof_table.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["proof_table"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


proof = load()


def measure(kind: str, measured: list[float | None], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "promised": None, "predicted": None, "measured": measured, **more}


def folder(at: Path, fault: str, measures: list[dict[str, Any]], lost: int | None = 0) -> Path:
    at.mkdir()
    record = {"fault": fault, "target": {"fault": fault, "host": "h1"}, "lost": lost, "measures": measures}
    (at / "results.json").write_text(json.dumps({"data": {"results": [record]}}))
    return at


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_one_folder(tmp_path: Path) -> None:
    one = measure("address", [0.3, 0.2, 0.41], promised=0.5, predicted=[0.34, 0.45])
    text = proof.table(proof.collect([folder(tmp_path / "a", "power-x", [one])]), "a machine")
    assert rows(text) == [["`power-x`", "address", "0.5 s", "0.34 to 0.45 s", "0.30 s", "0.41 s", "3", "0"]]
    assert "on a machine by `holdfast drill power-x --repeats 3`" in text


def test_faults_that_struck_less_often_have_a_command_of_their_own(tmp_path: Path) -> None:
    often, once = measure("address", [0.3, 0.2], promised=0.5), measure("address", [0.3], promised=0.5)
    folders = [folder(tmp_path / "a", "power-x", [often]), folder(tmp_path / "b", "kill-x", [once])]
    text = proof.table(proof.collect(folders))
    assert "by `holdfast drill power-x --repeats 2` and `holdfast drill kill-x --repeats 1`" in text


def test_a_broken_promise_is_bold(tmp_path: Path) -> None:
    one = measure("address", [0.3, 0.2, 0.9], promised=0.5)
    assert rows(proof.table(proof.collect([folder(tmp_path / "a", "power-x", [one])])))[0][4:6] == [
        "0.30 s",
        "**0.90 s**",
    ]


def test_repeats_of_several_folders_are_pooled_and_losses_added(tmp_path: Path) -> None:
    folders = [
        folder(tmp_path / "a", "power-x", [measure("address", [1.0], promised=2.0)], lost=1),
        folder(tmp_path / "b", "power-x", [measure("address", [3.0, 1.2], promised=2.0)], lost=2),
    ]
    assert rows(proof.table(proof.collect(folders)))[0][4:] == ["1.20 s", "**3.00 s**", "3", "3"]


def test_what_was_not_seen_is_not_a_figure(tmp_path: Path) -> None:
    one = measure("address", [0.3, None], promised=0.5)
    found = rows(proof.table(proof.collect([folder(tmp_path / "a", "power-x", [one], lost=None)])))
    assert found[0][4:] == ["?", "?", "2", "?"]


def test_a_quiet_class_is_left_out_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    measures = [measure("quiet", [0.1, 0.2]), measure("stopped", [0.1, 1.4]), measure("unseen", [None, 0.1])]
    found = rows(proof.table(proof.collect([folder(tmp_path / "a", "power-x", measures)])))
    assert [row[1] for row in found] == ["stopped", "unseen"]


def test_other_timers_are_not_mixed_and_no_page_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [
        folder(tmp_path / name, "power-x", [measure("address", [0.1], predicted=[0.1, worst])])
        for name, worst in (("a", 0.5), ("b", 9.0))
    ]
    page = tmp_path / "page.md"
    page.write_text(f"{proof.BEGIN}\nold\n{proof.END}\n")
    assert proof.main([str(f) for f in folders], [page]) == 2
    assert "different promises or predictions" in capsys.readouterr().err
    assert "old" in page.read_text()


def test_a_folder_without_results_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert proof.main([str(tmp_path)], []) == 2
    assert "results.json" in capsys.readouterr().err


def test_the_block_is_replaced_in_every_page(tmp_path: Path) -> None:
    pages = [tmp_path / "one.md", tmp_path / "two.md"]
    for page in pages:
        page.write_text(f"before\n{proof.BEGIN}\nold\n{proof.END}\nafter\n")
    results = folder(tmp_path / "a", "power-x", [measure("address", [0.3], promised=0.5)])
    assert proof.main([str(results)], pages) == 0
    for page in pages:
        text = page.read_text()
        assert text.startswith("before\n") and text.endswith("\nafter\n")
        assert "\nold\n" not in text and "`power-x`" in text


def test_the_two_pages_have_a_place_for_it() -> None:
    for page in proof.PAGES:
        assert proof.replaced(page.read_text(), "") != ""
