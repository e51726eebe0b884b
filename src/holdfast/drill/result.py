"""What a drill found: promised, predicted, measured, lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from holdfast.drill.circumstances import Circumstances
from holdfast.drill.evidence import Evidence, longest_gap, of_kind, over_prediction, promised
from holdfast.drill.judge.kept import lost
from holdfast.faults import Target
from holdfast.model.diary import Happening
from holdfast.model.finding import Finding, Verdict, worst

Predict = Callable[[str, str], tuple[float, float] | None]


@dataclass(frozen=True)
class Run:
    """One repeat: its evidence, its findings, the name of its folder, and under what it was made."""

    evidence: Evidence
    findings: tuple[Finding, ...]
    folder: str
    circumstances: Circumstances


@dataclass(frozen=True)
class Measure:
    """One kind of operation under one fault, in seconds; `measured` holds each repeat, None where unseen.

    `over` is by how much the worst repeat is over the worst that was predicted, beside the clients' own pace;
    0.0 where none is, None where it cannot be told.
    """

    kind: str
    promised: float | None
    predicted: tuple[float, float] | None
    measured: tuple[float | None, ...]
    over: float | None = None

    @property
    def median(self) -> float | None:
        """The middle of the repeats; None as soon as one is missing."""
        seen = [s for s in self.measured if s is not None]
        return median(seen) if seen and len(seen) == len(self.measured) else None

    @property
    def worst(self) -> float | None:
        """The longest of the repeats; None as soon as one is missing."""
        seen = [s for s in self.measured if s is not None]
        return max(seen) if seen and len(seen) == len(self.measured) else None


@dataclass(frozen=True)
class DrillResult:
    """One fault over all its repeats. `target` is the last repeat's; `lost` counts acknowledged rows and
    messages missing, None where a copy could not be read; `redundancy` is in seconds, a value a repeat, and
    `happenings` are what the hosts' logs tell, a list a repeat. `circumstances` are the last repeat's."""

    fault: str
    target: Target
    measures: tuple[Measure, ...]
    lost: int | None
    redundancy: tuple[float | None, ...]
    findings: tuple[Finding, ...]
    folders: tuple[str, ...]
    happenings: tuple[tuple[Happening, ...], ...]
    circumstances: Circumstances

    @property
    def verdict(self) -> Verdict:
        """The gravest finding of all repeats."""
        return worst(self.findings)


@dataclass(frozen=True)
class Report:
    """A whole drill: the folder with its pages, and what each fault led to."""

    folder: Path
    results: tuple[DrillResult, ...]


def findings_of(results: Iterable[DrillResult]) -> tuple[Finding, ...]:
    """Of all faults and repeats."""
    return tuple(finding for result in results for finding in result.findings)


def summarise(fault: str, runs: tuple[Run, ...], predict: Predict) -> DrillResult:
    """Puts the repeats of one fault together; at least one run."""
    evidences = tuple(run.evidence for run in runs)
    first = evidences[0]
    bare = first.target.fault
    measures = tuple(
        Measure(
            kind,
            promised(first, kind),
            predict(bare, kind) if len(first.target.hosts) == 1 else None,
            tuple(_seconds(e, kind) for e in evidences),
            max((over for e in evidences if (over := over_prediction(e, kind)) is not None), default=None),
        )
        for kind in first.deadlines
    )
    losses = [lost(e) for e in evidences]
    return DrillResult(
        fault=fault,
        target=evidences[-1].target,
        measures=measures,
        lost=None if None in losses else sum(count or 0 for count in losses),
        redundancy=tuple(e.redundancy for e in evidences),
        findings=tuple(f for run in runs for f in run.findings),
        folders=tuple(run.folder for run in runs),
        happenings=tuple(e.happenings for e in evidences),
        circumstances=runs[-1].circumstances,
    )


def _seconds(evidence: Evidence, kind: str) -> float | None:
    gap = longest_gap(of_kind(evidence.ops, kind), evidence.injected, evidence.ended)
    return gap.seconds if gap else None
