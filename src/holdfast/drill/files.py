"""The files that a drill leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdfast.drill.circumstances import Circumstances
from holdfast.drill.evidence import Whereabouts
from holdfast.drill.history import write_history
from holdfast.drill.report import run_page, summary_page
from holdfast.drill.result import DrillResult, Report, Run, findings_of
from holdfast.faults import Target
from holdfast.model.diary import Happening
from holdfast.wire import answer, document


@dataclass(frozen=True)
class RunRecord:
    """When what was struck and healed, in seconds from the run's start, and under what circumstances.

    `redundancy` is in seconds until all was whole again, null where that took too long. `happenings` are what
    the hosts' own logs tell, `whereabouts` where things were before and after.
    """

    target: Target
    injected: float
    healed: float
    ended: float
    redundancy: float | None
    happenings: tuple[Happening, ...]
    whereabouts: tuple[Whereabouts, ...]
    circumstances: Circumstances


def save_run(folder: Path, run: Run, result: DrillResult, time: datetime) -> None:
    """`history.jsonl`, `findings.json` and `report.html` of one run."""
    write_history(folder / "history.jsonl", run.evidence.ops)
    for leftover in folder.glob("load-*.jsonl"):
        leftover.unlink()
    seen = run.evidence
    record = RunRecord(
        seen.target,
        seen.injected,
        seen.healed,
        seen.ended,
        seen.redundancy,
        seen.happenings,
        seen.whereabouts,
        run.circumstances,
    )
    told = answer(seen.site.cloud.name, time, findings=run.findings, data=record)
    (folder / "findings.json").write_text(document(told))
    (folder / "report.html").write_text(run_page(run, result))


def save_drill(cloud: str, report: Report, time: datetime) -> None:
    """`results.json` and `report.html` over all faults so far, into the report's folder."""
    told = answer(cloud, time, findings=findings_of(report.results), data=report)
    (report.folder / "results.json").write_text(document(told))
    (report.folder / "report.html").write_text(summary_page(report.results))
