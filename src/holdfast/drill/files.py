"""The files that a drill leaves behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdfast.drill.circumstances import Circumstances
from holdfast.drill.evidence import Journey
from holdfast.drill.history import write_history
from holdfast.drill.pages.about import moment
from holdfast.drill.pages.index import Listed, index_page
from holdfast.drill.pages.run import SCRIPT, run_page
from holdfast.drill.pages.summary import summary_page
from holdfast.drill.result import DrillResult, Report, Run, findings_of
from holdfast.faults import Target
from holdfast.model.diary import Happening
from holdfast.model.finding import Verdict
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
    whereabouts: tuple[Journey, ...]
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
    _keep_script(folder.parent)
    (folder / "report.html").write_text(run_page(run, result, _left(folder)))


def save_drill(cloud: str, report: Report, time: datetime) -> None:
    """`results.json` and `report.html` over all faults so far, into the report's folder."""
    told = answer(cloud, time, findings=findings_of(report.results), data=report)
    (report.folder / "results.json").write_text(document(told))
    (report.folder / "report.html").write_text(summary_page(cloud, report.results))


def save_index(cloud: str, drills: Path) -> None:
    """`index.html` over all drills of a cloud, beside their folders."""
    entries = (_entry(folder) for folder in drills.iterdir() if folder.is_dir())
    (drills / "index.html").write_text(index_page(cloud, entries))


def _keep_script(folder: Path) -> None:
    """What draws the pictures, 5 MB, once for all pages of a drill."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    if not (path := folder / SCRIPT).exists():
        path.write_text(get_plotlyjs())


def _left(folder: Path) -> tuple[str, ...]:
    """The paths of all that a run left and that says something, the hosts' logs first."""
    own = [path for path in folder.iterdir() if path.suffix in (".json", ".jsonl", ".log")]
    logs = sorted((folder / "logs").glob("*.log"))
    return tuple(str(p.relative_to(folder)) for p in (*logs, *sorted(own)) if p.stat().st_size)


def _entry(folder: Path) -> Listed:
    """A drill as the index has it; what another version wrote in another shape is named, and no more."""
    try:
        told = json.loads((folder / "results.json").read_text())
        results = told["data"]["results"]
        return Listed(
            folder.name,
            time=moment(datetime.fromisoformat(told["time"])),
            version=", ".join(sorted({each["circumstances"]["version"] for each in results})),
            verdict=Verdict[told["verdict"]],
            faults=tuple(each["target"]["name"] for each in results),
            over=tuple(sorted({m["kind"] for each in results for m in each["measures"] if m["over"]})),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Listed(folder.name, paged=(folder / "report.html").exists())
