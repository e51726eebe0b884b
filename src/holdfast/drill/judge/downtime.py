"""How long was each class of operation without a success, and was that promised?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, Gap, longest_gap, of_kind, promised, stalled
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome

RULE = "downtime"
REMEDY = "see the run's timeline and hosts' logs; `holdfast check` shows which timers make up the time"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding for each kind of operation that the load has."""
    return tuple(_kind(evidence, kind) for kind in evidence.deadlines)


def _kind(evidence: Evidence, kind: str) -> Finding:
    ops = of_kind(evidence.ops, kind)
    gap = longest_gap(ops, evidence.injected, evidence.ended)
    if gap is None:
        return Finding(Verdict.UNKNOWN, RULE, kind, "no operation was seen", "did its clients start?")
    limit = promised(evidence, kind)
    detail = f"{gap.seconds:.2f} s without a success{_when(gap, evidence)}; {_troubles(ops, evidence)}"
    if limit is None:
        return Finding(Verdict.PASS, RULE, kind, f"{detail}; nothing was promised")
    if gap.seconds > limit:
        return Finding(Verdict.FAIL, RULE, kind, f"{detail}; promised {limit:g} s", REMEDY)
    return Finding(Verdict.PASS, RULE, kind, f"{detail}; promised {limit:g} s")


def _when(gap: Gap, evidence: Evidence) -> str:
    return " during the return" if gap.start >= evidence.healed else ""


def _troubles(ops: tuple[Op, ...], evidence: Evidence) -> str:
    after = [op for op in ops if op.end > evidence.injected]
    bad = [op for op in after if op.outcome is not Outcome.OK]
    stalls = sum(stalled(op, evidence.deadlines) for op in after)
    return f"{len(bad)} of {len(after)} calls failed, {stalls} stalled; longest call {_longest(after):.2f} s"


def _longest(ops: list[Op]) -> float:
    return max((op.end - op.start for op in ops), default=0.0)


CHECKER = Checker(RULE, check)
