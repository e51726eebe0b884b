"""The files that a drill leaves behind."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from holdfast.drill.history import write_history
from holdfast.drill.report import run_page, summary_page
from holdfast.drill.result import DrillResult, Run
from holdfast.model.finding import Finding


def finding_record(finding: Finding) -> dict[str, str]:
    """A finding as JSON has it: the verdict by name."""
    return {**asdict(finding), "verdict": finding.verdict.name}


def result_record(result: DrillResult) -> dict[str, object]:
    """A drill's result as JSON has it; seconds throughout."""
    return {
        "fault": result.fault,
        "target": result.target.record(),
        "verdict": result.verdict.name,
        "lost": result.lost,
        "redundancy": list(result.redundancy),
        "measures": [
            {
                "kind": m.kind,
                "promised": m.promised,
                "predicted": list(m.predicted) if m.predicted else None,
                "measured": list(m.measured),
                "median": m.median,
                "worst": m.worst,
            }
            for m in result.measures
        ],
        "findings": [finding_record(f) for f in result.findings],
        "folders": list(result.folders),
    }


def save_run(folder: Path, run: Run, result: DrillResult) -> None:
    """`history.jsonl`, `findings.json` and `report.html` of one run."""
    write_history(folder / "history.jsonl", run.evidence.ops)
    for leftover in folder.glob("load-*.jsonl"):
        leftover.unlink()
    evidence = run.evidence
    record = {
        "target": evidence.target.record(),
        "injected": evidence.injected,
        "healed": evidence.healed,
        "ended": evidence.ended,
        "redundancy": evidence.redundancy,
        "findings": [finding_record(f) for f in run.findings],
    }
    (folder / "findings.json").write_text(json.dumps(record, indent=1) + "\n")
    (folder / "report.html").write_text(run_page(run, result))


def save_drill(folder: Path, results: tuple[DrillResult, ...]) -> None:
    """`results.json` and `report.html` over all faults so far."""
    text = json.dumps([result_record(r) for r in results], indent=1)
    (folder / "results.json").write_text(text + "\n")
    (folder / "report.html").write_text(summary_page(results))
