"""Did full redundancy come back by itself, and how soon?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict

RULE = "redundancy"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Every live probe passed again; UNKNOWN where none was asked."""
    subject = evidence.target.where
    start = "the fault, unaided" if evidence.returns else "the end of the fault"
    if not evidence.looks:
        return (Finding(Verdict.UNKNOWN, RULE, subject, "nobody looked"),)
    if evidence.redundancy is None:
        wrong = [f for f in evidence.looks if f.verdict is not Verdict.PASS]
        last = "; ".join(f"{f.rule} {f.subject}: {f.detail}" for f in wrong[:3]) or "all well only later"
        remedy = "holdfast status, then holdfast apply"
        return (Finding(Verdict.FAIL, RULE, subject, f"not back in time after {start}: {last}", remedy),)
    return (Finding(Verdict.PASS, RULE, subject, f"back {evidence.redundancy:.1f} s after {start}"),)


CHECKER = Checker(RULE, check)
