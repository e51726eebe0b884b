"""All that the judges of a run may look at, and the measures they take from it: pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from holdfast.checks import budget
from holdfast.drill.workloads import Workload
from holdfast.faults import Target
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Promise
from holdfast.model.diary import Happening
from holdfast.model.failover import in_class
from holdfast.model.finding import Finding
from holdfast.model.op import Op, Outcome
from holdfast.model.scene import Scene, landmarks

STALL = 1.0


@dataclass(frozen=True)
class Journey:
    """On which hosts a landmark was at the looks before the fault and after; none where nobody said."""

    landmark: str
    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def whereabouts(site: Site, before: Scene, after: Scene) -> tuple[Journey, ...]:
    """Of every landmark of the cloud."""
    return tuple(
        Journey(mark.name, mark.summary, mark.at(site, before), mark.at(site, after))
        for mark in landmarks(site).values()
    )


@dataclass(frozen=True)
class Evidence:
    """One run. Times are seconds from its start, on the clients' clock.

    `kept` holds what the cloud kept of each workload, by its name, after healing. `looks` are the live
    probes' findings at the end.
    `redundancy` is how long it took until every probe passed again, from healing, or from injection
    where the fault returns by itself (`returns`); None when it did not happen in time.
    `happenings` are what the hosts' own logs tell, `whereabouts` where things were before and after.
    """

    site: Site
    target: Target
    ops: tuple[Op, ...]
    injected: float
    healed: float
    ended: float
    deadlines: Mapping[str, float]
    promises: tuple[Promise, ...] = ()
    workloads: Mapping[str, Workload] = field(default_factory=dict)
    kept: Mapping[str, object] = field(default_factory=dict)
    looks: tuple[Finding, ...] = ()
    redundancy: float | None = None
    returns: bool = False
    happenings: tuple[Happening, ...] = ()
    whereabouts: tuple[Journey, ...] = ()


@dataclass(frozen=True)
class Gap:
    """The longest time without a success: from the end of one to the end of the next, or of the run."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def of_kind(ops: tuple[Op, ...], kind: str) -> tuple[Op, ...]:
    """The operations of a class (`identity`) or of one kind in it (`identity.issue`)."""
    return tuple(op for op in ops if in_class(op.kind, kind))


def longest_gap(ops: tuple[Op, ...], since: float, until: float) -> Gap | None:
    """The longest gap after `since`, begun by the last success before it; None where `ops` is empty."""
    if not ops:
        return None
    ends = sorted(op.end for op in ops if op.outcome is Outcome.OK and op.end <= until)
    before = [end for end in ends if end <= since]
    marks = [before[-1] if before else min(since, *(op.start for op in ops))]
    marks += [end for end in ends if end > since] + [until]
    return max((Gap(a, b) for a, b in itertools.pairwise(marks)), key=lambda gap: gap.seconds)


def pace(ops: tuple[Op, ...], until: float) -> float:
    """The usual time between two successes before `until`, in seconds; 0.0 where there were too few."""
    ends = sorted(op.end for op in ops if op.outcome is Outcome.OK and op.end <= until)
    return median(b - a for a, b in itertools.pairwise(ends)) if len(ends) > 1 else 0.0


def stalled(op: Op, deadlines: Mapping[str, float]) -> bool:
    """True for an operation that took STALL seconds, or nearly its deadline, however it ended."""
    return op.end - op.start >= 0.9 * min(STALL, deadlines.get(op.kind, STALL))


def predicted(evidence: Evidence, kind: str) -> float | None:
    """Seconds that a kind stops for at worst, by the budget; None where several hosts were struck.

    Where no mechanism has a part in it nothing stops: then it may only be hesitant, for STALL seconds.
    """
    if len(evidence.target.hosts) != 1:
        return None
    found = budget.predict(evidence.site, evidence.target.fault, kind)
    return found[1] if found else STALL


def promised(evidence: Evidence, kind: str) -> float | None:
    """Seconds promised for a kind under the run's fault; None where nothing is."""
    return budget.promised(evidence.promises, evidence.target.fault, kind)


def over_prediction(evidence: Evidence, kind: str) -> float | None:
    """Seconds by which a kind stopped for longer than predicted at worst, beside its own pace; 0.0 where it
    did not. None where nothing was seen, or predicted."""
    ops, limit = of_kind(evidence.ops, kind), predicted(evidence, kind)
    gap = longest_gap(ops, evidence.injected, evidence.ended)
    if gap is None or limit is None:
        return None
    return max(0.0, gap.seconds - limit - pace(ops, evidence.injected))
