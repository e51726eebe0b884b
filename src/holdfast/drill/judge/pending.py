"""Did no operation stay pending past its deadline?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence
from holdfast.drill.history import PENDING
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict

RULE = "pending"
SLACK = 1.0


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding: no operation may take more than its deadline and SLACK seconds, nor outlive the run."""
    if not evidence.ops:
        return (Finding(Verdict.UNKNOWN, RULE, "all operations", "no operation was seen"),)
    late = [
        op
        for op in evidence.ops
        if PENDING in op.value or op.end - op.start > evidence.deadlines.get(op.kind, 0.0) + SLACK
    ]
    if late:
        worst = max(late, key=lambda op: op.end - op.start)
        detail = (
            f"{len(late)} of {len(evidence.ops)} took longer than their deadline; "
            f"the longest: {worst.kind} of {worst.actor}, {worst.end - worst.start:.1f} s"
        )
        remedy = "a client hung where its own time-outs do not reach: this machine busy, or a client's fault"
        return (Finding(Verdict.FAIL, RULE, "all operations", detail, remedy),)
    detail = f"all {len(evidence.ops)} ended within their deadlines"
    return (Finding(Verdict.PASS, RULE, "all operations", detail),)


CHECKER = Checker(RULE, check)
