"""How long was each class of operation without a success, and was that promised?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, Gap, longest_gap, of_kind, pace, predicted, promised, stalled
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome

RULE = "downtime"
REMEDY = "see the run's timeline and hosts' logs; `holdfast check` shows which timers make up the time"
UNJUDGED = "promise something for the loss of one host; what several cost together is not predicted"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding for each kind of operation that the load has."""
    return tuple(_kind(evidence, kind) for kind in evidence.deadlines)


def _kind(evidence: Evidence, kind: str) -> Finding:
    ops = of_kind(evidence.ops, kind)
    gap = longest_gap(ops, evidence.injected, evidence.ended)
    if gap is None:
        return Finding(Verdict.UNKNOWN, RULE, kind, "no operation was seen", "did its clients start?")
    # A stop is seen from success to success: what clients leave between two of them is not predicted.
    own = pace(ops, evidence.injected)
    limits = {
        "promised": (promised(evidence, kind), 0.0),
        "predicted at worst": (predicted(evidence, kind), own),
    }
    told = ", ".join(_told(word, limit, more) for word, (limit, more) in limits.items() if limit is not None)
    detail = f"{gap.seconds:.2f} s without a success{_when(gap, evidence)}; {_troubles(ops, evidence)}"
    if not told:
        return Finding(Verdict.UNKNOWN, RULE, kind, f"{detail}; neither promised nor predicted", UNJUDGED)
    # A promise that is kept does not excuse a prediction that is wrong: the next fault may cost more still.
    kept = all(limit is None or gap.seconds <= limit + more for limit, more in limits.values())
    verdict, remedy = (Verdict.PASS, "") if kept else (Verdict.FAIL, REMEDY)
    return Finding(verdict, RULE, kind, f"{detail}; {told}", remedy)


def _told(word: str, limit: float, more: float) -> str:
    return f"{word} {limit:.3g} s" + (f" beside a pace of {more:.2f} s" if more else "")


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
