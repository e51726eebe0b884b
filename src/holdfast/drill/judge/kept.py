"""Is all that was acknowledged still there? Each workload that leaves something behind says so of its own."""

from __future__ import annotations

from holdfast.drill.evidence import Evidence
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding

RULE = "kept"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of every workload's own judge."""
    return tuple(
        finding
        for name, workload in evidence.workloads.items()
        if workload.ledger is not None
        for finding in workload.ledger.judge(evidence.ops, evidence.kept.get(name))
    )


def lost(evidence: Evidence) -> int | None:
    """What is missing of all that was acknowledged; None where one of the workloads cannot tell."""
    counts = [
        workload.ledger.lost(evidence.ops, evidence.kept.get(name))
        for name, workload in evidence.workloads.items()
        if workload.ledger is not None
    ]
    return None if None in counts else sum(count or 0 for count in counts)


CHECKER = Checker(RULE, check, applies=lambda evidence: any(w.ledger for w in evidence.workloads.values()))
