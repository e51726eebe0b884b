"""Did no call fail once a broken backend had left the rotation, or at all where it left in order?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, of_kind, promised
from holdfast.drill.judge import Checker
from holdfast.faults import find
from holdfast.model.failover import Effect
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome

RULE = "rotation"
LEFT = 2.0


def _kind(evidence: Evidence) -> str:
    """The class of operations of the struck backend, "" where none stands behind an HTTP frontend."""
    for component in evidence.site.catalogue:
        if evidence.target.unit in component.units[:1]:
            return next((frontend.name for frontend in component.frontends if frontend.http), "")
    return ""


def _is_orderly(evidence: Evidence) -> bool:
    return find(evidence.site, evidence.target.fault)[1].effect is Effect.LEAVING


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Calls begun after the promised seconds (LEFT without a promise) and before healing must all succeed.

    Where it left in order, so must all that ended after it was told to.
    """
    kind = _kind(evidence)
    ops = of_kind(evidence.ops, kind)
    if _is_orderly(evidence):
        ops = tuple(op for op in ops if op.end > evidence.injected)
        return _judged(evidence, kind, ops, "after it was told to leave")
    limit = promised(evidence, kind) or LEFT
    left = evidence.injected + limit
    ops = tuple(op for op in ops if left <= op.start < evidence.healed)
    return _judged(evidence, kind, ops, f"that began more than {limit:g} s after the fault")


def _judged(evidence: Evidence, kind: str, ops: tuple[Op, ...], which: str) -> tuple[Finding, ...]:
    if not ops:
        return (
            Finding(Verdict.UNKNOWN, RULE, kind, "no call was begun after it left and before it was healed"),
        )
    bad = [op for op in ops if op.outcome is not Outcome.OK]
    detail = f"{len(bad)} of {len(ops)} calls failed {which}"
    if bad:
        first = f"{detail}: the first at {bad[0].start - evidence.injected:.2f} s, {bad[0].value}"
        remedy = "does the balancer's check ask what the service needs to answer? see `holdfast status`"
        return (Finding(Verdict.FAIL, RULE, kind, first, remedy),)
    return (Finding(Verdict.PASS, RULE, kind, detail),)


CHECKER = Checker(RULE, check, applies=lambda evidence: bool(_kind(evidence)))
